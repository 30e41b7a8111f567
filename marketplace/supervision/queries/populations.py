"""Who enters a draw: one statement for each kind, with whom it concerns, who decided before, what it comes to and what it weighs."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, null, or_, select

from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Provider
from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas
from marketplace.kernel import clock
from marketplace.kernel.db import db, uuid_text
from marketplace.kernel.money import CNY
from marketplace.matching.models import MatchContract
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.records import queries as records
from marketplace.records.models import ReportRow, ServiceRecord, ServiceReport
from marketplace.records.rules import RecordSource
from marketplace.risk.models import RiskSignal, SignalState
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.supervision.check_rules import Population, SpotPlan
from marketplace.supervision.models import SupervisionCase
from marketplace.supervision.queries.credit import lost
from marketplace.supervision.settings import SupervisionSettings, supervision
from marketplace.vouchers.queries.reruns import is_real

Entering = tuple[Select[*tuple[Any, ...]], Any, Any]  # who, with the columns of subject and organisation
Row = Any  # subject_id, name, organisation_id, other_id, decided_by, amount_fen, weight


def entering(plan: SpotPlan) -> Sequence[Row]:
    """Everything of a plan's population in its area and days, by name. In one statement, however many they are."""
    statement, subject, organisation = _OF[plan.population](plan)
    found = supervision(plan.area_code)
    return db.session.execute(
        statement.add_columns(_weight(subject, organisation, found, plan.until_on).label("weight")).order_by("name")
    ).all()


def _weight(subject: ColumnElement[Any], organisation: ColumnElement[Any], found: SupervisionSettings, today: date) -> ColumnElement[int]:
    """1, and more for signals about it, cases of its organisation and the credit points it lost, up to the most."""
    signals = (
        select(func.count())
        .where(or_(RiskSignal.subject_id == subject, RiskSignal.subject_id == organisation))
        .where(RiskSignal.state != SignalState.EXPLAINED)
        .scalar_subquery()
    )
    cases = (
        select(func.count())
        .where(SupervisionCase.organisation_id == organisation, SupervisionCase.is_established.is_(True))
        .where(SupervisionCase.decided_by.is_not(None))
        .scalar_subquery()
    )
    points = lost(organisation, found, today) // found.credit_step.value
    reached = 1 + found.signal_weight.value * signals + found.case_weight.value * cases + points
    smaller = func.least if db.engine.dialect.name == "postgresql" else func.min
    return smaller(reached, found.most_weight.value)


def _days(plan: SpotPlan) -> tuple[datetime, datetime]:
    return clock.day_begins(plan.from_on), clock.day_ends(plan.until_on)


def _yuan(currency: Any, amount: Any) -> ColumnElement[int]:
    """What is measured by the amount above which all are drawn; nothing of another currency is."""
    return case((currency == CNY, amount), else_=0)


def _claims(plan: SpotPlan) -> Entering:
    first, end = _days(plan)
    asker = func.coalesce(Claim.provider_id, Claim.enterprise_id)
    wanted = (
        select(
            Claim.id,
            Claim.number.label("name"),
            asker,
            Claim.payee_id,
            Claim.decided_by,
            _yuan(Claim.currency, func.coalesce(Claim.approved_fen, 0)),
        )
        .join(Organisation, Organisation.id == Claim.enterprise_id)
        .where(in_areas((plan.area_code,)), is_real(Claim.round_id), Claim.decided_at >= first, Claim.decided_at < end)
        .where(Claim.state.in_([ClaimState.APPROVED, ClaimState.BATCHED, ClaimState.SETTLED]))
    )
    return wanted, Claim.id, asker


def _orders(plan: SpotPlan) -> Entering:
    first, end = _days(plan)
    wanted = (
        select(
            Order.id, Order.number.label("name"), Order.provider_id, Order.enterprise_id, null(), _yuan(Order.currency, Order.subsidy_fen)
        )
        .join(Organisation, Organisation.id == Order.enterprise_id)
        .where(in_areas((plan.area_code,)), is_real(Order.round_id), Order.state == OrderState.REDEEMED)
        .where(Order.redeemed_at >= first, Order.redeemed_at < end)
    )
    return wanted, Order.id, Order.provider_id


def _records(plan: SpotPlan, *sources: RecordSource) -> Select[*tuple[Any, ...]]:
    return (
        select(
            ServiceRecord.id,
            uuid_text(ServiceRecord.id).label("name"),
            ServiceRecord.provider_id,
            ServiceRecord.enterprise_id,
            ServiceReport.decided_by,
            _yuan(ServiceRecord.currency, ServiceRecord.fee_fen),
        )
        .outerjoin(ReportRow, ReportRow.id == ServiceRecord.source_id)
        .outerjoin(ServiceReport, ServiceReport.id == ReportRow.report_id)
        .join(Organisation, Organisation.id == ServiceRecord.enterprise_id)
        .where(in_areas((plan.area_code,)), records.is_current(), ServiceRecord.source_kind.in_(sources))
        .where(ServiceRecord.delivered_on.between(plan.from_on, plan.until_on))
    )


def _matches(plan: SpotPlan) -> Entering:
    wanted = _records(plan, RecordSource.MATCH).join(MatchContract, MatchContract.id == ServiceRecord.source_id)
    return wanted, ServiceRecord.id, ServiceRecord.provider_id


def _reports(plan: SpotPlan) -> Entering:
    return _records(plan, RecordSource.REPORT, RecordSource.IMPORT), ServiceRecord.id, ServiceRecord.provider_id


def _providers(plan: SpotPlan) -> Entering:
    wanted = (
        select(Provider.id, Organisation.uscc.label("name"), Provider.id.label("organisation_id"), null(), null(), literal(0))
        .join(Organisation, Organisation.id == Provider.id)
        .where(in_areas((plan.area_code,)), Provider.state == ProviderState.ADMITTED)
    )
    return wanted, Provider.id, Provider.id


_OF: dict[Population, Callable[[SpotPlan], Entering]] = {
    Population.CLAIMS: _claims,
    Population.ORDERS: _orders,
    Population.MATCHES: _matches,
    Population.REPORTS: _reports,
    Population.PROVIDERS: _providers,
}
SUBJECTS = {
    Population.CLAIMS: "claim",
    Population.ORDERS: "order",
    Population.MATCHES: "service_record",
    Population.REPORTS: "service_record",
    Population.PROVIDERS: "provider",
}
