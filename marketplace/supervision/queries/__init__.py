"""Reads of cases: an office's within its areas, a party's own once they are decided."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, true

from marketplace.identity.models import Organisation
from marketplace.identity.queries import named
from marketplace.identity.scope import acted_on
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.policy import terms
from marketplace.policy.terms import Changed
from marketplace.supervision.lifecycle import TOLD, CaseState
from marketplace.supervision.models import CaseMeasure, SupervisionCase
from marketplace.supervision.rules import MeasureKind, MeasureState

Areas = Iterable[str] | None  # None: the whole platform


def _in_areas(areas: Areas) -> ColumnElement[bool]:
    return true() if areas is None else acted_on(SupervisionCase.region_code, areas)


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a list of cases is narrowed to."""

    state: CaseState | None = None
    text: str = ""  # number, or name of the party
    not_by: UUID | None = None  # those that this user may decide: neither found nor decided by them


def cases(areas: Areas, chosen: CaseFilter) -> Select[SupervisionCase]:
    """Cases of some areas, newest first."""
    statement = select(SupervisionCase).where(_in_areas(areas))
    if chosen.state is not None:
        statement = statement.where(SupervisionCase.state == chosen.state)
    if chosen.text:
        parties = select(Organisation.id).where(named(chosen.text))
        wanted = or_(SupervisionCase.number == chosen.text.strip().upper(), SupervisionCase.organisation_id.in_(parties))
        statement = statement.where(wanted)
    if chosen.not_by is not None:
        for column in (SupervisionCase.found_by, SupervisionCase.decided_by):
            statement = statement.where(or_(column.is_(None), column != chosen.not_by))
    return statement.order_by(SupervisionCase.opened_at.desc(), SupervisionCase.id.desc())


def case_in(case_id: UUID, areas: Areas) -> SupervisionCase:
    """One case of some areas. Raises: NotFound."""
    row = db.session.scalars(select(SupervisionCase).where(SupervisionCase.id == case_id, _in_areas(areas))).one_or_none()
    if row is None:
        raise NotFound
    return row


def case_of_source(source_id: UUID) -> SupervisionCase | None:
    """The case that a signal, an item of a check or a tip brought about."""
    return db.session.scalars(select(SupervisionCase).where(SupervisionCase.source_id == source_id)).one_or_none()


def of_party(organisation_id: UUID) -> Select[SupervisionCase]:
    """Decisions about an organisation, newest first; it reads nothing of what is not decided."""
    wanted = select(SupervisionCase).where(SupervisionCase.organisation_id == organisation_id, SupervisionCase.state.in_(TOLD))
    return wanted.order_by(SupervisionCase.decided_at.desc(), SupervisionCase.id.desc())


def own_case(case_id: UUID, organisation_id: UUID) -> SupervisionCase:
    """A decision about one's own organisation. Raises: NotFound."""
    row = db.session.scalars(of_party(organisation_id).where(SupervisionCase.id == case_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def to_appeal(organisation_id: UUID, today: date) -> Select[SupervisionCase]:
    """Decisions that an organisation may still appeal, the most urgent first."""
    wanted = select(SupervisionCase).where(SupervisionCase.organisation_id == organisation_id, SupervisionCase.state == CaseState.DECIDED)
    return wanted.where(SupervisionCase.due_on >= today).order_by(SupervisionCase.due_on, SupervisionCase.id)


def measures_of(case_id: UUID) -> list[CaseMeasure]:
    """What a case leads to, as it was proposed."""
    return list(db.session.scalars(select(CaseMeasure).where(CaseMeasure.case_id == case_id).order_by(CaseMeasure.id)))


def measures_by_case(case_ids: Iterable[UUID]) -> dict[UUID, list[CaseMeasure]]:
    """The same of several cases."""
    found: dict[UUID, list[CaseMeasure]] = {}
    for row in db.session.scalars(select(CaseMeasure).where(CaseMeasure.case_id.in_(list(case_ids))).order_by(CaseMeasure.id)):
        found.setdefault(row.case_id, []).append(row)
    return found


def proposed_back_fen(claim_id: UUID) -> int:
    """What of a claim's money cases mean to ask back; what is decided stands in a recovery of its own."""
    wanted = select(func.coalesce(func.sum(CaseMeasure.amount_fen), 0)).where(
        CaseMeasure.kind == MeasureKind.RECOVERY, CaseMeasure.target_id == claim_id, CaseMeasure.state == MeasureState.PROPOSED
    )
    return int(db.session.scalar(wanted) or 0)


def appeal_over(today: date) -> Select[UUID]:
    """Decided cases whose days for an appeal are over for certain."""
    return select(SupervisionCase.id).where(
        SupervisionCase.state == CaseState.DECIDED, SupervisionCase.due_on < today, ~SupervisionCase.due_provisional
    )


def running_over(changed: Changed) -> Select[UUID]:
    """Decided cases whose term runs over days that the calendar changed."""
    return select(SupervisionCase.id).where(
        SupervisionCase.state == CaseState.DECIDED, SupervisionCase.due_kind == terms.TermKind.WORKING, changed.touches(SupervisionCase)
    )
