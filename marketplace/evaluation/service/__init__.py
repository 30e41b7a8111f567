"""Changes of evaluation: how clauses are read, what people judge."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.audit import service as audit
from marketplace.evaluation.models import Judgement, RulesetSetting
from marketplace.evaluation.rules import Verdict, verdict_on_share
from marketplace.evaluation.rulesets import digest
from marketplace.evaluation.rulesets import ruleset as ruleset_of
from marketplace.identity.regions import area_level
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.typed import checked_reason
from marketplace.policy.ruleset_spec import Criterion, CriterionKind
from marketplace.vouchers.rules.kept_facts import Kept

SATISFACTION = "satisfaction_share_bp"
WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class OpinionFacts:
    """What somebody says of a criterion in an assessment: a verdict, or a prefecture's own figure of satisfaction."""

    organisation_id: UUID
    ruleset: str
    year: int
    criterion_id: str
    opinion: str
    verdict: Verdict | None = None
    value_bp: int | None = None
    file_id: UUID | None = None


def choose_setting(ruleset: str, key: str, value: str, *, area_code: str, reason: str, actor_id: UUID) -> RulesetSetting:
    """Say how an ambiguous clause is read in an area.

    Raises:
        NotFound: no such rule set or setting.
        RuleViolation: a value that is not offered; no reason.
    """
    rule = ruleset_of(ruleset)
    if key not in {setting.id for setting in rule.settings}:
        raise NotFound
    checked_reason(reason, N_("请写明理由：这样解释的依据是什么。"))
    checked = rule.check_settings({key: value})[key]
    area_level(area_code)
    row = RulesetSetting(ruleset=ruleset, area_code=area_code, key=key, value=str(checked), reason=reason.strip(), actor_id=actor_id)
    db.session.add(row)
    db.session.flush()
    audit.record(
        "ruleset.setting_chosen",
        actor_id=actor_id,
        subject_type="ruleset_setting",
        subject_id=row.id,
        ruleset=ruleset,
        area=area_code,
        key=key,
        value=row.value,
        reason=row.reason,
    )
    return row


def is_judged(criterion: Criterion) -> bool:
    """Whether people judge it: what no figure can settle, and satisfaction, which the prefecture tests by itself."""
    return criterion.kind is CriterionKind.MANUAL or (criterion.call is not None and criterion.call.measure == SATISFACTION)


def judge(judgement_id: UUID, facts: OpinionFacts, *, actor_id: UUID) -> Judgement:
    """Write down an opinion. The newest counts; older ones stay.

    Raises:
        NotFound: no such criterion.
        RuleViolation: figures settle this one; no opinion; no verdict or no figure.
    """
    criterion = _judged_criterion(facts.ruleset, facts.criterion_id)
    checked_reason(facts.opinion, N_("请写明意见。"), field="opinion")
    row = Judgement(
        id=judgement_id,
        ruleset=facts.ruleset,
        organisation_id=facts.organisation_id,
        year=facts.year,
        criterion_id=facts.criterion_id,
        verdict=_verdict_on(criterion, facts.verdict, facts.value_bp).value,
        opinion=facts.opinion.strip(),
        value=facts.value_bp if criterion.kind is not CriterionKind.MANUAL else None,
        file_id=facts.file_id,
        actor_id=actor_id,
        facts=_stands_on(facts.ruleset, criterion),
    )
    db.session.add(row)
    db.session.flush()
    _record_judgement(row)
    return row


def _stands_on(ruleset: str, criterion: Criterion) -> Kept:
    """The rule set as it was, and the figure that the verdict is held against."""
    kept: Kept = {"rules": digest(ruleset)}
    return kept if criterion.kind is CriterionKind.MANUAL else {**kept, "threshold_bp": criterion.threshold}


def _record_judgement(row: Judgement) -> None:
    audit.record(
        "judgement.given",
        actor_id=row.actor_id,
        subject_type="organisation",
        subject_id=row.organisation_id,
        ruleset=row.ruleset,
        year=row.year,
        criterion=row.criterion_id,
        verdict=row.verdict,
        value=row.value,
        judgement_id=row.id,
    )


def _judged_criterion(ruleset: str, criterion_id: str) -> Criterion:
    criterion = next((one for one in ruleset_of(ruleset).criteria if one.id == criterion_id), None)
    if criterion is None:
        raise NotFound
    if not is_judged(criterion):
        raise RuleViolation(N_("这一项由数据判定，不能人工评议；数据有误的，请更正台账或年度档案。"))
    return criterion


def _verdict_on(criterion: Criterion, verdict: Verdict | None, value_bp: int | None) -> Verdict:
    if criterion.kind is CriterionKind.MANUAL:
        if verdict not in {Verdict.MET, Verdict.UNMET, Verdict.UNKNOWN}:
            raise RuleViolation(N_("请选择评议结果。"), field="verdict")
        return verdict
    if value_bp is None or not 0 <= value_bp <= WHOLE_BP:
        raise RuleViolation(N_("请填写 0 到 100 之间的满意度。"), field="value")
    assert isinstance(criterion.threshold, int)
    return verdict_on_share(value_bp, criterion.threshold)
