"""Hold what was measured against a rule set. Pure: the same rule set, settings and answers always give the same assessment.

Unknown is not unmet: a figure nobody has given yet cannot speak against anybody, and a condition that fails stays failed whatever is
still missing. How verdicts combine:

all of        unmet if any is unmet; else unknown if any is unknown; else manual_review if any waits for experts; else met
at least n    met if n are met; else unmet if even those still open could not make n; else unknown if any is unknown; else manual_review

What does not apply counts neither way; if nothing applies, the whole does not apply.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from marketplace.evaluation.rowref import RowRef
from marketplace.evaluation.vocabulary import MEASURES, OPINION_REMEDY, UNITS
from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import State
from marketplace.kernel.money import format_yuan, percent
from marketplace.kernel.sentences import Sentence
from marketplace.policy.ruleset_spec import Call, Criterion, CriterionKind, Group, Logic, Operator, RuleSet, SettingValue, Threshold

Answer = int | bool | str | None


class Verdict(State):
    """What can be said of a criterion, a group, the whole."""

    MET = "met", N_("满足"), "green"
    UNMET = "unmet", N_("不满足"), "red"
    UNKNOWN = "unknown", N_("数据不足"), "amber"
    MANUAL_REVIEW = "manual_review", N_("待专家评议"), "blue"
    NOT_APPLICABLE = "not_applicable", N_("不适用")


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found for one call: the value with the rows it counts, or why there is none.

    A figure some of whose rows are in doubt is its sure part in `value` and the most it can be in `most`; it never sees a threshold.
    Whoever holds it against one says unknown where the doubt decides, with `unknown_reason`.
    """

    value: Answer
    rows: tuple[RowRef, ...] = ()
    unknown_reason: Sentence | None = None
    note: Sentence | None = None  # what else the page should say, for example the figures of each year
    most: int | None = None  # None: `value` is all there is


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One criterion with its verdict."""

    criterion: Criterion
    verdict: Verdict
    value: Answer
    threshold: Threshold
    rows: tuple[RowRef, ...]
    gap: tuple[Sentence, ...]  # what is missing, then what to do; empty when nothing is
    note: Sentence | None = None

    @property
    def id(self) -> str:
        """The criterion's name in its rule set."""
        return self.criterion.id

    def to_json(self) -> dict[str, object]:
        """The answer of the `evaluate` command for one criterion."""
        threshold = list(self.threshold) if isinstance(self.threshold, tuple) else self.threshold
        return {
            "id": self.criterion.id,
            "clause": self.criterion.clause,
            "verdict": self.verdict.value,
            "value": self.value,
            "threshold": threshold,
            "unit": self.criterion.unit,
            "rows": list(self.rows),
        }


@dataclass(frozen=True, slots=True)
class GroupResult:
    """One group with its verdict."""

    group: Group
    verdict: Verdict
    met: int  # of its heads
    of: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """One organisation held against one rule set."""

    ruleset: RuleSet
    organisation: str
    year: int
    settings: Mapping[str, SettingValue]
    verdict: Verdict
    groups: tuple[GroupResult, ...]
    criteria: tuple[CriterionResult, ...]  # in the order of the rule set: a part after what it is part of

    def result(self, criterion_id: str) -> CriterionResult:
        """The result of one criterion."""
        return next(r for r in self.criteria if r.id == criterion_id)

    def to_json(self) -> dict[str, object]:
        """The answer of the `evaluate` command."""
        return {
            "ruleset": self.ruleset.id,
            "organisation": self.organisation,
            "year": self.year,
            "verdict": self.verdict.value,
            "criteria": [r.to_json() for r in self.criteria],
        }


