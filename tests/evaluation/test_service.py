"""Whose services count, member bodies, readings, judgements: on the real database."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from marketplace.evaluation import queries, service
from marketplace.evaluation.rules import Verdict
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, NotFound, RuleViolation
from marketplace.records import service as records
from tests.evaluation.factories import a_dossier_item, a_member, a_platform, some_staff
from tests.factories import a_firm, a_provider, an_expert_user, an_officer, user_of
from tests.page_walk import counted
from tests.records.test_service import written

RULE = "xizang_demonstration_platform"


def assessed(platform, year=2026):
    return queries.assess(platform.id, RULE, year, today=clock.today())


def chosen(key, value, *, area="540000", reason="厅办公会纪要"):
    officer = an_officer(area)
    return in_transaction(lambda: service.choose_setting(RULE, key, value, area_code=area, reason=reason, actor_id=officer.id))


def judged(platform, criterion_id, **facts):
    actor_id, key = an_expert_user().id, uuid4()
    said = service.OpinionFacts(platform.id, RULE, 2026, criterion_id, facts.pop("opinion", "意见"), **facts)
    return in_transaction(lambda: service.judge(key, said, actor_id=actor_id))


def test_nothing_declared_is_unknown_and_never_unmet(db):
    assessment = assessed(a_platform())

    assert {r.verdict for r in assessment.criteria} <= {Verdict.UNKNOWN, Verdict.MANUAL_REVIEW}
    assert assessment.verdict is Verdict.UNKNOWN


def test_the_reading_decides_whose_services_count(db):
    platform, body = a_platform(attribution="own"), a_provider()
    a_member(platform, body, from_on=date(2026, 2, 1), until_on=date(2026, 3, 1))
    day = date(2026, 2, 10)
    own = written(provider_id=platform.id, delivered_on=day)
    members = written(provider_id=body.id, delivered_on=day)
    written(provider_id=body.id, delivered_on=date(2026, 1, 10))  # before it joined
    written(provider_id=body.id, delivered_on=date(2026, 3, 2))  # after it left
    written(delivered_on=day)  # somebody else's

    def rows():
        return set(assessed(platform).result("basic_2_served").rows)

    assert rows() == {f"service_record:{own.id}", f"service_record:{members.id}"}
    chosen("attribution", "members")
    assert rows() == {f"service_record:{members.id}"}
    chosen("attribution", "own")
    assert rows() == {f"service_record:{own.id}"}


def test_a_proposed_member_body_counts_nothing(db):
    platform, body = a_platform(), a_provider()
    a_member(platform, body, state="proposed")
    written(provider_id=body.id)

    assert assessed(platform).result("basic_2_served").verdict is Verdict.UNKNOWN


def test_only_smes_count_as_served(db):
    platform = a_platform()
    for size in ("micro", "small", "medium", "large", "not_covered"):
        written(provider_id=platform.id, enterprise_id=a_firm(size=size).id)

    assert assessed(platform).result("basic_2_served").value == 3


def test_a_year_that_is_over_keeps_its_firms_whatever_they_become(db):
    platform, firm = a_platform(), a_firm(size="medium")
    written(provider_id=platform.id, enterprise_id=firm.id, delivered_on=date(2025, 3, 1), source_kind="import", evidence_grade="imported")
    for later in ("large", "unknown", "medium"):
        firm.size_class = later
        db.session.commit()
        assert assessed(platform, 2025).result("basic_2_served").value == 1


def test_a_corrected_record_counts_by_its_correction(db):
    platform = a_platform()
    wrong = written(provider_id=platform.id, function="training", person_times=600)
    written(
        provider_id=platform.id, enterprise_id=wrong.enterprise_id, function="training", person_times=60, source_kind="report",
        corrects_id=wrong.id,
    )  # fmt: skip

    result = assessed(platform).result("training_person_times")
    assert (result.value, result.verdict) == (60, Verdict.UNMET)


def test_past_years_make_the_number_rise(db):
    platform = a_platform()
    for year, firms in ((2024, 1), (2025, 2), (2026, 3)):
        for _ in range(firms):
            written(provider_id=platform.id, delivered_on=date(year, 3, 1), source_kind="import", evidence_grade="imported")

    assert assessed(platform).result("basic_2_rising").verdict is Verdict.MET
    assert assessed(platform, 2025).result("basic_2_rising").verdict is Verdict.MET
    assert assessed(platform, 2024).result("basic_2_rising").verdict is Verdict.UNKNOWN


def test_dossier_and_staff_speak_for_their_year(db):
    platform = a_platform()
    a_dossier_item(platform, "premises", year=2025)
    a_dossier_item(platform, "operating_since", year=2024, number=None, dated_on=date(2020, 5, 1))
    some_staff(platform, 10)

    now, last = assessed(platform), assessed(platform, 2025)

    assert now.result("basic_3_premises").verdict is Verdict.UNKNOWN
    assert last.result("basic_3_premises").verdict is Verdict.MET
    assert now.result("basic_1_operating_years").value == 5, "lasting facts need not be said again"
    assert now.result("basic_6_staff").verdict is Verdict.MET


def test_the_widest_area_has_the_last_word_on_a_reading(db):
    platform = a_platform(region="540102")
    organisation = queries.organisation_seen_by(platform.id, own_id=platform.id, area_codes=())

    def value():
        return queries.settings_for(assessed(platform).ruleset, organisation)["rising"]

    chosen("rising", "two_steps", area="540100")
    assert value() == "two_steps"
    chosen("rising", "one_step", area="540000")
    assert value() == "one_step"
    chosen("rising", "two_steps", area="540102")
    chosen("rising", "two_steps", area="540200")
    assert value() == "one_step"


def test_a_reading_needs_a_reason_and_an_offered_value(db):
    with pytest.raises(RuleViolation, match="理由"):
        chosen("rising", "two_steps", reason=" ")
    with pytest.raises(RuleViolation, match="只能选"):
        chosen("rising", "three_steps")
    with pytest.raises(RuleViolation, match="1 到 5"):
        chosen("satisfied_from_score", "9")
    with pytest.raises(NotFound):
        chosen("phase_of_the_moon", "full")
    assert chosen("least_answers", "3").value == "3"


def test_experts_judge_what_no_figure_settles(db):
    platform = a_platform()
    judged(platform, "other_features", verdict=Verdict.MET)
    assert assessed(platform).result("other_features").verdict is Verdict.MET
    judged(platform, "other_features", verdict=Verdict.UNMET)
    assert assessed(platform).result("other_features").verdict is Verdict.UNMET

    with pytest.raises(RuleViolation, match="由数据判定"):
        judged(platform, "basic_6_staff", verdict=Verdict.MET)
    with pytest.raises(RuleViolation, match="请写明意见"):
        judged(platform, "other_features", verdict=Verdict.MET, opinion=" ")


def test_a_prefecture_writes_down_its_own_test_of_satisfaction(db):
    platform = a_platform()
    with pytest.raises(RuleViolation, match="0 到 100"):
        judged(platform, "basic_2_satisfaction", value_bp=10_001)
    judged(platform, "basic_2_satisfaction", value_bp=9_000, opinion="电话回访 30 家")
    chosen("satisfaction_from", "prefecture")

    assert assessed(platform).result("basic_2_satisfaction").value == 9_000


def proposed(platform, body, *, actor=None, **facts):
    key, actor_id = uuid4(), (actor or user_of(platform.id)).id
    usual = {"from_on": date(2026, 1, 1), "agreement": "合作协议 1 号"} | facts
    return in_transaction(lambda: records.propose_member(key, records.MemberFacts(platform.id, body.id, **usual), actor_id=actor_id))


def test_a_member_body_is_proposed_accepted_and_ended(db):
    platform, bodies = a_platform(), [a_provider(), a_provider()]
    rows = [proposed(platform, body) for body in bodies]
    assert assessed(platform).result("basic_3_members").verdict is Verdict.UNKNOWN
    officer, now = an_officer(), datetime(2026, 3, 16, tzinfo=UTC)
    for row in rows:
        in_transaction(lambda row=row: records.accept_member(row.id, actor_id=officer.id, now=now))
    assert assessed(platform).result("basic_3_members").verdict is Verdict.MET

    with pytest.raises(RuleViolation, match="不能早于"):
        in_transaction(lambda: records.end_member(rows[0].id, until_on=date(2025, 1, 1), actor_id=officer.id))
    in_transaction(lambda: records.end_member(rows[0].id, until_on=date(2026, 3, 1), actor_id=officer.id))
    assert assessed(platform).result("basic_3_members").verdict is Verdict.UNMET
    proposed(platform, bodies[0], from_on=date(2026, 3, 2))  # it may come back


def test_a_member_body_is_refused_with_a_reason_and_proposed_once(db):
    platform, body = a_platform(), a_provider()
    row = proposed(platform, body)
    with pytest.raises(RuleViolation, match="正在审核"):
        proposed(platform, body)
    with pytest.raises(RuleViolation, match="平台本身"):
        proposed(platform, platform)
    with pytest.raises(RuleViolation, match="还不是服务机构"):
        proposed(platform, a_firm())
    officer = an_officer()
    with pytest.raises(RuleViolation, match="理由"):
        in_transaction(lambda: records.refuse_member(row.id, reason="", actor_id=officer.id, now=clock.now()))
    in_transaction(lambda: records.refuse_member(row.id, reason="协议未盖章", actor_id=officer.id, now=clock.now()))
    with pytest.raises(Conflict, match=officer.name):
        in_transaction(lambda: records.accept_member(row.id, actor_id=officer.id, now=clock.now()))
    proposed(platform, body)  # again, with a better agreement


def test_only_an_admitted_provider_becomes_a_platform(db):
    actor_id = an_officer().id
    for provider, fine in ((a_provider(), True), (a_provider(state="applied"), False)):

        def work(provider_id=provider.id):
            return records.register_platform(provider_id, name="高原服务平台", attribution="both", actor_id=actor_id)

        if fine:
            assert in_transaction(work).name == "高原服务平台"
        else:
            with pytest.raises(RuleViolation, match="入库"):
                in_transaction(work)


def test_an_evaluation_reads_of_reviews_only_what_it_counts(db, app):
    with counted(app) as seen:
        assessed(a_platform())
    asked = [one for one in seen.statements if "FROM reviews" in one]
    assert len(asked) == 1
    assert "reviews.comment" not in asked[0]
    assert "reviews.score" in asked[0]
