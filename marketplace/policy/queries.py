"""Reads of the working-day calendar."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import select

from marketplace.identity.scope import whole_provinces
from marketplace.kernel import stamps
from marketplace.kernel.calendar import COUNTRY, DayOverride, WorkingCalendar, seed_days, seed_years
from marketplace.kernel.calendars import CHINESE, shipped
from marketplace.kernel.db import db
from marketplace.policy.models import CalendarDay, CalendarYear

STAMP = "calendar"  # renewed with every change of the calendar

_kept: dict[UUID, WorkingCalendar] = {}  # the newest calendar that this process has read, by its stamp


def working_calendar() -> WorkingCalendar:
    """The calendar as the administrators keep it; before it was loaded, the published one of the country.

    Read from the database only when its stamp is new to this process.
    """
    stamp = stamps.current(STAMP)
    if stamp is None:
        return _read()
    found = _kept.get(stamp)
    if found is None:
        found = _read()
        _kept.clear()
        _kept[stamp] = found
    return found


def calendar_of(name: str) -> WorkingCalendar:
    """The calendar that a programme names."""
    return working_calendar() if name == CHINESE else shipped(name)


def _read() -> WorkingCalendar:
    days = db.session.execute(select(CalendarDay.day, CalendarDay.is_working, CalendarDay.layer)).all()
    years = [(year, layer) for year, layer in db.session.execute(select(CalendarYear.year, CalendarYear.layer))]
    if not years:
        return WorkingCalendar.of(seed_days(), seed_years())
    return WorkingCalendar.of([DayOverride(day, is_working, layer) for day, is_working, layer in days], years)


def days_of(year: int, layer: str | None = None) -> list[CalendarDay]:
    """The days of a year that differ from their weekday, in order; of one layer, or of all."""
    wanted = select(CalendarDay).where(CalendarDay.day >= date(year, 1, 1), CalendarDay.day <= date(year, 12, 31))
    if layer is not None:
        wanted = wanted.where(CalendarDay.layer == layer)
    return list(db.session.scalars(wanted.order_by(CalendarDay.day, CalendarDay.layer)))


def known_years(layer: str = COUNTRY) -> list[int]:
    """Years whose holidays are known for a layer."""
    return list(db.session.scalars(select(CalendarYear.year).where(CalendarYear.layer == layer).order_by(CalendarYear.year)))


def to_confirm(areas: Iterable[str], today: date) -> list[tuple[int, str]]:
    """Years whose holidays somebody of these areas should enter and confirm now, by layer: the country's and the own provinces'."""
    own = whole_provinces(areas)
    layers = {COUNTRY, *own} if own else set()
    return [(year, layer) for year, layer in working_calendar().to_confirm(today) if layer in layers]


def is_loaded() -> bool:
    """Whether the calendar stands in the database."""
    return db.session.scalar(select(CalendarYear.year).limit(1)) is not None
