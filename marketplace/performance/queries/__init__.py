"""Reads of performance: plans of the areas one sees, their targets and what was read of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, exists, select, true

from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.performance.indicators import IndicatorTarget
from marketplace.performance.lifecycle import PlanState, ReadingKind
from marketplace.performance.models import PerformanceDecision, PerformancePlan, PerformanceReading, PerformanceTarget, PerformanceValue
from marketplace.settlement.queries import programme_in_areas
from marketplace.vouchers.models import Programme

Areas = Sequence[str] | None  # None: everything, for an auditor


@dataclass(frozen=True, slots=True)
class PlanFilter:
    """Which plans are looked for."""

    state: PlanState | None = None
    not_by: UUID | None = None  # that this person may answer: neither entered nor read by


def plans(areas: Areas, wanted: PlanFilter) -> Select[PerformancePlan]:
    """Plans of programmes of some areas, the newest year first."""
    rows = select(PerformancePlan).join(Programme, Programme.id == PerformancePlan.programme_id)
    rows = rows.where(true() if areas is None else programme_in_areas(areas))
    if wanted.state is not None:
        rows = rows.where(PerformancePlan.state == wanted.state)
    if wanted.not_by is not None:
        newest = (
            select(PerformanceReading.taken_by)
            .where(PerformanceReading.plan_id == PerformancePlan.id, PerformanceReading.kind != ReadingKind.MIDTERM)
            .order_by(PerformanceReading.taken_at.desc(), PerformanceReading.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        mine = newest if wanted.state is PlanState.ASSESSED else PerformancePlan.entered_by
        rows = rows.where(mine != wanted.not_by)
    return rows.order_by(PerformancePlan.year.desc(), PerformancePlan.id.desc())


def plan_in(plan_id: UUID, areas: Areas) -> PerformancePlan:
    """One of them. Raises: NotFound: not of the areas."""
    row = db.session.scalars(plans(areas, PlanFilter()).where(PerformancePlan.id == plan_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def targets_of(plan_id: UUID) -> list[IndicatorTarget]:
    """What is to be reached, the heaviest first."""
    wanted = select(PerformanceTarget).where(PerformanceTarget.plan_id == plan_id)
    rows = db.session.scalars(wanted.order_by(PerformanceTarget.weight.desc(), PerformanceTarget.indicator))
    return [IndicatorTarget(row.indicator, row.value, row.weight) for row in rows]


@dataclass(frozen=True, slots=True)
class KeptReading:
    """What was read once, with its values and what a second person said of it."""

    row: PerformanceReading
    values: dict[str, PerformanceValue]
    decision: PerformanceDecision | None

    @property
    def stands(self) -> bool:
        """Whether a second person signed it."""
        return self.decision is not None and self.decision.signed


def readings_of(plan_id: UUID) -> list[KeptReading]:
    """Everything that was read of a plan, the newest first. A year has a handful."""
    newest = select(PerformanceReading).where(PerformanceReading.plan_id == plan_id)
    rows = list(db.session.scalars(newest.order_by(PerformanceReading.taken_at.desc(), PerformanceReading.id.desc())))
    ids = [row.id for row in rows]
    values: dict[UUID, dict[str, PerformanceValue]] = {key: {} for key in ids}
    for one in db.session.scalars(select(PerformanceValue).where(PerformanceValue.reading_id.in_(ids))):
        values[one.reading_id][one.indicator] = one
    found = db.session.scalars(select(PerformanceDecision).where(PerformanceDecision.reading_id.in_(ids)))
    decided = {one.reading_id: one for one in found}
    return [KeptReading(row, values[row.id], decided.get(row.id)) for row in rows]


def signed_of(found: Sequence[KeptReading]) -> KeptReading | None:
    """The assessment that stands: what was signed last."""
    return next((one for one in found if one.stands), None)


def to_sign(plan_id: UUID) -> PerformanceReading | None:
    """What waits for a second person."""
    decided = exists().where(PerformanceDecision.reading_id == PerformanceReading.id)
    wanted = select(PerformanceReading).where(
        PerformanceReading.plan_id == plan_id, PerformanceReading.kind != ReadingKind.MIDTERM, ~decided
    )
    newest = wanted.order_by(PerformanceReading.taken_at.desc(), PerformanceReading.id.desc())
    return db.session.scalars(newest.limit(1)).one_or_none()
