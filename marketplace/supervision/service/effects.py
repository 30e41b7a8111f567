"""What a measure does when it is decided, and how it is taken back when an appeal succeeds."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid5

from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Provider
from marketplace.catalogue.rules.admission import AdmissionDecision, Ruling
from marketplace.catalogue.service import admission
from marketplace.enterprises import service as enterprises
from marketplace.kernel.clock import civil_date
from marketplace.kernel.db import by_id, db
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.matching.service import contracts
from marketplace.records import service as records
from marketplace.records.rules import RecordSource
from marketplace.risk import service as risk
from marketplace.risk.rules import BarKind
from marketplace.settlement.lifecycle import RecoveryState
from marketplace.settlement.models import Claim
from marketplace.settlement.recovery_models import Recovery
from marketplace.settlement.recovery_rules import RecoveryGround, ReturnsTo
from marketplace.settlement.service import recoveries
from marketplace.settlement.service.recoveries import RecoveryFinding
from marketplace.supervision.models import CaseMeasure, SupervisionCase
from marketplace.supervision.queries import parties
from marketplace.supervision.rules import CaseSource, MeasureKind

Effect = Callable[[SupervisionCase, CaseMeasure, UUID, datetime], None]


def check(case: SupervisionCase, kind: MeasureKind) -> None:
    """Raises: RuleViolation: only a provider of the register leaves it."""
    provider = db.session.get(Provider, case.organisation_id) if kind is MeasureKind.REMOVAL else None
    if kind is MeasureKind.REMOVAL and (provider is None or provider.state not in {ProviderState.ADMITTED, ProviderState.SUSPENDED}):
        raise RuleViolation(N_("该单位不是在库服务机构，不能出库。请改选其他处理措施。"), field="kind", code="not_in_register")


def act(case: SupervisionCase, measure: CaseMeasure, *, actor_id: UUID, now: datetime) -> None:
    """Let a measure act."""
    if (effect := _ACTS.get(measure.kind)) is not None:
        effect(case, measure, actor_id, now)


def undo(case: SupervisionCase, measure: CaseMeasure, *, actor_id: UUID, now: datetime) -> None:
    """Take a measure back."""
    if (effect := _UNDOES.get(measure.kind)) is not None:
        effect(case, measure, actor_id, now)


def _ask_back(case: SupervisionCase, measure: CaseMeasure, _actor_id: UUID, now: datetime) -> None:
    """The money goes on in a recovery case of its own, which another officer confirms."""
    assert measure.amount_fen is not None, "a constraint of the database"
    ground = RecoveryGround.TIP if case.source is CaseSource.TIP else RecoveryGround.SPOT_CHECK
    goes_to = ReturnsTo.TREASURY if recoveries.is_finished(by_id(Claim, measure.target_id)) else ReturnsTo.POOL
    asked = RecoveryFinding(measure.amount_fen, ground, case.finding, goes_to)
    recoveries.open_recovery(measure.id, measure.target_id, asked, actor_id=case.found_by, now=now)


def _ask_back_no_more(case: SupervisionCase, measure: CaseMeasure, actor_id: UUID, now: datetime) -> None:
    """A recovery that nobody has confirmed is dropped; what is demanded is withdrawn, and what came in is named to be given back."""
    state = by_id(Recovery, measure.id).state
    if state is RecoveryState.PROPOSED:
        recoveries.drop_recovery(measure.id, reason=_why(case), actor_id=actor_id, now=now)
    elif state is not RecoveryState.DROPPED:
        recoveries.withdraw_recovery(measure.id, reason=_why(case), actor_id=actor_id, now=now)


def _bar(case: SupervisionCase, measure: CaseMeasure, _actor_id: UUID, now: datetime) -> None:
    assert measure.until_on is not None, "a constraint of the database"
    kind = BarKind(measure.kind.value)
    risk.bar(measure.id, case.organisation_id, kind, until_on=measure.until_on, number=case.number, today=civil_date(now))


def _let_in(_case: SupervisionCase, measure: CaseMeasure, _actor_id: UUID, now: datetime) -> None:
    risk.lift_bar(measure.id, today=civil_date(now))


def _remove(case: SupervisionCase, measure: CaseMeasure, actor_id: UUID, now: datetime) -> None:
    ruling = Ruling(AdmissionDecision.REMOVE, _why(case), measure.until_on)
    admission.decide(case.organisation_id, ruling, actor_id=actor_id, request_key=uuid5(measure.id, "removal"), now=now)


def _reinstate(case: SupervisionCase, measure: CaseMeasure, actor_id: UUID, now: datetime) -> None:
    admission.reinstate(case.organisation_id, uuid5(measure.id, "removal"), reason=_why(case), actor_id=actor_id, now=now)


def _revoke(case: SupervisionCase, measure: CaseMeasure, actor_id: UUID, now: datetime) -> None:
    enterprises.revoke_title(measure.target_id, civil_date(now), reason=_why(case), actor_id=actor_id)


def _restore(case: SupervisionCase, measure: CaseMeasure, actor_id: UUID, _now: datetime) -> None:
    enterprises.restore_title(measure.target_id, reason=_why(case), actor_id=actor_id)


def _reverse(case: SupervisionCase, measure: CaseMeasure, actor_id: UUID, now: datetime) -> None:
    record = parties.record(measure.target_id)
    if record.source_kind is RecordSource.MATCH:  # the contract goes with its record
        contracts.void(measure.id, record.source_id, reason=_why(case), actor_id=actor_id, now=now)
    else:
        records.take_back(record, measure.id, today=civil_date(now), actor_id=actor_id)


def _count_again(_case: SupervisionCase, measure: CaseMeasure, actor_id: UUID, now: datetime) -> None:
    """A contract that was declared void is registered and confirmed anew by its two sides: nobody else says that it counts."""
    record = parties.record(measure.target_id)
    if record.source_kind is not RecordSource.MATCH:
        records.count_again(record, uuid5(measure.id, "again"), today=civil_date(now), actor_id=actor_id)


def _why(case: SupervisionCase) -> str:
    return N_("依据处理决定 %(number)s。", number=case.number)


_ACTS: dict[MeasureKind, Effect] = {
    MeasureKind.RECOVERY: _ask_back,
    MeasureKind.SUSPENSION: _bar,
    MeasureKind.BAN: _bar,
    MeasureKind.REMOVAL: _remove,
    MeasureKind.TITLE: _revoke,
    MeasureKind.COUNT: _reverse,
}
_UNDOES: dict[MeasureKind, Effect] = {
    MeasureKind.RECOVERY: _ask_back_no_more,
    MeasureKind.SUSPENSION: _let_in,
    MeasureKind.BAN: _let_in,
    MeasureKind.REMOVAL: _reinstate,
    MeasureKind.TITLE: _restore,
    MeasureKind.COUNT: _count_again,
}
