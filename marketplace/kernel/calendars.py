"""Calendars that come with the application as files, by name. The calendar of China is kept by administrators (`policy.queries`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from marketplace.kernel.calendar import COUNTRY, DayOverride, WorkingCalendar
from marketplace.kernel.policyfiles.groups import Each
from marketplace.kernel.policyfiles.kinds import ShortText, Wholes
from marketplace.kernel.policyfiles.reading import CONFIG, Root, key, load

FOLDER = CONFIG / "reference" / "calendars"
CHINESE = "cn"


class Calendar(str):
    """A calendar by its name in a programme file, with what people call it."""

    label: str

    def __new__(cls, name: str, label: str) -> "Calendar":
        made = super().__new__(cls, name)
        made.label = label
        return made


@dataclass(frozen=True, kw_only=True)
class CalendarFile(Root):
    FORMAT = "calendar/1"

    name: str = key(ShortText("", 40))
    years: tuple[int, ...] = key(Wholes("", 2000, 2199, 50))  # complete in this file; dates in other years are provisional
    source: str = key(ShortText("", 300))
    days: Mapping[str, str] = key(Each("", ShortText("", 60)))  # day → what it is: offices do not work on it


@cache
def _files() -> Mapping[str, CalendarFile]:
    return {path.stem: load(path, CalendarFile) for path in sorted(FOLDER.glob("*.toml"))}


def known_calendars() -> tuple[Calendar, ...]:
    """Every calendar that a programme may name. Raises: PolicyFileError."""
    return (Calendar(CHINESE, "中国工作日历"), *(Calendar(name, one.name) for name, one in _files().items()))


@cache
def shipped(name: str) -> WorkingCalendar:
    """The calendar of a file: it has no layers, so it is the same in every region."""
    found = _files()[name]
    days = [DayOverride(date.fromisoformat(day), False, COUNTRY, label, found.source) for day, label in found.days.items()]
    return WorkingCalendar.of(days, [(year, COUNTRY) for year in found.years])
