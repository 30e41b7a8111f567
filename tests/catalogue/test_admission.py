"""A provider applies, is looked at, published, admitted, suspended and removed: each step with its refusal, on both engines."""

from datetime import date
from uuid import uuid4

import pytest

from marketplace.audit import queries as trail
from marketplace.catalogue import queries
from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Provider
from marketplace.catalogue.rules.admission import AdmissionDecision, Profile, Ruling
from marketplace.catalogue.service import admission as service
from marketplace.catalogue.sweep import sweep
from marketplace.identity import page_mark
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, NotFound, RuleViolation
from marketplace.notices import queries as notices
from marketplace.publicity import queries as publicity
from marketplace.publicity import sweep as publicity_sweep
from marketplace.publicity.models import ObjectionState, PublicNoticeState
from marketplace.publicity.service import decide_objection
from tests.factories import a_provider, an_objection, an_offering, an_officer, an_organisation, user_of


def apply(provider, *, key=None, agreed=True):
    user = user_of(provider)
    asked = {"actor_id": user.id, "request_key": key or uuid4(), "now": the_clock.now()}
    return in_transaction(lambda: service.apply(provider.id, agreed=agreed, **asked))


def decide(provider, decision, officer, *, reason="", key=None, ban_until=None, page=None):
    asked = {"actor_id": officer.id, "request_key": key or uuid4(), "now": the_clock.now()}
    return in_transaction(lambda: service.decide(provider.id, Ruling(decision, reason, ban_until), **asked, shown=page))


def sweep_all():
    now = the_clock.now()
    return publicity_sweep.sweep(now=now), sweep(now=now)


def actions_on(provider):
    return [event.action for event in trail.of_subject(provider.id)]


def test_the_whole_way_in(db, clock):
    provider, officer = a_provider(state="draft", verified=False), an_officer()

    apply(provider)
    assert provider.state is ProviderState.APPLIED
    assert notices.unread_count(officer.id) == 1
    decide(provider, AdmissionDecision.PASS, officer)

    assert provider.state is ProviderState.NOTICED
    assert provider.organisation.state is OrganisationState.VERIFIED, "the review stands on the organisation's papers"
    assert publicity.notice(provider.notice_id).last_day == date(2026, 3, 23)
    clock.move_to("2026-03-23 23:00")
    assert sweep_all() == (0, 0)
    clock.move_to("2026-03-24 01:00")
    assert sweep_all() == (1, 1)
    assert sweep_all() == (0, 0)
    assert provider.state is ProviderState.ADMITTED
    assert provider.admitted_at is not None
    assert [a for a in actions_on(provider) if a.startswith("provider.")] == ["provider.applied", "provider.noticed", "provider.admitted"]
    assert "已入库" in notices.of_user(user_of(provider).id)[0].title


def test_a_second_click_is_answered_and_done_once(db):
    provider, officer, key, pass_key = a_provider(state="draft"), an_officer(), uuid4(), uuid4()
    apply(provider, key=key)
    apply(provider, key=key)
    decide(provider, AdmissionDecision.PASS, officer, key=pass_key)
    decide(provider, AdmissionDecision.PASS, officer, key=pass_key)
    assert actions_on(provider).count("provider.applied") == 1
    assert len(publicity.of_subject(provider.id)) == 1


def test_an_application_without_agreement_or_introduction_is_refused(db):
    with pytest.raises(RuleViolation, match="服务协议"):
        apply(a_provider(state="draft"), agreed=False)
    bare = an_organisation()
    from tests.factories import a_user

    a_user("provider", organisation=bare)
    with pytest.raises(RuleViolation, match="机构简介"):
        apply(bare)


def test_an_organisation_that_was_never_submitted_is_submitted_with_the_application_or_named(db):
    ready, bare = a_provider(state="draft"), a_provider(state="draft", legal_representative="")
    for provider in (ready, bare):
        in_transaction(lambda p=provider: setattr(db.session.get(Organisation, p.id), "state", OrganisationState.DRAFT))
    apply(ready)
    assert ready.organisation.state is OrganisationState.PENDING
    with pytest.raises(RuleViolation, match="法定代表人"):
        apply(bare)
    assert db.session.get(Provider, bare.id, populate_existing=True).state is ProviderState.DRAFT


def test_a_returned_application_comes_back(db):
    provider, officer = a_provider(state="applied"), an_officer()
    with pytest.raises(RuleViolation, match="写明原因"):
        decide(provider, AdmissionDecision.RETURN, officer)
    decide(provider, AdmissionDecision.RETURN, officer, reason="请补充资质证书")
    assert (provider.state, provider.state_reason) == (ProviderState.RETURNED, "请补充资质证书")
    apply(provider)
    assert provider.state is ProviderState.APPLIED
    decide(provider, AdmissionDecision.REFUSE, officer, reason="不属于中小企业服务")
    assert provider.state is ProviderState.REFUSED


def test_whoever_comes_second_hears_who_did_what_in_the_words_of_the_life(db):
    provider, officer = a_provider(state="applied"), an_officer()
    page = page_mark.mark(provider.id)
    decide(provider, AdmissionDecision.PASS, officer)
    with pytest.raises(Conflict, match=f"{officer.name}.*办理“审核通过，开始公示”"):
        decide(provider, AdmissionDecision.RETURN, officer, reason="缺少资质证书", page=page)
    with pytest.raises(Conflict, match=f"已经办过了（{officer.name}.*现在是“公示中”"):
        decide(provider, AdmissionDecision.PASS, officer)


