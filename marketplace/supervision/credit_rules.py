"""Credit points (信用分): all of them, less what settled decisions cost, by kind. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.supervision.rules import MeasureKind


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditScale:
    """How many points somebody has of whom nothing was found, and what each kind of measure costs."""

    full: int
    costs: Mapping[MeasureKind, int]


def points(scale: CreditScale, kinds: Iterable[MeasureKind]) -> int:
    """What is left after the measures that stand; never below nought."""
    return max(0, scale.full - sum(scale.costs[kind] for kind in kinds))


@dataclass(frozen=True, slots=True)
class Settled:
    """A measure that stands, and the day on which it was decided."""

    kind: MeasureKind
    decided_on: date


def below_until(scale: CreditScale, settled: Sequence[Settled], *, floor: int, days: int) -> date | None:
    """The last day on which too few points are left, when nothing is added; None: enough are left today.

    Args:
        days: what was decided longer ago costs nothing any more.
    """
    left = sorted(settled, key=lambda one: one.decided_on)
    last = None
    while left and points(scale, (one.kind for one in left)) < floor:
        last = left[0].decided_on + timedelta(days=days)
        left = [one for one in left if one.decided_on > left[0].decided_on]
    return last
