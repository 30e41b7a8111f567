from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import RuleViolation
from marketplace.matching import rules
from marketplace.matching.following import following
from marketplace.matching.lifecycle import MATCH
from marketplace.matching.rules import ON_THE_WAY, Certificate, MatchState, Obstacle, PairSide, Party, RefusalReason, TradeRole
from marketplace.matching.rules import fit as fitted
from marketplace.matching.settings import preferences

TODAY = date(2026, 11, 20)
IN_A_MONTH = TODAY + timedelta(days=30)
LEADER = PairSide("n1", "leader", TradeRole.BUYS, "group", "540102", 100, "吨", due_on=IN_A_MONTH, price_fen=10_000)
FIRM = PairSide("s1", "firm", TradeRole.SELLS, "other", "540102", 200, "吨", due_on=TODAY, price_fen=9_000)
WEIGHTS = preferences()


def codes(reasons):
    return [reason.code for reason in reasons]


def obstacles(need, firm):
    return codes(rules.obstacles(need, firm, today=TODAY))


def test_a_pair_without_obstacles_may_be_proposed():
    assert obstacles(LEADER, FIRM) == []


def test_a_line_of_which_nothing_is_known_is_ruled_out_by_nothing():
    assert obstacles(PairSide("n", "a", TradeRole.BUYS), PairSide("s", "b", TradeRole.SELLS)) == []


@pytest.mark.parametrize(
    ("need", "firm", "obstacle"),
    [
        pytest.param({}, {"role": TradeRole.BUYS}, Obstacle.SAME_ROLE, id="both buy"),
        pytest.param({}, {"organisation_id": "leader"}, Obstacle.OWN_FIRM, id="own firm"),
        pytest.param({}, {"group_id": "group"}, Obstacle.SAME_GROUP, id="own group"),
        pytest.param({}, {"sanctioned_until": TODAY}, Obstacle.SANCTIONED, id="last day of a ban"),
        pytest.param({"excluded": frozenset({"firm"})}, {}, Obstacle.EXCLUDED, id="excluded by the leader"),
        pytest.param({}, {"excluded": frozenset({"leader"})}, Obstacle.EXCLUDED, id="excluded by the firm"),
        pytest.param({"regions_allowed": ("5402", "5403")}, {}, Obstacle.OUT_OF_REGION, id="region"),
        pytest.param(
            {"certificates_required": frozenset({"食品生产许可证"})},
            {"certificates_held": (Certificate("ISO9001"),)},
            Obstacle.CERTIFICATE_MISSING,
            id="certificate",
        ),
        pytest.param(
            {"certificates_required": frozenset({"认证"})},
            {"certificates_held": (Certificate("认证", IN_A_MONTH - timedelta(days=1)),)},
            Obstacle.CERTIFICATE_EXPIRES,
            id="certificate ends the day before delivery",
        ),
        pytest.param({}, {"due_on": IN_A_MONTH + timedelta(days=1)}, Obstacle.TOO_LATE, id="a day late"),
        pytest.param({}, {"minimum_lot": 101}, Obstacle.BELOW_MINIMUM_LOT, id="minimum lot"),
    ],
)
def test_each_hard_rule_removes_the_pair_and_says_so(need, firm, obstacle):
    found = rules.obstacles(replace(LEADER, **need), replace(FIRM, **firm), today=TODAY)
    assert codes(found) == [obstacle]
    assert found[0].text().endswith("。")
    assert "%" not in found[0].text()


@pytest.mark.parametrize(
    ("need", "firm"),
    [
        pytest.param({}, {"sanctioned_until": TODAY - timedelta(days=1)}, id="the ban ended yesterday"),
        pytest.param({"group_id": ""}, {"group_id": ""}, id="no group on either side"),
        pytest.param({"regions_allowed": ("54",)}, {}, id="inside the region"),
        pytest.param(
            {"certificates_required": frozenset({"认证"})}, {"certificates_held": (Certificate("认证", IN_A_MONTH),)}, id="good on the day"
        ),
        pytest.param({"certificates_required": frozenset({"认证"})}, {"certificates_held": (Certificate("认证"),)}, id="without end"),
        pytest.param({}, {"due_on": IN_A_MONTH}, id="on the last day"),
        pytest.param({}, {"unit": "公斤", "minimum_lot": 100_000}, id="the lot in another unit of the same kind"),
        pytest.param({}, {"unit": "套", "minimum_lot": 500}, id="a unit that cannot be compared is to be agreed"),
        pytest.param({"unit": ""}, {}, id="no unit"),
    ],
)
def test_the_edge_of_each_hard_rule_is_allowed(need, firm):
    assert obstacles(replace(LEADER, **need), replace(FIRM, **firm)) == []


def test_every_obstacle_is_named_not_only_the_first():
    firm = replace(FIRM, group_id="group", minimum_lot=101, sanctioned_until=IN_A_MONTH)
    assert obstacles(LEADER, firm) == [Obstacle.SAME_GROUP, Obstacle.SANCTIONED, Obstacle.BELOW_MINIMUM_LOT]


