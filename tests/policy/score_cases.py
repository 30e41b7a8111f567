"""What reads the keys by which applications are compared: a programme with a panel, and two contents of a table."""

from collections.abc import Callable, Mapping
from typing import Any

from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.rules import scoring
from tests.policy.amount_cases import Case

SCORED: dict[str, Any] = {
    "allocation.mode": {"value": "competitive_score"},
    "allocation.scorers": {"value": 2},
    "criteria.need": {"label": "需求", "most_points": 10, "weight_bp": 7_000},
    "criteria.plan": {"label": "方案", "most_points": 3, "weight_bp": 3_000},
}


def scored(table: str, one: Mapping[str, Any], other: Mapping[str, Any], result: Callable[[ProgrammeSpec], Any]) -> Case:
    return Case(table, one, other, result, beside={name: it for name, it in SCORED.items() if name != table})


def score(spec: ProgrammeSpec) -> Any:
    return scoring.total_bp(spec, [{"need": 4, "plan": 1}])


def enough(spec: ProgrammeSpec) -> Any:
    return scoring.is_enough(spec, score(spec))
