"""How a bureau supervises: config/settings/supervision.toml."""

from dataclasses import dataclass

from marketplace.kernel.policyfiles.kinds import Whole
from marketplace.kernel.policyfiles.provenance import Setting
from marketplace.kernel.policyfiles.reading import Root, key, one
from marketplace.kernel.policyfiles.settings import settings
from marketplace.supervision.credit_rules import CreditScale
from marketplace.supervision.rules import MeasureKind

WORKING_DAYS = one(Whole("", 1, 365), main="working_days")
NATURAL_DAYS = one(Whole("", 1, 3660), main="natural_days")
COUNT = one(Whole("", 1, 1_000_000), main="count")
BASIS_POINTS = one(Whole("", 1, 1_000_000), main="basis_points")
ALIKE = one(Whole("", 6_000, 10_000), main="basis_points")  # below it the index misses some
AMOUNT_FEN = one(Whole("", 1, 1_000_000_000_000), main="amount_fen")
WEIGHT = one(Whole("", 1, 100), main="weight")


@dataclass(frozen=True, kw_only=True)
class SupervisionSettings(Root):
    FORMAT = "supervision/1"

    appeal: Setting[int] = key(WORKING_DAYS)
    suspension: Setting[int] = key(NATURAL_DAYS)
    ban: Setting[int] = key(NATURAL_DAYS)
    most_drawn: Setting[int] = key(COUNT)
    most_entries: Setting[int] = key(COUNT)
    signal_weight: Setting[int] = key(WEIGHT)
    case_weight: Setting[int] = key(WEIGHT)
    most_weight: Setting[int] = key(WEIGHT)
    look_back: Setting[int] = key(NATURAL_DAYS)
    price_ratio_bp: Setting[int] = key(BASIS_POINTS)
    least_peers: Setting[int] = key(COUNT)
    burst: Setting[int] = key(COUNT)
    share_bp: Setting[int] = key(BASIS_POINTS)
    least_orders: Setting[int] = key(COUNT)
    least_cycle: Setting[int] = key(NATURAL_DAYS)
    alike_bp: Setting[int] = key(ALIKE)
    least_letters: Setting[int] = key(COUNT)
    social_term: Setting[int] = key(NATURAL_DAYS)
    most_sharing: Setting[int] = key(COUNT)
    credit_full: Setting[int] = key(COUNT)
    credit_days: Setting[int] = key(NATURAL_DAYS)
    credit_step: Setting[int] = key(COUNT)
    credit_floor: Setting[int] = key(COUNT)
    credit_review: Setting[int] = key(COUNT)
    credit_order_limit: Setting[int] = key(AMOUNT_FEN)
    cost_recovery: Setting[int] = key(COUNT)
    cost_warning: Setting[int] = key(COUNT)
    cost_suspension: Setting[int] = key(COUNT)
    cost_ban: Setting[int] = key(COUNT)
    cost_removal: Setting[int] = key(COUNT)
    cost_title: Setting[int] = key(COUNT)
    cost_count: Setting[int] = key(COUNT)
    cost_referral: Setting[int] = key(COUNT)
    tips_a_day: Setting[int] = key(COUNT)
    reward_bp: Setting[int] = key(BASIS_POINTS)
    least_reward: Setting[int] = key(AMOUNT_FEN)
    most_reward: Setting[int] = key(AMOUNT_FEN)


def credit_scale(found: SupervisionSettings) -> CreditScale:
    """What credit points are reckoned by."""
    costs = {
        MeasureKind.RECOVERY: found.cost_recovery.value,
        MeasureKind.WARNING: found.cost_warning.value,
        MeasureKind.SUSPENSION: found.cost_suspension.value,
        MeasureKind.BAN: found.cost_ban.value,
        MeasureKind.REMOVAL: found.cost_removal.value,
        MeasureKind.TITLE: found.cost_title.value,
        MeasureKind.COUNT: found.cost_count.value,
        MeasureKind.REFERRAL: found.cost_referral.value,
    }
    return CreditScale(full=found.credit_full.value, costs=costs)


def supervision(area_code: str | None = None) -> SupervisionSettings:
    """The settings of an area, those of the whole country without one."""
    return settings(SupervisionSettings, area_code)
