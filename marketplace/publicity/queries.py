"""Reads of public notices and their objections."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from marketplace.identity.regions import exists
from marketplace.identity.scope import acted_on
from marketplace.kernel.clock import civil_date
from marketplace.kernel.db import by_id, db, found_by
from marketplace.kernel.files import StoredFile
from marketplace.kernel.zones import over_there
from marketplace.publicity.models import NoticeFile, NoticeRow, Objection, ObjectionFile, ObjectionState, PublicNotice, PublicNoticeState


def _of_area(areas: Iterable[str]) -> ColumnElement[bool]:
    return acted_on(PublicNotice.area_code, areas)


def notice(notice_id: UUID) -> PublicNotice:
    """Raises: NotFound."""
    return by_id(PublicNotice, notice_id)


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """What the list of notices is narrowed to; nonsense narrows nothing."""

    kind: str = ""
    state: str = ""
    text: str = ""
    year: str = ""  # of publication
    area: str = ""  # and everything in it


def notices(chosen: NoticeFilter = NoticeFilter()) -> Select[PublicNotice]:
    """All notices, newest first, those that are over among them; everybody may read them. Those of simulated rounds are not among them."""
    kind, state, text = chosen.kind, chosen.state, chosen.text
    wanted = select(PublicNotice).where(~PublicNotice.simulated)
    if kind:
        wanted = wanted.where(PublicNotice.kind == kind)
    if re.fullmatch(r"20[0-9]{2}", chosen.year):
        year = int(chosen.year)
        wanted = wanted.where(PublicNotice.published_on.between(date(year, 1, 1), date(year, 12, 31)))
    if exists(chosen.area):
        wanted = wanted.where(_of_area([chosen.area]))
    if state in set(PublicNoticeState):
        wanted = wanted.where(PublicNotice.state == PublicNoticeState(state))
    if text.strip():
        wanted = wanted.where(
            or_(
                PublicNotice.title.contains(text.strip(), autoescape=True),
                PublicNotice.number == text.strip().upper(),
                PublicNotice.document_number == text.strip(),
            )
        )
    return wanted.order_by(PublicNotice.published_on.desc(), PublicNotice.id.desc())


def years_and_areas() -> tuple[list[str], list[str]]:
    """The years in which notices were published, newest first, and the prefectures (and parks) that they are about."""
    seen = select(PublicNotice.area_code, func.min(PublicNotice.published_on), func.max(PublicNotice.published_on))
    rows = db.session.execute(seen.where(~PublicNotice.simulated).group_by(PublicNotice.area_code)).all()
    if not rows:
        return [], []
    first, last = min(row[1] for row in rows).year, max(row[2] for row in rows).year
    return [str(year) for year in range(last, first - 1, -1)], sorted({f"{row[0][:4]}00" for row in rows})


def files_of(notice_id: UUID) -> list[NoticeFile]:
    """What is attached to a notice, in the order in which it came."""
    return list(
        db.session.scalars(select(NoticeFile).where(NoticeFile.notice_id == notice_id).order_by(NoticeFile.added_at, NoticeFile.id))
    )


def notice_file(notice_id: UUID, file_id: UUID) -> StoredFile:
    """One file of a notice. Raises: NotFound."""
    wanted = select(StoredFile).join(NoticeFile, NoticeFile.file_id == StoredFile.id)
    return found_by(wanted.where(NoticeFile.notice_id == notice_id, StoredFile.id == file_id))


def notice_in(notice_id: UUID, areas: Iterable[str]) -> PublicNotice:
    """A notice of an officer's own areas. Raises: NotFound."""
    return found_by(select(PublicNotice).where(PublicNotice.id == notice_id, _of_area(areas)))


def of_subject(subject_id: UUID) -> list[PublicNotice]:
    """The notices about one thing, by itself or in a table, newest first."""
    in_table = select(NoticeRow.notice_id).where(NoticeRow.subject_id == subject_id)
    about = or_(PublicNotice.subject_id == subject_id, PublicNotice.id.in_(in_table))
    return list(db.session.scalars(select(PublicNotice).where(about).order_by(PublicNotice.id.desc())))


@dataclass(frozen=True, slots=True)
class Announced:
    """A thing that is announced: the notice, its row there, whether an objection waits that touches it."""

    notice: PublicNotice
    row: NoticeRow | None
    contested: bool


def announced(subject_ids: Iterable[UUID]) -> dict[UUID, list[Announced]]:
    """What is announced of several things, by thing."""
    wanted = set(subject_ids)
    alone = db.session.scalars(select(PublicNotice).where(PublicNotice.subject_id.in_(wanted)))
    pairs: list[tuple[PublicNotice, NoticeRow | None]] = [(notice, None) for notice in alone]
    rows = db.session.execute(
        select(PublicNotice, NoticeRow).join(NoticeRow, NoticeRow.notice_id == PublicNotice.id).where(NoticeRow.subject_id.in_(wanted))
    )
    pairs += [(notice, row) for notice, row in rows]
    ids = {notice.id for notice, _row in pairs}
    waits = select(Objection.notice_id, Objection.row_id).where(Objection.notice_id.in_(ids), Objection.state == ObjectionState.RAISED)
    contested = {(notice_id, row_id) for notice_id, row_id in db.session.execute(waits)} if ids else set()
    found: dict[UUID, list[Announced]] = {}
    for notice, row in pairs:
        touched = (notice.id, None) in contested or (row is not None and (notice.id, row.id) in contested)
        found.setdefault(notice.subject_id if row is None else row.subject_id, []).append(Announced(notice, row, touched))
    return found


