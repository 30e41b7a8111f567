"""The ledger's rows that spending is made of: what was spent for orders and granted without one, what was cut and what was paid of it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
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
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from marketplace.enterprises.models import Enterprise
from marketplace.kernel.db import uuid_text
from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.ledger.rules import AccountKind
from marketplace.orders.models import Order
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.subsidies.models import Subsidy
from marketplace.vouchers import chart
from marketplace.vouchers.aid_models import DirectAid
from marketplace.vouchers.models import Appropriation, Voucher

NO_PROVIDER = UUID(int=0)  # stands for the provider where money goes to a firm without an order
KEYS = ("programme_id", "enterprise_id", "provider_id", "category", "class_key", "region_code", "paid_from")
CLASS, MONTH, ALL = "class", "month", ""  # what is no column of its own; everything together
SIZE, SOURCE = "size_class", "source"  # what other rows say of these: the firm as it is now, the document that paid
NO_SOURCE = "none"  # stands for the source where nothing was paid
MEASURES = REDEEMED, CUT, PAID = ("redeemed_fen", "cut_fen", "paid_fen")
_Kinds = tuple[AccountKind, ...]
_OWNER = len(chart.PAID_FROM.before) + 1  # where an account's code says which document paid; before there were such accounts, nothing


@dataclass(frozen=True, slots=True)
class Moved:
    """Transfers between two kinds of accounts, joined to what they were about: an order, or an application without one."""

    rows: Select[Any]
    about: type[Order] | type[Subsidy]


def _transfers(off: _Kinds, onto: _Kinds, about: type[Order] | type[Subsidy], measure: str, sign: int = 1) -> Select[Any]:
    """Transfers off some kinds of accounts onto others; `sign`: whether they add to what they are counted as, or take from it."""
    debit, credit = aliased(Account), aliased(Account)
    payer = (credit if sign > 0 else debit).code if measure == PAID else literal("")
    own: Any = {"provider_id": literal(NO_PROVIDER, Uuid())} if about is Subsidy else {"class_key": Voucher.class_key}
    own["paid_from"] = func.substr(payer, _OWNER) if measure == PAID else payer
    keys = [(own[name] if name in own else getattr(about, name)).label(name) for name in KEYS]
    named: Any = Order if about is Order else Claim
    shown = [named.number.label("number"), named.id.label("shown_id"), Entry.id.label("entry_id"), Entry.book_id.label("book_id")]
    amounts = [(sign * Transfer.amount_fen if name == measure else literal(0)).label(name) for name in MEASURES]
    first: Any = about.id if about is Order else case((DirectAid.approved_on == Entry.effective_on, Subsidy.id))  # an appeal may bring more
    cause: Any = (first if measure == REDEEMED else null()).label("cause")
    columns: list[Any] = [Entry.effective_on.label("day"), *keys, *amounts, cause, *shown]
    return (
        select(*columns)
        .select_from(Transfer)
        .join(Entry, and_(Entry.book_id == Transfer.book_id, Entry.id == Transfer.entry_id))
        .join(debit, and_(debit.book_id == Transfer.book_id, debit.id == Transfer.debit_account_id))
        .join(credit, and_(credit.book_id == Transfer.book_id, credit.id == Transfer.credit_account_id))
        .where(debit.kind.in_(off), credit.kind.in_(onto))
    )


def _ways() -> tuple[Moved, ...]:
    kind = AccountKind
    redeemed = _transfers((kind.RESERVED,), (kind.REDEEMED,), Order, REDEEMED).join(Order, Order.id == Entry.subject_id)
    granted = _transfers((kind.RESERVED,), (kind.PAYABLE,), Subsidy, REDEEMED).join(Claim, Claim.id == Entry.subject_id)
    granted = granted.join(Subsidy, Subsidy.id == Claim.subsidy_id).join(DirectAid, DirectAid.id == Subsidy.id)
    return Moved(_of_class(redeemed), Order), Moved(granted, Subsidy), *_cuts(), *_payments()


def _cuts() -> Iterator[Moved]:
    """What was redeemed and not granted, what an appeal brought back of it, and what nobody asked for in time."""
    redeemed, back = (AccountKind.REDEEMED,), (AccountKind.POOL, AccountKind.VOUCHER)
    for rows in (_transfers(redeemed, back, Order, CUT), _transfers(back, redeemed, Order, CUT, -1)):
        yield Moved(_of_class(rows.join(Claim, Claim.id == Entry.subject_id).join(Order, Order.id == Claim.order_id)), Order)
    yield Moved(_of_class(_transfers(redeemed, back, Order, CUT).join(Order, Order.id == Entry.subject_id)), Order)


def _payments() -> Iterator[Moved]:
    """What was paid, and what the bank sent back."""
    payable, paid = (AccountKind.PAYABLE,), (AccountKind.PAID,)
    for about in (Order, Subsidy):
        for rows in (_transfers(payable, paid, about, PAID), _transfers(paid, payable, about, PAID, -1)):
            of_claim = rows.join(PaymentLine, PaymentLine.id == Entry.subject_id).join(Claim, Claim.id == PaymentLine.claim_id)
            if about is Order:
                yield Moved(_of_class(of_claim.join(Order, Order.id == Claim.order_id)), Order)
            else:
                yield Moved(of_claim.join(Subsidy, Subsidy.id == Claim.subsidy_id), Subsidy)


def _of_class(rows: Select[Any]) -> Select[Any]:
    """Rows of orders beside the voucher, which knows the class of the firm."""
    return rows.join(Voucher, Voucher.id == Order.voucher_id)


def moved(narrowed: Callable[[Moved], Select[Any]]) -> FromClause:
    """A row a transfer: its day, what it was about, what it spent, what it paid; `narrowed` says which of each way."""
    return union_all(*(narrowed(one) for one in _ways())).subquery()


def widened(rows: FromClause, bys: Collection[str]) -> FromClause:
    """The rows beside what other rows say of them, where something is grouped by it."""
    if not {SIZE, SOURCE} & set(bys):
        return rows
    paid_from = uuid_text(Appropriation.id) == rows.c.paid_from
    more = func.coalesce(Enterprise.size_class, "unknown").label(SIZE), func.coalesce(Appropriation.source, NO_SOURCE).label(SOURCE)
    joined = rows.outerjoin(Enterprise, Enterprise.id == rows.c.enterprise_id).outerjoin(Appropriation, paid_from)
    return select(*rows.c, *more).select_from(joined).subquery()


def parts_of(rows: FromClause, by: str) -> list[ColumnElement[Any]]:
    """What sums are grouped by: a column; the year and the month of the day; a class of firms, whose name is its programme's own."""
    if by == ALL:
        return []
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


def is_within(rows: FromClause, within: Iterable[tuple[str, str]]) -> ColumnElement[bool]:
    """SQL condition: rows of all these groups."""
    return and_(true(), *(is_of(rows, *one) for one in within))


def _value(part: ColumnElement[Any], word: str) -> Any:
    """Raises: ValueError: the column holds no such thing."""
    if isinstance(part.type, Integer) and len(word) > len("2026"):
        raise ValueError(word)
    return {Integer: int, Uuid: UUID}.get(type(part.type), str)(word)


def sums_of(rows: FromClause) -> list[Any]:
    """What the rows come to: redeemed or granted, cut, paid, and for how many orders and applications."""
    totals = [func.sum(rows.c[name]).label(name) for name in MEASURES]
    return [*totals, func.count(func.distinct(rows.c.cause)).label("orders")]
