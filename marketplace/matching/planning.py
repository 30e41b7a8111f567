"""The plan of a run: quantities by flow (model T), how many partners by pairs (model B), in units that come out whole. Pure.

A plan of quantities alone may give a need more suppliers than it wants, or a supply more needs than it serves. Where it does, model B
chooses the pairs that may be used, the quantities are divided again over those, and what is left free is offered once more. The bound
printed beside the plan is that of the quantities alone: no plan that also keeps the numbers of partners can be worth more.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from marketplace.matching import units
from marketplace.matching.items import ListedLine
from marketplace.matching.outcome import Key, UnmetNeed
from marketplace.matching.plan import Edge, NeedNode, Plan, PlanModel, PlanParams, SupplyNode, UnmetReason, solve

_ROUNDS = 3  # how often pairs that got nothing are exchanged for others
_MOST = 10**15  # more than this the solver does not count singly


@dataclass(frozen=True, slots=True)
class Pair:
    """A need and a supply that may do business; `worth` is the score less the penalty, for the whole need."""

    need: ListedLine
    supply: ListedLine
    score: float
    penalty: float

    @property
    def key(self) -> Key:
        return self.need.id, self.supply.id


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan of a run. A pair that is planned without a quantity agrees on it later."""

    pairs: Mapping[Key, tuple[int, str] | None]
    unmet: tuple[UnmetNeed, ...]
    plan: Plan


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Whole numbers for the solver. A need without a quantity asks for partners, one each; what cannot be compared has no limit."""

    asked: Mapping[str, int]
    share_bp: Mapping[str, int]
    offered: Mapping[str, int | None]
    base: Mapping[str, str]  # of needs with a quantity
    step: Mapping[str, Fraction]  # of a base: how much one of the solver's units is
    open: frozenset[Key]  # pairs whose quantity is to be agreed


def plan(needs: Sequence[ListedLine], pairs: Sequence[Pair]) -> Planned:
    """Divide what is asked for among the pairs, within capacities, shares and numbers of partners; of equal pairs of a need the first."""
    sizes = _sizes(needs, pairs)
    relaxed = _divided(needs, pairs, sizes)
    best = relaxed
    if _too_many(needs, pairs, relaxed):
        flows = {(a.need_id, _supply_of(a.supply_id)): a.quantity for a in relaxed.assignments}
        by_flow = {pair.key: flows.get(pair.key, 0) / max(sizes.asked[pair.need.id], 1) + _worth(pair) / 1000 for pair in pairs}
        by_worth = {pair.key: _worth(pair) * _coverage(pair, sizes) for pair in pairs}
        found = [_within_partners(needs, pairs, sizes, wanted) for wanted in (by_flow, by_worth)]
        best = max(found, key=lambda one: one.objective)
        gap = max(relaxed.bound - best.objective, 0.0) / max(abs(relaxed.bound), 1e-12)
        best = replace(best, bound=relaxed.bound, gap=gap, seconds=relaxed.seconds + sum(one.seconds for one in found))
    best = _in_turn(pairs, sizes, best)
    return Planned(_told(pairs, sizes, best), _unmet(needs, sizes, relaxed, best), best)


# -- from quantities in many units to whole numbers ---------------------------------------------------------------------------------------


def _sizes(needs: Sequence[ListedLine], pairs: Sequence[Pair]) -> _Sizes:
    pairs_of, offers_of = defaultdict(list), defaultdict(list)
    for pair in pairs:
        pairs_of[pair.need.id].append(pair)
        offers_of[pair.supply.id].append(pair)
    base_of_need = {need.id: _base_of(need, pairs_of[need.id]) for need in needs if need.side.quantity is not None}
    base_of_supply: dict[str, str] = {}
    for pair in sorted(pairs, key=lambda one: -_worth(one)):
        known = units.read(pair.supply.side.unit)
        base_of_supply.setdefault(pair.supply.id, known.base if known else base_of_need.get(pair.need.id, ""))
    open_pairs = frozenset(
        pair.key for pair in pairs if pair.need.id not in base_of_need or base_of_need[pair.need.id] != base_of_supply[pair.supply.id]
    )
    amounts = {need.id: _amount(need, base_of_need[need.id], pairs_of[need.id]) for need in needs if need.id in base_of_need}
    offering = {supply_id: mine[0].supply for supply_id, mine in offers_of.items() if mine[0].supply.side.quantity is not None}
    stock = {supply_id: _amount(one, base_of_supply[supply_id], offers_of[supply_id]) for supply_id, one in offering.items()}
    step = _steps(needs, amounts, base_of_need, stock, base_of_supply)
    candidates = Counter(pair.need.id for pair in pairs)
    asked = {n.id: candidates[n.id] if n.partners_left is None else min(n.partners_left, candidates[n.id]) for n in needs}
    asked = {need_id: max(many, 1) for need_id, many in asked.items()}
    asked |= {need_id: int(amount / step[base_of_need[need_id]]) for need_id, amount in amounts.items()}
    return _Sizes(
        asked=asked,
        share_bp={need.id: need.share_cap_bp if need.id in amounts else 1 for need in needs},
        offered={p.supply.id: int(stock[p.supply.id] / step[base_of_supply[p.supply.id]]) if p.supply.id in stock else None for p in pairs},
        base=base_of_need,
        step=step,
        open=open_pairs,
    )


def _base_of(need: ListedLine, own: Iterable[Pair]) -> str:
    """The base of a need's quantity; of one without a unit, that of the best supply that names one."""
    known = units.read(need.side.unit)
    if known is not None:
        return known.base
    others = [units.read(pair.supply.side.unit) for pair in sorted(own, key=lambda one: -_worth(one))]
    return next((unit.base for unit in others if unit is not None), "")


