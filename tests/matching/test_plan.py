import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from marketplace.matching.plan import Edge, NeedNode, PlanModel, PlanParams, SupplyNode, UnmetReason, solve


@st.composite
def markets(draw):
    needs = [
        NeedNode(
            f"n{at}",
            quantity=draw(st.integers(0, 9)),
            max_suppliers=draw(st.integers(0, 3)),
            share_cap_bp=draw(st.sampled_from([3_000, 5_000, 10_000])),
            weight=draw(st.sampled_from([1.0, 2.0])),
        )
        for at in range(draw(st.integers(0, 4)))
    ]
    supplies = [
        SupplyNode(f"s{at}", draw(st.one_of(st.none(), st.integers(0, 9))), draw(st.one_of(st.none(), st.integers(0, 3))))
        for at in range(draw(st.integers(0, 4)))
    ]
    edges = [
        Edge(need.id, supply.id, draw(st.integers(0, 10)) / 10, draw(st.integers(0, 5)) / 10)
        for need in needs
        for supply in supplies
        if draw(st.booleans())
    ]
    params = PlanParams(draw(st.sampled_from(PlanModel)), draw(st.sampled_from([0.0, 0.3, 1.0])), draw(st.booleans()))
    return needs, supplies, edges, params


def share_cap(need):
    return min(max(need.quantity * need.share_cap_bp // 10_000, 1), need.quantity)


def by_linprog(needs, supplies, edges, params):
    """The same model, written down independently and given to another solver."""
    if not needs:
        return 0.0
    pairs = params.model is PlanModel.PAIRS
    asked = {need.id: need.max_suppliers if pairs else need.quantity for need in needs}
    per_unit = {need.id: need.weight * (1.0 if pairs or params.by_unit else 1.0 / max(need.quantity, 1)) for need in needs}
    cost = [-(edge.score - edge.penalty) * per_unit[edge.need_id] for edge in edges]
    cost += [params.unmet_price * per_unit[need.id] for need in needs]
    caps = {need.id: 1 if pairs else share_cap(need) for need in needs}
    bounds = [(0, caps[edge.need_id]) for edge in edges] + [(0, None)] * len(needs)
    equal = np.array([[edge.need_id == need.id for edge in edges] + [other is need for other in needs] for need in needs], dtype=float)
    limits = [(supply, supply.max_customers if pairs else supply.capacity) for supply in supplies]
    limited = [(supply, limit) for supply, limit in limits if limit is not None]
    less = np.array([[edge.supply_id == supply.id for edge in edges] + [0] * len(needs) for supply, _ in limited], dtype=float)
    extra = {"A_ub": less, "b_ub": [limit for _, limit in limited]} if limited else {}
    found = linprog(cost, A_eq=equal, b_eq=list(asked.values()), bounds=bounds, method="highs", **extra)
    assert found.status == 0
    return -found.fun


@settings(max_examples=200, deadline=None)
@given(markets())
def test_a_plan_is_as_good_as_another_solver_finds_and_proves_it(market):
    needs, supplies, edges, params = market
    plan = solve(needs, supplies, edges, params)
    assert plan.gap == 0
    assert plan.bound == pytest.approx(plan.objective)
    assert plan.objective == pytest.approx(by_linprog(needs, supplies, edges, params), abs=1e-3)


@settings(max_examples=200, deadline=None)
@given(markets())
def test_a_plan_keeps_every_limit_and_accounts_for_every_unit(market):
    needs, supplies, edges, params = market
    plan = solve(needs, supplies, edges, params)
    pairs = params.model is PlanModel.PAIRS
    unmet = {short.need_id: short.quantity for short in plan.unmet}
    for need in needs:
        mine = [a.quantity for a in plan.assignments if a.need_id == need.id]
        assert sum(mine) + unmet.get(need.id, 0) == (need.max_suppliers if pairs else need.quantity)
        assert all(quantity <= (1 if pairs else share_cap(need)) for quantity in mine)
    for supply in supplies:
        limit = supply.max_customers if pairs else supply.capacity
        assert limit is None or sum(a.quantity for a in plan.assignments if a.supply_id == supply.id) <= limit
    assert {(a.need_id, a.supply_id) for a in plan.assignments} <= {(edge.need_id, edge.supply_id) for edge in edges}


@pytest.mark.parametrize(
    ("needs", "supplies", "edges", "reason"),
    [
        pytest.param([NeedNode("n", 5)], [SupplyNode("s", 9)], [], UnmetReason.NO_CANDIDATE, id="no edge"),
        pytest.param([NeedNode("n", 5)], [SupplyNode("s", 3)], [Edge("n", "s", 0.9)], UnmetReason.TOO_LITTLE_CAPACITY, id="capacity"),
        pytest.param(
            [NeedNode("n", 5, share_cap_bp=5_000)], [SupplyNode("s", 9)], [Edge("n", "s", 0.9)], UnmetReason.SHARE_CAP, id="share"
        ),
        pytest.param(
            [NeedNode("n", 5), NeedNode("m", 5)],
            [SupplyNode("s", 5)],
            [Edge("n", "s", 0.5), Edge("m", "s", 0.9)],
            UnmetReason.TAKEN_BY_OTHERS,
            id="taken",
        ),
        pytest.param([NeedNode("n", 5)], [SupplyNode("s", 9)], [Edge("n", "s", 0.1, 0.4)], UnmetReason.NOT_WORTH_IT, id="not worth it"),
    ],
)
def test_what_is_not_met_says_why(needs, supplies, edges, reason):
    (unmet,) = solve(needs, supplies, edges).unmet
    assert (unmet.need_id, unmet.quantity if reason is not UnmetReason.SHARE_CAP else 5) == (
        "n",
        5 - (3 if reason is UnmetReason.TOO_LITTLE_CAPACITY else 0),
    )
    assert unmet.reason is reason


def test_a_need_of_three_suppliers_with_two_candidates_says_so():
    edges = [Edge("n", "a", 0.5), Edge("n", "b", 0.5)]
    (unmet,) = solve([NeedNode("n", max_suppliers=3)], [SupplyNode("a"), SupplyNode("b")], edges, PlanParams(PlanModel.PAIRS)).unmet
    assert (unmet.quantity, unmet.reason) == (1, UnmetReason.TOO_FEW_CANDIDATES)


def test_capacity_goes_where_it_is_worth_most_not_to_who_comes_first():
    needs = [NeedNode("first", 10), NeedNode("second", 10)]
    supplies = [SupplyNode("only", 10), SupplyNode("other", 10)]
    edges = [Edge("first", "only", 0.9), Edge("first", "other", 0.8), Edge("second", "only", 0.7)]
    plan = solve(needs, supplies, edges)
    assert {(a.need_id, a.supply_id) for a in plan.assignments} == {("first", "other"), ("second", "only")}


def test_without_unit_weighing_a_large_need_does_not_drown_a_small_one():
    needs = [NeedNode("tons", 1_000_000), NeedNode("machine", 1)]
    edges = [Edge("tons", "s", 0.5), Edge("machine", "s", 0.6)]
    plan = solve(needs, [SupplyNode("s", 1_000_000)], edges)
    assert {a.need_id: a.quantity for a in plan.assignments} == {"tons": 999_999, "machine": 1}


@pytest.mark.parametrize(
    ("needs", "edges"),
    [
        pytest.param([NeedNode("n"), NeedNode("n")], [], id="an id twice"),
        pytest.param([NeedNode("n")], [Edge("n", "gone", 0.5)], id="an unknown supply"),
        pytest.param([NeedNode("n", -1)], [], id="a negative quantity"),
    ],
)
def test_a_senseless_market_is_refused(needs, edges):
    with pytest.raises(ValueError):  # noqa: PT011 – the message is for programmers
        solve(needs, [SupplyNode("s", 1)], edges)
