"""Who supplies whom, and how much: an exact plan by minimum-cost flow, with the proof of its quality beside it.

Two models. QUANTITY: needs ask for quantities, supplies have capacities, one supplier may bear only a share of a need.
PAIRS: a need takes so many suppliers, a supplier so many customers. Both are flows, so the plan is integral and exact.
`planning` joins them where a plan has to keep both. Model F (a fixed cost per pair, minimum lots, diversity by region) is no flow and is
not built here yet; where it is asked for, the caller shows the minimum lot as a hard rule (`rules`) instead.

Costs are rounded to whole numbers before solving. From there on everything is exact: the bound is computed anew from
dual prices, not taken from the solver. OR-Tools must never be loaded beside highspy in one process.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_WHOLE = 10_000  # basis points
_PRECISION = 10_000  # parts of a score that the solver tells apart; more of them cost time and decide nothing
_COST_LIMIT = 10**12  # of one unit on one arc; keeps sums inside 64 bits up to a million needs


class PlanModel(StrEnum):
    QUANTITY = "quantity"
    PAIRS = "pairs"


class UnmetReason(Word):
    """Why a need is not met in full; the first that holds, in this order."""

    NO_CANDIDATE = "no_candidate", N_("没有符合条件的供应企业。")
    TOO_LITTLE_CAPACITY = "too_little_capacity", N_("所有候选企业的产能加起来也不够。")
    SHARE_CAP = "share_cap", N_("候选企业太少，受单家企业占比上限所限。")
    TOO_FEW_CANDIDATES = "too_few_candidates", N_("符合条件的候选企业不足所要的家数。")
    TAKEN_BY_OTHERS = "taken_by_others", N_("候选企业的产能已安排给更合适的需求。")
    NOT_WORTH_IT = "not_worth_it", N_("剩余候选企业与需求差距较大，未作安排。")
    # these are told by `planning`, which joins the two models
    PARTNERS_LIMIT = "partners_limit", N_("受“最多几家”所限，其余数量没有安排。")
    CUSTOMERS_LIMIT = "customers_limit", N_("其余候选企业服务的家数已满。")
    NOT_CLOSE = "not_close", N_("候选企业的产品名称不够接近，没有列入计划，请人工判断。")


@dataclass(frozen=True, slots=True)
class NeedNode:
    """A need. In model PAIRS `max_suppliers` counts, in model QUANTITY `quantity` and `share_cap_bp`."""

    id: str
    quantity: int = 1  # in the unit of the need
    max_suppliers: int = 1
    share_cap_bp: int = _WHOLE  # most that one supplier may bear; rounded down, but never below one unit
    weight: float = 1.0  # how much this need counts against others


@dataclass(frozen=True, slots=True)
class SupplyNode:
    """A supply. None means: as much, or as many, as is asked for."""

    id: str
    capacity: int | None = None
    max_customers: int | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A supply that may serve a need: what passed the hard rules. `score` and `penalty` are for the whole need, 0 to 1."""

    need_id: str
    supply_id: str
    score: float
    penalty: float = 0.0


@dataclass(frozen=True, slots=True)
class PlanParams:
    """Part of what produced a plan; the trail keeps it."""

    model: PlanModel = PlanModel.QUANTITY
    unmet_price: float = 0.0  # what a wholly unmet need costs; an edge is used while score - penalty > -unmet_price
    by_unit: bool = False  # True: every unit counts the same; False: every need does, whatever its unit of measure


@dataclass(frozen=True, slots=True)
class Assignment:
    need_id: str
    supply_id: str
    quantity: int  # units; 1 in model PAIRS
    score: float
    penalty: float