def evaluate(
    ruleset: RuleSet, settings: Mapping[str, object], measured: Mapping[str, Measured], *, organisation: str, year: int
) -> Assessment:
    """Hold what was measured against a rule set.

    Args:
        settings: readings that differ from the defaults.
        measured: answers by `Call.key`; whatever `ruleset.calls()` names and is not here is unknown.

    Raises: RuleViolation for a setting the rule set does not have or allow.
    """
    chosen = ruleset.check_settings(settings)
    results: dict[str, CriterionResult] = {}
    for criterion in reversed(ruleset.criteria):  # parts stand after their head, so they are ready when it is reached
        parts = [results[part.id] for part in ruleset.parts_of(criterion.id)]
        results[criterion.id] = _judge(criterion, parts, measured)
    groups = tuple(_group_result(g, [results[c.id] for c in ruleset.heads_of(g.id)]) for g in ruleset.groups)
    ordered = tuple(results[c.id] for c in ruleset.criteria)
    return Assessment(ruleset, organisation, year, chosen, all_of(g.verdict for g in groups), groups, ordered)


def verdict_on_share(value_bp: int, threshold_bp: int) -> Verdict:
    """What a figure of satisfaction says, in basis points both: the threshold itself is enough."""
    return Verdict.MET if value_bp >= threshold_bp else Verdict.UNMET


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Every one has to be met."""
    found = {v for v in verdicts if v is not Verdict.NOT_APPLICABLE}
    if not found:
        return Verdict.NOT_APPLICABLE
    order = (Verdict.UNMET, Verdict.UNKNOWN, Verdict.MANUAL_REVIEW)
    return next((v for v in order if v in found), Verdict.MET)


def at_least(minimum: int, verdicts: Iterable[Verdict]) -> Verdict:
    """A number of them has to be met."""
    count = Counter(v for v in verdicts if v is not Verdict.NOT_APPLICABLE)
    if not count:
        return Verdict.NOT_APPLICABLE
    if count[Verdict.MET] >= minimum:
        return Verdict.MET
    if count.total() - count[Verdict.UNMET] < minimum:
        return Verdict.UNMET
    return Verdict.UNKNOWN if count[Verdict.UNKNOWN] else Verdict.MANUAL_REVIEW


def _group_result(group: Group, heads: Sequence[CriterionResult]) -> GroupResult:
    verdicts = [head.verdict for head in heads]
    verdict = at_least(group.minimum, verdicts) if group.logic is Logic.ANY else all_of(verdicts)
    needed = group.minimum if group.logic is Logic.ANY else sum(v is not Verdict.NOT_APPLICABLE for v in verdicts)
    return GroupResult(group, verdict, verdicts.count(Verdict.MET), needed)


def _judge(criterion: Criterion, parts: Sequence[CriterionResult], measured: Mapping[str, Measured]) -> CriterionResult:
    if criterion.applies_when is not None:
        applies = measured.get(criterion.applies_when.key, Measured(None))
        if applies.value is False:
            return _result(criterion, Verdict.NOT_APPLICABLE, applies)
        if applies.value is None:
            return _result(
                criterion, Verdict.UNKNOWN, Measured(None, applies.rows), _unknown_gap(criterion, criterion.applies_when, applies)
            )
    if criterion.call is None:
        return _judge_parts(criterion, parts)
    return _judge_call(criterion, criterion.call, measured.get(criterion.call.key))


def _judge_call(criterion: Criterion, call: Call, found: Measured | None) -> CriterionResult:
    if found is None and criterion.kind is CriterionKind.MANUAL:
        waits = Sentence(N_("“%(label)s”由专家评议判断。"), {"label": criterion.label})
        return _result(criterion, Verdict.MANUAL_REVIEW, Measured(None), (waits, Sentence(OPINION_REMEDY)))
    answer = found or Measured(None)
    if answer.value is None:
        return _result(criterion, Verdict.UNKNOWN, answer, _unknown_gap(criterion, call, answer))
    holds = _holds(answer.value, criterion.operator, criterion.threshold)
    if answer.most is not None and _holds(answer.most, criterion.operator, criterion.threshold) is not holds:
        open_ = Measured(None, answer.rows, answer.unknown_reason)
        return _result(criterion, Verdict.UNKNOWN, open_, _unknown_gap(criterion, call, open_))
    if holds:
        return _result(criterion, Verdict.MET, answer)
    return _result(criterion, Verdict.UNMET, answer, _unmet_gap(criterion, call, answer.value))


def _judge_parts(criterion: Criterion, parts: Sequence[CriterionResult]) -> CriterionResult:
    verdicts = [part.verdict for part in parts]
    any_of = criterion.kind is CriterionKind.ANY_OF
    verdict = at_least(criterion.minimum, verdicts) if any_of else all_of(verdicts)
    needed = criterion.minimum if any_of else sum(v is not Verdict.NOT_APPLICABLE for v in verdicts)
    rows = tuple(dict.fromkeys(row for part in parts for row in part.rows))
    gap = () if verdict in {Verdict.MET, Verdict.NOT_APPLICABLE} else (_parts_gap(verdicts, needed),)
    return CriterionResult(criterion, verdict, verdicts.count(Verdict.MET), needed, rows, gap)


def _result(criterion: Criterion, verdict: Verdict, found: Measured, gap: tuple[Sentence, ...] = ()) -> CriterionResult:
    return CriterionResult(criterion, verdict, found.value, criterion.threshold, found.rows, gap, found.note)


def _holds(value: int | bool | str, operator: Operator | None, threshold: Threshold) -> bool:
    if operator is Operator.YES:
        return value is True
    if operator is Operator.ONE_OF:
        assert isinstance(threshold, tuple)
        return value in threshold
    assert isinstance(value, int) and isinstance(threshold, int)
    match operator:
        case Operator.AT_LEAST:
            return value >= threshold
        case Operator.MORE:
            return value > threshold
        case Operator.AT_MOST:
            return value <= threshold
        case _:
            return value < threshold


def value_text(value: Answer | tuple[str, ...], unit: str) -> str:
    """A value as people read it: 8333 bp → 83.33%, fen → yuan with 元, others with their unit."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return N_("是") if value else N_("否")
    if isinstance(value, tuple):
        return "、".join(value)
    if unit == "bp" and isinstance(value, int):
        return percent(value)
    if unit == "fen" and isinstance(value, int):
        return f"{format_yuan(value)} {UNITS[unit]}"
    return f"{value} {UNITS.get(unit, '')}".rstrip()


