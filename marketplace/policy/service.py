"""Changes of the working-day calendar."""

from datetime import date
from uuid import UUID

from sqlalchemy import delete, select

from marketplace.audit import service as audit
from marketplace.kernel import stamps
from marketplace.kernel.calendar import COUNTRY, seed_days, seed_years
from marketplace.kernel.db import Model, db, insert_new, table_of
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.policy import queries
from marketplace.policy.models import CalendarChange, CalendarDay, CalendarYear


def load_published(*, actor_id: UUID | None, since: int = 2020) -> int:
    """Bring in the published calendar of the country, once; how many days were written."""
    if queries.is_loaded():
        return 0
    days = [day for day in seed_days() if day.day.year >= since]
    for day in days:
        _add(CalendarDay, day=day.day, layer=day.layer, is_working=day.is_working, name=day.name, source=day.source)
    for year, layer in seed_years():
        if year >= since:
            _add(CalendarYear, year=year, layer=layer, source="国务院办公厅关于部分节假日安排的通知")
    stamps.renew(queries.STAMP)
    audit.record("calendar.loaded", actor_id=actor_id, subject_type="calendar", subject_id=None, days=len(days))
    return len(days)


def _add(model: type[Model], **values: object) -> bool:
    """A row of the calendar unless it is there: two officers who enter the same day at once do not collide. Whether it is new."""
    return insert_new(table_of(model), values)


def _changed(layer: str, first: date, last: date) -> None:
    """Terms over these days are counted again by those who keep them."""
    db.session.add(CalendarChange(layer=layer, first_day=first, last_day=last))


def set_day(day: date, layer: str, *, is_working: bool, name: str, source: str, actor_id: UUID) -> CalendarDay:
    """Say that a day is a holiday or a working day in a layer. Said again in the same words, nothing changes.

    Raises: RuleViolation: no name or no document to stand on.
    """
    if not name.strip() or not source.strip():
        raise RuleViolation(N_("请写明节日名称和依据文件。"), field="source")
    load_published(actor_id=None)  # a calendar of one day would forget the country's
    said = {"is_working": is_working, "name": name.strip(), "source": source.strip()}
    is_new = _add(CalendarDay, day=day, layer=layer, changed_by=actor_id, **said)
    wanted = select(CalendarDay).where(CalendarDay.day == day, CalendarDay.layer == layer).with_for_update()
    row = db.session.scalars(wanted.execution_options(populate_existing=True)).one()
    known = {key: getattr(row, key) for key in said}
    if not is_new and known == said:
        return row
    if is_new or row.is_working != is_working:
        _changed(layer, day, day)
    row.is_working, row.name, row.source, row.changed_by = is_working, name.strip(), source.strip(), actor_id
    db.session.flush()
    stamps.renew(queries.STAMP)
    audit.record(
        "calendar.day_set", actor_id=actor_id, subject_type="calendar", subject_id=row.id, day=day, layer=layer, is_working=is_working
    )
    return row


def clear_day(day: date, layer: str, *, actor_id: UUID) -> None:
    """Let a day follow its weekday again. Nothing changes where it does already."""
    load_published(actor_id=None)
    gone = delete(CalendarDay).where(CalendarDay.day == day, CalendarDay.layer == layer).returning(CalendarDay.id)
    if db.session.execute(gone).first() is None:
        return
    _changed(layer, day, day)
    stamps.renew(queries.STAMP)
    audit.record("calendar.day_cleared", actor_id=actor_id, subject_type="calendar", subject_id=None, day=day, layer=layer)


def confirm_year(year: int, layer: str, *, source: str, actor_id: UUID) -> None:
    """Say that a year's calendar is complete for a layer: its dates are no longer provisional.

    Raises: RuleViolation: the country's year has no holiday at all, so it cannot be complete.
    """
    if layer == COUNTRY and not queries.days_of(year, layer):
        raise RuleViolation(N_("%(year)d 年还没有录入任何节假日，请先录入再确认。"), year=year)
    load_published(actor_id=None)
    if _add(CalendarYear, year=year, layer=layer, source=source):
        _changed(layer, date(year, 1, 1), date(year, 12, 31))
        stamps.renew(queries.STAMP)
        audit.record("calendar.year_confirmed", actor_id=actor_id, subject_type="calendar", subject_id=None, year=year, layer=layer)
