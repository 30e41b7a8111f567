"""Days of the demo, counted from today: offices act on working days, in office hours."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from marketplace.kernel.calendar import COUNTRY, DayOverride, WorkingCalendar, seed_days, seed_years
from marketplace.kernel.clock import CST

REGION = "540000"
SETTING = "演示设定，以正式通知为准"
FIRST_YEAR = 2020
_DAY = timedelta(days=1)
_AHEAD = timedelta(days=21)  # public notices that are open when the demo is loaded end within three weeks
_FIXED = {(1, 1): "元旦", (5, 1): "劳动节", (5, 2): "劳动节", (10, 1): "国庆节", (10, 2): "国庆节", (10, 3): "国庆节"}


def _years(today: date) -> range:
    return range(FIRST_YEAR, (today + _AHEAD).year + 1)


def settings(today: date) -> list[DayOverride]:
    """Days off the demo sets itself: of years no notice is published for, those of fixed date; and the region's own memorial day."""
    published = {year for year, _layer in seed_years()}
    unknown = [year for year in _years(today) if year not in published]
    national = [DayOverride(date(y, m, d), False, COUNTRY, name, SETTING) for y in unknown for (m, d), name in _FIXED.items()]
    return national + [DayOverride(date(y, 3, 28), False, REGION, "西藏百万农奴解放纪念日", SETTING) for y in _years(today)]


def settled_years(today: date) -> list[tuple[int, str]]:
    """Years and layers which those days make complete."""
    published = {year for year, _layer in seed_years()}
    return [(year, COUNTRY) for year in _years(today) if year not in published] + [(year, REGION) for year in _years(today)]


def calendar(today: date) -> WorkingCalendar:
    """The calendar the demo will have loaded."""
    return WorkingCalendar.of([*seed_days(), *settings(today)], [*seed_years(), *settled_years(today)])


@dataclass(frozen=True, slots=True)
class Days:
    """Days around today. Nothing is laid today: the demo may be loaded before an office opens."""

    today: date
    calendar: WorkingCalendar

    def near(self, offset: int) -> date:
        """The working day at, or else before, a number of days from today; for a day that lies ahead, at or after it."""
        step = -_DAY if offset < 0 else _DAY
        day = self.today + offset * _DAY
        while not self.calendar.is_working(day, REGION):
            day += step
        return day

    def ago(self, count: int) -> date:
        """So many working days before today; 1 is the last one."""
        day = self.today
        while count:
            day -= _DAY
            count -= self.calendar.is_working(day, REGION)
        return day

    def after(self, day: date, count: int) -> date:
        """So many working days after a day, but no later than the last working day before today."""
        return min(self.calendar.add_working_days(day, count, REGION).on, self.ago(1))


def at(day: date, clock_time: str) -> datetime:
    """An instant of a China day, such as at(day, "09:30")."""
    return datetime.combine(day, time.fromisoformat(clock_time), CST)
