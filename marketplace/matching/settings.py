"""What preferences weigh when a supply meets a need: config/settings/matching.toml, part of what produced a match."""

from dataclasses import dataclass

from marketplace.kernel.policyfiles.kinds import Number, ShortText, Whole
from marketplace.kernel.policyfiles.provenance import Decision, Setting
from marketplace.kernel.policyfiles.reading import Root, decision, key, one
from marketplace.kernel.policyfiles.settings import settings

SHARE = Number("", 0, 1)
DAYS = Whole("", 0, 3_650)


@dataclass(frozen=True, kw_only=True)
class Penalties(Decision):
    other_county: float = key(SHARE)
    other_prefecture: float = key(SHARE)
    other_province: float = key(SHARE)
    price_above_target: float = key(SHARE)
    short_notice: float = key(SHARE)
    unit_to_agree: float = key(SHARE)
    specification_to_check: float = key(SHARE)
    specification_against: float = key(SHARE)
    certificate_to_check: float = key(SHARE)


@dataclass(frozen=True, kw_only=True)
class Shortlist(Decision):
    least_closeness: float = key(SHARE)
    least_planned: float = key(SHARE)


@dataclass(frozen=True, kw_only=True)
class PlanSettings(Decision):
    contract_days: int = key(DAYS)
    reserve_days: int = key(DAYS)


@dataclass(frozen=True, kw_only=True)
class Preferences(Root):
    FORMAT = "matching/1"

    version: str = key(ShortText("", 40))
    penalties: Penalties = key(decision("", Penalties))
    time: Setting[int] = key(one(DAYS, main="comfortable_days"))
    shortlist: Shortlist = key(decision("", Shortlist))
    plan: PlanSettings = key(decision("", PlanSettings))


def preferences(area_code: str | None = None) -> Preferences:
    """The preferences of an area, those of the whole country without one."""
    return settings(Preferences, area_code)
