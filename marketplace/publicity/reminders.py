"""Whom the sweep reminds here: the officers who answer objections, before the day by which each is answered."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.zones import day_in, zone
from marketplace.notices import reminding
from marketplace.notices.reminding import LastDay, Recipient
from marketplace.publicity.models import Objection, ObjectionState, PublicNotice


def to_remind(today: date) -> list[UUID]:
    """Objections that wait, with a day of which a step has come."""
    wanted = select(Objection.id).join(PublicNotice, PublicNotice.id == Objection.notice_id).where(_waits(today))
    return list(db.session.scalars(wanted.order_by(Objection.due_on, Objection.id).limit(reminding.MOST)))


def remind(ids: Sequence[UUID], *, ways: reminding.Ways, now: datetime) -> int:
    """Remind the officers behind those of these that still wait. Of how many things somebody was told."""
    wanted = select(Objection, PublicNotice.time_zone).join(PublicNotice, PublicNotice.id == Objection.notice_id)
    rows = db.session.execute(wanted.where(Objection.id.in_(ids), _waits(clock.civil_date(now)))).all()
    return reminding.remind([_answering(row, time_zone) for row, time_zone in rows], _officers_of, ways=ways, now=now)


def _waits(today: date) -> ColumnElement[bool]:
    is_real = (Objection.state == ObjectionState.RAISED) & ~PublicNotice.simulated
    return is_real & Objection.due_on.is_not(None) & reminding.coming("objection_due", Objection.id, Objection.due_on, today)


def _answering(row: Objection, time_zone: str) -> LastDay:
    assert row.due_on is not None, "asked for in the query"
    words = {"number": row.number, "day": row.due_on.isoformat()}
    title = N_("异议 %(number)s 最迟须在 %(day)s 答复", **words)
    body = N_("请核实依据并答复，答复前公示不结束；作出原决定的人不能答复。")
    start = day_in(row.created_at, zone(time_zone))
    return LastDay(
        "objection_due", row.id, row.notice_id, row.due_on, title, body, f"/objections/{row.id}", start=start, time_zone=time_zone
    )


def _officers_of(notice_ids: Iterable[UUID]) -> dict[UUID, Sequence[Recipient]]:
    """Who decides on objections to each of some notices."""
    places = db.session.execute(select(PublicNotice.id, PublicNotice.area_code).where(PublicNotice.id.in_(set(notice_ids)))).all()
    by_area = {area: identity.recipients_with("publicity.manage", area) for area in {area for _id, area in places}}
    return {notice_id: by_area[area] for notice_id, area in places}
