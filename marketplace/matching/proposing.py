"""From two lists to a plan: search, hard rules, preferences, flow. Pure: lines in, proposals with reasons out.

The database's service and the command for two Excel files both stand on it, so they cannot differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.matching import rules
from marketplace.matching.plan import UNMET_LABELS, Edge, NeedNode, Plan, PlanParams, SupplyNode, solve
from marketplace.matching.rules import Preferences, Reason, Role, Side
from marketplace.retrieval.lines import Explanation, Extra, Line, Query
from marketplace.retrieval.search import Search

CODE_VERSION = "matching-1"  # with the weights' and preferences' versions it names what made a proposal
PER_NEED = 20  # candidates that the search hands to the rules
SHOWN_EXCLUDED = 5  # of the pairs that hard rules removed, the closest are kept for the page


@dataclass(frozen=True, slots=True)
class Item:
    """A line of either list: what it says, and its side for the rules."""

    side: Side
    product: str
    specification: str = ""
    class_code: str = ""  # GB/T 4754
    max_partners: int | None = None  # suppliers of a need; customers of a supply
    share_cap_bp: int = 10_000  # of a need: most one supplier may bear

    @property
    def id(self) -> str:
        return self.side.line_id


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pair that may do business, how well it fits, why, and how much the plan gives it."""

    need_id: str
    supply_id: str
    rank: int  # among the need's proposals, from 1
    score: float
    closeness: float
    reasons: tuple[Reason, ...]
    explanation: Explanation
    planned: bool
    planned_quantity: int | None  # in the need's unit, rounded down; None where the need names no quantity


