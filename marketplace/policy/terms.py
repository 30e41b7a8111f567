"""Terms beside due days: what a day was counted from, so that it is counted again when the calendar changes.

A row with a due day keeps the start, the length and the kind of its term, and whether the count stands on a year whose holidays nobody
has entered yet. Rooms with such rows ask `changed` in their sweep, count the rows in the range again, and `mark` that they did.
Rows from before terms were kept, and those of which the start is not known, have none: their day stays as it was set.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import stopping
from marketplace.kernel.calendar import Deadline
from marketplace.kernel.db import db, in_transaction, state_enum
from marketplace.policy.models import CalendarChange, CalendarReader
from marketplace.policy.programme_spec import TimeLimit
from marketplace.policy.programme_words import DayKind

OVERLAP = timedelta(minutes=2)  # a transaction that read the old calendar has ended by then


class TermKind(StrEnum):
    WORKING = "working"
    NATURAL = "natural"
    MONTHS = "months"
    FIXED = "fixed"  # a day that the round sets


class TermColumns:
    """A due day with the columns beside it."""

    due_on: Mapped[date | None]
    due_start: Mapped[date | None]  # the day the term counts from, itself not counted; None: not known, so never counted again
    due_days: Mapped[int | None]  # how many days or months; None for a fixed day or no limit
    due_kind: Mapped[TermKind | None] = mapped_column(state_enum(TermKind, "due_kind_known"))
    due_provisional: Mapped[bool] = mapped_column(default=False)  # 暂定: a year on the way has no calendar yet; nothing lapses on it


def keep(row: TermColumns, start: date, limit: TimeLimit | None, deadline: Deadline | None) -> None:
    """Store a due day with what it was counted from."""
    row.due_on, row.due_provisional = (deadline.on, deadline.provisional) if deadline else (None, False)
    row.due_start = start if deadline else None
    row.due_kind, row.due_days = _length(limit) if deadline else (None, None)


def keep_working_days(row: TermColumns, start: date, days: int, deadline: Deadline) -> None:
    """The same for a term that no programme sets."""
    row.due_on, row.due_provisional = deadline.on, deadline.provisional
    row.due_start, row.due_kind, row.due_days = start, TermKind.WORKING, days


def clear(row: TermColumns) -> None:
    """Nobody has to act any more."""
    row.due_on = row.due_start = None
    row.due_days = row.due_kind = None
    row.due_provisional = False


def _length(limit: TimeLimit | None) -> tuple[TermKind, int | None]:
    if limit is None or limit.set_by_round or not limit.is_set:
        return TermKind.FIXED, None
    if limit.months is not None:
        return TermKind.MONTHS, limit.months
    return (TermKind.NATURAL if limit.day_kind is DayKind.NATURAL else TermKind.WORKING), limit.days


def is_over(row: TermColumns, today: date) -> bool:
    """Whether a row's day has passed for certain. A provisional day may move, so whoever it concerns waits for the calendar."""
    return row.due_on is not None and row.due_on < today and not row.due_provisional


@dataclass(frozen=True, slots=True)
class Changed:
    """The days between which the calendar changed, both included."""

    first: date
    last: date

    def touches(self, rows: type[TermColumns]) -> ColumnElement[bool]:
        """Rows whose term runs over one of the days."""
        return and_(rows.due_start < self.last, rows.due_on >= self.first)


def changed(reader: str) -> Changed | None:
    """Where the calendar changed since a room last counted its terms again."""
    seen = db.session.scalar(select(CalendarReader.seen_until).where(CalendarReader.name == reader))
    wanted = select(func.min(CalendarChange.first_day), func.max(CalendarChange.last_day))
    if seen is not None:
        wanted = wanted.where(CalendarChange.changed_at > seen - OVERLAP)
    row: Any = db.session.execute(wanted).one()
    return Changed(row[0], row[1]) if row[0] else None


def mark(reader: str, *, now: datetime) -> None:
    """A room has counted again what the changes until now touch."""
    row = db.session.get(CalendarReader, reader)
    if row is None:
        db.session.add(CalendarReader(name=reader, seen_until=now))
    elif row.seen_until < now:
        row.seen_until = now


def recount(reader: str, now: datetime, work: Callable[[Changed], int]) -> int:
    """Let a room count its terms again where the calendar changed; how many days moved. Without a change, one question."""
    found = changed(reader)
    if found is None:
        return 0
    moved = work(found)
    if stopping.goes_on():  # what was not reached is counted again
        in_transaction(lambda: mark(reader, now=now))
    return moved
