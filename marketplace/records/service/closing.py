"""A year of an area's register is closed: one officer asks, another one closes it, and its figures stand."""

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import insert

from marketplace.audit import service as audit
from marketplace.identity import queries as identity
from marketplace.identity.regions import area_level, region
from marketplace.kernel import clock
from marketplace.kernel.db import db, in_turn, locked
from marketplace.kernel.errors import N_, Conflict, Denied, RuleViolation
from marketplace.kernel.ids import uuid7
from marketplace.kernel.typed import checked_reason
from marketplace.notices import service as notices
from marketplace.records.queries import years
from marketplace.records.year_models import ClosedYear, YearFigure


def turn_of(year: int) -> UUID:
    """Whoever writes for a past year, and whoever closes it, come one after the other under this name."""
    return uuid5(NAMESPACE_OID, f"register of {year}")


def ask_to_close(area_code: str, year: int, *, reason: str, actor_id: UUID, now: datetime) -> ClosedYear:
    """Ask that a year be closed.

    Raises: RuleViolation: it is not over, or no reason; Conflict: it was asked for before.
    """
    area_level(area_code)
    if year >= clock.civil_date(now).year:
        raise RuleViolation(N_("%(year)s 年还没有结束，不能封存。"), field="reason", year=year)
    given = checked_reason(reason, N_("请写明封存的依据，例如年度数据已核对完毕。"))
    in_turn(turn_of(year))
    if years.closed_in(area_code, year) is not None:
        raise Conflict(N_("%(year)s 年已申请封存或已封存，请刷新页面。"), year=year)
    row = ClosedYear(area_code=area_code, year=year, reason=given, asked_by=actor_id, asked_at=now)
    db.session.add(row)
    db.session.flush()
    _record("year.close_asked", row, actor_id, reason=given)
    others = [one for one in identity.user_ids_with("reports.review", area_code, None) if one != actor_id]
    title = N_("%(area)s %(year)s 年台账待封存", area=region(area_code).name, year=year)
    notices.tell(others, title, given, "/records/years")
    return row


def close(closed_id: UUID, *, actor_id: UUID, now: datetime) -> ClosedYear:
    """Close a year: its figures are kept, and what is written for it later stands beside them.

    Raises: Denied: one's own request; Conflict: it is closed already.
    """
    row = locked(ClosedYear, closed_id)
    if row.asked_by == actor_id:
        raise Denied(N_("封存是您申请的，请由另一位人员确认。"))
    if row.closed_at is not None:
        raise Conflict(N_("%(year)s 年已于 %(day)s 封存。"), year=row.year, day=clock.civil_date(row.closed_at).isoformat())
    in_turn(turn_of(row.year))
    row.closed_by, row.closed_at, row.figures = actor_id, now, years.count_in(row.area_code, row.year).kept()
    found = years.counts_of_providers(row.area_code, row.year)
    lines = [
        {"id": uuid7(), "closed_id": row.id, "provider_id": provider_id, "year": row.year, "figures": one.kept(), "created_at": now}
        for provider_id, one in found.items()
    ]
    if lines:
        db.session.execute(insert(YearFigure), lines)
    db.session.flush()
    _record("year.kept", row, actor_id, providers=len(lines), services=row.figures["services"])
    return row


def _record(action: str, row: ClosedYear, actor_id: UUID, **details: Any) -> None:
    audit.record(action, actor_id=actor_id, subject_type="closed_year", subject_id=row.id, area=row.area_code, year=row.year, **details)
