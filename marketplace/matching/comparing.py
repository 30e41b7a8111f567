"""Why one firm and not another: any two pairs of a run, from its snapshot and its answer. Pure.

What the run answered is told as it was answered. A pair it did not show is judged by the same rules, so that its place has a reason too.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.kernel.sentences import Sentence
from marketplace.matching import precedents, rules
from marketplace.matching.items import ListedLine
from marketplace.matching.plan import UnmetReason
from marketplace.matching.proposing import PER_NEED, about_bound
from marketplace.matching.rules import Point, Reason
from marketplace.matching.snapshot import RunInput
from marketplace.retrieval.closeness import closeness
from marketplace.retrieval.features import class_agreement

_EVEN = 1e-9  # a difference below it is none


@dataclass(frozen=True, slots=True)
class Taken:
    """What the plan gave: of a need to a supply."""

    need_id: str
    supply_id: str
    quantity: int | None
    unit: str
    score: float


@dataclass(frozen=True, slots=True)
class PairStanding:
    """A pair in a run: its place, what speaks for and against it, why the plan has it or not, who has what it wanted."""

    supply_id: str
    rank: int | None
    score: float
    closeness: float
    verdict: Sentence
    effects: Mapping[str, float]  # by code, what each gave; the words' closeness among them
    reasons: tuple[tuple[Sentence, float], ...]
    is_planned: bool
    plan: Sentence
    filled_by: tuple[Taken, ...]  # who bears the need instead
    outbid_by: tuple[Taken, ...]  # which needs have the supply's capacity


def standing(given: RunInput, answer: bytes, need_id: str, supply_id: str) -> PairStanding:
    """How a pair stood in a run. Raises: KeyError: the run has no such need or supply."""
    told = json.loads(answer)
    need = {line.id: line for line in given.needs}[need_id]
    supply = {line.id: line for line in given.supplies}[supply_id]
    found = told["proposals"].get(f"{need_id} {supply_id}")
    planned = [_taken(key, one) for key, one in told["proposals"].items() if one["planned"]]
    filled = tuple(one for one in planned if one.need_id == need_id and one.supply_id != supply_id)
    outbid = tuple(one for one in planned if one.supply_id == supply_id and one.need_id != need_id)
    if found is not None:
        reasons = [(code, Sentence(message, params), effect) for code, message, params, effect in found["reasons"]]
        verdict = Sentence(N_("列第 %(rank)s 位。"), {"rank": found["rank"]})
        place: tuple[int | None, float, float] = (found["rank"], found["score"], found["closeness"])
        plan = _of_plan(found, given, filled, outbid)
    else:
        verdict, shown, *scores = _judged(given, need, supply, told)
        reasons = [(one.code.value, Sentence(one.message, one.params), one.effect) for one in shown]
        place, plan = (None, scores[0], scores[1]), Sentence(N_("没有推荐，所以没有列入计划。"))
    rank, score, near = place
    return PairStanding(
        supply_id=supply_id,
        rank=rank,
        score=score,
        closeness=near,
        verdict=verdict,
        effects={code: effect for code, _said, effect in reasons},
        reasons=tuple((said, effect) for _code, said, effect in reasons),
        is_planned=bool(found and found["planned"]),
        plan=plan,
        filled_by=filled,
        outbid_by=outbid,
    )


def between(first: PairStanding, second: PairStanding) -> list[tuple[str, float]]:
    """What made the difference: by code, how much more it gave the first than the second, greatest first."""
    codes = dict.fromkeys([*first.effects, *second.effects])
    told = [(code, first.effects.get(code, 0.0) - second.effects.get(code, 0.0)) for code in codes]
    return sorted(((code, more) for code, more in told if abs(more) > _EVEN), key=lambda one: -abs(one[1]))


def nearest(need: ListedLine, supplies: Sequence[ListedLine]) -> ListedLine:
    """Of some supplies the one whose name is closest to the need's, where somebody names a firm only."""
    near = closeness([need.product] * len(supplies), [line.product for line in supplies])
    return max(zip(near.tolist(), supplies, strict=True), key=lambda one: one[0])[1]


def _taken(key: str, one: Mapping[str, Any]) -> Taken:
    need_id, supply_id = key.split(" ")
    return Taken(need_id, supply_id, one["quantity"], one["unit"], one["score"])


def _of_plan(found: Mapping[str, Any], given: RunInput, filled: Sequence[Taken], outbid: Sequence[Taken]) -> Sentence:
    if found["planned"]:
        return Sentence(N_("已列入计划。"))
    if any(code == Point.AGAINST for code, *_said in found["reasons"]):
        return Sentence(N_("规格与要求不符，计划不列入。"))
    if found["closeness"] < given.preferences.shortlist.least_planned:
        return Sentence(UnmetReason.NOT_CLOSE.label)
    if outbid:
        return Sentence(N_("它的产能或服务家数在计划中给了下列需求。"))
    if filled:
        return Sentence(N_("这项需求在计划中由下列企业承担。"))
    return Sentence(N_("列入它不能使整个计划更好。"))


def _judged(
    given: RunInput, need: ListedLine, supply: ListedLine, told: Mapping[str, Any]
) -> tuple[Sentence, Sequence[Reason], float, float]:
    """A pair that the run did not show: why, what the rules say of it, its score and closeness."""
    weighs = given.preferences
    same_class = class_agreement(need.class_code, supply.class_code) == 1.0
    votes = precedents.by_names(precedents.Precedent(*one) for one in given.answered.precedents)
    near = precedents.weighed(float(closeness([need.product], [supply.product], [same_class])[0]), need, supply, votes)
    refused = (given.answered.refused or {}).get((need.id, supply.id))
    against = [*rules.obstacles(need.side, supply.side, today=given.day), *([refused] if refused else []), *about_bound(supply)]
    if against:
        return Sentence(N_("不符合硬性条件，没有推荐。")), against, 0.0, near
    fit = rules.fit(need.side, supply.side, closeness=near, preferences=weighs, today=given.day)
    if (need.id, supply.id) in given.answered.under_way:
        return Sentence(N_("双方此前的对接正在推进或已签约，不再重复推荐。")), fit.reasons, fit.score, near
    if near < weighs.shortlist.least_closeness:
        params = {"percent": round(100 * near), "least": round(100 * weighs.shortlist.least_closeness)}
        return Sentence(N_("名称相近程度 %(percent)s%%，低于推荐所需的 %(least)s%%。"), params), fit.reasons, fit.score, near
    last = min((one["score"] for key, one in told["proposals"].items() if key.startswith(f"{need.id} ")), default=0.0)
    params = {"most": PER_NEED, "score": round(100 * fit.score), "last": round(100 * last)}
    verdict = Sentence(N_("每项需求最多推荐 %(most)s 家，它的匹配分 %(score)s 不高于最后一家的 %(last)s。"), params)
    return verdict, fit.reasons, fit.score, near
