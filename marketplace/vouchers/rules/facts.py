"""What the rules of eligibility ask of a firm, and how they answer."""

from dataclasses import dataclass
from datetime import date

from marketplace.enterprises.rules import FirmSize, HeldTitle, full_months
from marketplace.identity.legal_forms import LegalForm
from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import State


class Eligibility(State):
    MET = "met", N_("符合"), "green"
    UNMET = "unmet", N_("不符合"), "red"
    UNKNOWN = "unknown", N_("待补充信息"), "amber"  # a fact is missing: ask for it, do not refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class Aid:
    """What a firm was given under a programme: a voucher that it holds or has used, or money without an order."""

    programme: str  # its code
    given_on: date
    used_on: date | None  # when an order was first accepted
    completed_on: date | None  # when the payment of one was first approved
    is_held: bool  # a voucher that is not over
    simulated: bool = False
    of_associate: str = ""  # whose it is, where an associated firm was given it; empty: the firm's own


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmFacts:
    """What is known of a firm on a day. None says "not known", never "no"."""

    verified: bool | None
    size: FirmSize
    titles: tuple[HeldTitle, ...]
    region_code: str | None
    park_code: str | None  # None: in no park
    industry_code: str | None  # GB/T 4754-2017
    founded_on: date | None
    legal_form: LegalForm | None
    employees: int | None  # of the newest accepted year
    revenue_fen: int | None  # of the newest accepted year
    lists: frozenset[tuple[str, str]] | None  # those it is on: of which programme, and its name
    sanctioned: bool | None  # on a list of serious dishonesty, or barred from vouchers
    as_of: date
    aid: tuple[Aid, ...] | None = None  # of the programmes that the rules name
    simulated: bool = False  # asked for a simulated round: only what such rounds gave counts, and for a real one only what real ones gave

    def aid_of(self, programmes: tuple[str, ...], *, with_associates: bool = False) -> tuple[Aid, ...] | None:
        """What it was given under some programmes by this day, or it and those that it is associated with."""
        if self.aid is None:
            return None
        known = (one for one in self.aid if one.programme in programmes and (with_associates or not one.of_associate))
        return tuple(one for one in known if one.simulated == self.simulated and one.given_on <= self.as_of)

    def on_any(self, programme: str, lists: tuple[str, ...]) -> bool | None:
        """Whether it is on one of a programme's lists."""
        return None if self.lists is None else any((programme, name) in self.lists for name in lists)

    @property
    def operating_months(self) -> int | None:
        """Full months since it was founded."""
        return None if self.founded_on is None else full_months(self.founded_on, self.as_of)
