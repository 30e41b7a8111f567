"""From two lists to a plan: search, hard rules, preferences, flow. Pure: lines in, proposals with reasons out.

The database's service and the command for two Excel files both stand on it, so they cannot differ.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from marketplace.kernel.errors import N_
from marketplace.matching import planning, precedents, rules
from marketplace.matching.build import build
from marketplace.matching.items import UNBOUND, ListedLine, turn
from marketplace.matching.outcome import Answered, Excluded, Key, Outcome, Proposal, UnmetNeed
from marketplace.matching.plan import UnmetReason
from marketplace.matching.planning import Pair
from marketplace.matching.rules import Obstacle, Point, Reason, TradeRole
from marketplace.matching.settings import Preferences
from marketplace.retrieval.features import class_agreement
from marketplace.retrieval.lines import Explanation, Hit, Query, SearchLine
from marketplace.retrieval.ranker import beside_memory, default_weights
from marketplace.retrieval.search import Search

PER_NEED = 20  # allowed candidates per need; pairs that a hard rule removes do not count
SHOWN_EXCLUDED = 5  # of the pairs that hard rules removed, the closest are kept for the page


@dataclass(frozen=True, slots=True)
class _Allowed:
    """An allowed pair, before it is known whether it is among the best."""

    supply: ListedLine
    fit: rules.Fit
    line_id: str


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
    """Find, filter, weigh and plan. Among equals the lines' turn decides (`items.turn`), never the order in which they are given.

    Args:
        needs: a chain leader's lines; each names what the leader does with the goods (buys or sells).
        supplies: firms' lines; a need meets only lines of the other role.
        today: day on which bans and certificates are judged.
        answered: pairs of earlier runs, what outcomes say of names, and weights that were learnt from them.
    """
    asked = sorted(needs, key=turn)
    market = _Market(sorted(supplies, key=turn), today, preferences, answered or Answered())
    found: list[_Found] = []
    excluded: list[Excluded] = []
    for role in TradeRole:
        asking = [need for need in asked if need.side.role is not role]
        looked_up = market.look_up(role, asking, per_need)
        found += market.best(role, asking, [kept for kept, _removed in looked_up], per_need)
        for need, (_kept, removed) in zip(asking, looked_up, strict=True):
            excluded += [Excluded(need.id, supply_id, closeness, obstacles) for supply_id, closeness, obstacles in removed]
    close = [one for one in found if one.fit.closeness >= preferences.shortlist.least_planned and one.fit.may_be_planned]
    planned = planning.plan(asked, [Pair(one.need, one.supply, one.fit.closeness, one.fit.penalty) for one in close])
    return Outcome(
        proposals=_proposals(needs, found, planned),
        excluded=tuple(excluded),
        unmet=_unmet(needs, planned, {one.need.id for one in found}),
        plan=planned.plan,
        versions={"code": build(), "weights": market.version, "preferences": preferences.version},
    )


Removed = list[tuple[str, float, tuple[Reason, ...]]]


class _Market:
    """The supplies, searchable, with the rules that judge what is found."""

    def __init__(self, supplies: Sequence[ListedLine], today: date, preferences: Preferences, answered: Answered) -> None:
        self.today, self.preferences, self.answered = today, preferences, answered
        self.supplies = supplies
        self.place = {item.id: at for at, item in enumerate(supplies)}
        self.votes = precedents.by_names(precedents.Precedent(*one) for one in self.answered.precedents)
        lines = [(_line(at, item), item) for at, item in enumerate(supplies)]
        memory = precedents.memory_of(self.votes, [(line.id, item) for line, item in lines]) if self.votes else None
        ranked = self.answered.weights or default_weights()
        ranked = ranked if memory is None else beside_memory(ranked)
        searches = {
            role: Search((line for line, item in lines if item.side.role is role), weights=ranked, memory=memory) for role in TradeRole
        }
        self.searches, self.version = searches, searches[TradeRole.SELLS].weights.version

    def look_up(self, role: TradeRole, needs: Sequence[ListedLine], count: int) -> list[tuple[list[_Allowed], Removed]]:
        """For each need the allowed lines of a role, and the closest of those that hard rules removed.

        The search is widened for the needs that have too few lines yet to choose from, until it has nothing close left to show.
        """
        found: dict[str, tuple[list[_Allowed], Removed]] = {need.id: ([], []) for need in needs}
        judged: dict[str, int] = dict.fromkeys(found, 0)
        waiting, width = list(needs) if len(self.searches[role]) else [], count
        while waiting:
            hits = self.searches[role].search_many([_query(need) for need in waiting], width)
            short = []
            fresh = [mine[judged[need.id] :] for need, mine in zip(waiting, hits, strict=True)]
            near = self._near(role, waiting, fresh)
            for need, mine, new in zip(waiting, hits, fresh, strict=True):
                judged[need.id] = len(mine)
                is_close = self._judge(need, list(zip(new, islice(near, len(new)), strict=True)), found[need.id])
                if is_close and len(mine) == width < len(self.searches[role]) and _are_few(need, found[need.id][0], count):
                    short.append(need)
            waiting, width = short, 4 * width
        return [found[need.id] for need in needs]

    def best(self, role: TradeRole, needs: Sequence[ListedLine], allowed: Sequence[Sequence[_Allowed]], count: int) -> list[_Found]:
        """The best of the allowed lines of each need, each with what explains it."""
        first = [sorted(mine, key=lambda one: (-one.fit.score, self.place[one.supply.id]))[:count] for mine in allowed]
        chosen = [(at, one) for at, mine in enumerate(first) for one in mine]
        said = self.searches[role].explain_many([_query(need) for need in needs], [(at, one.line_id) for at, one in chosen])
        return [_Found(needs[at], one.supply, one.fit, words) for (at, one), words in zip(chosen, said, strict=True)]

    def _near(self, role: TradeRole, needs: Sequence[ListedLine], hits: Sequence[Sequence[Hit]]) -> Iterator[float]:
        """How close each of the hits is, those of the first need first."""
        pairs = [(query, hit.line_id) for query, mine in zip(map(_query, needs), hits, strict=True) for hit in mine]
        return iter(self.searches[role].closeness_of_pairs(pairs))

    def _judge(self, need: ListedLine, hits: Sequence[tuple[Hit, float]], told: tuple[list[_Allowed], Removed]) -> bool:
        """Sort fresh hits into allowed and removed ones. Returns whether any of them was close."""
        kept, removed = told
        is_close = False
        for hit, near in hits:
            supply = self.supplies[int(hit.line_id)]
            closeness = precedents.weighed(near, need, supply, self.votes)
            if closeness < self.preferences.shortlist.least_closeness:
                continue
            is_close = True
            if (need.id, supply.id) in self.answered.under_way:
                continue
            obstacles = self._obstacles(need, supply)
            if not obstacles:
                kept.append(_Allowed(supply, self._fit(need, supply, closeness), hit.line_id))
            elif len(removed) < SHOWN_EXCLUDED:
                removed.append((supply.id, closeness, tuple(obstacles)))
        return is_close

    def _obstacles(self, need: ListedLine, supply: ListedLine) -> list[Reason]:
        found = rules.obstacles(need.side, supply.side, today=self.today)
        refused = (self.answered.refused or {}).get((need.id, supply.id))
        return found + ([refused] if refused is not None else []) + about_bound(supply)

    def _fit(self, need: ListedLine, supply: ListedLine, closeness: float) -> rules.Fit:
        fit = rules.fit(need.side, supply.side, closeness=closeness, preferences=self.preferences, today=self.today)
        remarks = (*fit.reasons, *_about_texts(need, supply), *_about_capacity(supply), *precedents.reasons(need, supply, self.votes))
        return rules.Fit(fit.score, fit.closeness, fit.penalty, remarks)


def about_bound(supply: ListedLine) -> list[Reason]:
    """What contracts have taken whole is no longer offered."""
    if supply.uncontracted == 0:
        return [Reason(Obstacle.CAPACITY_CONTRACTED, N_("全部产能已签约。"))]
    if supply.max_partners is not None and supply.bound.contracted_partners >= supply.max_partners:
        return [Reason(Obstacle.PARTNERS_FULL, N_("服务的家数已满（最多 %(most)s 家）。"), {"most": supply.max_partners})]
    return []


def _about_texts(need: ListedLine, supply: ListedLine) -> list[Reason]:
    """What the firm itself wishes, and classes that differ. They add nothing to the score."""
    found = []
    if need.class_code and supply.class_code and not class_agreement(need.class_code, supply.class_code):
        params = {"wanted": need.class_code, "offered": supply.class_code}
        found.append(Reason(Point.CLASS, N_("行业类别不同（需求 %(wanted)s，供给 %(offered)s），请核对。"), params))
    if need.owner_name and (need.owner_name in supply.wanted or (len(supply.wanted) > 1 and supply.wanted in need.owner_name)):
        found.append(Reason(Point.WANTED, N_("企业把需求方列为拟配套对象。")))
    return found


def _about_capacity(supply: ListedLine) -> list[Reason]:
    if supply.bound == UNBOUND or supply.free is None or supply.free == supply.side.quantity:
        return []
    left = f"{int(supply.free):,}"
    return [Reason(Point.QUANTITY, N_("产能已有签约或预留，可用约 %(left)s%(unit)s。"), {"left": left, "unit": supply.side.unit})]


def _are_few(need: ListedLine, allowed: Sequence[_Allowed], count: int) -> bool:
    """Whether more should be looked at: of lines of one name, those that meet the specification and hold the certificates may stand far
    behind.
    """
    return sum(one.fit.is_verified or not (need.specification or need.side.certificates_required) for one in allowed) < count


def _line(at: int, item: ListedLine) -> SearchLine:
    """The place in the list is the id: equal lines then stay in the order in which they were given."""
    return SearchLine(f"{at:09d}", item.product, class_code=item.class_code)


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


def _unmet(needs: Sequence[ListedLine], planned: planning.Planned, shown: set[str]) -> tuple[UnmetNeed, ...]:
    """In the order of the list. A need for which something is shown does not say that there is nobody."""
    nobody, far = UnmetReason.NO_CANDIDATE.label, UnmetReason.NOT_CLOSE.label
    place = {need.id: at for at, need in enumerate(needs)}
    return tuple(
        UnmetNeed(one.need_id, one.quantity, one.unit, far) if one.sentence == nobody and one.need_id in shown else one
        for one in sorted(planned.unmet, key=lambda one: place[one.need_id])
    )
