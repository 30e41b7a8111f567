"""Providers apply, officers decide, notices end: what follows for the register."""

from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from marketplace.audit import service as audit
from marketplace.catalogue import settings
from marketplace.catalogue.lifecycle import PROVIDER, ProviderState, Side
from marketplace.catalogue.models import Provider
from marketplace.catalogue.rules import admission as rules
from marketplace.catalogue.rules.admission import AdmissionDecision, Profile, Ruling
from marketplace.identity import queries as identity
from marketplace.identity import service as identity_service
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.regions import exists
from marketplace.kernel import clock
from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import checked_reason
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.notices import service as notices
from marketplace.policy.queries import working_calendar
from marketplace.policy.service_categories import category_names
from marketplace.publicity import queries as publicity_queries
from marketplace.publicity import service as publicity
from marketplace.publicity.models import PublicNoticeKind, PublicNoticeState
from marketplace.publicity.service import Announcement, NoticePeriod
from marketplace.risk import queries as risk


def open_file(organisation_id: UUID, *, actor_id: UUID | None) -> Provider:
    """The organisation's file as a provider; made empty when there is none."""
    known = db.session.get(Provider, organisation_id)
    if known is not None:
        return known
    row = Provider(id=organisation_id)
    db.session.add(row)
    db.session.flush()
    audit.record("provider.opened", actor_id=actor_id, subject_type="provider", subject_id=row.id)
    return row


def save_profile(provider_id: UUID, profile: Profile, *, actor_id: UUID | None) -> Provider:
    """A provider changes what it says of itself; it may do so in any state, and the trail keeps what stood before.

    Raises: RuleViolation beside the field.
    """
    open_file(provider_id, actor_id=actor_id)
    row = locked(Provider, provider_id)
    rules.check_profile(profile, categories=category_names())
    unknown = [code for code in profile.service_regions if not exists(code)]
    if unknown:
        raise RuleViolation(N_("没有代码为 %(given)s 的行政区划，请从列表中选择。"), field="service_regions", given=unknown[0])
    wanted = {
        "introduction": profile.introduction,
        "categories": list(profile.categories),
        "service_regions": list(profile.service_regions),
        "hotline": profile.hotline,
        "website": profile.website,
        "service_hours": profile.service_hours,
    }
    before = {name: getattr(row, name) for name, value in wanted.items() if getattr(row, name) != value}
    for name in before:
        setattr(row, name, wanted[name])
    if before:
        audit.record("provider.profile_saved", actor_id=actor_id, subject_type="provider", subject_id=row.id, before=before)
    return row


def profile_of(row: Provider) -> Profile:
    """What a provider says of itself, as a value."""
    return Profile(row.introduction, tuple(row.categories), tuple(row.service_regions), row.hotline, row.website, row.service_hours)


def apply(provider_id: UUID, *, agreed: bool, actor_id: UUID, request_key: UUID, now: datetime) -> Provider:
    """A provider signs the service agreement and asks for admission.

    Raises: RuleViolation: incomplete, banned, sanctioned, or applied already.
    """
    open_file(provider_id, actor_id=actor_id)
    row = locked(Provider, provider_id)
    act = moves.begun(PROVIDER, "apply", row, Side.PROVIDER, By(actor_id, now, request_key, {"agreed": agreed}))
    if act.is_repeat:
        return row
    organisation = row.organisation
    rules.check_may_apply(
        profile_of(row), agreed=agreed, banned_until=row.banned_until, sanctioned_until=organisation.sanctioned_until, today=act.today
    )
    risk.check_not_barred((provider_id,), act.today)
    if organisation.state in {OrganisationState.DRAFT, OrganisationState.RETURNED}:
        identity_service.submit_organisation(organisation.id, actor_id=actor_id)
    moves.entered(act)
    row.state_reason, row.agreement_signed_at = Sentence(""), now
    moves.done(act)
    officers = identity.user_ids_with("providers.review", organisation.region_code, organisation.park_code)
    notices.tell(officers, N_("%(name)s 申请入库", name=organisation.name), N_("请审核入库申请。"), PROVIDER.address % row.id)
    return row


def decide(provider_id: UUID, ruling: Ruling, *, actor_id: UUID, request_key: UUID, now: datetime, shown: str | None = None) -> Provider:
    """An officer passes, returns or refuses an application, suspends a provider, lets it in again, or removes it.

    Args:
        shown: the mark of the page; None where no page was shown.

    Raises: Conflict: the page is older than the file. RuleViolation: not in this state, or without a reason.
    """
    row, decision, reason = locked(Provider, provider_id), ruling.decision, ruling.reason
    act = moves.begun(PROVIDER, decision.move.verb, row, Side.OFFICER, By(actor_id, now, request_key, asdict(ruling), shown=shown))
    if act.is_repeat:
        return row
    rules.check_decision(ruling, organisation=row.organisation.state, today=act.today)
    if decision is AdmissionDecision.PASS:
        _pass(row, request_key, actor_id=actor_id, now=now)
    elif decision is AdmissionDecision.REMOVE:
        _remove(row, request_key, ruling, actor_id=actor_id, today=act.today)
    elif row.state is ProviderState.NOTICED and row.notice_id:
        publicity.withdraw(row.notice_id, reason=reason, actor_id=actor_id, now=now)
    _finish(act, Sentence(reason.strip()), decision=decision)
    return row


def obstacle(row: Provider, decision: AdmissionDecision, *, now: datetime) -> Sentence | None:
    """Why an application could not be decided on so, before it is tried; neither the words of a reason nor who is barred is asked."""
    if row.state is not ProviderState.APPLIED:
        return N_("当前为“%(state)s”，不在入库审核中。", state=row.state.label)
    today = clock.civil_date(now)
    try:
        rules.check_decision(Ruling(decision, "—"), organisation=row.organisation.state, today=today)
        if decision is AdmissionDecision.PASS:
            rules.check_credit(row.organisation.sanctioned_until, today=today)
    except RuleViolation as refusal:
        return Sentence(refusal.message, refusal.params)
    return None


