"""What preferences weigh when a supply meets a need: config/settings/matching.toml, part of what produced a match."""

from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.policyfiles.kinds import Choice, Number, ShortText, Whole
from marketplace.kernel.policyfiles.provenance import Decision, Setting
from marketplace.kernel.policyfiles.reading import Reading, Root, decision, key, one
from marketplace.kernel.policyfiles.settings import document, settings

SHARE = Number("", 0, 1)
DAYS = Whole("", 0, 3_650)
TIMES = Whole("", 1, 1_000_000)


class TieOrder(Word):
    """Who comes first among supplies that fit equally well."""

    PUBLISHED = "published", N_("供给清单发布早的在前")
    LEAST_SHOWN = "least_shown", N_("以往被推荐次数少的在前，次数相同按当日的签")
    LOT = "lot", N_("按清单和当日的签，逐日轮换")


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
    ties: Setting[TieOrder] = key(one(Choice("", TieOrder), main="order"))
    exposure: Setting[int] = key(one(TIMES, main="often_from"))
    plan: PlanSettings = key(decision("", PlanSettings))


def preferences(area_code: str | None = None) -> Preferences:
    """The preferences of an area, those of the whole country without one."""
    return settings(Preferences, area_code)


def written(area_code: str | None = None) -> Mapping[str, object]:
    """The same as their files say it, for whoever keeps them beside a result."""
    return document(Preferences, area_code)


def read(content: Mapping[str, object]) -> Preferences:
    """Preferences as they were kept. Raises: PolicyFileError: they are of an earlier format."""
    return Reading("matching.toml").root(content, Preferences)
