"""How performance is watched and scored: config/settings/performance.toml."""

from dataclasses import dataclass

from marketplace.kernel.policyfiles.kinds import Whole
from marketplace.kernel.policyfiles.provenance import Setting
from marketplace.kernel.policyfiles.reading import Root, key, one
from marketplace.kernel.policyfiles.settings import settings
from marketplace.performance.rules import Scale

BASIS_POINTS = one(Whole("", 0, 10_000), main="basis_points")
POINTS = one(Whole("", 1, 10_000), main="points")


@dataclass(frozen=True, kw_only=True)
class PerformanceSettings(Root):
    FORMAT = "performance/1"

    tolerance: Setting[int] = key(BASIS_POINTS)
    least_share: Setting[int] = key(BASIS_POINTS)
    excellent: Setting[int] = key(POINTS)
    good: Setting[int] = key(POINTS)
    fair: Setting[int] = key(POINTS)


def scale_of(area_code: str) -> Scale:
    """The rule of an area."""
    found = settings(PerformanceSettings, area_code)
    return Scale(
        tolerance_bp=found.tolerance.value,
        least_share_bp=found.least_share.value,
        excellent=found.excellent.value,
        good=found.good.value,
        fair=found.fair.value,
    )