def test_downstream_the_leader_sells_and_the_firm_is_the_customer():
    role = rules.ROLE_OF_LEADER[rules.Direction.DOWNSTREAM]
    leader = replace(LEADER, role=role, due_on=IN_A_MONTH, minimum_lot=50)  # 商混, ready in a month
    customer = replace(FIRM, role=TradeRole.BUYS, quantity=60, due_on=IN_A_MONTH)
    assert obstacles(leader, customer) == []
    assert obstacles(leader, FIRM) == [Obstacle.SAME_ROLE]
    assert obstacles(leader, replace(customer, due_on=TODAY)) == [Obstacle.TOO_LATE]
    assert obstacles(leader, replace(customer, quantity=49)) == [Obstacle.BELOW_MINIMUM_LOT]


def fit(need, firm, closeness=0.8):
    return fitted(need, firm, closeness=closeness, preferences=WEIGHTS, today=TODAY)


def effect(found, point):
    return next(reason.effect for reason in found.reasons if reason.code is point)


def test_a_near_cheap_firm_in_good_time_has_no_penalty():
    found = fit(LEADER, FIRM)
    assert (found.score, found.penalty) == (0.8, 0)
    assert [reason.text() for reason in found.reasons] == [
        "名称与行业相近程度 80%。",
        "双方在同一县（市、区）。",
        "报价不高于目标价。",
        "交货时间充裕。",
        "产能可满足全部数量。",
    ]


@pytest.mark.parametrize(
    ("change", "point", "expected"),
    [
        ({"region_code": "540103"}, rules.Point.REGION, -0.02),
        ({"region_code": "540202"}, rules.Point.REGION, -0.05),
        ({"region_code": "652701"}, rules.Point.REGION, -0.10),
        ({"price_fen": 11_000}, rules.Point.PRICE, -0.02),
        ({"price_fen": 50_000}, rules.Point.PRICE, -0.20),
        ({"unit": "公斤", "price_fen": 11, "quantity": 200_000}, rules.Point.PRICE, -0.02),
        ({"due_on": TODAY + timedelta(days=15)}, rules.Point.TIME, -0.025),
        ({"quantity": 40}, rules.Point.QUANTITY, 0.0),
        ({"unit": "套"}, rules.Point.UNIT, -0.03),
        ({"unit": ""}, rules.Point.UNIT, 0.0),
    ],
)
def test_each_preference_costs_what_the_file_says(change, point, expected):
    assert effect(fit(LEADER, replace(FIRM, **change)), point) == pytest.approx(expected)


def test_prices_and_quantities_in_units_that_cannot_be_compared_are_to_be_agreed_and_nothing_is_said_of_them():
    found = fit(LEADER, replace(FIRM, unit="套", price_fen=10**9))
    assert {reason.code for reason in found.reasons} & {rules.Point.PRICE, rules.Point.QUANTITY} == set()
    assert "待商定" in next(reason.text() for reason in found.reasons if reason.code is rules.Point.UNIT)


@given(
    closeness=st.floats(0, 1),
    region=st.sampled_from(["", "540102", "540201", "652701"]),
    price=st.one_of(st.none(), st.integers(0, 10**6)),
    days=st.integers(-40, 60),
)
def test_the_reasons_of_a_fit_add_up_to_its_score(closeness, region, price, days):
    found = fit(LEADER, replace(FIRM, region_code=region, price_fen=price, due_on=TODAY + timedelta(days=days)), closeness)
    assert found.score == pytest.approx(max(sum(reason.effect for reason in found.reasons), 0))
    assert 0 <= found.score <= 1
    assert found.penalty >= 0


def test_what_is_further_away_weighs_no_less():
    penalties = preferences().penalties
    assert penalties.other_county <= penalties.other_prefecture <= penalties.other_province


def test_a_contract_needs_a_recommendation_first_and_leads_to_the_delivery_alone():
    confirm = MATCH.move("confirm_contract")
    assert {state for states in confirm.by.values() for state in states} == set(ON_THE_WAY)
    assert {move.verb for party in Party for move in MATCH.offered(party, MatchState.CONTRACTED)} == {"deliver"}
    assert not any(MATCH.offered(party, MatchState.DELIVERED) for party in Party)


def test_a_firm_has_no_say_in_a_match_that_it_has_not_heard_of():
    assert not MATCH.offered(Party.FIRM, MatchState.PROPOSED)


def test_a_refusal_gives_a_reason_and_other_is_put_in_words():
    rules.check_refusal(RefusalReason.PRICE, "", following().refusals.in_words)
    rules.check_refusal(RefusalReason.OTHER, "对方转产", following().refusals.in_words)
    with pytest.raises(RuleViolation, match="请选择"):
        rules.check_refusal(None, "", following().refusals.in_words)
    with pytest.raises(RuleViolation, match="写明具体情况"):
        rules.check_refusal(RefusalReason.OTHER, " ", following().refusals.in_words)
