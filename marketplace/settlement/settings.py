"""How claims are looked at, and how money that was paid comes back: config/settings/settlement.toml."""

from dataclasses import dataclass

from marketplace.kernel.policyfiles.kinds import Choice, Choices, Whole
from marketplace.kernel.policyfiles.provenance import Decision, Setting
from marketplace.kernel.policyfiles.reading import Root, decision, key, one
from marketplace.kernel.policyfiles.settings import settings
from marketplace.policy.programme_guards import ClaimCheck
from marketplace.settlement.draw_rules import OrderOfUse
from marketplace.settlement.recovery_rules import InterestFrom

WORKING_DAYS = one(Whole("", 1, 365), main="working_days")


@dataclass(frozen=True, kw_only=True)
class InterestSettings(Decision):
    yearly_bp: int = key(Whole("", 0, 10_000))
    runs_from: InterestFrom = key(Choice("", InterestFrom))


@dataclass(frozen=True, kw_only=True)
class LevelTerms(Decision):
    """Working days that each level of a review has."""

    formal: int = key(Whole("", 1, 365))
    expert: int = key(Whole("", 1, 365))
    final: int = key(Whole("", 1, 365))


@dataclass(frozen=True, kw_only=True)
class SettlementSettings(Root):
    FORMAT = "settlement/1"

    blocking_checks: Setting[tuple[ClaimCheck, ...]] = key(one(Choices("", ClaimCheck, may_be_empty=True), main="checks"))
    order_of_use: Setting[OrderOfUse] = key(one(Choice("", OrderOfUse), main="order"))
    recovery_term: Setting[int] = key(WORKING_DAYS)
    payment_term: Setting[int] = key(WORKING_DAYS)
    level_terms: LevelTerms = key(decision("", LevelTerms))
    recovery_interest: InterestSettings = key(decision("", InterestSettings))


def finance(area_code: str | None = None) -> SettlementSettings:
    """The settings of an area, those of the whole country without one."""
    return settings(SettlementSettings, area_code)
