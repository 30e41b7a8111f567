"""What time does to many rows, one by one: a row that cannot be done is written down once and rests, and the others go on.

Every sweep goes through here. A row that rests is tried again each hour; `oversight` makes a finding of it.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from uuid import UUID

from sqlalchemy import Select, String, UniqueConstraint, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock, stopping
from marketplace.kernel.db import HasId, Model, db, in_transaction, table_of
from marketplace.kernel.errors import Busy, DomainError
from marketplace.kernel.turns import Turns

log = logging.getLogger(__name__)

REST = timedelta(hours=1)  # of a row that could not be dealt with, and of one with which there was nothing to do
OVERLAP = timedelta(minutes=10)  # a transaction that began before the last look may have committed after it
RESTS = "rests"  # seen at a row with which there was nothing to do
BATCH = 100  # rows in one transaction: short locks
MOST_BUSY = 3  # rows in a row that could not be locked: the database has other worries


class SweepFault(HasId, Model):
    """A row that a sweep could not deal with."""

    __tablename__ = "sweep_faults"
    __table_args__ = (UniqueConstraint("sweep", "row_id"),)

    sweep: Mapped[str] = mapped_column(String(60))  # which sweep: orders.lapse, vouchers.expire …
    row_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(String(500))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    told_at: Mapped[datetime | None]  # since when there is a finding


class SweepMark(Model):
    """When a sweep looked at a row last, and what it saw: what has not changed since need not be looked at again."""

    __tablename__ = "sweep_marks"

    sweep: Mapped[str] = mapped_column(String(60), primary_key=True)
    row_id: Mapped[UUID] = mapped_column(primary_key=True)
    looked_at: Mapped[datetime]
    seen: Mapped[str] = mapped_column(String(120), default="")  # in the sweep's own words, e.g. how much money there was


def mark_of(sweep: str, row_id: UUID) -> SweepMark | None:
    """The last look of today's or an earlier day."""
    return db.session.get(SweepMark, (sweep, row_id), populate_existing=True)


def changes_from(mark: SweepMark | None, now: datetime) -> datetime | None:
    """From when changes have to be looked at. None: everything, as at the first look of each China day: days alone change much."""
    if mark is None or clock.civil_date(mark.looked_at) != clock.civil_date(now):
        return None
    return mark.looked_at - OVERLAP


def keep_mark(sweep: str, row_id: UUID, *, now: datetime, seen: str = "") -> None:
    """Write down a look that was taken at `now`; seldom, where nothing else was seen than before."""
    mark = mark_of(sweep, row_id)
    if mark is None:
        _put_marks([{"sweep": sweep, "row_id": row_id, "looked_at": now, "seen": seen}])
    elif mark.seen != seen or changes_from(mark, now) is None or now - mark.looked_at > OVERLAP:
        mark.looked_at, mark.seen = now, seen


def set_aside(sweep: str) -> Select[UUID]:
    """Rows that a sweep could not deal with: it tries them again, whether or not they have changed."""
    return select(SweepFault.row_id).where(SweepFault.sweep == sweep)


def each(sweep: str, row_ids: Iterable[UUID], work: Callable[[UUID], int], *, now: datetime, waits: bool = False) -> int:
    """Do each row in a transaction of its own; the sum of what was done.

    Args:
        waits: rows with which there was nothing to do may wait long for somebody: they rest for an hour.
    """
    return alone(sweep, row_ids, lambda row_id: in_transaction(partial(work, row_id)), now=now, waits=waits)


