"""The only place that reads the clock. Instants are UTC; civil dates are China Standard Time, or of the zone that a programme names."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, tzinfo

from marketplace.kernel.zones import CST, day_in

__all__ = ["CST", "at", "civil_date", "day_begins", "day_ends", "now", "of_machine", "ticks", "today"]

_told: ContextVar[datetime | None] = ContextVar("told", default=None)


def now() -> datetime:
    """This instant, aware, in UTC."""
    return _told.get() or datetime.now(UTC)


def of_machine() -> datetime:
    """What this machine's clock says, whatever moment a story is told as of."""
    return datetime.now(UTC)


def ticks() -> float:
    """Seconds that only rise, whoever sets the clock."""
    return time.monotonic()


def today() -> date:
    """The civil date in China."""
    return now().astimezone(CST).date()


def civil_date(instant: datetime, of: tzinfo = CST) -> date:
    """The China date of an instant, or that of another zone."""
    return day_in(instant, of)


def day_begins(day: date, of: tzinfo = CST) -> datetime:
    """The first instant of a China day, or of one of another zone."""
    return datetime.combine(day, datetime.min.time(), of)


def day_ends(day: date, of: tzinfo = CST) -> datetime:
    """The first instant after it."""
    return day_begins(day + timedelta(days=1), of)


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Tell the story as of another moment: the demo lays its past this way; nothing else may."""
    token = _told.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _told.reset(token)
