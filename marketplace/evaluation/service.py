"""Changes of evaluation: platforms and member bodies, how clauses are read, what people judge."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Provider
from marketplace.evaluation import queries
from marketplace.evaluation.models import Judgement, MemberState, Platform, PlatformMember, RulesetSetting
from marketplace.evaluation.rules import Verdict, verdict_on_share
from marketplace.evaluation.rulesets import digest
from marketplace.evaluation.rulesets import ruleset as ruleset_of
from marketplace.identity import queries as identity
from marketplace.identity.regions import area_level
from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, Denied, NotFound, RuleViolation
from marketplace.kernel.typed import checked_reason
from marketplace.moves import service as moves
from marketplace.notices import service as notices
from marketplace.policy.ruleset_spec import Criterion, CriterionKind
from marketplace.vouchers.rules.kept_facts import Kept

SATISFACTION = "satisfaction_share_bp"
WHOLE_BP = 10_000


def register_platform(provider_id: UUID, *, name: str, attribution: str, actor_id: UUID) -> Platform:
    """Say that a provider runs a platform, or say it anew.

    Args:
        attribution: whose services it says count; shown beside the rule set's setting, which decides.

    Raises: RuleViolation: not an admitted provider, or no name.
    """
    provider = db.session.get(Provider, provider_id)
    if provider is None or provider.state is not ProviderState.ADMITTED:
        raise RuleViolation(N_("入库的服务机构才能登记为平台，请先完成机构入库。"))
    if not name.strip():
        raise RuleViolation(N_("请填写平台名称。"), field="name")
    row = db.session.get(Platform, provider_id)
    if row is None:
        row = Platform(id=provider_id)
        db.session.add(row)
    row.name, row.attribution = name.strip(), attribution
    db.session.flush()
    audit.record(
        "platform.registered", actor_id=actor_id, subject_type="platform", subject_id=provider_id, name=row.name, attribution=attribution
    )
    return row


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """Which provider is to count as member body of which platform, on the strength of which agreement."""

    platform_id: UUID
    provider_id: UUID
    from_on: date
    agreement: str
    file_id: UUID | None = None


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


def propose_member(member_id: UUID, facts: MemberFacts, *, actor_id: UUID) -> PlatformMember:
    """Ask that a provider count as member body from a day, on the strength of an agreement.

    Raises: RuleViolation: not a platform; itself; a member already in that time; no agreement named.
    """
    platform_id, provider_id, from_on = facts.platform_id, facts.provider_id, facts.from_on
    if queries.platform(platform_id) is None:
        raise RuleViolation(N_("请先登记为平台，再添加集聚服务机构。"))
    locked(Platform, platform_id)
    if provider_id == platform_id:
        raise RuleViolation(N_("平台本身不是集聚服务机构，请填写另一家机构。"), field="provider")
    if db.session.get(Provider, provider_id) is None:
        raise RuleViolation(N_("这家单位还不是服务机构，请先由它申请入库。"), field="provider")
    if not facts.agreement.strip():
        raise RuleViolation(N_("请填写合作协议的名称或编号。"), field="agreement")
    _check_free(platform_id, provider_id, from_on)
    row = PlatformMember(id=member_id, proposed_by=actor_id, **asdict(replace(facts, agreement=facts.agreement.strip())))
    db.session.add(row)
    db.session.flush()
    _record("platform.member_proposed", row, actor_id, provider_id=provider_id, from_on=from_on)
    organisation = identity.organisation(platform_id)
    who = identity.user_ids_with("platforms.review", organisation.region_code, organisation.park_code)
    notices.tell(who, N_("集聚服务机构待审核：%(name)s", name=organisation.name), row.agreement, "/evaluation/members")
    return row


def _check_free(platform_id: UUID, provider_id: UUID, from_on: date) -> None:
    """Raises: RuleViolation if the provider is or was a member on that day or later."""
    statement = select(PlatformMember).where(PlatformMember.platform_id == platform_id, PlatformMember.provider_id == provider_id)
    for one in db.session.scalars(statement.where(PlatformMember.state != MemberState.REFUSED)):
        if one.until_on is None or one.until_on >= from_on:
            raise RuleViolation(N_("这家机构在所填日期已是集聚服务机构，或正在审核。"), field="provider")


def accept_member(member_id: UUID, *, actor_id: UUID, now: datetime) -> PlatformMember:
    """Count a provider as member body. Raises: Conflict: decided before. Denied: one's own proposal."""
    return _decide_member(member_id, MemberState.ACCEPTED, "", actor_id, now)


def refuse_member(member_id: UUID, *, reason: str, actor_id: UUID, now: datetime) -> PlatformMember:
    """Do not count it. Raises: Conflict: decided before. Denied: one's own proposal. RuleViolation: no reason."""
    checked_reason(reason, N_("请写明不予通过的理由。"))
    return _decide_member(member_id, MemberState.REFUSED, reason.strip(), actor_id, now)


def _decide_member(member_id: UUID, state: MemberState, reason: str, actor_id: UUID, now: datetime) -> PlatformMember:
    row = locked(PlatformMember, member_id)
    if row.state is not MemberState.PROPOSED:
        raise moves.decided_already(N_("集聚服务机构"), row.state, row.decided_by, row.decided_at)
    if row.proposed_by == actor_id:
        raise Denied(N_("这一条是您提交的，请由另一位审核人员办理。"))
    row.state, row.state_reason, row.decided_by, row.decided_at = state, reason, actor_id, now
    _record(f"platform.member_{state.value}", row, actor_id, reason=reason)
    title = N_("集聚服务机构已通过审核") if state is MemberState.ACCEPTED else N_("集聚服务机构未通过审核")
    notices.tell(identity.user_ids_of(row.platform_id), title, reason, "/evaluation/platform")
    return row


def end_member(member_id: UUID, *, until_on: date, actor_id: UUID) -> PlatformMember:
    """Name a member body's last day; what it did until then stays counted.

    Raises: RuleViolation: not accepted, or the day lies before the first.
    """
    row = locked(PlatformMember, member_id)
    if row.state is not MemberState.ACCEPTED:
        raise RuleViolation(N_("只有已加入的机构才能终止。"))
    if until_on < row.from_on:
        raise RuleViolation(N_("终止日期不能早于加入日期 %(day)s。"), field="until_on", day=row.from_on.isoformat())
    row.until_on = until_on
    _record("platform.member_ended", row, actor_id, until_on=until_on)
    return row


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


def _record(action: str, row: PlatformMember, actor_id: UUID, **details: Any) -> None:
    audit.record(action, actor_id=actor_id, subject_type="platform", subject_id=row.platform_id, member_id=row.id, **details)