def alone(sweep: str, row_ids: Iterable[UUID], work: Callable[[UUID], int], *, now: datetime, waits: bool = False) -> int:
    """The same for work that opens its own transactions."""
    row_ids = list(row_ids)
    if not row_ids:  # as at most looks: it asks nothing more
        return 0
    known = _known(sweep)
    resting = {row_id for row_id, last_at in known.items() if last_at > now - REST}
    if waits:
        at_rest = (SweepMark.sweep == sweep) & (SweepMark.looked_at > now - REST)
        resting |= set(db.session.scalars(select(SweepMark.row_id).where(at_rest)))
    done = busy = 0
    idle, turns = [], Turns()
    for row_id in takewhile(stopping.goes_on, row_ids):
        if row_id in resting:
            continue
        turns.give()
        try:
            here = work(row_id)
            busy = 0
        except Busy:
            busy += 1
            log.warning("sweep %s found %s busy", sweep, row_id)
            if busy >= MOST_BUSY:
                raise
            continue
        except Exception as error:  # whatever is wrong with one row, the others go on
            _set_aside(sweep, row_id, error, now)
            continue
        done += here
        idle += [] if here else [row_id]
        if row_id in known:
            in_transaction(partial(_heal, sweep, row_id))
    if waits and idle:
        in_transaction(partial(_let_rest, sweep, idle, now))
    return done


def wake(sweep: str | None = None) -> None:
    """Look at every row again that rests, of one sweep or of all: something that they wait for has changed."""
    resting = SweepMark.seen == RESTS if sweep is None else SweepMark.sweep == sweep
    db.session.execute(delete(table_of(SweepMark)).where(resting))


def _let_rest(sweep: str, row_ids: Sequence[UUID], now: datetime) -> None:
    marks = table_of(SweepMark)
    db.session.execute(delete(marks).where(marks.c.sweep == sweep, marks.c.looked_at <= now - REST))
    _put_marks([{"sweep": sweep, "row_id": row_id, "looked_at": now, "seen": RESTS} for row_id in row_ids])


def _put_marks(rows: list[dict[str, object]]) -> None:
    """Add marks; where another worker was faster, its own stay."""
    put = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    db.session.execute(put(table_of(SweepMark)).on_conflict_do_nothing(), rows)


def batches(sweep: str, row_ids: Sequence[UUID], work: Callable[[list[UUID]], int], *, now: datetime) -> int:
    """Do rows by the hundred. A batch that cannot be done is done row by row, so that only the bad one rests."""
    if not row_ids:
        return 0
    resting = {row_id for row_id, last_at in _known(sweep).items() if last_at > now - REST}
    ids, done, turns = [row_id for row_id in row_ids if row_id not in resting], 0, Turns()
    for start in takewhile(stopping.goes_on, range(0, len(ids), BATCH)):
        turns.give()
        part = ids[start : start + BATCH]
        try:
            done += in_transaction(partial(work, part))
        except Busy:
            raise
        except Exception:
            log.info("sweep %s goes row by row", sweep)
            done += each(sweep, part, lambda row_id: work([row_id]), now=now)
    return done


def untold() -> list[SweepFault]:
    """Rows set aside of which nobody was told yet."""
    return list(db.session.scalars(select(SweepFault).where(SweepFault.told_at.is_(None)).order_by(SweepFault.first_at).limit(BATCH)))


def _known(sweep: str) -> dict[UUID, datetime]:
    rows = db.session.execute(select(SweepFault.row_id, SweepFault.last_at).where(SweepFault.sweep == sweep))
    return dict(rows.all())


def _set_aside(sweep: str, row_id: UUID, error: Exception, now: datetime) -> None:
    if isinstance(error, DomainError):
        reason = error.text()
        log.warning("sweep %s set %s aside: %s", sweep, row_id, reason)
    else:
        reason = f"{type(error).__name__}: {error}"
        log.exception("sweep %s set %s aside", sweep, row_id)
    in_transaction(partial(_write, sweep, row_id, reason[:500], now))


def _write(sweep: str, row_id: UUID, reason: str, now: datetime) -> None:
    table = table_of(SweepFault)
    ours = (table.c.sweep == sweep) & (table.c.row_id == row_id)
    again = update(table).where(ours).values(reason=reason, last_at=now).returning(table.c.id)
    if db.session.execute(again).first() is None:
        db.session.add(SweepFault(sweep=sweep, row_id=row_id, reason=reason, first_at=now, last_at=now))


def _heal(sweep: str, row_id: UUID) -> None:
    table = table_of(SweepFault)
    db.session.execute(delete(table).where(table.c.sweep == sweep, table.c.row_id == row_id))
