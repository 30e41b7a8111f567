"""What a run of the matching answers, as values. Whoever stores or shows it loads neither the search nor the solver."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marketplace.matching.rules import Reason
from marketplace.retrieval.lines import Explanation

if TYPE_CHECKING:
    from marketplace.matching.plan import Plan
    from marketplace.retrieval.ranker import Weights

Key = tuple[str, str]  # need, supply


@dataclass(frozen=True, slots=True)
class UnmetNeed:
    """What the plan leaves of a need, and why."""

    need_id: str
    quantity: int | None  # in `unit`; None where the need names none
    unit: str
    sentence: str


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
    planned_quantity: int | None  # in `planned_unit`; None where it is to be agreed
    planned_unit: str  # the need's, or another in which the quantity comes out whole


@dataclass(frozen=True, slots=True)
class Excluded:
    """A pair that reads alike and that a hard rule removed."""

    need_id: str
    supply_id: str
    closeness: float
    obstacles: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything a run found."""

    proposals: tuple[Proposal, ...]
    excluded: tuple[Excluded, ...]
    unmet: tuple[UnmetNeed, ...]
    plan: "Plan"
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answered:
    """Pairs that people have dealt with already: those under way or contracted stay as they are, refused ones are out, with the reason."""

    under_way: frozenset[Key] = frozenset()
    refused: Mapping[Key, Reason] | None = None
    precedents: tuple[tuple[str, str, int], ...] = ()  # name of a need, name of a supply, votes: `precedents.Precedent`
    weights: "Weights | None" = None  # that were learnt from outcomes; None: those of the package


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
