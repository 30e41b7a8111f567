"""Each measure of the vocabulary: what makes it met, unmet, and unknown. No database."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest

from marketplace.evaluation import measures
from marketplace.evaluation.facts import Declared, Facts, Member, Opinion, Person, Served
from marketplace.evaluation.rules import Verdict, evaluate
from marketplace.evaluation.rulesets import ruleset
from marketplace.policy.fees import FeeKind
from marketplace.policy.programme_words import ServiceFunction
from marketplace.records.rules import Mode
from tests.kernel.test_normal_text import EVENTS

RULE = ruleset("xizang_demonstration_platform")
EMPTY = Facts(year=2026, as_of=date(2026, 3, 16))


def served(**facts):
    usual = Served(
        id=uuid4(), enterprise_id=uuid4(), is_sme=True, function=ServiceFunction.TRAINING, mode=Mode.OFFLINE, fee_kind=FeeKind.STANDARD,
        fee_fen=100, subsidised=False, person_times=1, activity="", activity_kind="", delivered_on=date(2026, 3, 1),
    )  # fmt: skip
    return replace(usual, **facts)


def some(count, **facts):
    return tuple(served(**facts) for _ in range(count))


def item(kind, number=1, *, title="", day=date(2020, 1, 1), year=2026, returned=False):
    return Declared(uuid4(), year, kind, title, number, day, not returned, returned, "材料不清" if returned else "")


def member(*, accepted=True, waits=False, since=date(2024, 1, 1), until=None):
    return Member(uuid4(), uuid4(), since, until, accepted, waits)


def people(count, *, qualified):
    return tuple(Person(uuid4(), qualified, qualified) for _ in range(count))


def this_year(*services):
    return {"services": {2026: tuple(services)}}


def event(function, kind="", name="活动", **facts):
    return served(function=ServiceFunction(function), activity=name, activity_kind=kind, **facts)


def verdict_of(criterion_id, facts, **settings):
    chosen = RULE.check_settings(settings)
    assessment = evaluate(RULE, settings, measures.measure(RULE, facts, chosen), organisation="x", year=2026)
    return assessment.result(criterion_id)


DOSSIER = [c for c in RULE.criteria if c.call and c.call.measure == "dossier"]


@pytest.mark.parametrize("criterion", DOSSIER, ids=lambda c: c.id)
def test_a_dossier_item_is_yes_no_or_not_said(criterion):
    kind = dict(criterion.call.params)["item"]
    needed = tuple(item(dict(criterion.applies_when.params)["item"]) for _ in [1] if criterion.applies_when)

    yes, no = item(kind), item(kind, 0)
    assert verdict_of(criterion.id, replace(EMPTY, dossier=(yes, *needed))).rows == (yes.row,)
    assert verdict_of(criterion.id, replace(EMPTY, dossier=(yes, *needed))).verdict is Verdict.MET
    assert verdict_of(criterion.id, replace(EMPTY, dossier=(no, *needed))).verdict is Verdict.UNMET
    assert verdict_of(criterion.id, replace(EMPTY, dossier=needed)).verdict is Verdict.UNKNOWN
    returned = verdict_of(criterion.id, replace(EMPTY, dossier=(item(kind, returned=True), *needed)))
    assert returned.verdict is Verdict.UNKNOWN and "材料不清" in returned.gap[0].text()


TABLE = {
    "basic_1_operating_years": (
        {"dossier": (item("operating_since", None, day=date(2024, 3, 16)),)},
        {"dossier": (item("operating_since", None, day=date(2024, 3, 17)),)},
        {},
    ),
    "basic_1_assets": ({"dossier": (item("total_assets", 100_000_000),)}, {"dossier": (item("total_assets", 99_999_999),)}, {}),
    "basic_1_kind": (
        {"dossier": (item("organisation_kind", None, title="intermediary"),)},
        {"dossier": (item("organisation_kind", None, title="other"),)},
        {},
    ),
    "basic_2_served": (this_year(*some(20)), this_year(*some(19), *some(5, is_sme=False)), this_year(*some(19), served(is_sme=None))),
    "basic_2_satisfaction": (
        {"reviews": tuple((f"review:{i}", 4 if i < 4 else 1) for i in range(5))},
        {"reviews": tuple((f"review:{i}", 4 if i < 3 else 3) for i in range(5))},
        {"reviews": tuple((f"review:{i}", 5) for i in range(4))},
    ),
    "basic_2_rising": (
        {"services": {2026: some(3), 2025: some(2)}},
        {"services": {2026: some(2), 2025: some(2)}},
        {"services": {2026: some(3)}},
    ),
    "basic_3_members": (
        {"members": (member(), member())},
        {"members": (member(), member(until=date(2025, 12, 31)))},
        {"members": (member(accepted=False, waits=True), member(accepted=False, waits=True))},
    ),
    "basic_4": (
        {"dossier": (item("honour", None, year=2019),)},
        {"dossier": (item("honour", None, returned=True),)},
        {},
    ),
    "basic_5_public_benefit": (
        this_year(*some(4), served(fee_kind=FeeKind.PUBLIC_BENEFIT)),
        this_year(*some(5), served(fee_kind=FeeKind.LOW_FEE)),
        {},
    ),
    "basic_6_staff": (
        {"staff": people(10, qualified=True), "staff_known": True},
        {"staff": people(9, qualified=True), "staff_known": True},
        {},
    ),
    "basic_6_qualified": (
        {"staff": people(6, qualified=True) + people(4, qualified=False), "staff_known": True},
        {"staff": people(5, qualified=True) + people(4, qualified=False), "staff_known": True},
        {},
    ),
    "information_offline": (
        this_year(*some(20, function=ServiceFunction.INFORMATION, mode=Mode.BOTH)),
        this_year(*some(20, function=ServiceFunction.INFORMATION, mode=Mode.ONLINE)),
        {},
    ),
    "information_activities": (
        this_year(event("information", name="甲"), event("information", name="乙")),
        this_year(event("information", name="甲 会"), event("information", name="甲会")),
        {},
    ),
    "technology_activities": (this_year(*(event("technology", name=n) for n in "甲乙丙")), this_year(event("technology")), {}),
    "entrepreneurship_activities": (
        this_year(*(event("entrepreneurship", "startup_pitch", n) for n in "甲乙")),
        this_year(*(event("entrepreneurship", "other", n) for n in "甲乙")),
        {},
    ),
    "training_person_times": (this_year(served(person_times=600)), this_year(served(person_times=599)), {}),
    "finance_matching": (
        this_year(*(event("finance", "bank_matching", n) for n in "甲乙")),
        this_year(*(event("finance", "finance_lecture", n) for n in "甲乙")),
        {},
    ),
    "finance_lectures": (
        this_year(*(event("finance", "finance_lecture", n) for n in "甲乙")),
        this_year(event("finance", "bank_matching")),
        {},
    ),
    "other_features": (
        {"opinions": {"other_features": Opinion(uuid4(), "met", "突出", None)}},
        {"opinions": {"other_features": Opinion(uuid4(), "unmet", "一般", None)}},
        {"opinions": {"other_features": Opinion(uuid4(), "unknown", "材料不全", None)}},
    ),
    "other_prospects": (
        {"opinions": {"other_prospects": Opinion(uuid4(), "met", "良好", None)}},
        {"opinions": {"other_prospects": Opinion(uuid4(), "unmet", "一般", None)}},
        {"opinions": {"other_prospects": Opinion(uuid4(), "unknown", "材料不全", None)}},
    ),
}


@pytest.mark.parametrize("criterion_id", TABLE)
def test_a_condition_is_met_unmet_or_unknown(criterion_id):
    expected = (Verdict.MET, Verdict.UNMET, Verdict.UNKNOWN)
    for facts, verdict in zip(TABLE[criterion_id], expected, strict=True):
        result = verdict_of(criterion_id, replace(EMPTY, **facts))
        assert result.verdict is verdict, (criterion_id, facts)
        assert bool(result.gap) == (verdict is not Verdict.MET), "what falls short says what to do"


def test_the_table_leaves_no_condition_out():
    told = set(TABLE) | {c.id for c in DOSSIER}
    assert {c.id for c in RULE.criteria if c.call is not None} == told


def test_what_nobody_judged_waits_for_experts():
    assert verdict_of("other_features", EMPTY).verdict is Verdict.MANUAL_REVIEW


def test_experts_in_the_pool_are_an_expert_pool():
    result = verdict_of("technology_experts", replace(EMPTY, experts=people(2, qualified=True)))
    assert result.verdict is Verdict.MET and len(result.rows) == 2 and result.rows[0].startswith("expert:")


def test_a_firm_served_often_counts_once_and_the_rows_are_named():
    firm = uuid4()
    facts = replace(EMPTY, **this_year(*some(30, enterprise_id=firm)))
    result = verdict_of("basic_2_served", facts)
    assert result.value == 1 and len(result.rows) == 30


def test_the_same_event_reported_by_platform_and_member_is_one():
    both = this_year(event("information", name="对接会"), event("information", name="对接会"))
    assert verdict_of("information_activities", replace(EMPTY, **both)).value == 1


def test_the_prefectures_own_test_stands_beside_the_reviews_and_the_setting_chooses():
    reviews = tuple((f"review:{i}", 5) for i in range(5))
    tested = Opinion(UUID(int=7), "unmet", "电话回访 30 家", 7000)
    facts = replace(EMPTY, reviews=reviews, opinions={"basic_2_satisfaction": tested})

    own = verdict_of("basic_2_satisfaction", facts)
    prefecture = verdict_of("basic_2_satisfaction", facts, satisfaction_from="prefecture")
    lower = verdict_of("basic_2_satisfaction", facts, satisfaction_from="lower")

    assert (own.value, own.verdict) == (10_000, Verdict.MET)
    assert "70%" in own.note.text() and "100%" in own.note.text()
    assert (prefecture.value, prefecture.verdict, prefecture.rows) == (7000, Verdict.UNMET, (tested.row,))
    assert lower.value == 7000
    assert verdict_of("basic_2_satisfaction", replace(facts, opinions={}), satisfaction_from="lower").verdict is Verdict.UNKNOWN


def test_two_steps_ask_for_the_year_before_too():
    facts = replace(EMPTY, services={2026: some(3), 2025: some(2), 2024: some(2)})
    assert verdict_of("basic_2_rising", facts).verdict is Verdict.MET
    assert verdict_of("basic_2_rising", facts, rising="two_steps").verdict is Verdict.UNMET
    assert "2024: 2" in verdict_of("basic_2_rising", facts, rising="two_steps").note.text()


def with_thresholds(*thresholds):
    """The rule set with its question of firms served asked several times, each at another threshold, in this order."""
    asked = next(c for c in RULE.criteria if c.id == "basic_2_served")
    copies = [replace(asked, id=f"served_{number}", limit=threshold) for number, threshold in enumerate(thresholds)]
    return replace(RULE, criteria=(*RULE.criteria, *copies))


@pytest.mark.parametrize("order", [(20, 10, 26), (10, 26, 20), (26, 20, 10)])
def test_unknown_stays_unknown_at_every_threshold_whatever_else_is_asked(order):
    """15 firms are sure, 10 were never sized: at least 10 is met, at least 26 is not, at least 20 nobody can say."""
    facts = replace(EMPTY, **this_year(*some(15), *some(10, is_sme=None)))
    rule = with_thresholds(*order)
    found = evaluate(rule, {}, measures.measure(rule, facts, rule.check_settings({})), organisation="x", year=2026)
    verdicts = {result.threshold: result.verdict for result in found.criteria if result.id.startswith("served_")}
    assert verdicts == {10: Verdict.MET, 20: Verdict.UNKNOWN, 26: Verdict.UNMET}


@pytest.mark.parametrize(("one", "other"), EVENTS)
def test_an_event_typed_in_two_ways_counts_once(one, other):
    rows = tuple(served(activity=name, activity_kind="training") for name in (one, other))

    assert measures.activities(replace(EMPTY, services={2026: rows}), {}, {}).value == 1
