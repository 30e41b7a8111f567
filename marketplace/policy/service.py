"""Changes of the working-day calendar."""

from datetime import date
from uuid import UUID

from sqlalchemy import delete, select

from marketplace.audit import service as audit
from marketplace.kernel.calendar import COUNTRY, seed_days, seed_years
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.policy import queries
from marketplace.policy.models import CalendarDay, CalendarYear


def load_published(*, actor_id: UUID | None, since: int = 2020) -> int:
    """Bring in the published calendar of the country, once; how many days were written."""
    if queries.is_loaded():
        return 0
    days = [day for day in seed_days() if day.day.year >= since]
    for day in days:
        db.session.add(CalendarDay(day=day.day, layer=day.layer, is_working=day.is_working, name=day.name, source=day.source))
    for year, layer in seed_years():
        if year >= since:
            db.session.add(CalendarYear(year=year, layer=layer, source="国务院办公厅关于部分节假日安排的通知"))
    audit.record("calendar.loaded", actor_id=actor_id, subject_type="calendar", subject_id=None, days=len(days))
    return len(days)


def set_day(day: date, layer: str, *, is_working: bool, name: str, source: str, actor_id: UUID) -> CalendarDay:
    """Say that a day is a holiday or a working day in a layer.

    Raises: RuleViolation: no name or no document to stand on.
    """
    if not name.strip() or not source.strip():
        raise RuleViolation(N_("请写明节日名称和依据文件。"), field="source")
    row = db.session.scalars(select(CalendarDay).where(CalendarDay.day == day, CalendarDay.layer == layer).with_for_update()).one_or_none()
    if row is None:
        row = CalendarDay(day=day, layer=layer)
        db.session.add(row)
    row.is_working, row.name, row.source, row.changed_by = is_working, name.strip(), source.strip(), actor_id
    db.session.flush()
    audit.record(
        "calendar.day_set", actor_id=actor_id, subject_type="calendar", subject_id=row.id, day=day, layer=layer, is_working=is_working
    )
    return row


def clear_day(day: date, layer: str, *, actor_id: UUID) -> None:
    """Let a day follow its weekday again."""
    db.session.execute(delete(CalendarDay).where(CalendarDay.day == day, CalendarDay.layer == layer))
    audit.record("calendar.day_cleared", actor_id=actor_id, subject_type="calendar", subject_id=None, day=day, layer=layer)


def confirm_year(year: int, layer: str, *, source: str, actor_id: UUID) -> None:
    """Say that a year's calendar is complete for a layer: its dates are no longer provisional.

    Raises: RuleViolation: the country's year has no holiday at all, so it cannot be complete.
    """
    if layer == COUNTRY and not queries.days_of(year, layer):
        raise RuleViolation(N_("%(year)d 年还没有录入任何节假日，请先录入再确认。"), year=year)
    if db.session.get(CalendarYear, (year, layer)) is None:
        db.session.add(CalendarYear(year=year, layer=layer, source=source))
        audit.record("calendar.year_confirmed", actor_id=actor_id, subject_type="calendar", subject_id=None, year=year, layer=layer)
