"""Statements for periods: what stood on some accounts of a book before it, what came and went, what stands after. By accounting date."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, Subquery, and_, case, cast, func, select, union_all
from sqlalchemy.orm import aliased

from marketplace.kernel.db import db
from marketplace.ledger.models import Account, Entry, Transfer

_OF_ENTRY = and_(Entry.book_id == Transfer.book_id, Entry.id == Transfer.entry_id)


@dataclass(frozen=True, slots=True)
class Accounts:
    """Some accounts of a book, taken as one: what moves between them is no movement."""

    book_id: UUID
    ids: Select[UUID]


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class PeriodSums:
    """What stood there before a period, came and went in it, and stands there after it."""

    opening_fen: int
    in_fen: int
    out_fen: int
    count: int  # movements
    closing_fen: int  # as the transfers up to the last day say; never reckoned from the others

    @property
    def difference_fen(self) -> int:
        """Nought, or the books do not add up."""
        return self.opening_fen + self.in_fen - self.out_fen - self.closing_fen


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """One movement of a period."""

    entry_id: UUID
    on: date
    at: datetime
    verb: str
    actor_id: UUID | None
    own_code: str
    counter_code: str
    amount_fen: int  # positive: came in; negative: went out
    balance_fen: int  # after it


def _moved(accounts: Accounts) -> Subquery:
    """What came onto the accounts and left them, signed; each way is found by its own index."""
    sides = ((Transfer.credit_account_id, Transfer.debit_account_id, 1), (Transfer.debit_account_id, Transfer.credit_account_id, -1))
    ways = []
    for inside, outside, sign in sides:
        own, other = (accounts.ids.cte().alias() for _ in range(2))
        columns = (Entry.id.label("entry_id"), Entry.effective_on, Entry.recorded_at, Entry.verb, Entry.actor_id)
        keys = (Transfer.id.label("transfer_id"), inside.label("own"), outside.label("other"), (sign * Transfer.amount_fen).label("fen"))
        way = select(*columns, *keys).join(Transfer, _OF_ENTRY).join(own, own.c.id == inside).outerjoin(other, other.c.id == outside)
        ways.append(way.where(Transfer.book_id == accounts.book_id, other.c.id.is_(None)))
    return union_all(*ways).subquery("moved")


def sums_of(accounts: Accounts, period: Period) -> PeriodSums:
    """The figures of a period, in one statement."""
    moved = _moved(accounts)
    fen, on = moved.c.fen, moved.c.effective_on
    within = and_(on >= period.first, on <= period.last)
    figures: tuple[Any, ...] = (
        func.sum(case((on < period.first, fen), else_=0)),
        func.sum(case((and_(within, fen > 0), fen), else_=0)),
        func.sum(case((and_(within, fen < 0), -fen), else_=0)),
        func.sum(case((within, 1), else_=0)),
        func.sum(case((on <= period.last, fen), else_=0)),
    )
    row = db.session.execute(select(*(cast(func.coalesce(one, 0), BigInteger) for one in figures))).one()
    opening, came, went, count, closing = (int(value) for value in row)
    return PeriodSums(opening, came, went, count, closing)


def lines_of(accounts: Accounts, period: Period, opening_fen: int, *, offset: int = 0, limit: int | None = None) -> Iterator[PeriodLine]:
    """The movements of a period, the oldest first, each with what stood there after it."""
    moved, own, other = _moved(accounts), aliased(Account), aliased(Account)
    order = (moved.c.effective_on, moved.c.recorded_at, moved.c.transfer_id)
    balance = cast(func.sum(moved.c.fen).over(order_by=order), BigInteger) + opening_fen
    wanted = (
        select(
            moved.c.entry_id,
            moved.c.effective_on,
            moved.c.recorded_at,
            moved.c.verb,
            moved.c.actor_id,
            own.code,
            other.code,
            moved.c.fen,
            balance,
        )
        .join(own, and_(own.book_id == accounts.book_id, own.id == moved.c.own))
        .join(other, and_(other.book_id == accounts.book_id, other.id == moved.c.other))
        .where(moved.c.effective_on >= period.first, moved.c.effective_on <= period.last)
        .order_by(*order)
    )
    rows: Any = db.session.execute(wanted.offset(offset).limit(limit) if limit is not None else wanted.execution_options(yield_per=500))
    for row in rows:
        entry_id, on, at, verb, actor_id, own_code, counter_code, fen, stands = row
        yield PeriodLine(entry_id, on, at, verb, actor_id, own_code, counter_code, int(fen), int(stands))
