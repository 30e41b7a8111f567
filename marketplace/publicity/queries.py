"""Reads of public notices and their objections."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from marketplace.identity.scope import acted_on
from marketplace.kernel.clock import civil_date
from marketplace.kernel.db import by_id, db, found_by
from marketplace.kernel.zones import over_there
from marketplace.publicity.models import Objection, ObjectionState, PublicNotice, PublicNoticeState


def notice(notice_id: UUID) -> PublicNotice:
    """Raises: NotFound."""
    return by_id(PublicNotice, notice_id)


def notices(*, kind: str = "", state: str = "", text: str = "") -> Select[PublicNotice]:
    """All notices, newest first; everybody may read them. Those of simulated rounds are not among them."""
    wanted = select(PublicNotice).where(~PublicNotice.simulated)
    if kind:
        wanted = wanted.where(PublicNotice.kind == kind)
    if state in set(PublicNoticeState):
        wanted = wanted.where(PublicNotice.state == PublicNoticeState(state))
    if text.strip():
        wanted = wanted.where(or_(PublicNotice.title.contains(text.strip(), autoescape=True), PublicNotice.number == text.strip().upper()))
    return wanted.order_by(PublicNotice.published_on.desc(), PublicNotice.id.desc())


def of_subject(subject_id: UUID) -> list[PublicNotice]:
    """The notices about one thing, newest first."""
    return list(db.session.scalars(select(PublicNotice).where(PublicNotice.subject_id == subject_id).order_by(PublicNotice.id.desc())))


def objections_of(notice_id: UUID) -> list[Objection]:
    """Objections against a notice, oldest first."""
    return list(db.session.scalars(select(Objection).where(Objection.notice_id == notice_id).order_by(Objection.created_at)))


def objections(areas: Iterable[str], *, state: str = "") -> Select[Objection]:
    """Objections against notices of an officer's own areas, those that wait first."""
    wanted = select(Objection).join(PublicNotice, PublicNotice.id == Objection.notice_id).where(acted_on(PublicNotice.area_code, areas))
    if state in set(ObjectionState):
        wanted = wanted.where(Objection.state == ObjectionState(state))
    return wanted.order_by((Objection.state != ObjectionState.RAISED).asc(), Objection.created_at.desc())


def objection_in_areas(objection_id: UUID, areas: Iterable[str]) -> Objection:
    """One objection of an officer's own areas.

    Raises: NotFound: no such objection, or elsewhere.
    """
    return found_by(objections(areas).where(Objection.id == objection_id))


def waiting_objections(areas: Iterable[str]) -> int:
    """How many objections of one's own areas wait for a decision."""
    return db.session.scalar(select(func.count()).select_from(objections(areas, state=ObjectionState.RAISED).subquery())) or 0


def running_over(first: date, last: date) -> list[UUID]:
    """Open notices whose period runs over days of the calendar that changed."""
    touched = (PublicNotice.published_on < last) & (PublicNotice.last_day >= first)
    return list(db.session.scalars(select(PublicNotice.id).where(PublicNotice.state == PublicNoticeState.OPEN, touched)))


def ended_ids(now: datetime) -> list[UUID]:
    """Open notices whose last day is over where they are."""
    wanted = select(PublicNotice.id, PublicNotice.last_day, PublicNotice.time_zone)
    rows = db.session.execute(wanted.where(PublicNotice.state == PublicNoticeState.OPEN, PublicNotice.last_day < civil_date(now)))
    return over_there(rows, now)


def notices_by_id(ids: Iterable[UUID]) -> dict[UUID, PublicNotice]:
    """Several notices at once."""
    return {row.id: row for row in db.session.scalars(select(PublicNotice).where(PublicNotice.id.in_(set(ids))))}