def _pass(row: Provider, key: UUID, *, actor_id: UUID, now: datetime) -> None:
    """The review stands on the organisation's papers too, so an unverified organisation is verified with it."""
    organisation, today = row.organisation, clock.civil_date(now)
    rules.check_credit(organisation.sanctioned_until, today=today)
    risk.check_not_barred((row.id,), today)
    if organisation.state is OrganisationState.PENDING:
        identity_service.decide_organisation(
            organisation.id, OrganisationState.VERIFIED, reason=N_("随入库审核核实"), actor_id=actor_id, now=now
        )
    names = category_names()
    body = (
        f"{organisation.name}（统一社会信用代码 {organisation.uscc}）申请成为服务机构，经审核符合入库要求，现予公示。\n"
        f"服务类别：{'、'.join(names.get(code, code) for code in row.categories)}。\n"
        "公示期内对该机构入库有异议的，请实名提出，并写明事实和依据。公示期满无异议或异议不成立的，该机构入库。"
    )
    region, title = organisation.region_code, f"{organisation.name} 入库公示"
    announced = Announcement(PublicNoticeKind.PROVIDER_ADMISSION, title, body, "provider", row.id, region)
    period = NoticePeriod(settings.admission(region).admission_notice.value)
    notice = publicity.publish(key, announced, period, calendar=working_calendar(), actor_id=actor_id, today=today)
    row.notice_id = notice.id


def _remove(row: Provider, key: UUID, ruling: Ruling, *, actor_id: UUID, today: date) -> None:
    """Removal takes effect at once and is published (出库也要公示)."""
    organisation, ban_until = row.organisation, ruling.ban_until
    until = f"{ban_until.isoformat()} 前不得重新申请入库。" if ban_until else ""
    gone = f"{organisation.name}（统一社会信用代码 {organisation.uscc}）自即日起出库，不再承接服务券订单。{until}"
    body, region, title = f"{gone}\n原因：{ruling.reason.strip()}", organisation.region_code, f"{organisation.name} 出库公示"
    announced = Announcement(PublicNoticeKind.PROVIDER_REMOVAL, title, body, "provider", row.id, region)
    period = NoticePeriod(settings.admission(region).removal_notice.value)
    notice = publicity.publish(key, announced, period, calendar=working_calendar(), actor_id=actor_id, today=today)
    row.notice_id, row.banned_until = notice.id, ban_until


def _finish(act: Act[Provider], reason: Sentence, **details: object) -> None:
    moves.entered(act)
    act.row.state_reason = reason
    moves.done(act, reason=reason, **details)
    notices.tell(identity.user_ids_of(act.row.id), act.move.message, reason, "/provider")


def reinstate(provider_id: UUID, notice_id: UUID, *, reason: str, actor_id: UUID, now: datetime) -> None:
    """The decision that removed a provider was taken back, and what announces it ends. Nothing where the provider is in the register,
    applies anew or was removed by another decision by now.
    """
    row = locked(Provider, provider_id)
    if row.state is not ProviderState.REMOVED or row.notice_id != notice_id:
        return
    act = moves.begun(PROVIDER, "reinstate", row, Side.OFFICER, By(actor_id, now))
    publicity.withdraw(notice_id, reason=reason, actor_id=actor_id, now=now)
    row.banned_until = None
    _finish(act, Sentence(reason.strip()))


def follow_notice(provider_id: UUID, *, now: datetime) -> bool:
    """What a provider's ended notice means for it: admitted when it closed, refused when it was stopped or
    a decision keeps the provider away by now. Whether anything changed."""
    row = locked(Provider, provider_id)
    if row.state is not ProviderState.NOTICED or row.notice_id is None:
        return False
    notice = publicity_queries.notice(row.notice_id)
    if notice.state is PublicNoticeState.OPEN:
        return False
    why = _kept_away(row, clock.civil_date(now)) if notice.state is PublicNoticeState.CLOSED else notice.outcome
    act = moves.begun(PROVIDER, "refuse" if why else "admit", row, Side.PLATFORM, By(None, now))
    _finish(act, why, notice=notice.id)
    return True


def _kept_away(row: Provider, today: date) -> Sentence:
    """The decision that was made while its notice ran; nothing: none keeps it away."""
    try:
        risk.check_not_barred((row.id,), today)
    except RuleViolation as refusal:
        return Sentence(refusal.message, refusal.params)
    return Sentence("")


def enter(provider_id: UUID, *, document: str, admitted_on: date, actor_id: UUID, now: datetime) -> Provider:
    """A provider that an earlier document admitted is entered with it, without a second notice.

    Raises: RuleViolation: no document, kept away by a decision, or the provider has a file under way here.
    """
    row = locked(Provider, provider_id)
    if row.state is ProviderState.ADMITTED:
        return row
    checked_reason(document, N_("请写明入库依据的文件。"), field="document")
    if row.state is not ProviderState.DRAFT:
        raise RuleViolation(N_("该机构在本平台当前为“%(now)s”，请在入库审核中办理。"), now=row.state.label)
    risk.check_not_barred((provider_id,), clock.civil_date(now))
    act = moves.begun(PROVIDER, "entered", row, Side.OFFICER, By(actor_id, now))
    moves.entered(act)
    row.state_reason = N_("依据：%(document)s", document=document.strip())
    moves.done(act, document=document, admitted_on=admitted_on)
    return row
