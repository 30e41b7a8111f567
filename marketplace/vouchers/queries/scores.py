"""Scores of applications, as services and pages read them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from marketplace.kernel.db import db
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.models import Application, ApplicationScore, Round
from marketplace.vouchers.queries.spending import phase_at
from marketplace.vouchers.rules import scoring
from marketplace.vouchers.rules.scoring import Scored
from marketplace.vouchers.rules.states import ApplicationState, RoundState


def sheets_of(application_id: UUID) -> list[ApplicationScore]:
    """The sheets of an application, in the order in which they came."""
    wanted = select(ApplicationScore).where(ApplicationScore.application_id == application_id)
    return list(db.session.scalars(wanted.order_by(ApplicationScore.created_at, ApplicationScore.id)))


def scored_in(round_id: UUID) -> list[Scored]:
    """Every application of a round that was scored, whatever became of it since: what stands before and behind it does not move."""
    wanted = select(Application.id, Application.sequence, ApplicationScore.points)
    wanted = wanted.join(ApplicationScore, ApplicationScore.application_id == Application.id).where(Application.round_id == round_id)
    found: dict[UUID, tuple[int, list[dict[str, int]]]] = {}
    for application_id, sequence, points in db.session.execute(wanted.order_by(Application.sequence)):
        found.setdefault(application_id, (sequence, []))[1].append(points)
    return [Scored(key, sequence, tuple(sheets)) for key, (sequence, sheets) in found.items()]


def places_of(round_id: UUID, spec: ProgrammeSpec) -> dict[UUID, int]:
    """By application, its place among those that were scored."""
    return {one.application_id: place for place, one in enumerate(scoring.in_order(spec, scored_in(round_id)), start=1)}


@dataclass(frozen=True, slots=True)
class Panel:
    """How far the scoring of an application is, as one of the panel may see it."""

    wanted: int
    given: int
    may_score: bool
    sheets: tuple[ApplicationScore, ...]  # the own one; all of them when no sheet of the round is missing
    total: str  # points of a hundred; empty until then


def panel_of(row: Application, spec: ProgrammeSpec, viewer_id: UUID | None, now: datetime) -> Panel | None:
    """None: nothing is scored here. The firm's own view has no viewer of the panel, and sees nothing before the results.

    What was withdrawn or refused meanwhile hides its sheets as long as the others: they would tell how somebody scores.
    """
    if not scoring.is_scored(spec):
        return None
    known, wanted = sheets_of(row.id), scoring.scorers(spec)
    mine = tuple(one for one in known if one.scorer_id == viewer_id)
    is_whole = bool(known) and not missing_in(row.round, spec)
    is_time = phase_at(row.round, now) is RoundState.CLOSED and row.state is ApplicationState.SUBMITTED
    total = scoring.said(scoring.total_bp(spec, [one.points for one in known])) if is_whole else ""
    may_score = viewer_id is not None and is_time and not mine and len(known) < wanted
    return Panel(wanted, len(known), may_score, tuple(known) if is_whole else mine, total)


def missing_in(round_: Round, spec: ProgrammeSpec) -> int:
    """How many applications still lack a sheet."""
    sheets = select(func.count()).where(ApplicationScore.application_id == Application.id).correlate(Application).scalar_subquery()
    waits = (Application.round_id == round_.id) & (Application.state == ApplicationState.SUBMITTED)
    return int(db.session.scalar(select(func.count()).where(waits, sheets < scoring.scorers(spec))) or 0)