def test_nobody_is_admitted_by_hand(db):
    with pytest.raises(RuleViolation, match="现在是“待审核”，等主管部门“审核”，不能“恢复服务”"):
        decide(a_provider(state="applied"), AdmissionDecision.LIFT, an_officer())


@pytest.mark.clock("2026-12-30 10:00")
def test_an_application_is_not_published_into_an_unknown_year(db):
    provider = a_provider(state="applied")
    with pytest.raises(RuleViolation, match="工作日历"):
        decide(provider, AdmissionDecision.PASS, an_officer())
    db.session.expire_all()
    assert provider.state is ProviderState.APPLIED
    assert not publicity.of_subject(provider.id)


def test_an_upheld_objection_keeps_a_provider_out(db, clock):
    provider, officer = a_provider(state="applied"), an_officer()
    decide(provider, AdmissionDecision.PASS, officer)
    objection, another = an_objection(publicity.notice(provider.notice_id)), an_officer()
    in_transaction(
        lambda: decide_objection(
            objection.id, ObjectionState.UPHELD, answer="资质不实", actor_id=another.id, request_key=uuid4(), now=the_clock.now()
        )
    )
    assert sweep_all() == (0, 1)
    assert provider.state is ProviderState.REFUSED
    assert "资质不实" in provider.state_reason


def test_refusing_during_the_notice_stops_it(db):
    provider, officer = a_provider(state="applied"), an_officer()
    decide(provider, AdmissionDecision.PASS, officer)
    decide(provider, AdmissionDecision.REFUSE, officer, reason="申请人撤回")
    assert publicity.notice(provider.notice_id).state is PublicNoticeState.STOPPED
    assert sweep_all() == (0, 0)


def test_a_suspended_provider_offers_nothing_until_it_is_let_in_again(db):
    provider, officer = a_provider(), an_officer()
    offering = an_offering(provider=provider)
    with pytest.raises(RuleViolation, match="写明原因"):
        decide(provider, AdmissionDecision.SUSPEND, officer)
    decide(provider, AdmissionDecision.SUSPEND, officer, reason="投诉核查")
    with pytest.raises(RuleViolation, match="暂停服务"):
        queries.orderable(offering.id)
    decide(provider, AdmissionDecision.LIFT, officer)
    assert queries.orderable(offering.id).id == offering.id


def test_removal_is_published_and_bans_until_its_last_day(db, clock):
    provider, officer = a_provider(), an_officer()
    offering = an_offering(provider=provider)
    with pytest.raises(RuleViolation, match="写明原因"):
        decide(provider, AdmissionDecision.REMOVE, officer)
    decide(provider, AdmissionDecision.REMOVE, officer, reason="套取资金", ban_until=date(2027, 3, 15))

    assert provider.state is ProviderState.REMOVED
    notice = publicity.notice(provider.notice_id)
    assert notice.kind == "provider_removal" and "套取资金" in notice.body and "2027-03-15" in notice.body
    with pytest.raises(RuleViolation):
        queries.orderable(offering.id)
    with pytest.raises(RuleViolation, match="2027-03-15"):
        apply(provider)
    clock.move_to("2027-03-16 09:00")
    apply(provider)
    assert provider.state is ProviderState.APPLIED


def test_a_sanctioned_organisation_neither_applies_nor_passes(db):
    provider = a_provider(state="draft", sanctioned_until=date(2026, 12, 31))
    with pytest.raises(RuleViolation, match="失信"):
        apply(provider)
    listed_later = a_provider(state="applied", sanctioned_until=date(2026, 12, 31))
    with pytest.raises(RuleViolation, match="失信"):
        decide(listed_later, AdmissionDecision.PASS, an_officer())


def test_an_officer_sees_the_own_area_only(db):
    provider = a_provider(region="540102", state="applied")
    assert queries.provider_in_areas(provider.id, ["540100"]).id == provider.id
    with pytest.raises(NotFound):
        queries.provider_in_areas(provider.id, ["652700"])
    with pytest.raises(NotFound):
        queries.provider_in_areas(provider.id, [])


def test_a_profile_keeps_what_stood_before_in_the_trail(db):
    provider = a_provider()
    profile = Profile("新的介绍。", ("ip", "legal"), ("540100",), "0891-6999999", "https://example.cn")
    in_transaction(lambda: service.save_profile(provider.id, profile, actor_id=None))
    assert service.profile_of(provider) == profile
    event = next(e for e in trail.of_subject(provider.id) if e.action == "provider.profile_saved")
    assert trail.details_of(event)["before"]["hotline"] == "0891-6111111"
    with pytest.raises(RuleViolation, match="999999"):
        in_transaction(lambda: service.save_profile(provider.id, Profile("甲", (), ("999999",), ""), actor_id=None))


def test_the_register_is_found_by_category_and_name(db):
    wanted, other = a_provider("拉萨知识产权中心", categories=("ip", "legal")), a_provider(categories=("digital",))
    suspended = a_provider(state="suspended", categories=("ip",))
    found = {row.id for row in db.session.scalars(queries.admitted(category="ip"))}
    assert wanted.id in found and not {other.id, suspended.id} & found
    assert [row.id for row in db.session.scalars(queries.admitted(text="知识产权中心"))] == [wanted.id]
