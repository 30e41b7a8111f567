"""The ledger's rows that spending is made of: what was spent for orders and granted without one, and what was paid of either."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Uuid,
    and_,
    case,
    cast,
    extract,
    false,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.ledger.rules import AccountKind
from marketplace.orders.models import Order
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.subsidies.models import Subsidy
from marketplace.vouchers.aid_models import DirectAid
from marketplace.vouchers.models import Voucher

NO_PROVIDER = UUID(int=0)  # stands for the provider where money goes to a firm without an order
KEYS = ("programme_id", "enterprise_id", "provider_id", "category", "class_key", "region_code")
CLASS, MONTH = "class", "month"  # what is no column of its own


@dataclass(frozen=True, slots=True)
class Moved:
    """Transfers between two kinds of accounts, joined to what they were about: an order, or an application without one."""

    rows: Select[Any]
    about: type[Order] | type[Subsidy]


def _transfers(kind_from: AccountKind, kind_to: AccountKind, about: type[Order] | type[Subsidy], *, paid: bool) -> Select[Any]:
    debit, credit = aliased(Account), aliased(Account)
    own: dict[str, Any] = {"provider_id": literal(NO_PROVIDER, Uuid())} if about is Subsidy else {"class_key": Voucher.class_key}
    keys = [(own[name] if name in own else getattr(about, name)).label(name) for name in KEYS]
    named: Any = Order if about is Order else Claim
    shown = [named.number.label("number"), named.id.label("shown_id"), Entry.id.label("entry_id"), Entry.book_id.label("book_id")]
    came_back = -Transfer.amount_fen if kind_from is AccountKind.PAID else Transfer.amount_fen
    spent, out = (literal(0), came_back) if paid else (Transfer.amount_fen, literal(0))
    first: Any = about.id if about is Order else case((DirectAid.approved_on == Entry.effective_on, Subsidy.id))  # an appeal may bring more
    cause: Any = (null() if paid else first).label("cause")
    columns: list[Any] = [Entry.effective_on.label("day"), *keys, spent.label("redeemed_fen"), out.label("paid_fen"), cause, *shown]
    return (
        select(*columns)
        .select_from(Transfer)
        .join(Entry, and_(Entry.book_id == Transfer.book_id, Entry.id == Transfer.entry_id))
        .join(debit, and_(debit.book_id == Transfer.book_id, debit.id == Transfer.debit_account_id))
        .join(credit, and_(credit.book_id == Transfer.book_id, credit.id == Transfer.credit_account_id))
        .where(debit.kind == kind_from, credit.kind == kind_to)
    )


def _ways() -> tuple[Moved, ...]:
    kind = AccountKind
    redeemed = _transfers(kind.RESERVED, kind.REDEEMED, Order, paid=False).join(Order, Order.id == Entry.subject_id)
    granted = _transfers(kind.RESERVED, kind.PAYABLE, Subsidy, paid=False).join(Claim, Claim.id == Entry.subject_id)
    granted = granted.join(Subsidy, Subsidy.id == Claim.subsidy_id).join(DirectAid, DirectAid.id == Subsidy.id)
    out = {
        (about, way): _transfers(*way, about, paid=True)
        .join(PaymentLine, PaymentLine.id == Entry.subject_id)
        .join(Claim, Claim.id == PaymentLine.claim_id)
        .join(about, about.id == (Claim.order_id if about is Order else Claim.subsidy_id))
        for about in (Order, Subsidy)
        for way in ((kind.PAYABLE, kind.PAID), (kind.PAID, kind.PAYABLE))  # paid, and sent back by the bank
    }
    return (
        Moved(_of_class(redeemed), Order),
        Moved(granted, Subsidy),
        *(Moved(_of_class(rows) if about is Order else rows, about) for (about, _way), rows in out.items()),
    )


def _of_class(rows: Select[Any]) -> Select[Any]:
    """Rows of orders beside the voucher, which knows the class of the firm."""
    return rows.join(Voucher, Voucher.id == Order.voucher_id)


def moved(narrowed: Callable[[Moved], Select[Any]]) -> FromClause:
    """A row a transfer: its day, what it was about, what it spent, what it paid; `narrowed` says which of each way."""
    return union_all(*(narrowed(one) for one in _ways())).subquery()


def parts_of(rows: FromClause, by: str) -> list[ColumnElement[Any]]:
    """What sums are grouped by: a column; the year and the month of the day; a class of firms, whose name is its programme's own."""
    if by == MONTH:
        return [cast(extract(part, rows.c.day), Integer) for part in ("year", "month")]
    return [rows.c.programme_id, rows.c.class_key] if by == CLASS else [rows.c[by]]


def key_of(parts: Sequence[Any]) -> str:
    """How the values of such a group are written in one word."""
    return ":".join(map(str, parts))


def is_of(rows: FromClause, by: str, key: str) -> ColumnElement[bool]:
    """SQL condition: rows of the group that such a word names; none, where it names none."""
    words = key.split(":", maxsplit=1)
    parts = parts_of(rows, by)
    if len(words) != len(parts):
        return false()
    try:
        return and_(*(part == _value(part, word) for part, word in zip(parts, words, strict=True)))
    except ValueError:
        return false()


def _value(part: ColumnElement[Any], word: str) -> Any:
    return {Integer: int, Uuid: UUID}.get(type(part.type), str)(word)


def sums_of(rows: FromClause) -> list[Any]:
    """What the rows come to: redeemed or granted, paid, and for how many orders and applications."""
    totals = [func.sum(rows.c[name]).label(name) for name in ("redeemed_fen", "paid_fen")]
    return [*totals, func.count(func.distinct(rows.c.cause)).label("orders")]