_WANTED: dict[Operator, str] = {
    Operator.AT_LEAST: N_("“%(label)s”现为 %(value)s，要求不少于 %(threshold)s，还差 %(lacking)s。"),
    Operator.MORE: N_("“%(label)s”现为 %(value)s，要求多于 %(threshold)s。"),
    Operator.AT_MOST: N_("“%(label)s”现为 %(value)s，要求不超过 %(threshold)s，超出 %(lacking)s。"),
    Operator.LESS: N_("“%(label)s”现为 %(value)s，要求少于 %(threshold)s。"),
    Operator.YES: N_("“%(label)s”尚未达到。"),
    Operator.ONE_OF: N_("“%(label)s”不在规定的范围内。"),
}


def _unmet_gap(criterion: Criterion, call: Call, value: int | bool | str) -> tuple[Sentence, ...]:
    assert criterion.operator is not None
    params: dict[str, object] = {"label": criterion.label}
    if isinstance(criterion.threshold, int) and isinstance(value, int) and criterion.operator is not Operator.YES:
        unit = criterion.unit
        lacking = value_text(abs(criterion.threshold - value), unit)
        params |= {"value": value_text(value, unit), "threshold": value_text(criterion.threshold, unit), "lacking": lacking}
    return Sentence(_WANTED[criterion.operator], params), _remedy(call)


def _unknown_gap(criterion: Criterion, call: Call, found: Measured) -> tuple[Sentence, ...]:
    first = Sentence(N_("“%(label)s”还没有数据，不能判定。"), {"label": criterion.label})
    return (found.unknown_reason or first, _remedy(call))


def _parts_gap(verdicts: Sequence[Verdict], needed: int) -> Sentence:
    params = {
        "needed": needed,
        "met": verdicts.count(Verdict.MET),
        "unmet": verdicts.count(Verdict.UNMET),
        "open": verdicts.count(Verdict.UNKNOWN) + verdicts.count(Verdict.MANUAL_REVIEW),
    }
    return Sentence(N_("需满足 %(needed)s 项：已满足 %(met)s 项，不满足 %(unmet)s 项，待补充或待评议 %(open)s 项。"), params)


def _remedy(call: Call) -> Sentence:
    spec = MEASURES.get(call.measure)
    return Sentence(spec.remedy if spec else OPINION_REMEDY)
