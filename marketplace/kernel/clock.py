"""The only place that reads the clock. Instants are UTC; civil dates are China Standard Time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, timezone

CST = timezone(timedelta(hours=8), "CST")  # no daylight saving since 1992: a fixed offset needs no tz database

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


def civil_date(instant: datetime) -> date:
    """The China date of an instant."""
    return instant.astimezone(CST).date()


def day_begins(day: date) -> datetime:
    """The first instant of a China day."""
    return datetime.combine(day, datetime.min.time(), CST)


def day_ends(day: date) -> datetime:
    """The first instant after a China day."""
    return day_begins(day + timedelta(days=1))


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Tell the story as of another moment: the demo lays its past this way; nothing else may."""
    token = _told.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _told.reset(token)
