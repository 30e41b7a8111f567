"""Targets, what is expected of them at a day, and what was reached is worth. Pure. Unknown is never nought."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.lifecycle import Word
from marketplace.performance.indicators import Indicator, IndicatorTarget

WHOLE = 100  # weights add up to it
_WHOLE_BP = 10_000
MOST_WORDS = 300  # of a reason
MOST = {False: 1_000_000_000_000_000, True: _WHOLE_BP}  # of a target; of a rate


@dataclass(frozen=True, slots=True)
class StepWords:
    """What is typed at a step: reasons by measure, or one for all."""

    reason: str = ""
    reasons: Mapping[str, str] | None = None

    def content(self) -> dict[str, object]:
        """For the command's key."""
        return asdict(self)


class Level(Word):
    EXCELLENT = "excellent", N_("优")
    GOOD = "good", N_("良")
    FAIR = "fair", N_("中")
    POOR = "poor", N_("差")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """By what is watched and scored."""

    tolerance_bp: int
    least_share_bp: int
    excellent: int
    good: int
    fair: int

    def frozen(self) -> dict[str, int]:
        """As it is kept beside what it decided."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ScoredTarget:
    """What a target's value is worth. A value that nobody knows earns neither nought nor something."""

    target: IndicatorTarget
    value: int | None
    expected: int
    points: int | None  # in hundredths


@dataclass(frozen=True, slots=True)
class PlanScore:
    """Points of a hundred, in hundredths: sure ones, and as many as it can be at most."""

    sure: int
    most: int
    level: Level | None  # None: what is unknown may decide it


def check_targets(targets: Sequence[IndicatorTarget]) -> None:
    """Weights make a hundred, and every target is more than nothing. Raises: RuleViolation."""
    if not targets:
        raise RuleViolation(N_("请至少填写一项指标的目标值和权重。"), code="no_targets")
    for one in targets:
        if not 0 < one.value <= MOST[one.indicator.is_rate]:
            raise RuleViolation(N_("目标值须大于 0，比率不超过 100%。"), field=f"value_{one.indicator}", code="target")
        if not 0 < one.weight <= WHOLE:
            raise RuleViolation(N_("权重须在 1 至 100 之间。"), field=f"weight_{one.indicator}", code="weight")
    total = sum(one.weight for one in targets)
    if total != WHOLE:
        raise RuleViolation(N_("权重合计须为 100，现在是 %(total)s。"), code="weights", total=total)


def year_of(year: int) -> tuple[date, date]:
    """Its first and its last day."""
    return date(year, 1, 1), date(year, 12, 31)


def expected(target: IndicatorTarget, year: int, day: date) -> int:
    """What is expected on a day: a rate whole, what adds up by the share of the year that is over, rounded down."""
    first, last = year_of(year)
    if target.indicator.is_rate or day >= last:
        return target.value
    over = max(0, (day - first).days + 1)
    return target.value * over // ((last - first).days + 1)


def is_behind(value: int | None, wanted: int, scale: Scale) -> bool:
    """Whether somebody must say why: more than the tolerance below what is expected, or unknown."""
    return value is None or value * _WHOLE_BP < wanted * (_WHOLE_BP - scale.tolerance_bp)


def points_of(target: IndicatorTarget, value: int | None, scale: Scale) -> int | None:
    """Its weight by the share that was reached, at most whole, in hundredths and rounded down; none below the least share."""
    if value is None:
        return None
    share_bp = min(_WHOLE_BP, max(0, value) * _WHOLE_BP // target.value)
    return target.weight * share_bp // WHOLE if share_bp >= scale.least_share_bp else 0


def scored(
    targets: Sequence[IndicatorTarget], values: Mapping[Indicator, int | None], year: int, day: date, scale: Scale
) -> list[ScoredTarget]:
    """Each target with its value on a day."""
    found = [(one, values[one.indicator]) for one in targets]
    return [ScoredTarget(one, value, expected(one, year, day), points_of(one, value, scale)) for one, value in found]


def score_of(rows: Sequence[ScoredTarget], scale: Scale) -> PlanScore:
    """All together. The level is said where what is unknown cannot change it."""
    sure = sum(one.points for one in rows if one.points is not None)
    most = sure + sum(one.target.weight * WHOLE for one in rows if one.points is None)
    lowest, highest = level_of(sure, scale), level_of(most, scale)
    return PlanScore(sure, most, lowest if lowest is highest else None)


def level_of(points: int, scale: Scale) -> Level:
    """The level of some points."""
    steps = ((scale.excellent, Level.EXCELLENT), (scale.good, Level.GOOD), (scale.fair, Level.FAIR))
    return next((level for least, level in steps if points >= least), Level.POOR)


def check_reasons(rows: Sequence[ScoredTarget], reasons: Mapping[str, str], scale: Scale) -> None:
    """What is behind has its reason. Raises: RuleViolation beside the field."""
    for one in rows:
        if is_behind(one.value, one.expected, scale) and not reasons.get(one.target.indicator, "").strip():
            why = N_("“%(name)s”低于时序进度或没有数据，请写明原因和措施。")
            raise RuleViolation(why, field=f"reason_{one.target.indicator}", code="reason", name=one.target.indicator.label)


def check_year_over(year: int, today: date) -> None:
    """A year is scored when it is over. Raises: RuleViolation."""
    if today <= year_of(year)[1]:
        raise RuleViolation(N_("%(year)s 年结束后才能作年度评价；现在可以作中期监控。"), code="year_not_over", year=year)