@dataclass(frozen=True, slots=True)
class Unmet:
    need_id: str
    quantity: int  # units, or suppliers in model PAIRS
    reason: UnmetReason


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan. `objective` is what it is worth, `bound` what no plan can exceed, `gap` their distance as a share of the bound."""

    assignments: tuple[Assignment, ...]
    unmet: tuple[Unmet, ...]
    objective: float
    bound: float
    gap: float
    model: PlanModel
    seconds: float


@dataclass(frozen=True, slots=True)
class _Network:
    """Node 0 is the source, then supplies, then needs. Arcs: source to supplies, supplies to needs, source to needs (unmet)."""

    supplies: int
    tail: Ints
    head: Ints
    room: Ints
    cost: Ints
    asked: Ints  # of each need
    scale: float  # costs per unit of worth

    @property
    def nodes(self) -> int:
        return 1 + self.supplies + len(self.asked)

    @property
    def edges(self) -> slice:
        return slice(self.supplies, len(self.tail) - len(self.asked))

    @property
    def unmet(self) -> slice:
        return slice(len(self.tail) - len(self.asked), len(self.tail))


def solve(needs: Sequence[NeedNode], supplies: Sequence[SupplyNode], edges: Sequence[Edge], params: PlanParams | None = None) -> Plan:
    """The best plan, and the proof.

    Raises: ValueError, an id stands twice or is not known, or a number is negative.
    """
    started = time.perf_counter()
    params = params or PlanParams()
    network = _network(needs, supplies, edges, params)
    flow = _flow(network)
    total = sum(map(int, (flow[flow > 0].astype(object) * network.cost[flow > 0].astype(object)).tolist()))
    bound = _dual_bound(network, flow)
    objective, best = -total / network.scale, -bound / network.scale
    return Plan(
        assignments=_assignments(edges, flow[network.edges]),
        unmet=_unmet(needs, network, flow, pairs=params.model is PlanModel.PAIRS),
        objective=objective,
        bound=best,
        gap=0.0 if total == bound else (best - objective) / max(abs(best), 1.0 / network.scale),
        model=params.model,
        seconds=time.perf_counter() - started,
    )


def _network(needs: Sequence[NeedNode], supplies: Sequence[SupplyNode], edges: Sequence[Edge], params: PlanParams) -> _Network:
    need_at, supply_at = _places([need.id for need in needs]), _places([supply.id for supply in supplies])
    try:
        edge_need = np.asarray([need_at[edge.need_id] for edge in edges], dtype=np.int64)
        edge_supply = np.asarray([supply_at[edge.supply_id] for edge in edges], dtype=np.int64)
    except KeyError as missing:
        raise ValueError(f"an edge names an unknown node: {missing}") from None
    asked = np.asarray([need.quantity if params.model is PlanModel.QUANTITY else need.max_suppliers for need in needs], dtype=np.int64)
    edge_room = _edge_room(needs, asked, edge_need, params.model)
    wanted = np.bincount(edge_supply, weights=edge_room, minlength=len(supplies)).astype(np.int64)
    given = [supply.capacity if params.model is PlanModel.QUANTITY else supply.max_customers for supply in supplies]
    offered = np.asarray([most if size is None else size for size, most in zip(given, wanted.tolist(), strict=True)], dtype=np.int64)
    if min(asked.min(initial=0), offered.min(initial=0)) < 0:
        raise ValueError("a quantity or a capacity is negative")
    per_unit, scale = _unit_costs(needs, asked, by_unit=params.by_unit or params.model is PlanModel.PAIRS)
    worth = np.asarray([edge.score - edge.penalty for edge in edges], dtype=np.float64)
    first_need = 1 + len(supplies)
    return _Network(
        supplies=len(supplies),
        tail=np.concatenate([np.zeros(len(supplies), dtype=np.int64), 1 + edge_supply, np.zeros(len(needs), dtype=np.int64)]),
        head=np.concatenate([np.arange(1, first_need), first_need + edge_need, first_need + np.arange(len(needs))]),
        room=np.concatenate([offered, edge_room, asked]),
        cost=np.rint(np.concatenate([np.zeros(len(supplies)), -worth * per_unit[edge_need], params.unmet_price * per_unit])).astype(
            np.int64
        ),
        asked=asked,
        scale=scale,
    )


def _places(ids: Sequence[str]) -> dict[str, int]:
    places = {node_id: at for at, node_id in enumerate(ids)}
    if len(places) != len(ids):
        raise ValueError("an id stands twice")
    return places


def _edge_room(needs: Sequence[NeedNode], asked: Ints, edge_need: Ints, model: PlanModel) -> Ints:
    """Most that may flow on each edge: one in model PAIRS, else the share of the need that one supplier may bear."""
    if model is PlanModel.PAIRS:
        return np.ones(len(edge_need), dtype=np.int64)
    share = np.asarray([need.share_cap_bp for need in needs], dtype=np.int64)
    most = np.minimum(np.maximum(asked * share // _WHOLE, 1), asked)
    return np.asarray(most[edge_need], dtype=np.int64)


def _unit_costs(needs: Sequence[NeedNode], asked: Ints, *, by_unit: bool) -> tuple[npt.NDArray[np.float64], float]:
    """What a unit of each need costs the solver when its score is one; and how many costs make one unit of worth."""
    weight = np.asarray([need.weight for need in needs], dtype=np.float64)
    if by_unit:
        return weight * _PRECISION, float(_PRECISION)
    scale = float(min(_PRECISION * int(asked.max(initial=1)), _COST_LIMIT))
    return weight * scale / np.maximum(asked, 1), scale


def _flow(network: _Network) -> Ints:
    from ortools.graph.python import min_cost_flow  # 17 MB that only a planning run needs

    solver: Any = min_cost_flow.SimpleMinCostFlow()  # its stubs ask for 32-bit nodes, it takes 64
    arcs = solver.add_arcs_with_capacity_and_unit_cost(network.tail, network.head, network.room, network.cost)
    if not len(network.asked):
        return np.zeros(len(network.tail), dtype=np.int64)
    balance = np.concatenate([[network.asked.sum()], np.zeros(network.supplies, dtype=np.int64), -network.asked])
    solver.set_nodes_supplies(np.arange(network.nodes), balance)
    status = solver.solve()
    assert status == solver.OPTIMAL, f"the unmet arcs make every plan feasible, yet: {status}"
    return np.asarray(solver.flows(arcs), dtype=np.int64)


def _dual_bound(network: _Network, flow: Ints) -> int:
    """A lower bound on the cost of any plan, from prices at the nodes; equal to the plan's own cost when it is the best.

    Prices are shortest distances over what can still be moved. Were the plan not the best, there would be a cycle that
    earns for ever; the search then stops, and the bound of the prices found so far is honest, only lower.
    """
    forward, backward = flow < network.room, flow > 0
    tail = np.concatenate([network.tail[forward], network.head[backward]])
    head = np.concatenate([network.head[forward], network.tail[backward]])
    cost = np.concatenate([network.cost[forward], -network.cost[backward]])
    price = _distances(tail, head, cost, network.nodes)
    reduced = network.cost + price[network.tail] - price[network.head]
    cheap = reduced < 0
    moved = sum(map(int, (network.room[cheap].astype(object) * reduced[cheap].astype(object)).tolist()))
    first_need = 1 + network.supplies
    per_need = (price[first_need:] - price[0]).astype(object) * network.asked.astype(object)
    return sum(map(int, per_need.tolist())) + moved


def _distances(tail: Ints, head: Ints, cost: Ints, nodes: int) -> Ints:
    """Shortest distances from anywhere (Bellman-Ford, all arcs of changed nodes at once)."""
    order = np.argsort(tail, kind="stable")
    tail, head, cost = tail[order], head[order], cost[order]
    distance = np.zeros(nodes, dtype=np.int64)
    changed = np.ones(nodes, dtype=bool)
    for _ in range(nodes):
        arcs = np.flatnonzero(changed[tail])
        reached = distance[tail[arcs]] + cost[arcs]
        better = reached < distance[head[arcs]]
        if not better.any():
            break
        before = distance.copy()
        np.minimum.at(distance, head[arcs[better]], reached[better])
        changed = distance < before
    return distance


def _assignments(edges: Sequence[Edge], flow: Ints) -> tuple[Assignment, ...]:
    used = np.flatnonzero(flow).tolist()
    return tuple(Assignment(edges[at].need_id, edges[at].supply_id, int(flow[at]), edges[at].score, edges[at].penalty) for at in used)


def _unmet(needs: Sequence[NeedNode], network: _Network, flow: Ints, *, pairs: bool) -> tuple[Unmet, ...]:
    short = flow[network.unmet]
    supply = network.tail[network.edges] - 1
    need = network.head[network.edges] - 1 - network.supplies
    room, used = network.room[network.edges], flow[network.edges]
    offered, given = network.room[: network.supplies], flow[: network.supplies]
    edges_of = np.bincount(need, minlength=len(needs))
    capacity = np.bincount(need, weights=np.minimum(offered[supply], network.asked[need]), minlength=len(needs))
    shares = np.bincount(need, weights=np.minimum(offered[supply], room), minlength=len(needs))
    spare = np.bincount(need, weights=(used < room) & (given[supply] < offered[supply]), minlength=len(needs))

    def reason(at: int) -> UnmetReason:
        if not edges_of[at]:
            return UnmetReason.NO_CANDIDATE
        if capacity[at] < network.asked[at] and not pairs:
            return UnmetReason.TOO_LITTLE_CAPACITY
        if shares[at] < network.asked[at]:
            return UnmetReason.TOO_FEW_CANDIDATES if pairs else UnmetReason.SHARE_CAP
        return UnmetReason.NOT_WORTH_IT if spare[at] else UnmetReason.TAKEN_BY_OTHERS

    return tuple(Unmet(needs[at].id, int(short[at]), reason(at)) for at in np.flatnonzero(short).tolist())
