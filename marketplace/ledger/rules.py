"""What accounts there are, what stands on them, and what may be asked of the ledger. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import MAX_AMOUNT_FEN

_NAMESPACE = UUID("6c1f9f0e-5d0b-5f6a-9a35-6f6f1e8d2c11")  # ours, drawn once: account ids follow from book and code


class AccountKind(StrEnum):
    """A place value can be. The order is the life of a fen."""

    APPROPRIATION = "appropriation"  # where money comes from; goes negative by what was appropriated
    POOL = "pool"  # not issued yet (未发放)
    VOUCHER = "voucher"  # issued, not used (已发放未使用)
    RESERVED = "reserved"  # held for an open order (占用)
    REDEEMED = "redeemed"  # accepted by the firm (核销)
    PAYABLE = "payable"  # approved, to be paid to the provider
    PAID = "paid"  # left the fund (兑付)
    RECOVERED = "recovered"  # came back after payment (追回); goes negative
    SURRENDERED = "surrendered"  # given back to the treasury (上缴)
    LIMIT = "limit"  # what is left of a cap or quota; outside the money
    LIMIT_USED = "limit_used"  # the other side of a limit; goes negative by what is left


LABELS: dict[AccountKind, str] = {
    AccountKind.APPROPRIATION: N_("资金拨入"),
    AccountKind.POOL: N_("未发放"),
    AccountKind.VOUCHER: N_("已发放未使用"),
    AccountKind.RESERVED: N_("订单占用"),
    AccountKind.REDEEMED: N_("已核销待兑付"),
    AccountKind.PAYABLE: N_("已核准应付"),
    AccountKind.PAID: N_("已兑付"),
    AccountKind.RECOVERED: N_("已追回"),
    AccountKind.SURRENDERED: N_("已上缴"),
    AccountKind.LIMIT: N_("额度剩余"),
    AccountKind.LIMIT_USED: N_("额度已用"),
}

NEGATIVE = frozenset({AccountKind.APPROPRIATION, AccountKind.RECOVERED, AccountKind.LIMIT_USED})
LIMITS = frozenset({AccountKind.LIMIT, AccountKind.LIMIT_USED})
_PRIVATE = frozenset({AccountKind.VOUCHER, AccountKind.RESERVED, AccountKind.REDEEMED})
_KEPT = 4_096  # codes whose kind is remembered: a posting asks for each of its own several times
_PRIVATE_LIMITS = ("limit:voucher:", "limit:enterprise_year:", "limit:order:")


@lru_cache(_KEPT)
def kind_of(code: str) -> AccountKind:
    """The kind of an account, read off its code.

    Codes: appropriation:<id>, pool:<round>, voucher:<id>, order:<id>:reserved, order:<id>:redeemed, provider:<id>:payable, paid,
    recovered, surrendered, surrendered:<round>, limit:<scope>:…, and limit:<scope>:…:used.

    Raises: RuleViolation: no such kind.
    """
    head, _, rest = code.partition(":")
    if head == "limit" and rest:
        return AccountKind.LIMIT_USED if code.endswith(":used") else AccountKind.LIMIT
    if head == "order" and rest.endswith((":reserved", ":redeemed")):
        return AccountKind(rest.rsplit(":", 1)[1])
    if head == "provider" and rest.endswith(":payable"):
        return AccountKind.PAYABLE
    if head in {"appropriation", "pool", "voucher"} and rest:
        return AccountKind(head)
    if head == "surrendered" and rest:
        return AccountKind.SURRENDERED
    if code in {"paid", "recovered", "surrendered"}:
        return AccountKind(code)
    raise RuleViolation(N_("账户代码“%(account)s”不存在。"), code="unknown_account", account=code)


@lru_cache(_KEPT)
def is_shared(code: str) -> bool:
    """Whether many orders meet on an account: such rows are locked last."""
    kind = kind_of(code)
    return not (kind in _PRIVATE or (kind in LIMITS and code.startswith(_PRIVATE_LIMITS)))


def account_id(book_id: UUID, code: str) -> UUID:
    """The key of an account follows from its book and code, so no look-up comes before an update."""
    return uuid5(_NAMESPACE, f"{book_id}/{code}")


def lock_order(code: str) -> tuple[bool, str]:
    """The order in which an entry takes its accounts: private ones first, shared ones last, then by code. The same for everybody."""
    return is_shared(code), code


@dataclass(frozen=True, slots=True)
class Move:
    """An amount goes from one account (debit) to another (credit) of the same book."""

    debit: str
    credit: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Command:
    """What was asked, by whom, of what: the key answers a repeat, the hash tells a repeat from another request."""

    verb: str  # e.g. "order.redeem"
    key: str  # idempotency key, unique in the book for ever
    actor_id: UUID | None
    subject_type: str
    subject_id: UUID
    body: Mapping[str, Any] = field(default_factory=dict)

    def request_hash(self) -> str:
        """Hex sha256 over verb, actor, subject and body."""
        content = [self.verb, str(self.actor_id), self.subject_type, str(self.subject_id), dict(self.body)]
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def check_moves(moves: Sequence[Move]) -> None:
    """Raises: RuleViolation: nothing to move, an amount that is not positive or too large, money mixed with limits, or a move to itself."""
    if not moves:
        raise RuleViolation(N_("没有要记账的金额。"))
    for move in moves:
        if type(move.amount_fen) is not int or move.amount_fen <= 0:
            raise RuleViolation(N_("记账金额必须大于 0。"))
        if move.amount_fen > MAX_AMOUNT_FEN:
            raise RuleViolation(N_("单笔金额超过系统上限，请核对单位。"))
        if move.debit == move.credit:
            raise RuleViolation(N_("同一账户之间不能记账。"))
        if (kind_of(move.debit) in LIMITS) != (kind_of(move.credit) in LIMITS):
            raise RuleViolation(N_("额度账户与资金账户之间不能记账。"))


@dataclass(frozen=True, slots=True)
class Change:
    """What entries that are written together do to one account."""

    code: str
    debit_fen: int
    credit_fen: int
    transfers: int
    need_fen: int  # what the account must hold before, so that none of the entries overdraws it


def changes(*entries: Sequence[Move]) -> list[Change]:
    """The sum of the entries' moves per account, in the order of locking. Within an entry moves are at once, entries follow each other."""
    sums: dict[str, list[int]] = {}  # debits, credits, transfers, need
    for moves in entries:
        for move in moves:
            for code, debit, credit in ((move.debit, move.amount_fen, 0), (move.credit, 0, move.amount_fen)):
                total = sums.setdefault(code, [0, 0, 0, 0])
                total[0] += debit
                total[1] += credit
                total[2] += 1
        for code in {code for move in moves for code in (move.debit, move.credit)}:
            total = sums[code]
            total[3] = max(total[3], total[0] - total[1])
    return [Change(code, *sums[code]) for code in sorted(sums, key=lock_order)]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the money of a book stands: the money identity's terms, in fen."""

    appropriated: int
    unissued: int
    issued_unused: int
    reserved: int
    redeemed: int
    payable: int
    paid: int
    recovered: int
    surrendered: int

    def difference(self) -> int:
        """0 when the identity holds.

        appropriated = unissued + issued unused + reserved + redeemed + payable + paid − recovered + surrendered.
        """
        held = self.unissued + self.issued_unused + self.reserved + self.redeemed + self.payable + self.paid
        return self.appropriated - (held - self.recovered + self.surrendered)


def standing(balances: Mapping[AccountKind, int]) -> Standing:
    """The terms of the identity from the sums of balances (credits − debits) per kind."""
    get = balances.get
    return Standing(
        appropriated=-get(AccountKind.APPROPRIATION, 0),
        unissued=get(AccountKind.POOL, 0),
        issued_unused=get(AccountKind.VOUCHER, 0),
        reserved=get(AccountKind.RESERVED, 0),
        redeemed=get(AccountKind.REDEEMED, 0),
        payable=get(AccountKind.PAYABLE, 0),
        paid=get(AccountKind.PAID, 0),
        recovered=-get(AccountKind.RECOVERED, 0),
        surrendered=get(AccountKind.SURRENDERED, 0),
    )
