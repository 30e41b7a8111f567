"""What an organisation still lacks, how far it has come, and how it would stand with more of something. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from marketplace.evaluation.arithmetic import WHOLE_BP
from marketplace.evaluation.rules import Assessment, CriterionResult, Measured, Verdict, evaluate
from marketplace.policy.ruleset_spec import Operator

COUNTED = frozenset({"firms", "events", "person_times", "bodies", "persons", "items"})  # units of what can be done once more
_FIRST = (Verdict.UNMET, Verdict.UNKNOWN, Verdict.MANUAL_REVIEW)


def lacking(assessment: Assessment) -> list[CriterionResult]:
    """Conditions that keep a group from being met: what is not met first, then what is not known, then what waits for people.

    Where some of a group are enough and enough are met, nothing of the group lacks.
    """
    rule, found = assessment.ruleset, list[CriterionResult]()
    for group in assessment.groups:
        if group.verdict in _FIRST:
            found += [leaf for head in rule.heads_of(group.group.id) for leaf in _leaves(assessment, head.id)]
    return sorted((one for one in found if one.verdict in _FIRST), key=lambda one: _FIRST.index(one.verdict))


def _leaves(assessment: Assessment, criterion_id: str) -> list[CriterionResult]:
    result, parts = assessment.result(criterion_id), assessment.ruleset.parts_of(criterion_id)
    if result.verdict not in _FIRST:
        return []
    return [leaf for part in parts for leaf in _leaves(assessment, part.id)] if parts else [result]


def reached_bp(result: CriterionResult) -> int | None:
    """How far a number has come towards its threshold, in basis points, never more than whole; None where there is nothing to come to."""
    value, threshold = result.value, result.threshold
    if result.criterion.operator is not Operator.AT_LEAST or type(value) is not int or type(threshold) is not int or threshold <= 0:
        return None
    return min(WHOLE_BP, max(0, value) * WHOLE_BP // threshold)


def can_grow(result: CriterionResult) -> bool:
    """Whether more can be done of what a condition counts."""
    asked = result.criterion
    return asked.call is not None and asked.unit in COUNTED and asked.operator in {Operator.AT_LEAST, Operator.MORE}


def with_more(assessment: Assessment, answers: Mapping[str, Measured], more: Mapping[str, int]) -> Assessment:
    """How the organisation would stand if so many were added to what some conditions count; what is not known counts from nought.

    Args:
        answers: what was measured, by `Call.key`.
        more: how many are added, by condition. Two conditions that count the same get the larger number.
    """
    added: dict[str, int] = {}
    for criterion in assessment.ruleset.criteria:
        if criterion.call is not None and more.get(criterion.id):
            added[criterion.call.key] = max(more[criterion.id], added.get(criterion.call.key, 0))
    changed = dict(answers)
    for key, number in added.items():
        known = answers.get(key, Measured(None))
        value = known.value if type(known.value) is int else 0
        changed[key] = replace(known, value=value + number, most=None if known.most is None else known.most + number)
    return evaluate(assessment.ruleset, assessment.settings, changed, organisation=assessment.organisation, year=assessment.year)
