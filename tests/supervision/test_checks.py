"""What is checked is drawn by a seed committed to beforehand; whoever looks has no part in it; what is wrong becomes a case."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from marketplace.kernel import clock as the_clock
from marketplace.kernel import draw
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Conflict, Denied, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.records import queries as records
from marketplace.records.models import ServiceRecord
from marketplace.supervision import check_rules, queries, service
from marketplace.supervision.check_rules import PickedBy, SpotEntrant
from marketplace.supervision.lifecycle import DrawState
from marketplace.supervision.models import SpotDraw, SpotEntry
from marketplace.supervision.queries import checks
from marketplace.supervision.rules import MeasureKind
from tests.factories import a_provider, a_user, an_expert_user, an_officer, an_organisation
from tests.matching.making import a_leader, a_match_in_talks, contracted
from tests.order_factories import a_claim, an_order
from tests.races import race
from tests.settlement.test_levels import a_claim_of_levels, approve, say
from tests.supervision.acts import a_plan, by, checked, decide, decided, drawn, find, planned, propose

SEED = "ab" * 32


def items(db, row):
    return list(db.session.scalars(checks.items_of(row.id)))


def run_recipe(row, db):
    """What anybody does with the page: the recipe over the published list."""
    entries = [(name, fen, weight) for name, fen, weight, _why in checks.listed(row.id)]
    told = {"entries": entries}
    exec(check_rules.recipe(row.plan, row.seed, row.commitment), told)
    return told["drawn"]


@pytest.mark.parametrize("rule", [{"size": 2}, {"size": 2, "by_risk": True}, {"size": 1, "above_fen": 4_500 * YUAN}])
def test_anybody_recomputes_a_draw_from_what_its_page_shows(db, rule):
    for contract_fen in (None, 800_000, 600_000):
        an_order("redeemed", contract_fen=contract_fen)
    row = drawn(a_plan(**rule))
    picked = {one.entry.name for one in items(db, row)}
    assert set(run_recipe(row, db)) == picked
    assert draw.fits(row.seed, row.commitment)
    assert row.digest == draw.digest(name for name, *_rest in checks.listed(row.id))
    assert row.planned_at < row.drawn_at


@pytest.mark.parametrize(("above_fen", "shown"), [(None, False), (100, True)])
def test_a_recipe_holds_no_amount_where_the_plan_has_none(above_fen, shown):
    plan = a_plan(size=2, above_fen=above_fen)
    said = check_rules.recipe(plan, SEED, draw.commitment(SEED))
    assert ("fen > 100" in said, "must" in said, "inf" in said) == (shown, shown, False)


@given(weights=st.dictionaries(st.text(min_size=1, max_size=4), st.integers(1, 5), min_size=1, max_size=6))
def test_a_weighted_order_holds_everybody_once(weights):
    assert sorted(draw.weighted_in_order(SEED, weights)) == sorted(weights)


@pytest.mark.real_clock
def test_what_weighs_three_times_as_much_comes_first_three_times_as_often():
    firsts = [draw.weighted_in_order(f"{seed:064x}", {"a": 3, "b": 1})[0] for seed in range(2_000)]
    assert 0.71 < firsts.count("a") / len(firsts) < 0.79


def test_all_above_the_amount_are_drawn_beside_those_by_lot():
    plan = a_plan(size=1, above_fen=100)
    found = check_rules.picked(plan, SEED, [SpotEntrant("a", 101, 1), SpotEntrant("b", 100, 1), SpotEntrant("c", 5, 1)])
    assert found["a"] is PickedBy.ABOVE
    assert sorted(found.values()) == [PickedBy.ABOVE, PickedBy.LOT]


def test_an_empty_population_is_refused(db):
    row = planned(a_plan("matches"))
    with pytest.raises(RuleViolation, match="没有可抽查的对象"):
        drawn_again(row)
    assert db.session.get(SpotDraw, row.id).state is DrawState.PLANNED


def drawn_again(row):
    asked = by(an_officer())
    return in_transaction(lambda: service.draw_sample(row.id, asked=asked))


def test_a_sample_is_not_drawn_again_after_looking(db):
    an_order("redeemed")
    row = drawn(a_plan())
    with pytest.raises(Conflict, match="这一步已经办过了"):
        drawn_again(row)
    with pytest.raises(RuleViolation, match=rf"{row.number} 还没有办结"):
        planned(a_plan())
    with pytest.raises(RuleViolation, match="还没有办结"):
        planned(replace(a_plan(), from_on=the_clock.today() - timedelta(days=3), form=check_rules.CheckForm.SPECIAL))


@pytest.mark.engines("postgresql")
def test_of_two_plans_of_the_same_at_once_one_is_made(fresh_app, fresh_db):
    officers = [SimpleNamespace(id=an_officer().id) for _ in range(6)]
    made = race(fresh_app, [lambda one=one: planned(a_plan(), officer=one) for one in officers])
    assert sorted(type(one).__name__ for one in made) == [*["RuleViolation"] * 5, "SpotDraw"]


def test_who_entered_is_never_changed(db):
    an_order("redeemed")
    row = drawn(a_plan())
    with pytest.raises(DBAPIError):
        in_transaction(lambda: db.session.execute(update(SpotEntry).where(SpotEntry.draw_id == row.id).values(weight=9)))


@pytest.mark.parametrize(
    ("rule", "field", "words"),
    [
        pytest.param({"size": 0}, "size", "请填写随机抽取的件数", id="nothing to draw"),
        pytest.param({"size": 501}, "size", "最多随机抽取 500 件", id="more than the setting"),
        pytest.param({"from_on": "later"}, "until", "不能早于起始", id="days in the wrong order"),
        pytest.param({"until_on": "later"}, "until", "还没有发生", id="days to come"),
    ],
)
def test_a_plan_that_draws_nothing_is_refused_beside_the_field(db, rule, field, words):
    later = the_clock.today() + timedelta(days=1)
    with pytest.raises(RuleViolation, match=words) as refused:
        planned(a_plan(**{name: later if value == "later" else value for name, value in rule.items()}))
    assert refused.value.field == field


def test_a_reviewer_of_the_own_firm_and_who_decided_before_do_not_check(db):
    judge = an_officer()
    claim = a_claim("approved", officer=judge)
    row = drawn(a_plan("claims"))
    item = items(db, row)[0]
    insider = a_user("officer", organisation=claim.provider_id)
    for one in (insider, a_user("officer", organisation=claim.enterprise_id)):
        with pytest.raises(Denied, match="不能检查本单位"):
            checked(item, one)
    with pytest.raises(Denied, match="由您审核过"):
        checked(item, judge)
    checked(item, an_officer())
    with pytest.raises((Conflict, RuleViolation)):
        checked(item, an_officer())


def test_an_expert_check_is_an_experts_and_a_cross_check_another_bureaus(db):
    an_order("redeemed")
    by_expert = items(db, drawn(a_plan(form="expert")))[0]
    with pytest.raises(Denied, match="由专家登记"):
        checked(by_expert, an_officer())
    checked(by_expert, an_expert_user())
    bureau = an_organisation(authority=True)
    planner, colleague = (a_user("officer", organisation=bureau) for _ in range(2))
    across = items(db, drawn(a_plan(form="cross"), officer=planner))[0]
    with pytest.raises(Denied, match="其他单位的人员"):
        checked(across, colleague)
    checked(across, an_officer())


def test_what_is_found_wrong_becomes_a_case_and_when_all_are_checked_it_is_over(db):
    order = an_order("redeemed")
    row = drawn(a_plan())
    item = items(db, row)[0]
    with pytest.raises(RuleViolation, match="不少于 10 个字"):
        checked(item, an_officer(), "bad", "不符")
    checked(item, an_officer(), "bad")
    case = queries.case_of_source(item.id)
    assert (case.organisation_id, case.source.value) == (order.provider_id, "check")
    assert db.session.get(SpotDraw, row.id).state is DrawState.CLOSED


def test_a_match_found_wrong_is_taken_from_the_count_by_a_new_row(db):
    """From seed to finding, decision and the count: the match's record is voided, its contract with it."""
    leader = a_leader()
    contract = contracted(a_match_in_talks(leader), leader)
    counted = records.current().where(ServiceRecord.source_id == contract.id)
    assert db.session.scalars(counted).unique().one()
    item, officer = items(db, drawn(a_plan("matches")))[0], an_officer()
    checked(item, officer, "bad")
    case = queries.case_of_source(item.id)
    number = db.session.scalars(counted).unique().one().source_number
    assert [(one.kind, one.target_number) for one in queries.measures_of(case.id)] == [(MeasureKind.COUNT, number)]
    find(case, officer)
    decide(case, an_officer())
    assert not db.session.scalars(counted).unique().all()


