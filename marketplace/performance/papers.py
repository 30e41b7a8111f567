"""The report of a plan as values: for the page, the workbook and the printed sheet alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_
from marketplace.kernel.locales import said
from marketplace.performance.indicators import Indicator, IndicatorUnit
from marketplace.performance.models import PerformanceReading
from marketplace.performance.queries import KeptReading
from marketplace.performance.rules import ScoredTarget

_PER_CENT = 100


def in_words(value: int | None, indicator: Indicator, currency: str) -> str:
    """A value with its unit; a dash for what nobody knows."""
    if value is None:
        return "—"
    if indicator.unit is IndicatorUnit.FEN:
        return format_money(value, currency)
    return hundredths(value) + "%" if indicator.is_rate else str(value)


def _with_net(text: str, net: int | None) -> str:
    return text if net is None else said(N_("%(rate)s（扣除追回后 %(net)s%%）", rate=text, net=hundredths(net)))


def hundredths(value: int) -> str:
    """A whole number of hundredths as people write it."""
    return f"{value // _PER_CENT}.{value % _PER_CENT:02d}"


def points_in_words(reading: PerformanceReading) -> str:
    """Points of a hundred; from the sure ones to the most where something is unknown."""
    sure, most = hundredths(reading.sure), hundredths(reading.most)
    return sure if reading.sure == reading.most else f"{sure}–{most}"


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One measure: what was to be reached, what is there now, what was read."""

    indicator: Indicator
    target: str
    weight: int
    now: str
    expected: str
    is_behind: bool
    read: str
    points: str
    reason: str
    differs: bool  # what was read is not what is counted now


def report_rows(
    found: Sequence[ScoredTarget], behind: set[Indicator], reading: KeptReading | None, currency: str, net: int | None = None
) -> list[PlanRow]:
    """A line a target.

    Args:
        net: the share of the budget that was paid and did not come back, beside the share that was paid; None: not known.
    """
    rows = []
    for one in found:
        name, kept = one.target.indicator, reading.values.get(one.target.indicator) if reading else None
        rows.append(
            PlanRow(
                indicator=name,
                target=in_words(one.target.value, name, currency),
                weight=one.target.weight,
                now=_with_net(in_words(one.value, name, currency), net if name is Indicator.EXECUTION else None),
                expected=in_words(one.expected, name, currency),
                is_behind=name in behind,
                read=in_words(kept.value, name, currency) if kept else "",
                points="—" if kept and kept.points is None else hundredths(kept.points or 0) if kept else "",
                reason=kept.reason if kept else "",
                differs=kept is not None and kept.value != one.value,
            )
        )
    return rows
