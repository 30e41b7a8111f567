"""Counts spending by day: the days on which something was recorded since the last time, from the ledger's rows."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, insert, select

from marketplace.kernel.db import db, table_of
from marketplace.kernel.ids import first_at
from marketplace.ledger.models import Book, Entry
from marketplace.reporting.models import SpentDay, StoredFigure
from marketplace.reporting.queries import moving
from marketplace.reporting.queries.moving import Moved
from marketplace.reporting.queries.spent import SPENDING
from marketplace.vouchers.queries.reruns import is_real

LATE = timedelta(minutes=15)  # a transaction that began before the last look may have been committed after it
_DAYS = table_of(SpentDay)


def touched(last: datetime) -> list[date]:
    """Days of the entries since the last look, book by book: a key says when it was made."""
    lately = (Entry.book_id == Book.id) & (Entry.id >= first_at(last - LATE))
    return list(db.session.scalars(select(Entry.effective_on).select_from(Book).join(Entry, lately).distinct()))


def count(days: Sequence[date] | None, *, now: datetime) -> int:
    """Count these days, or all; how many rows came of it."""
    made = 0
    if days is None or days:
        db.session.execute(delete(_DAYS) if days is None else delete(_DAYS).where(_DAYS.c.day.in_(days)))
        rows = db.session.execute(insert(_DAYS).from_select([column.name for column in _DAYS.columns], _sums(days)))
        made = max(0, rows.rowcount)  # type: ignore[attr-defined]
    db.session.merge(StoredFigure(name=SPENDING, values={}, as_of=now))
    return made


def _sums(days: Sequence[date] | None) -> Select[Any]:
    """The rows of these days, as the ledger has them; what a simulated round did is no money."""

    def narrowed(one: Moved) -> Select[Any]:
        by_book = Entry.book_id.in_(select(Book.id)) & Entry.effective_on.in_(
            days or ()
        )  # a book's days have an index, days alone have none
        rows = one.rows.where(is_real(one.about.round_id))
        return rows if days is None else rows.where(by_book)

    found = moving.moved(narrowed)
    keys = [found.c[column.name] for column in _DAYS.primary_key]
    return select(*keys, *moving.sums_of(found)).group_by(*keys)
