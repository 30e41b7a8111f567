"""What is counted is true on its day: the rules E1 to E5, each by its name. E1 stands in tests/records/test_years.py."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError

from marketplace.evaluation import measures, queries, rulesets
from marketplace.evaluation.assessment_models import KeptAssessment, RulesetVersion
from marketplace.evaluation.facts import Opinion
from marketplace.evaluation.queries.gathering import gather
from marketplace.evaluation.rules import Verdict, evaluate
from marketplace.evaluation.rulesets import ruleset
from marketplace.evaluation.service.assessing import AskedAssessment, keep
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.policy.fees import FeeKind
from marketplace.records.queries import by_source
from tests.evaluation.factories import a_dossier_item, a_platform, some_staff
from tests.factories import a_firm, an_offering, an_officer, user_of
from tests.order_factories import an_order
from tests.records.test_service import written

RULE = "xizang_demonstration_platform"
TODAY = date(2026, 3, 16)
NOW = datetime(2026, 3, 16, 2, tzinfo=UTC)
NATIONAL = "national_demonstration_platform"


def test_e2_a_measure_sees_no_threshold_whatever_is_asked_of_it_and_in_which_order(db):
    platform, rule = a_platform(), ruleset(RULE)
    for size in ("small", "micro", "unknown"):
        written(provider_id=platform.id, enterprise_id=a_firm(size=size).id)
    facts, settings = gather(platform.id, RULE, 2026, attribution="both", as_of=TODAY), rule.check_settings({})
    asked = next(one for one in rule.criteria if one.id == "basic_2_served")

    def found(*thresholds):
        copies = tuple(replace(asked, id=f"at_{limit}", limit=limit) for limit in thresholds)
        many = replace(rule, criteria=(*rule.criteria, *copies))
        answers = measures.measure(many, facts, settings)
        said = evaluate(many, {}, answers, organisation="x", year=2026)
        return answers["served_enterprises"], {one.threshold: one.verdict for one in said.criteria if one.id.startswith("at_")}

    alone, _verdict = found(3)
    assert (alone.value, alone.most) == (2, 3)
    for order in ((2, 3, 4), (4, 3, 2), (3, 2, 4, 3)):
        measured, verdicts = found(*order)
        assert measured == alone
        assert verdicts == {2: Verdict.MET, 3: Verdict.UNKNOWN, 4: Verdict.UNMET}


def test_e3_the_fee_kind_is_the_offerings_when_it_was_ordered_and_a_voucher_makes_it_low_only_by_the_setting(db):
    offering = an_offering(fee_kind="low_fee", discount_note="小微企业半价")
    order = an_order("redeemed", offering=offering)
    offering.fee_kind = FeeKind.STANDARD
    record = by_source("order", order.id)
    assert (order.fee_kind, record.fee_kind) == ("low_fee", FeeKind.LOW_FEE), "what the offering becomes later changes no order"

    written(provider_id=order.provider_id, subsidised=True)
    facts = gather(order.provider_id, RULE, 2026, attribution="both", as_of=TODAY)
    settings = ruleset(RULE).check_settings({})
    shares = [measures.public_benefit(facts, {}, settings | {"subsidised_is_low_fee": one}).value for one in ("no", "yes")]
    assert shares == [5000, 10_000]
    assert queries.assess(order.provider_id, RULE, 2026, today=TODAY).result("basic_5_public_benefit").value == 5000


def kept(platform, year=2026, *, on=TODAY, rules=RULE):
    asked, actor = AskedAssessment(platform.id, rules, year, on), an_officer("540000")
    return in_transaction(lambda: keep(uuid4(), asked, actor_id=actor.id, now=NOW))


def result_in(row, criterion_id):
    return next(one for one in row.result if one["id"] == criterion_id)


def test_e4_an_assessment_stays_with_the_version_of_the_rules_and_the_facts_it_was_made_of(db, monkeypatch):
    platform = a_platform()
    some_staff(platform, 9)
    assets = a_dossier_item(platform, "total_assets", number=100_000_000)
    first, again = kept(platform), kept(platform)
    assert (again.version_id, again.sha256) == (first.version_id, first.sha256), "the same rules and facts are the same answer"
    before = (first.verdict, first.sha256, dict(first.facts), list(first.result))

    assets.number = 1
    some_staff(platform, 1)
    the_db.session.commit()
    monkeypatch.setattr(rulesets, "content", lambda name: "# 第二版")
    later = kept(platform)

    the_db.session.refresh(first)
    assert (first.verdict, first.sha256, first.facts, first.result) == before
    assert (first.version.number, later.version.number) == (1, 2) and "basic_6_staff" in first.version.content
    assert [result_in(one, "basic_6_staff")["verdict"] for one in (first, later)] == ["unmet", "met"]
    assert first.facts["answers"]["total_assets_fen"]["value"] == 100_000_000
    for refused in (update(KeptAssessment).values(verdict="met"), delete(RulesetVersion)):
        with pytest.raises(DatabaseError), the_db.session.begin_nested():
            the_db.session.execute(refused)


def test_e4_rules_are_chosen_by_place_and_day_and_a_second_file_is_nobodys_default():
    assert rulesets.in_force("540102", None, TODAY) == (RULE, NATIONAL)
    assert rulesets.in_force("650102", None, TODAY) == (NATIONAL,)
    assert rulesets.in_force("540102", None, date(2017, 7, 2)) == (RULE,), "before the other was in force"


def test_e5_the_year_assessed_and_the_day_of_application_are_two_things(db):
    platform = a_platform()
    a_dossier_item(platform, "operating_since", number=None, dated_on=date(2024, 2, 1))
    written(provider_id=platform.id, delivered_on=date(2025, 5, 5))
    written(provider_id=platform.id)
    a_dossier_item(platform, "operating_since", number=None, dated_on=date(2024, 2, 1), year=2025)
    row = kept(platform, 2025)

    assert result_in(row, "basic_1_operating_years")["value"] == 2, "whole years on the day of application"
    assert result_in(row, "basic_2_served")["value"] == 1, "services of the year assessed"
    assert result_in(kept(platform, 2025, on=date(2025, 12, 31)), "basic_1_operating_years")["value"] == 1
    for year, day, said in ((2026, date(2025, 12, 31), "不能晚于申请日期"), (2026, date(2026, 3, 17), "晚于今天")):
        with pytest.raises(RuleViolation, match=said):
            kept(platform, year, on=day)


def test_an_assessment_is_kept_and_read_on_its_pages(browser):
    platform = a_platform()
    browser.sign_in(an_officer("540000"))
    browser.fill(f"/evaluation/{platform.id}/assess", {"ruleset": NATIONAL, "year": "2025", "applied_on": "2026-03-16"})
    row = the_db.session.query(KeptAssessment).one()
    assert (row.year, row.applied_on, row.verdict) == (2025, TODAY, "unknown"), "nothing known is never unmet"

    assert "来源未见" in str(row.result)
    assert f"/evaluation/assessments/{row.id}" in str(browser.get(f"/evaluation/{platform.id}"))
    browser.sign_in(user_of(platform.organisation))
    assert row.sha256 in browser.get(f"/evaluation/assessments/{row.id}").text


def test_e2_two_conditions_that_ask_the_same_have_one_answer_in_either_order(db):
    platform, rule = a_platform(), ruleset(RULE)
    facts = gather(platform.id, RULE, 2026, attribution="both", as_of=TODAY)
    asked = next(one for one in rule.criteria if one.call and one.call.measure == "satisfaction_share_bp")
    facts = replace(facts, opinions={name: Opinion(uuid4(), "", "", value) for name, value in (("one", 8100), ("two", 7900))})
    settings = rule.check_settings({}) | {"satisfaction_from": "prefecture"}
    for names in (("one", "two"), ("two", "one")):
        twice = replace(rule, criteria=tuple(replace(asked, id=name) for name in names))
        assert measures.measure(twice, facts, settings)[asked.call.key].value == 7900
