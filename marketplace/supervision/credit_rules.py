"""Credit points (信用分): all of them, less what settled decisions cost, by kind. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from marketplace.supervision.rules import MeasureKind


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditScale:
    """How many points somebody has of whom nothing was found, and what each kind of measure costs."""

    full: int
    costs: Mapping[MeasureKind, int]


def points(scale: CreditScale, kinds: Iterable[MeasureKind]) -> int:
    """What is left after the measures that stand; never below nought."""
    return max(0, scale.full - sum(scale.costs[kind] for kind in kinds))
