"""What settled decisions cost their organisations."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.supervision import credit_rules
from marketplace.supervision.credit_rules import Settled
from marketplace.supervision.lifecycle import CaseState
from marketplace.supervision.models import CaseMeasure, SupervisionCase
from marketplace.supervision.rules import MeasureState
from marketplace.supervision.settings import SupervisionSettings, credit_scale


def _settled(found: SupervisionSettings, today: date) -> tuple[ColumnElement[bool], ...]:
    """SQL conditions: measures of closed cases that stand and still cost something."""
    since = clock.day_begins(today - timedelta(days=found.credit_days.value))
    return SupervisionCase.state == CaseState.CLOSED, SupervisionCase.decided_at >= since, CaseMeasure.state == MeasureState.IN_FORCE


def lost(organisation: Any, found: SupervisionSettings, today: date) -> ColumnElement[int]:
    """SQL of the points that an organisation lost, for a query that has it as a column."""
    costs = case(*((CaseMeasure.kind == kind, cost) for kind, cost in credit_scale(found).costs.items()), else_=0)
    wanted = select(func.coalesce(func.sum(costs), 0)).join(SupervisionCase, SupervisionCase.id == CaseMeasure.case_id)
    mine = wanted.where(SupervisionCase.organisation_id == organisation, *_settled(found, today)).scalar_subquery()
    return case((mine > found.credit_full.value, found.credit_full.value), else_=mine)


def settled_of(organisation_id: UUID, found: SupervisionSettings, today: date) -> list[Settled]:
    """The measures that still cost an organisation something on a day."""
    wanted = select(CaseMeasure.kind, SupervisionCase.decided_at).join(SupervisionCase, SupervisionCase.id == CaseMeasure.case_id)
    rows = db.session.execute(wanted.where(SupervisionCase.organisation_id == organisation_id, *_settled(found, today)))
    return [Settled(kind, clock.civil_date(at)) for kind, at in rows if at is not None]


def points_of(organisation_id: UUID, found: SupervisionSettings, today: date) -> int:
    """The credit points of an organisation on a day."""
    wanted = select(CaseMeasure.kind).join(SupervisionCase, SupervisionCase.id == CaseMeasure.case_id)
    kinds = db.session.scalars(wanted.where(SupervisionCase.organisation_id == organisation_id, *_settled(found, today)))
    return credit_rules.points(credit_scale(found), kinds)