@dataclass(frozen=True, slots=True)
class Excluded:
    """A pair that reads alike and that a hard rule removed."""

    need_id: str
    supply_id: str
    closeness: float
    obstacles: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class UnmetNeed:
    """What the plan leaves of a need, and why."""

    need_id: str
    quantity: int | None  # in the need's unit, rounded up
    sentence: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything a run found."""

    proposals: tuple[Proposal, ...]
    excluded: tuple[Excluded, ...]
    unmet: tuple[UnmetNeed, ...]
    plan: Plan
    versions: Mapping[str, str]


def propose(needs: Sequence[Item], supplies: Sequence[Item], *, today: date, preferences: Preferences, per_need: int = PER_NEED) -> Outcome:
    """Find, filter, weigh and plan.

    Args:
        needs: a chain leader's lines; each names what the leader does with the goods (buys or sells).
        supplies: firms' lines; a need meets only lines of the other role.
        today: day on which bans and certificates are judged.
    """
    by_id = {item.id: item for item in supplies}
    searches = {role: _search_over([item for item in supplies if item.side.role is role]) for role in Role}
    found: list[_Pair] = []
    excluded: list[Excluded] = []
    for role in Role:
        asking = [need for need in needs if need.side.role is not role]
        hits = searches[role].search_many([_query(need) for need in asking], per_need) if asking and len(searches[role]) else []
        for need, candidates in zip(asking, hits, strict=False):
            explained = [searches[role].explain(_query(need), hit.line_id) for hit in candidates]
            told = [(by_id[one.line_id], _closeness(one, preferences)) for one in explained]
            kept, removed = _judge(need, told, today, preferences)
            found += kept
            excluded += removed
    plan = solve(*_nodes(needs, supplies, [pair for pair in found if pair.fit.closeness >= preferences.least_planned]), PlanParams())
    return Outcome(
        proposals=_proposals(needs, by_id, found, plan, searches),
        excluded=tuple(excluded),
        unmet=_unmet(needs, plan),
        plan=plan,
        versions={"code": CODE_VERSION, "weights": searches[Role.SELLS].weights.version, "preferences": preferences.version},
    )


@dataclass(frozen=True, slots=True)
class _Pair:
    need: Item
    supply: Item
    fit: rules.Fit


def _closeness(explanation: Explanation, preferences: Preferences) -> float:
    """How close two lines are: an equal industry class alone does not make one product of two."""
    shared = max(explanation.query_share, explanation.line_share)
    return min(explanation.closeness, preferences.class_alone + (1 - preferences.class_alone) * shared)


def _search_over(items: Sequence[Item]) -> Search:
    return Search(
        Line(item.id, item.product, (Extra(item.specification, 0.3),) if item.specification else (), item.class_code) for item in items
    )


def _query(need: Item) -> Query:
    return Query(need.product, need.class_code)


def _judge(
    need: Item, candidates: Sequence[tuple[Item, float]], today: date, preferences: Preferences
) -> tuple[list[_Pair], list[Excluded]]:
    kept, removed = [], []
    for supply, closeness in candidates:
        if closeness < preferences.least_closeness:
            continue
        obstacles = rules.obstacles(need.side, supply.side, today=today)
        if obstacles:
            removed.append(Excluded(need.id, supply.id, closeness, tuple(obstacles)))
        else:
            kept.append(_Pair(need, supply, rules.fit(need.side, supply.side, closeness=closeness, preferences=preferences, today=today)))
    return kept, removed[:SHOWN_EXCLUDED]


def _base(quantity: int | None, unit: str) -> int | None:
    return None if quantity is None else rules.in_base(quantity, unit)[0]


def _nodes(needs: Sequence[Item], supplies: Sequence[Item], pairs: Sequence[_Pair]) -> tuple[list[NeedNode], list[SupplyNode], list[Edge]]:
    """Quantities in base units, so that tonnes and kilograms meet; a need without a quantity counts as one unit."""
    wanted = [
        NeedNode(need.id, _base(need.side.quantity, need.side.unit) or 1, need.max_partners or 1, need.share_cap_bp) for need in needs
    ]
    used = {pair.supply.id for pair in pairs}
    offered = [
        SupplyNode(supply.id, _base(supply.side.quantity, supply.side.unit), supply.max_partners)
        for supply in supplies
        if supply.id in used
    ]
    return wanted, offered, [Edge(pair.need.id, pair.supply.id, pair.fit.closeness, pair.fit.penalty) for pair in pairs]


def _planned(plan: Plan, by_need: Mapping[str, Item]) -> dict[tuple[str, str], int | None]:
    found: dict[tuple[str, str], int | None] = {}
    for one in plan.assignments:
        need = by_need[one.need_id]
        factor = rules.in_base(1, need.side.unit)[0]
        found[one.need_id, one.supply_id] = one.quantity // factor if need.side.quantity else None
    return found


def _proposals(
    needs: Sequence[Item], supplies: Mapping[str, Item], pairs: Sequence[_Pair], plan: Plan, searches: Mapping[Role, Search]
) -> tuple[Proposal, ...]:
    planned = _planned(plan, {need.id: need for need in needs})
    found = []
    for need in needs:
        own = sorted((pair for pair in pairs if pair.need.id == need.id), key=lambda pair: (-pair.fit.score, pair.supply.id))
        for rank, pair in enumerate(own, start=1):
            key = (need.id, pair.supply.id)
            explanation = searches[supplies[pair.supply.id].side.role].explain(_query(need), pair.supply.id)
            found.append(
                Proposal(need.id, pair.supply.id, rank, pair.fit.score, pair.fit.closeness, pair.fit.reasons, explanation,
                         key in planned, planned.get(key))
            )  # fmt: skip
    return tuple(found)


def _unmet(needs: Sequence[Item], plan: Plan) -> tuple[UnmetNeed, ...]:
    by_id = {need.id: need for need in needs}
    found = []
    for one in plan.unmet:
        side = by_id[one.need_id].side
        factor = rules.in_base(1, side.unit)[0]
        found.append(UnmetNeed(one.need_id, -(-one.quantity // factor) if side.quantity else None, UNMET_LABELS[one.reason]))
    return tuple(found)


def reasons_as_data(proposal: Proposal) -> list[dict[str, Any]]:
    """What is stored with a match: sentences with what fills them, how much each gave, which pieces of the text matched."""
    told: list[dict[str, Any]] = [
        {"code": reason.code.value, "message": reason.message, "params": reason.params, "effect": round(reason.effect, 4)}
        for reason in proposal.reasons
    ]
    explanation = proposal.explanation
    told.append(
        {
            "code": "pieces",
            "need": [list(span) for span in explanation.query_spans],
            "supply": [list(span) for span in explanation.line_spans],
            "gains": [{"feature": gain.feature, "gain": round(gain.gain, 4)} for gain in explanation.gains if abs(gain.gain) >= 0.005],
        }
    )
    return told
