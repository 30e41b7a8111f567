"""From two lists to a plan: search, hard rules, preferences, flow. Pure: lines in, proposals with reasons out.

The database's service and the command for two Excel files both stand on it, so they cannot differ.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.kernel.errors import N_
from marketplace.matching import planning, rules
from marketplace.matching.items import UNBOUND, ListedLine
from marketplace.matching.outcome import Answered, Excluded, Key, Outcome, Proposal, UnmetNeed
from marketplace.matching.plan import UnmetReason
from marketplace.matching.planning import Pair
from marketplace.matching.rules import Obstacle, Point, Reason, TradeRole
from marketplace.matching.settings import Preferences
from marketplace.retrieval.lines import Explanation, Extra, Hit, Query, SearchLine
from marketplace.retrieval.search import Search

CODE_VERSION = "matching-2"  # with the weights' and preferences' versions it names what made a proposal
PER_NEED = 20  # allowed candidates per need; pairs that a hard rule removes do not count
SHOWN_EXCLUDED = 5  # of the pairs that hard rules removed, the closest are kept for the page


@dataclass(frozen=True, slots=True)
class _Found:
    """An allowed pair."""

    need: ListedLine
    supply: ListedLine
    fit: rules.Fit
    explanation: Explanation

    @property
    def key(self) -> Key:
        return self.need.id, self.supply.id


def propose(
    needs: Sequence[ListedLine],
    supplies: Sequence[ListedLine],
    *,
    today: date,
    preferences: Preferences,
    per_need: int = PER_NEED,
    answered: Answered | None = None,
) -> Outcome:
    """Find, filter, weigh and plan. Equal scores are in the order in which the supplies are given: that is the caller's stated key.

    Args:
        needs: a chain leader's lines; each names what the leader does with the goods (buys or sells).
        supplies: firms' lines; a need meets only lines of the other role.
        today: day on which bans and certificates are judged.
        answered: pairs of earlier runs.
    """
    market = _Market(supplies, today, preferences, answered or Answered())
    found: list[_Found] = []
    excluded: list[Excluded] = []
    for role in TradeRole:
        asking = [need for need in needs if need.side.role is not role]
        for need, (kept, removed) in zip(asking, market.look_up(role, asking, per_need), strict=True):
            found += sorted(kept, key=lambda one: (-one.fit.score, market.place[one.supply.id]))
            excluded += [Excluded(need.id, supply_id, closeness, obstacles) for supply_id, closeness, obstacles in removed]
    close = [one for one in found if one.fit.closeness >= preferences.shortlist.least_planned]
    planned = planning.plan(needs, [Pair(one.need, one.supply, one.fit.closeness, one.fit.penalty) for one in close])
    return Outcome(
        proposals=_proposals(needs, found, planned),
        excluded=tuple(excluded),
        unmet=_unmet(planned, {one.need.id for one in found}),
        plan=planned.plan,
        versions={"code": CODE_VERSION, "weights": market.version, "preferences": preferences.version},
    )


Removed = list[tuple[str, float, tuple[Reason, ...]]]


class _Market:
    """The supplies, searchable, with the rules that judge what is found."""

    def __init__(self, supplies: Sequence[ListedLine], today: date, preferences: Preferences, answered: Answered) -> None:
        self.today, self.preferences, self.answered = today, preferences, answered
        self.supplies = supplies
        self.place = {item.id: at for at, item in enumerate(supplies)}
        searches = {role: Search(_line(at, item) for at, item in enumerate(supplies) if item.side.role is role) for role in TradeRole}
        self.searches, self.version = searches, searches[TradeRole.SELLS].weights.version

    def look_up(self, role: TradeRole, needs: Sequence[ListedLine], count: int) -> list[tuple[list[_Found], Removed]]:
        """For each need the allowed lines of a role, at most so many, and the closest of those that hard rules removed.

        The search is widened for the needs that have too few allowed lines yet, until it has nothing close left to show.
        """
        found: dict[str, tuple[list[_Found], Removed]] = {need.id: ([], []) for need in needs}
        judged: dict[str, set[str]] = {need.id: set() for need in needs}
        waiting, width = list(needs) if len(self.searches[role]) else [], count
        while waiting:
            hits = self.searches[role].search_many([_query(need) for need in waiting], width)
            short = []
            for need, mine in zip(waiting, hits, strict=True):
                fresh = [hit for hit in mine if hit.line_id not in judged[need.id]]
                judged[need.id].update(hit.line_id for hit in fresh)
                self._judge(need, fresh, self.searches[role], found[need.id], count)
                more = len(mine) == width < len(self.searches[role]) and mine[-1].closeness >= self.preferences.shortlist.least_closeness
                if more and len(found[need.id][0]) < count:
                    short.append(need)
            waiting, width = short, 4 * width
        return [found[need.id] for need in needs]

    def _judge(self, need: ListedLine, hits: Sequence[Hit], search: Search, told: tuple[list[_Found], Removed], count: int) -> None:
        kept, removed = told
        for hit in hits:
            supply = self.supplies[int(hit.line_id)]
            key = (need.id, supply.id)
            if hit.closeness < self.preferences.shortlist.least_closeness or key in self.answered.under_way or len(kept) == count:
                continue
            obstacles = self._obstacles(need, supply)
            if obstacles and len(removed) >= SHOWN_EXCLUDED:
                continue
            explanation = search.explain(_query(need), hit.line_id)
            closeness = _closeness(explanation, self.preferences)
            if closeness < self.preferences.shortlist.least_closeness:
                continue
            if obstacles:
                removed.append((supply.id, closeness, tuple(obstacles)))
            else:
                kept.append(_Found(need, supply, self._fit(need, supply, closeness), explanation))

    def _obstacles(self, need: ListedLine, supply: ListedLine) -> list[Reason]:
        found = rules.obstacles(need.side, supply.side, today=self.today)
        refused = (self.answered.refused or {}).get((need.id, supply.id))
        return found + ([refused] if refused is not None else []) + _about_bound(supply)

    def _fit(self, need: ListedLine, supply: ListedLine, closeness: float) -> rules.Fit:
        fit = rules.fit(need.side, supply.side, closeness=closeness, preferences=self.preferences, today=self.today)
        remarks = (*fit.reasons, *_about_texts(need, supply), *_about_capacity(supply))
        return rules.Fit(fit.score, fit.closeness, fit.penalty, remarks)


def _about_bound(supply: ListedLine) -> list[Reason]:
    """What contracts have taken whole is no longer offered."""
    if supply.uncontracted == 0:
        return [Reason(Obstacle.CAPACITY_CONTRACTED, N_("全部产能已签约。"))]
    if supply.max_partners is not None and supply.bound.contracted_partners >= supply.max_partners:
        return [Reason(Obstacle.PARTNERS_FULL, N_("服务的家数已满（最多 %(most)s 家）。"), {"most": supply.max_partners})]
    return []


def _about_texts(need: ListedLine, supply: ListedLine) -> list[Reason]:
    """What people have to compare by eye, and what the firm itself wishes. They add nothing to the score."""
    found = []
    if need.specification:
        params = {"wanted": need.specification, "offered": supply.specification or "—"}
        found.append(Reason(Point.SPECIFICATION, N_("规格要求“%(wanted)s”，供给规格“%(offered)s”，请双方核对。"), params))
    if need.owner_name and (need.owner_name in supply.wanted or (len(supply.wanted) > 1 and supply.wanted in need.owner_name)):
        found.append(Reason(Point.WANTED, N_("企业把需求方列为拟配套对象。")))
    return found


def _about_capacity(supply: ListedLine) -> list[Reason]:
    if supply.bound == UNBOUND or supply.free is None or supply.free == supply.side.quantity:
        return []
    left = f"{int(supply.free):,}"
    return [Reason(Point.QUANTITY, N_("产能已有签约或预留，可用约 %(left)s%(unit)s。"), {"left": left, "unit": supply.side.unit})]


def _closeness(explanation: Explanation, preferences: Preferences) -> float:
    """How close two lines are: an equal industry class alone does not make one product of two."""
    shared = max(explanation.query_share, explanation.line_share)
    return min(explanation.closeness, preferences.shortlist.class_alone + (1 - preferences.shortlist.class_alone) * shared)


def _line(at: int, item: ListedLine) -> SearchLine:
    """The place in the list is the id: equal lines then stay in the order in which they were given."""
    return SearchLine(f"{at:09d}", item.product, (Extra(item.specification, 0.3),) if item.specification else (), item.class_code)


def _query(need: ListedLine) -> Query:
    return Query(need.product, need.class_code)


def _proposals(needs: Sequence[ListedLine], found: Sequence[_Found], planned: planning.Planned) -> tuple[Proposal, ...]:
    """By need in the order of the list, best first."""
    of_need: dict[str, list[_Found]] = defaultdict(list)
    for one in found:
        of_need[one.need.id].append(one)
    told = []
    for need in needs:
        for rank, one in enumerate(of_need[need.id], start=1):
            quantity, unit = planned.pairs.get(one.key) or (None, need.side.unit)
            told.append(
                Proposal(need.id, one.supply.id, rank, one.fit.score, one.fit.closeness, one.fit.reasons, one.explanation,
                         one.key in planned.pairs, quantity, unit)
            )  # fmt: skip
    return tuple(told)


def _unmet(planned: planning.Planned, shown: set[str]) -> tuple[UnmetNeed, ...]:
    """A need for which something is shown does not say that there is nobody."""
    nobody, far = UnmetReason.NO_CANDIDATE.label, UnmetReason.NOT_CLOSE.label
    return tuple(
        UnmetNeed(one.need_id, one.quantity, one.unit, far) if one.sentence == nobody and one.need_id in shown else one
        for one in planned.unmet
    )