def test_risk_weighs_signals_and_cases(db):
    order, other = an_order("redeemed"), an_order("redeemed")
    decided(order.provider_id, "warning")
    row = drawn(a_plan(size=1, by_risk=True))
    weights = {name: weight for name, _fen, weight, _why in checks.listed(row.id)}
    assert weights[order.number] == weights[other.number] + 3


def test_providers_are_sampled_too(db):
    provider = a_provider()
    row = drawn(a_plan("providers"))
    assert provider.organisation.uscc in {name for name, *_rest in checks.listed(row.id)}


@pytest.mark.parametrize(("first", "second"), [("540000", "540102"), ("540102", "540000"), ("540100", "540102")])
def test_o11_a_check_of_a_part_of_the_area_or_of_all_around_it_is_the_same_check(db, first, second):
    row = planned(a_plan(area=first))
    with pytest.raises(RuleViolation, match=rf"有重叠的抽查 {row.number} 还没有办结"):
        planned(a_plan(area=second))
    assert planned(a_plan(area="650000")).id != row.id
    assert planned(a_plan("claims", area=second)).id != row.id


def test_o11_who_gave_an_opinion_on_a_claim_does_not_check_it_nor_judge_its_case(db):
    claim, (first, second, third) = a_claim_of_levels(), (an_officer() for _ in range(3))
    say(claim, first)
    say(claim, second)
    approve(claim, third)
    (item,) = items(db, drawn(a_plan("claims")))
    for officer in (first, second, third):
        with pytest.raises(Denied, match="由您审核过"):
            checked(item, officer)
    checked(item, an_officer(), "bad")
    case = queries.case_of_source(item.id)
    finder = an_officer()
    propose(case, "warning", officer=finder)
    with pytest.raises(Denied, match="兑付申请由您审核过"):
        find(case, first)
    find(case, finder)
    with pytest.raises(Denied, match="兑付申请由您审核过"):
        decide(case, third)
    assert decide(case, an_officer()).state.value == "decided"
