"""Applications compared by points (竞争评分): what a sheet is worth, in which order they stand, who may score. Pure.

Everything is reckoned in fractions; what people read is cut off behind the second decimal and decides nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from uuid import UUID

from marketplace.kernel.errors import N_, Denied, RuleViolation
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import AllocationMode

Sheet = Mapping[str, int]  # criterion → points


@dataclass(frozen=True, slots=True)
class Scored:
    """An application with the sheets of those who scored it."""

    application_id: UUID
    sequence: int  # of arrival: between equals the earlier goes first
    sheets: tuple[Sheet, ...]


def is_scored(spec: ProgrammeSpec) -> bool:
    """Whether a programme compares applications by points."""
    return spec.allocation.mode.value is AllocationMode.COMPETITIVE_SCORE


def scorers(spec: ProgrammeSpec) -> int:
    """How many score each application."""
    return spec.allocation.scorers.value if spec.allocation.scorers else 0


def total_bp(spec: ProgrammeSpec, sheets: Collection[Sheet]) -> Fraction:
    """The mean of the sheets, each the weighted share of the most points, in basis points of the whole."""
    each = [sum((Fraction(sheet[one.name] * one.weight_bp, one.most_points) for one in spec.criteria), Fraction(0)) for sheet in sheets]
    return sum(each, Fraction(0)) / len(each)


def is_enough(spec: ProgrammeSpec, total: Fraction) -> bool:
    """Whether a score is not below the least."""
    return spec.allocation.least_score is None or total >= spec.allocation.least_score.value


def in_order(spec: ProgrammeSpec, scored: Iterable[Scored]) -> list[Scored]:
    """The highest score first; of equals the one that came first."""
    return sorted(scored, key=lambda one: (-total_bp(spec, one.sheets), one.sequence))


def said(total: Fraction) -> str:
    """Points of a hundred, cut off behind the second decimal."""
    whole = int(total)  # basis points are hundredths of a point of a hundred
    return f"{whole // 100}.{whole % 100:02d}"


def check_points(spec: ProgrammeSpec, sheet: Sheet) -> None:
    """Each criterion has its points, no more than its most.

    Raises: RuleViolation beside the field.
    """
    for one in spec.criteria:
        points = sheet.get(one.name)
        if points is None or not 0 <= points <= one.most_points:
            named = {"label": one.label, "most": one.most_points}
            raise RuleViolation(N_("“%(label)s”请填 0 到 %(most)s 之间的整数。"), field=f"points_{one.name}", code="points", **named)


def check_scorer(organisation_id: UUID | None, parties: Sequence[UUID]) -> None:
    """Raises: Denied: nobody scores the application of the own organisation."""
    if organisation_id in parties:
        raise Denied(N_("不能给本单位的申领评分，请由其他单位的人员评分。"), code="own_organisation")


def sheet_digest(sheet_id: UUID, sheet: Sheet) -> str:
    """What the trail keeps of a sheet: nobody reads its points out of it, and nobody changes them unseen. The id, which no page shows, is
    its salt."""
    points = ",".join(f"{name}={sheet[name]}" for name in sorted(sheet))
    return sha256(f"{sheet_id}:{points}".encode()).hexdigest()
