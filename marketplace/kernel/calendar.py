"""Working days as a value: rules receive a calendar, count with it, and are told when the count stands on unknown ground.

A day is working by its weekday unless a layer says otherwise: the whole country ('00'), over it a province, a prefecture, a
county, the nearest first (藏历新年 is a holiday in 540000 only). A year that a layer does not know yet is counted by weekdays,
and the result is provisional: shown as such, and counted again when the year's calendar has been brought in.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

COUNTRY = "00"
LONGEST = 2_000  # working days; no term of any programme comes near, so a larger number is a slip

_DAY = timedelta(days=1)
_HOLIDAYS = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "中国人民抗日战争胜利70周年纪念日",
}


@dataclass(frozen=True, slots=True)
class DayOverride:
    """A day that is not what its weekday says, or a holiday that falls on a weekend."""

    day: date
    is_working: bool
    layer: str = COUNTRY  # or a region's six digits
    name: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last good day of a term."""

    on: date
    provisional: bool  # a year on the way has no calendar yet


class Left(int):
    """Working days that are left, with the calendar days beside them."""

    natural: int

    def __new__(cls, working: int, natural: int) -> "Left":
        made = super().__new__(cls, working)
        made.natural = natural
        return made


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Make one with `WorkingCalendar.of`."""

    _days: dict[tuple[str, date], bool] = field(default_factory=dict)
    _years: frozenset[tuple[str, int]] = frozenset()
    _layers: frozenset[str] = frozenset({COUNTRY})

    @classmethod
    def of(cls, days: Iterable[DayOverride], known_years: Iterable[tuple[int, str]]) -> "WorkingCalendar":
        """A calendar from its overrides and from the (year, layer) pairs that are complete.

        A layer counts as soon as it appears in either: from then on it must know a year for the year to be certain.
        """
        found = {(entry.layer, entry.day): entry.is_working for entry in days}
        years = frozenset((layer, year) for year, layer in known_years)
        layers = {layer for layer, _day in found} | {layer for layer, _year in years} | {COUNTRY}
        return cls(found, years, frozenset(layers))

    def is_working(self, day: date, region: str | None = None) -> bool:
        """Whether offices of a region work on a day; without a region, of the country."""
        for layer in _layers(region):
            told = self._days.get((layer, day))
            if told is not None:
                return told
        return day.weekday() < 5

    def knows(self, year: int, region: str | None = None) -> bool:
        """Whether every layer in use over a region has the year's calendar."""
        return all((layer, year) in self._years for layer in _layers(region) if layer in self._layers)

    def add_working_days(self, start: date, count: int, region: str | None = None) -> Deadline:
        """The last day of a term of `count` working days. The day it starts on is not counted: the next working day is day one.

        Zero days end on the start itself, whatever day that is.
        """
        assert 0 <= count <= LONGEST, count
        day, left = start, count
        while left:
            day += _DAY
            left -= self.is_working(day, region)
        return self._deadline(start, day, region)

    def add_natural_days(self, start: date, count: int, region: str | None = None, *, to_working_day: bool = False) -> Deadline:
        """The last day of a term of `count` calendar days; the day it starts on is not counted.

        Args:
            to_working_day: a last day that is free moves to the next working day, as 民法典 第二百零三条 has it.
        """
        assert count >= 0, count
        day = start + count * _DAY
        if not to_working_day:
            return Deadline(day, provisional=False)
        while not self.is_working(day, region):
            day += _DAY
        return self._deadline(start + count * _DAY, day, region)

    def working_days_between(self, start: date, end: date, region: str | None = None) -> int:
        """Working days after `start` up to and including `end`; 0 when `end` is not after `start`."""
        return sum(self.is_working(start + number * _DAY, region) for number in range(1, (end - start).days + 1))

    def working_days_left(self, today: date, until: date, region: str | None = None) -> "Left":
        """Working days after today up to the last good day; negative: working days it is overdue.

        0 alone does not say that today is the last: over a weekend no working day lies between. Calendar days stand beside it.
        """
        working = self.working_days_between(today, until, region) if until >= today else -self.working_days_between(until, today, region)
        return Left(working, (until - today).days)

    def to_confirm(self, today: date) -> list[tuple[int, str]]:
        """Years that somebody should confirm now, by layer in use: this one, and from 1 December the next."""
        years = [today.year, today.year + 1] if today.month == 12 else [today.year]
        return [(year, layer) for year in years for layer in sorted(self._layers) if (layer, year) not in self._years]

    def _deadline(self, start: date, on: date, region: str | None) -> Deadline:
        provisional = not all(self.knows(year, region) for year in range(start.year, on.year + 1))
        return Deadline(on, provisional)


@cache
def seed_days() -> tuple[DayOverride, ...]:
    """National holidays and made-up working days (调休) of the years the chinesecalendar package knows: a start for our own table."""
    from chinese_calendar.constants import holidays, workdays

    free = [_seed(day, name, is_working=False) for day, name in holidays.items()]
    worked = [_seed(day, name, is_working=True) for day, name in workdays.items()]
    return tuple(sorted(free + worked, key=lambda entry: entry.day))


@cache
def seed_years() -> tuple[tuple[int, str], ...]:
    """The (year, layer) pairs that seed_days covers."""
    return tuple(sorted({(entry.day.year, COUNTRY) for entry in seed_days()}))


def notice_of(year: int) -> str:
    """Title of the yearly notice that sets the holidays."""
    return f"国务院办公厅关于{year}年部分节假日安排的通知"


def _seed(day: date, english: str, *, is_working: bool) -> DayOverride:
    name = _HOLIDAYS[english] + ("调休上班" if is_working else "")
    return DayOverride(day, is_working, COUNTRY, name, notice_of(day.year))


def _layers(region: str | None) -> Iterator[str]:
    """From the nearest layer to the country: 540102, 540100, 540000, 00."""
    if region and region != COUNTRY:
        code = region.ljust(6, "0")
        yield from dict.fromkeys((code, code[:4] + "00", code[:2] + "0000"))
    yield COUNTRY
