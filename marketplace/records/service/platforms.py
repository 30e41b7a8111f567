"""Platforms and their member bodies: proposed by the platform, decided by an officer, ended; and which records count to whom."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, insert, literal, select

from marketplace.audit import service as audit
from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Provider
from marketplace.identity import queries as identity
from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, Denied, RuleViolation
from marketplace.kernel.typed import checked_reason
from marketplace.moves import service as moves
from marketplace.notices import service as notices
from marketplace.records.models import ServiceRecord
from marketplace.records.platform_models import Platform, PlatformMember, RecordPlatform
from marketplace.records.queries import in_year, years
from marketplace.records.rules import MemberState


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


def propose_member(member_id: UUID, facts: MemberFacts, *, actor_id: UUID) -> PlatformMember:
    """Ask that a provider count as member body from a day, on the strength of an agreement.

    Raises: RuleViolation: not a platform; itself; a member already in that time; no agreement named.
    """
    platform_id, provider_id, from_on = facts.platform_id, facts.provider_id, facts.from_on
    if db.session.get(Platform, platform_id) is None:
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
    if state is MemberState.ACCEPTED:
        _count_to_platform(row)
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
    _count_no_longer(row, until_on)
    _record("platform.member_ended", row, actor_id, until_on=until_on)
    return row


def _count_to_platform(member: PlatformMember) -> None:
    """The records of a membership's period count to the platform, as those do that come later. What is closed stays as it was closed."""
    r, key = ServiceRecord, ServiceRecord.id.type
    there = select(r.id, literal(member.platform_id, key), literal(member.id, key), literal("decision"))
    there = there.where(r.provider_id == member.provider_id, r.delivered_on >= member.from_on, _in_open_year(member.provider_id))
    known = select(RecordPlatform.record_id).where(RecordPlatform.platform_id == member.platform_id, RecordPlatform.record_id == r.id)
    columns = ["record_id", "platform_id", "member_id", "known_from"]
    db.session.execute(insert(RecordPlatform).from_select(columns, there.where(~known.exists())))


def _count_no_longer(member: PlatformMember, until_on: date) -> None:
    gone = select(ServiceRecord.id).where(ServiceRecord.provider_id == member.provider_id, ServiceRecord.delivered_on > until_on)
    gone = gone.where(_in_open_year(member.provider_id))
    db.session.execute(delete(RecordPlatform).where(RecordPlatform.member_id == member.id, RecordPlatform.record_id.in_(gone)))


def _in_open_year(provider_id: UUID) -> ColumnElement[bool]:
    """SQL condition: the record's year is not closed."""
    closed = years.closed_years_of(provider_id)
    return and_(~ServiceRecord.after_close, *(~in_year(year) for year in closed))


def _record(action: str, row: PlatformMember, actor_id: UUID, **details: Any) -> None:
    audit.record(action, actor_id=actor_id, subject_type="platform", subject_id=row.platform_id, member_id=row.id, **details)