def joinable(kind: str, subject_id: UUID, area_code: str, today: date, last_day: date, issuer: str) -> PublicNotice | None:
    """The notice of the day in whose table something of the same subject, area, period and bureau is announced too."""
    same = and_(PublicNotice.kind == kind, PublicNotice.subject_id == subject_id, PublicNotice.area_code == area_code)
    of_day = and_(PublicNotice.published_on == today, PublicNotice.last_day == last_day, PublicNotice.state == PublicNoticeState.OPEN)
    wanted = select(PublicNotice).where(same, of_day, PublicNotice.issuer == issuer)
    return db.session.scalars(wanted.order_by(PublicNotice.id).limit(1)).one_or_none()


def rows_of(notice_id: UUID) -> Select[NoticeRow]:
    """The table of a notice, in its order."""
    return select(NoticeRow).where(NoticeRow.notice_id == notice_id).order_by(NoticeRow.position)


def all_rows(notice_id: UUID) -> list[NoticeRow]:
    """The whole table, for print."""
    return list(db.session.scalars(rows_of(notice_id)))


def count_rows(notice_id: UUID) -> int:
    """How many rows the table of a notice has."""
    return db.session.scalar(select(func.count()).select_from(NoticeRow).where(NoticeRow.notice_id == notice_id)) or 0


def row_of(notice_id: UUID, row_id: UUID) -> NoticeRow:
    """One row of a notice. Raises: NotFound."""
    return found_by(select(NoticeRow).where(NoticeRow.id == row_id, NoticeRow.notice_id == notice_id))


def rows_by_id(ids: Iterable[UUID | None]) -> dict[UUID, NoticeRow]:
    """Several rows at once."""
    wanted = {one for one in ids if one is not None}
    return {row.id: row for row in db.session.scalars(select(NoticeRow).where(NoticeRow.id.in_(wanted)))} if wanted else {}


def who_published(notice: PublicNotice, objection: Objection) -> set[UUID]:
    """Who decided on what somebody objects to: on the row, or on anything of the notice."""
    if objection.row_id is not None:
        return {objection.published_by} - {None}  # type: ignore[return-value]
    found = set(db.session.scalars(select(NoticeRow.added_by).where(NoticeRow.notice_id == notice.id)))
    return {one for one in (*found, notice.created_by) if one is not None}


def who_published_each(objections: Collection[Objection]) -> dict[UUID, set[UUID]]:
    """The same of several objections, in two statements."""
    ids = {one.notice_id for one in objections}
    by_notice: dict[UUID, set[UUID]] = {notice.id: {notice.created_by} - {None} for notice in notices_by_id(ids).values()}  # type: ignore[misc]
    for notice_id, actor_id in db.session.execute(select(NoticeRow.notice_id, NoticeRow.added_by).where(NoticeRow.notice_id.in_(ids))):
        if actor_id is not None:
            by_notice[notice_id].add(actor_id)
    return {
        one.id: ({one.published_by} - {None}) if one.row_id is not None else by_notice[one.notice_id]  # type: ignore[misc]
        for one in objections
    }


def some_objections(objection_ids: Iterable[UUID]) -> list[Objection]:
    """Several objections at once."""
    return list(db.session.scalars(select(Objection).where(Objection.id.in_(list(objection_ids)))))


def objection_files(objection_id: UUID) -> list[ObjectionFile]:
    """What proves an objection."""
    return list(db.session.scalars(select(ObjectionFile).where(ObjectionFile.objection_id == objection_id).order_by(ObjectionFile.id)))


def objection_file(objection_id: UUID, file_id: UUID) -> StoredFile:
    """One file of an objection. Raises: NotFound."""
    wanted = select(StoredFile).join(ObjectionFile, ObjectionFile.file_id == StoredFile.id)
    return found_by(wanted.where(ObjectionFile.objection_id == objection_id, StoredFile.id == file_id))


def objections_of(notice_id: UUID) -> list[Objection]:
    """Objections against a notice, oldest first."""
    return list(db.session.scalars(select(Objection).where(Objection.notice_id == notice_id).order_by(Objection.created_at)))


def objections(areas: Iterable[str], *, state: str = "") -> Select[Objection]:
    """Objections against notices of an officer's own areas, those that wait first."""
    wanted = select(Objection).join(PublicNotice, PublicNotice.id == Objection.notice_id).where(_of_area(areas))
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