def _amount(item: ListedLine, base: str, own: Sequence[Pair]) -> Fraction:
    """What is free of a line, in the base it is reckoned in; a line without a unit means the unit of its best partner."""
    free = item.free or Fraction(0)
    known = units.read(item.side.unit)
    if known is not None:
        return free * known.factor
    partners = [(_worth(pair), pair.supply if pair.need is item else pair.need) for pair in own]
    for _value, partner in sorted(partners, key=lambda one: -one[0]):
        unit = units.read(partner.side.unit)
        if unit is not None and unit.base == base:
            return free * unit.factor
    return free


def _steps(
    needs: Sequence[ListedLine], amounts: Mapping[str, Fraction], base_of_need: Mapping[str, str], stock: Mapping[str, Fraction],
    base_of_supply: Mapping[str, str],
) -> dict[str, Fraction]:  # fmt: skip
    """The greatest step of each base in which everything is whole: small numbers keep the solver exact and fast."""
    found: dict[str, list[Fraction]] = defaultdict(list)
    for need in needs:
        if need.id in amounts:
            share = Fraction(int(amounts[need.id] * need.share_cap_bp // 10_000))
            found[base_of_need[need.id]] += [amounts[need.id], share]
    for supply_id, amount in stock.items():
        found[base_of_supply[supply_id]].append(amount)
    return {base: _step([amount for amount in values if amount]) for base, values in found.items()}


def _step(amounts: Sequence[Fraction]) -> Fraction:
    if not amounts:
        return Fraction(1)
    below = math.lcm(*(amount.denominator for amount in amounts))
    step = Fraction(math.gcd(*(int(amount * below) for amount in amounts)), below)
    total = sum(amounts, Fraction(0)) / step
    return step if total <= _MOST else step * -(-int(total) // _MOST)


# -- solving ------------------------------------------------------------------------------------------------------------------------------


def _worth(pair: Pair) -> float:
    return pair.score - pair.penalty


def _coverage(pair: Pair, sizes: _Sizes) -> float:
    """Share of the need that the supply could bear."""
    asked, offered = sizes.asked[pair.need.id], sizes.offered[pair.supply.id]
    if pair.key in sizes.open or offered is None or not asked:
        return 1.0
    return min(offered / asked, 1.0, max(pair.need.share_cap_bp / 10_000, 1 / asked))


def _node(pair: Pair, sizes: _Sizes) -> str:
    """A quantity that is to be agreed takes nothing of the supply's capacity: it flows from a node of its own."""
    return f"{pair.supply.id}\n{pair.need.id}" if pair.key in sizes.open else pair.supply.id


def _supply_of(node: str) -> str:
    return node.partition("\n")[0]


def _divided(needs: Sequence[ListedLine], pairs: Sequence[Pair], sizes: _Sizes) -> Plan:
    """Model T over these pairs."""
    asked = [NeedNode(need.id, sizes.asked[need.id], share_cap_bp=sizes.share_bp[need.id]) for need in needs]
    offered = {_node(pair, sizes): None if pair.key in sizes.open else sizes.offered[pair.supply.id] for pair in pairs}
    nodes = [SupplyNode(name, capacity) for name, capacity in offered.items()]
    return solve(asked, nodes, [Edge(pair.need.id, _node(pair, sizes), pair.score, pair.penalty) for pair in pairs], PlanParams())


def _chosen(needs: Sequence[ListedLine], pairs: Sequence[Pair], wanted: Mapping[Key, float], used: Iterable[Key] = ()) -> set[Key]:
    """Model B: the pairs worth most, within the numbers of partners that the used ones leave."""
    per_need, per_supply = Counter(key[0] for key in used), Counter(key[1] for key in used)
    edges = [Edge(*pair.key, wanted[pair.key]) for pair in pairs if wanted.get(pair.key, 0.0) > 0]
    many = Counter(edge.need_id for edge in edges)
    takes = {need.id: many[need.id] if need.partners_left is None else need.partners_left - per_need[need.id] for need in needs}
    asked = [NeedNode(need_id, max_suppliers=max(min(left, many[need_id]), 0)) for need_id, left in takes.items()]
    offered = {
        pair.supply.id: None if pair.supply.partners_left is None else max(pair.supply.partners_left - per_supply[pair.supply.id], 0)
        for pair in pairs
    }
    nodes = [SupplyNode(supply_id, max_customers=left) for supply_id, left in offered.items()]
    return {(a.need_id, a.supply_id) for a in solve(asked, nodes, edges, PlanParams(PlanModel.PAIRS)).assignments}


def _within_partners(needs: Sequence[ListedLine], pairs: Sequence[Pair], sizes: _Sizes, wanted: Mapping[Key, float]) -> Plan:
    """Quantities over chosen pairs; pairs that got nothing make room for others while that makes the plan better."""
    allowed = _chosen(needs, pairs, wanted)
    best = _divided(needs, [pair for pair in pairs if pair.key in allowed], sizes)
    for _round in range(_ROUNDS):
        used = _used(best)
        given = _per_supply(best)
        short = {one.need_id: one.quantity for one in best.unmet}
        others = {
            pair.key: _worth(pair) * min(_left(pair, sizes, given), short[pair.need.id]) / max(sizes.asked[pair.need.id], 1)
            for pair in pairs
            if pair.key not in used and pair.need.id in short
        }
        more = _chosen(needs, pairs, others, used)
        if not more:
            break
        other = _divided(needs, [pair for pair in pairs if pair.key in used | more], sizes)
        if other.objective <= best.objective:
            break
        best = other
    return best


def _in_turn(pairs: Sequence[Pair], sizes: _Sizes, plan_: Plan) -> Plan:
    """The same plan, with what a need takes of a supply given to an earlier one that is worth the same and has room: it costs nothing."""
    flows = {(a.need_id, _supply_of(a.supply_id)): a for a in plan_.assignments}
    given, serves = _per_supply(plan_), Counter(key[1] for key in flows)
    equals: dict[tuple[str, float, bool], list[Pair]] = defaultdict(list)
    for pair in pairs:
        equals[pair.need.id, _worth(pair), pair.key in sizes.open].append(pair)
    for alike in equals.values():
        for at, first in enumerate(alike):
            limit = first.supply.partners_left
            if first.key in flows or (limit is not None and serves[first.supply.id] >= limit):
                continue
            room = _left(first, sizes, given)
            last = next((one for one in reversed(alike[at + 1 :]) if one.key in flows and flows[one.key].quantity <= room), None)
            if last is None:
                continue
            moved = flows.pop(last.key)
            flows[first.key] = replace(moved, supply_id=_node(first, sizes), score=first.score, penalty=first.penalty)
            given.update({flows[first.key].supply_id: moved.quantity, moved.supply_id: -moved.quantity})
            serves.update({first.supply.id: 1, last.supply.id: -1})
    return replace(plan_, assignments=tuple(flows.values()))


def _used(plan_: Plan) -> set[Key]:
    return {(a.need_id, _supply_of(a.supply_id)) for a in plan_.assignments}


def _per_supply(plan_: Plan) -> Counter[str]:
    given: Counter[str] = Counter()
    for one in plan_.assignments:
        given[one.supply_id] += one.quantity
    return given


def _left(pair: Pair, sizes: _Sizes, given: Mapping[str, int]) -> float:
    offered = sizes.offered[pair.supply.id]
    return math.inf if pair.key in sizes.open or offered is None else max(offered - given[pair.supply.id], 0)


def _too_many(needs: Sequence[ListedLine], pairs: Sequence[Pair], plan_: Plan) -> bool:
    """Whether a need has more suppliers, or a supply serves more needs, than it takes."""
    used = _used(plan_)
    limits = {need.id: need.partners_left for need in needs} | {pair.supply.id: pair.supply.partners_left for pair in pairs}
    many = Counter(name for key in used for name in key)
    return any((limit := limits[name]) is not None and count > limit for name, count in many.items())


# -- telling ------------------------------------------------------------------------------------------------------------------------------


def _told(pairs: Sequence[Pair], sizes: _Sizes, plan_: Plan) -> dict[Key, tuple[int, str] | None]:
    by_key = {pair.key: pair for pair in pairs}
    found: dict[Key, tuple[int, str] | None] = {}
    for one in plan_.assignments:
        key = (one.need_id, _supply_of(one.supply_id))
        base = sizes.base.get(one.need_id)
        pair = by_key[key]
        preferred = (pair.need.side.unit, pair.supply.side.unit)
        found[key] = None if base is None else units.printed(one.quantity * sizes.step[base], base, preferred)
    return found


def _unmet(needs: Sequence[ListedLine], sizes: _Sizes, relaxed: Plan, best: Plan) -> tuple[UnmetNeed, ...]:
    anyway = {one.need_id: one for one in relaxed.unmet}
    used = _used(best)
    found = []
    by_id = {need.id: need for need in needs}
    for one in best.unmet:
        need = by_id[one.need_id]
        base = sizes.base.get(one.need_id)
        if base is None and any(key[0] == one.need_id for key in used):
            continue  # it asked for as many partners as it takes at most, and has one
        reason = one.reason
        if best is not relaxed:
            known = anyway.get(one.need_id)
            reason = known.reason if known is not None and known.quantity == one.quantity else _why(need, used)
        left, unit = (None, "") if base is None else units.printed(one.quantity * sizes.step[base], base, (need.side.unit,))
        found.append(UnmetNeed(one.need_id, left, unit or need.side.unit, reason.label))
    return tuple(found)


def _why(need: ListedLine, used: set[Key]) -> UnmetReason:
    if need.partners_left is not None and sum(key[0] == need.id for key in used) >= need.partners_left:
        return UnmetReason.PARTNERS_LIMIT
    return UnmetReason.CUSTOMERS_LIMIT
