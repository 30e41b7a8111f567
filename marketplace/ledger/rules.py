"""What kinds of accounts there are, what stands on them, and what may be asked of the ledger. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID, uuid5

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.money import MAX_AMOUNT_FEN

_NAMESPACE = UUID("6c1f9f0e-5d0b-5f6a-9a35-6f6f1e8d2c11")  # ours, drawn once: account ids follow from book and code


class AccountKind(Word):
    """A place value can be: its label, and what is said where it does not hold enough. The order is the life of a fen."""

    short: str

    APPROPRIATION = "appropriation", N_("资金拨入")  # where money comes from; goes negative by what was appropriated
    POOL = "pool", N_("未发放"), N_("本批次资金余额不足，未能办理。")
    VOUCHER = "voucher", N_("已发放未使用"), N_("这张券的余额不足，请核对可用金额。")
    RESERVED = "reserved", N_("订单占用")
    REDEEMED = "redeemed", N_("已核销待兑付")  # spent, not approved yet
    PAYABLE = "payable", N_("已核准应付")
    PAID = "paid", N_("已兑付")  # left the fund
    RECOVERED = "recovered", N_("已追回")  # came back after payment; goes negative
    SURRENDERED = "surrendered", N_("已上缴")  # given back to the treasury
    LIMIT = "limit", N_("额度剩余"), N_("额度不足：剩余额度不够这一笔。")  # what is left of a cap or quota; outside the money
    LIMIT_USED = "limit_used", N_("额度已用")  # the other side of a limit; goes negative by what is left

    def __new__(cls, value: str, label: str = "", short: str = N_("余额不足，未能办理。")) -> Self:
        kind = str.__new__(cls, value)
        kind._value_, kind.label, kind.short = value, label, short
        return kind


NEGATIVE = frozenset({AccountKind.APPROPRIATION, AccountKind.RECOVERED, AccountKind.LIMIT_USED})
LIMITS = frozenset({AccountKind.LIMIT, AccountKind.LIMIT_USED})


class AccountCode(str):
    """The code of an account with what its row is opened with: the kind, and whether many entries meet on it (then it is locked last).

    Codes are composed and read by whoever keeps the chart of accounts; here they are names.
    """

    __slots__ = ("kind", "shared")
    kind: AccountKind
    shared: bool

    def __new__(cls, code: str, kind: AccountKind, *, shared: bool) -> Self:
        named = str.__new__(cls, code)
        named.kind, named.shared = kind, shared
        return named

    def __getnewargs_ex__(self) -> tuple[tuple[str, AccountKind], dict[str, bool]]:
        return (str(self), self.kind), {"shared": self.shared}  # for copies


def account_id(book_id: UUID, code: str) -> UUID:
    """The key of an account follows from its book and code, so no look-up comes before an update."""
    return uuid5(_NAMESPACE, f"{book_id}/{code}")


def lock_order(code: AccountCode) -> tuple[bool, str]:
    """The order in which an entry takes its accounts: private ones first, shared ones last, then by code. The same for everybody."""
    return code.shared, code


@dataclass(frozen=True, slots=True)
class MoneyMove:
    """An amount goes from one account (debit) to another (credit) of the same book."""

    debit: AccountCode
    credit: AccountCode
    amount_fen: int


@dataclass(frozen=True, slots=True)
class EntryCommand:
    """What was asked, by whom, of what: the key answers a repeat, the hash tells a repeat from another request."""

    verb: str  # what happened, e.g. "book.open"
    key: str  # idempotency key, unique in the book for ever
    actor_id: UUID | None
    subject_type: str
    subject_id: UUID
    body: Mapping[str, Any] = field(default_factory=dict)

    def request_hash(self) -> str:
        """Hex sha256 over verb, actor, subject and body."""
        content = [self.verb, str(self.actor_id), self.subject_type, str(self.subject_id), dict(self.body)]
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def check_moves(moves: Sequence[MoneyMove]) -> None:
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
        if (move.debit.kind in LIMITS) != (move.credit.kind in LIMITS):
            raise RuleViolation(N_("额度账户与资金账户之间不能记账。"))


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What entries that are written together do to one account."""

    code: AccountCode
    debit_fen: int
    credit_fen: int
    transfers: int
    need_fen: int  # what the account must hold before, so that none of the entries overdraws it


def changes(*entries: Sequence[MoneyMove]) -> list[AccountChange]:
    """The sum of the entries' moves per account, in the order of locking. Within an entry moves are at once, entries follow each other."""
    sums: dict[AccountCode, list[int]] = {}  # debits, credits, transfers, need
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
    return [AccountChange(code, *sums[code]) for code in sorted(sums, key=lock_order)]


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
