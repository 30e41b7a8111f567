"""Time zones by name: whose days a day is. Values in, values out; the clock is read elsewhere."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

CST = timezone(timedelta(hours=8), "CST")  # no daylight saving since 1992: a fixed offset needs no tz database
CHINA = "Asia/Shanghai"


@cache
def zone(name: str) -> tzinfo:
    """A time zone by its name in the IANA database. Raises: KeyError: there is none of that name."""
    if name == CHINA:
        return CST
    if name not in available_timezones():
        raise KeyError(name)
    return ZoneInfo(name)


def is_east_of_china(of: tzinfo) -> bool:
    """Whether a zone's days begin before China's, in winter or in summer."""
    offsets = [datetime(2026, month, 1, tzinfo=of).utcoffset() for month in (1, 7)]
    return any(one is not None and one > timedelta(hours=8) for one in offsets)


def day_in(instant: datetime, of: tzinfo) -> date:
    """The day of an instant in a zone."""
    return instant.astimezone(of).date()


def over_there(rows: Iterable[tuple[UUID, date | None, str]], now: datetime) -> list[UUID]:
    """Of rows (id, last day, zone) those whose last day is over where they are. A row without a day goes on."""
    days = dict[str, date]()
    return [key for key, day, name in rows if day is not None and day < (days.get(name) or days.setdefault(name, day_in(now, zone(name))))]


class InZone:
    """A row whose days are those of a time zone."""

    time_zone: Any

    @property
    def zone(self) -> tzinfo:
        """Whose days its days are."""
        return zone(self.time_zone)

    def day_of(self, instant: datetime) -> date:
        """The day of an instant where the row is."""
        return day_in(instant, self.zone)
