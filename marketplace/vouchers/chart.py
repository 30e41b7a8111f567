"""The chart of accounts (科目表): which accounts the books of the programmes have. Here alone their codes are composed and read. Pure.

A code is an account's key and stands in sealed leaves: none is ever renamed. An account opens with the marks that its row here gives it.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.ledger.rules import NEGATIVE, AccountCode, AccountKind
from marketplace.policy.programme_words import CapScope

_KEPT = 4_096  # codes that are remembered as they were read
_USED = ":used"  # at the end of a code: the other side of a limit
_APART = ":simulated"  # at the end of a cap's code, before the other side's mark: of simulated rounds alone


@dataclass(frozen=True, slots=True)
class Place:
    """The accounts of one pattern: what stands around the keys in their codes, whose they are, what stands on them."""

    kind: AccountKind
    before: str
    after: str = ""
    owner: str = ""  # subject type of the row that the first key names
    at: int = 0  # where the owner's key is, if it is not the first
    shared: bool = True  # many orders meet on it
    scope: CapScope | None = None
    holds: str = ""

    def of(self, *keys: object) -> AccountCode:
        """The code of one of them."""
        return AccountCode(self.around(":".join(map(str, keys))), self.kind, shared=self.shared)

    def around(self, text: Any) -> Any:
        """The code around the text of its keys, which may be an expression of a query."""
        return self.before + text + self.after if self.after else self.before + text

    def fits(self, code: str) -> bool:
        """Whether a code is one of these."""
        if not self.before.endswith(":"):
            return code == self.before
        return code.startswith(self.before) and code.endswith(self.after) and len(code) > len(self.before) + len(self.after)


_K = AccountKind
APPROPRIATION = Place(_K.APPROPRIATION, "appropriation:", owner="appropriation", holds="what a document brought, below nought")
POOL = Place(_K.POOL, "pool:", owner="round", holds="money of a round that is not issued")
VOUCHER = Place(_K.VOUCHER, "voucher:", owner="voucher", shared=False, holds="what a face value still holds")
AGREEMENT = Place(_K.VOUCHER, "agreement:", owner="agreement", holds="set aside for what was agreed with a provider")
RESERVED = Place(_K.RESERVED, "order:", ":reserved", owner="order", shared=False, holds="held for an open order")
REDEEMED = Place(_K.REDEEMED, "order:", ":redeemed", owner="order", shared=False, holds="accepted by the firm, not yet approved")
SUBSIDY = Place(_K.RESERVED, "subsidy:", ":reserved", owner="subsidy", shared=False, holds="held for an application without an order")
PAYABLE = Place(_K.PAYABLE, "provider:", ":payable", owner="provider", holds="approved, to be paid to the provider")
PAID = Place(_K.PAID, "paid", holds="paid by the bank before accounts were kept per appropriation")
PAID_FROM = Place(_K.PAID, "paid:", owner="appropriation", holds="paid by the bank out of what a document brought")
RECOVERED = Place(_K.RECOVERED, "recovered", holds="came back before accounts were kept per appropriation, below nought")
INTEREST = Place(_K.RECOVERED, "recovered:interest", holds="interest on what came back, below nought; it goes to the treasury")
RECOVERED_FROM = Place(_K.RECOVERED, "recovered:", owner="appropriation", holds="came back of what a document had paid, below nought")
RECALLED = Place(_K.SURRENDERED, "surrendered", holds="money that went back to the treasury")
VOIDED = Place(_K.SURRENDERED, "surrendered:", owner="round", holds="issued in a round, not used, granted to nobody else")
VOUCHER_LIMIT = Place(_K.LIMIT, "limit:voucher:", owner="voucher", shared=False, holds="what a quota still allows")

PORTION = Place(_K.LIMIT, "limit:portion:", owner="voucher", shared=False, holds="what a quota still allows of some kinds of service")


def _cap(scope: CapScope, holds: str, owner: str = "organisation", at: int = 0, *, shared: bool = True) -> Place:
    return Place(_K.LIMIT, f"limit:{scope.value}:", owner=owner, at=at, shared=shared, scope=scope, holds=holds)


CAPS = {
    cap.scope: cap
    for cap in (
        _cap(CapScope.ENTERPRISE_YEAR, "what a firm may still use in a year", shared=False),
        _cap(CapScope.PROVIDER_YEAR, "what may still be used with a provider in a year"),
        _cap(CapScope.PAIR, "what a firm may still use with a provider in a year"),
        _cap(CapScope.CATEGORY, "what a round may still bear of a category", "round"),
        _cap(CapScope.ROUND, "what a firm may still use in a round", at=1),
        _cap(CapScope.ENTERPRISE_CYCLE, "what a firm may still use in a cycle", shared=False),
        _cap(CapScope.ENTERPRISE_LIFE, "what a firm may still use in its life", shared=False),
        _cap(CapScope.PROVIDER_CYCLE, "what may still be used with a provider in a cycle"),
        _cap(CapScope.PROVIDER_LIFE, "what may still be used with a provider in all"),
        _cap(CapScope.REGION, "what firms of some regions may still use in a round", "round"),
        _cap(CapScope.ORDER, "what an order may still use", "order", shared=False),
    )
}
PART = Place(_K.LIMIT, "limit:part:", owner="round", holds="what a part of a round's budget still holds, beside its pool")
ALLOTMENT = Place(_K.LIMIT, "limit:allotment:", owner="round", holds="what firms may still draw on a provider that was chosen for a round")
FUND_PLANNED = Place(
    _K.LIMIT, "limit:source:", ":planned", owner="appropriation", holds="of a document's money, what payments under way will take"
)
FUND = Place(_K.LIMIT, "limit:source:", owner="appropriation", holds="what a document brought and no payment has taken, beside the money")
_OTHER_LIMIT = Place(_K.LIMIT, "limit:", holds="what is left of another limit")
_OTHER_SIDE = Place(_K.LIMIT_USED, "limit:", _USED, holds="what was used of a limit, below nought")
PLACES = (
    APPROPRIATION, POOL, VOUCHER, AGREEMENT, RESERVED, REDEEMED, SUBSIDY, PAYABLE, PAID, PAID_FROM, RECOVERED, INTEREST,
    RECOVERED_FROM, RECALLED, VOIDED, VOUCHER_LIMIT, PORTION, *CAPS.values(), PART, ALLOTMENT, FUND_PLANNED, FUND, _OTHER_LIMIT,
)  # fmt: skip


def used(limit: AccountCode) -> AccountCode:
    """The other side of a limit: what was used of it."""
    return AccountCode(f"{limit}{_USED}", AccountKind.LIMIT_USED, shared=limit.shared)


def cap(scope: CapScope, *keys: object, simulated: bool) -> AccountCode:
    """The limit of a cap, e.g. limit:enterprise_year:<enterprise>:2026; of simulated rounds one that is apart."""
    code = CAPS[scope].of(*keys)
    return AccountCode(f"{code}{_APART}", code.kind, shared=code.shared) if simulated else code


def place_of(code: str) -> Place:
    """Where a code belongs; the other side of a limit where the limit does. Raises: RuleViolation: no account has such a code."""
    found = next((place for place in PLACES if place.fits(code)), None)
    if found is None:
        raise RuleViolation(N_("账户代码“%(account)s”不存在。"), code="unknown_account", account=code)
    return found


@lru_cache(_KEPT)
def read(code: str) -> AccountCode:
    """A code that was kept as text, with its marks. Raises: RuleViolation: no account has such a code."""
    place = place_of(code)
    is_used = place.kind is AccountKind.LIMIT and code.endswith(_USED)
    return AccountCode(code, AccountKind.LIMIT_USED if is_used else place.kind, shared=place.shared)


def owner_of(code: str) -> tuple[str, UUID] | None:
    """Which row an account belongs to: subject type and id."""
    place = place_of(code)
    try:
        return (place.owner, UUID(code.removeprefix(place.before).split(":")[place.at])) if place.owner else None
    except (ValueError, IndexError):
        return None


def allotted_to(code: str) -> UUID | None:
    """The provider whose allotment a limit is; None: it is another limit."""
    return UUID(code.rpartition(":")[2]) if ALLOTMENT.fits(code) and not code.endswith(_USED) else None


def is_simulated(code: str) -> bool:
    """Whether an account is a cap of simulated rounds, or what was used of one."""
    return code.removesuffix(_USED).endswith(_APART)


def lines() -> list[tuple[str, str, str, str, str]]:
    """The whole chart for documents, a row a pattern: kind, label, codes, normal side, what stands there."""
    sides = {place: "debit" if place.kind in NEGATIVE else "credit" for place in (*PLACES, _OTHER_SIDE)}
    return [
        (place.kind.value, place.kind.label, place.around("…" if place.before.endswith(":") else ""), side, place.holds)
        for place, side in sides.items()
    ]
