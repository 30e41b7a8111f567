"""Who may supply whom, and how well the two fit.

A need has a direction. Upstream, the chain leader buys: a firm's goods go into the leader's products. Downstream, the
leader sells: 商混 of a cement group goes to a firm that buys it, which is a customer and no supplier. Both turn into
the same question, whether this buyer and this seller may do business, so every rule is written once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word
from marketplace.matching import units
from marketplace.matching.rules import certificates, specs
from marketplace.matching.settings import Preferences


class Direction(Word):
    """Of a need, seen from the chain leader."""

    UPSTREAM = "upstream", N_("上游：我要采购")
    DOWNSTREAM = "downstream", N_("下游：我要销售")


class TradeRole(Word):
    """What the owner of a line does with the goods."""

    SELLS = "sells", N_("供应")
    BUYS = "buys", N_("采购")


ROLE_OF_LEADER: dict[Direction, TradeRole] = {Direction.UPSTREAM: TradeRole.BUYS, Direction.DOWNSTREAM: TradeRole.SELLS}


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate somebody holds."""

    name: str
    valid_until: date | None = None  # last good day; None when it does not end


@dataclass(frozen=True, slots=True)
class PairSide:
    """A line of either list, as the rules see it. What is not known is None or empty, and then rules nothing out."""

    line_id: str
    organisation_id: str
    role: TradeRole
    group_id: str = ""  # firms under one control share it
    region_code: str = ""  # six digits, GB/T 2260
    quantity: int | None = None  # asked for, or offered
    unit: str = ""
    minimum_lot: int | None = None  # in `unit`; of a seller
    due_on: date | None = None  # buyer: goods must be there by; seller: goods can be there from
    price_fen: int | None = None  # per unit. buyer: most it wants to pay; seller: what it asks
    certificates_required: frozenset[str] = frozenset()  # of the other side
    certificates_held: tuple[Certificate, ...] = ()
    excluded: frozenset[str] = frozenset()  # organisation ids this side does not deal with
    regions_allowed: tuple[str, ...] = ()  # beginnings of region codes the other side must lie in; empty: anywhere
    sanctioned_until: date | None = None  # last day of a ban (失信、黑名单)
    product: str = ""
    specification: str = ""


class Obstacle(StrEnum):
    """A hard rule that removes a pair."""

    SAME_ROLE = "same_role"
    OWN_FIRM = "own_firm"
    SAME_GROUP = "same_group"
    SANCTIONED = "sanctioned"
    EXCLUDED = "excluded"
    OUT_OF_REGION = "out_of_region"
    CERTIFICATE_MISSING = "certificate_missing"
    CERTIFICATE_EXPIRES = "certificate_expires"
    TOO_LATE = "too_late"
    BELOW_MINIMUM_LOT = "below_minimum_lot"
    REFUSED_BEFORE = "refused_before"
    CAPACITY_CONTRACTED = "capacity_contracted"
    PARTNERS_FULL = "partners_full"


class Point(Word):
    """Something that speaks for or against a pair that is allowed."""

    TEXT = "text", N_("名称")
    REGION = "region", N_("地区")
    PRICE = "price", N_("价格")
    TIME = "time", N_("交货时间")
    QUANTITY = "quantity", N_("数量")
    UNIT = "unit", N_("计量单位")
    SPECIFICATION = "specification", N_("规格")
    AGAINST = "specification_against", N_("规格不符")
    CERTIFICATE = "certificate", N_("资质")
    CLASS = "industry_class", N_("行业")
    WANTED = "wanted", N_("意向")
    PRECEDENT = "precedent", N_("以往对接")


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence for the page, with what fills it. `effect` is added to the score: 0 for a mere remark."""

    code: Obstacle | Point
    message: str  # Chinese %-template, marked for translation
    params: dict[str, Any] = field(default_factory=dict)
    effect: float = 0.0

    def text(self) -> str:
        """The sentence in Chinese, filled."""
        return self.message % self.params if self.params else self.message


@dataclass(frozen=True, slots=True)
class Fit:
    """How well an allowed pair fits: closeness of the texts less the penalties, never below zero."""

    score: float
    closeness: float
    penalty: float
    reasons: tuple[Reason, ...]

    @property
    def is_verified(self) -> bool:
        """Whether nothing of specification and certificates is contradicted or left to check."""
        return not any(reason.effect for reason in self.reasons if reason.code in {Point.SPECIFICATION, Point.AGAINST, Point.CERTIFICATE})

    @property
    def may_be_planned(self) -> bool:
        """A plan counts on nobody whose specification contradicts the need."""
        return all(reason.code is not Point.AGAINST for reason in self.reasons)


# -- hard rules ---------------------------------------------------------------------------------------------------------


def oriented(need: PairSide, firm: PairSide) -> tuple[PairSide, PairSide]:
    """The pair as (buyer, seller)."""
    return (need, firm) if need.role is TradeRole.BUYS else (firm, need)


def obstacles(need: PairSide, firm: PairSide, *, today: date) -> list[Reason]:
    """Every hard rule that forbids the pair; an empty list means it may be proposed.

    Args:
        need: the chain leader's line.
        firm: the other firm's line.
        today: day on which bans and certificates without a delivery date are judged.
    """
    if need.role is firm.role:
        sentence = N_("双方都要采购，不能配对。") if need.role is TradeRole.BUYS else N_("双方都要销售，不能配对。")
        return [Reason(Obstacle.SAME_ROLE, sentence)]
    buyer, seller = oriented(need, firm)
    return [
        *_about_firms(need, firm, today),
        *_about_regions(need, firm),
        *_about_certificates(buyer, seller, today),
        *_about_delivery(buyer, seller),
    ]


def _about_firms(need: PairSide, firm: PairSide, today: date) -> list[Reason]:
    found = []
    if need.organisation_id == firm.organisation_id:
        found.append(Reason(Obstacle.OWN_FIRM, N_("供需双方是同一家企业。")))
    elif need.group_id and need.group_id == firm.group_id:
        found.append(Reason(Obstacle.SAME_GROUP, N_("供需双方属于同一集团，不作推荐。")))
    found += [
        Reason(Obstacle.SANCTIONED, N_("企业处于失信或禁入期，截至 %(until)s。"), {"until": side.sanctioned_until.isoformat()})
        for side in (need, firm)
        if side.sanctioned_until is not None and side.sanctioned_until >= today
    ]
    if firm.organisation_id in need.excluded or need.organisation_id in firm.excluded:
        found.append(Reason(Obstacle.EXCLUDED, N_("其中一方已声明不与对方合作。")))
    return found


def _about_regions(need: PairSide, firm: PairSide) -> list[Reason]:
    for side, other in ((need, firm), (firm, need)):
        if side.regions_allowed and other.region_code and not other.region_code.startswith(side.regions_allowed):
            return [Reason(Obstacle.OUT_OF_REGION, N_("对方不在限定的地区内。"))]
    return []


def _about_certificates(buyer: PairSide, seller: PairSide, today: date) -> list[Reason]:
    """What is held is compared by family; a firm that names no certificate at all is asked, not turned away."""
    found = []
    for side, other in ((buyer, seller), (seller, buyer)):
        needed_on = max(buyer.due_on or today, today)
        for name in sorted(side.certificates_required) if other.certificates_held else ():
            held = [one for one in other.certificates_held if certificates.covers(one.name, name)]
            if not held:
                found.append(Reason(Obstacle.CERTIFICATE_MISSING, N_("缺少所要求的资质：%(name)s。"), {"name": name}))
            elif all(one.valid_until is not None and one.valid_until < needed_on for one in held):
                until = max(one.valid_until for one in held if one.valid_until is not None)
                params = {"name": name, "until": until.isoformat()}
                found.append(Reason(Obstacle.CERTIFICATE_EXPIRES, N_("资质“%(name)s”将于 %(until)s 到期，早于交货日期。"), params))
    return found


def _certificate_points(buyer: PairSide, seller: PairSide, preferences: Preferences) -> list[Reason]:
    """Certificates that nobody can tell yet."""
    return [
        Reason(Point.CERTIFICATE, N_("资质待核：%(name)s（对方未填写资质）。"), {"name": name}, -preferences.penalties.certificate_to_check)
        for side, other in ((buyer, seller), (seller, buyer))
        if not other.certificates_held
        for name in sorted(side.certificates_required)[:1]
    ]


def _specification_points(need: PairSide, firm: PairSide, preferences: Preferences) -> list[Reason]:
    """What was asked for beside the name: met, not told, or contradicted."""
    told = specs.compare(need.specification, firm.specification, offered_name=firm.product)
    if told is None:
        return []
    if told.against:
        wanted, offered = ("、".join(column) for column in zip(*told.against, strict=True))
        params, cost = {"wanted": wanted, "offered": offered}, -preferences.penalties.specification_against
        return [Reason(Point.AGAINST, N_("规格不符：要求“%(wanted)s”，供给“%(offered)s”。"), params, cost)]
    if told.unknown:
        cost = -preferences.penalties.specification_to_check * len(told.unknown) / (len(told.unknown) + len(told.met))
        return [Reason(Point.SPECIFICATION, N_("规格待核：要求“%(wanted)s”，供给未写明。"), {"wanted": "、".join(told.unknown)}, cost)]
    return [Reason(Point.SPECIFICATION, N_("规格符合：%(wanted)s。"), {"wanted": "、".join(told.met)})]


def _about_delivery(buyer: PairSide, seller: PairSide) -> list[Reason]:
    found = []
    if buyer.due_on and seller.due_on and seller.due_on > buyer.due_on:
        params = {"ready": seller.due_on.isoformat(), "due": buyer.due_on.isoformat()}
        found.append(Reason(Obstacle.TOO_LATE, N_("最早 %(ready)s 可交货，晚于要求的 %(due)s。"), params))
    if buyer.quantity is not None and seller.minimum_lot:
        lot = units.converted(seller.minimum_lot, seller.unit, buyer.unit)
        if lot is not None and buyer.quantity < lot:
            told: dict[str, Any] = {"lot": seller.minimum_lot, "unit": seller.unit}
            found.append(Reason(Obstacle.BELOW_MINIMUM_LOT, N_("需求数量低于起订量 %(lot)s%(unit)s。"), told))
    return found


# -- preferences ----------------------------------------------------------------------------------------------------------


def fit(need: PairSide, firm: PairSide, *, closeness: float, preferences: Preferences, today: date) -> Fit:
    """How well an allowed pair fits, with the sentences that say why. Call `obstacles` first.

    Args:
        closeness: of the two texts, 0 to 1, from the search.
    """
    buyer, seller = oriented(need, firm)
    reasons = [
        Reason(Point.TEXT, N_("名称与行业相近程度 %(percent)s%%。"), {"percent": round(100 * closeness)}, closeness),
        *_specification_points(need, firm, preferences),
        *_certificate_points(buyer, seller, preferences),
        *_region_point(need, firm, preferences),
        *_price_point(buyer, seller, preferences),
        *_time_point(buyer, seller, preferences, today),
        *_quantity_point(buyer, seller),
        *_unit_point(need, firm, preferences),
    ]
    penalty = -sum(reason.effect for reason in reasons[1:])
    return Fit(score=max(closeness - penalty, 0.0), closeness=closeness, penalty=penalty, reasons=tuple(reasons))


def _region_point(need: PairSide, firm: PairSide, preferences: Preferences) -> list[Reason]:
    ours, theirs = need.region_code, firm.region_code
    if not ours or not theirs:
        return []
    if ours[:6] == theirs[:6]:
        return [Reason(Point.REGION, N_("双方在同一县（市、区）。"))]
    if ours[:4] == theirs[:4]:
        return [Reason(Point.REGION, N_("双方在同一地（市、州）。"), effect=-preferences.penalties.other_county)]
    if ours[:2] == theirs[:2]:
        return [Reason(Point.REGION, N_("双方在同一省（自治区）。"), effect=-preferences.penalties.other_prefecture)]
    return [Reason(Point.REGION, N_("双方不在同一省（自治区）。"), effect=-preferences.penalties.other_province)]


def _price_point(buyer: PairSide, seller: PairSide, preferences: Preferences) -> list[Reason]:
    """Prices are compared per unit of the buyer, as fractions, so no rounding enters; not where the units cannot be compared."""
    each = units.converted(1, seller.unit, buyer.unit)
    if not buyer.price_fen or seller.price_fen is None or each is None:
        return []
    target, asked = buyer.price_fen * each, seller.price_fen
    if asked <= target:
        return [Reason(Point.PRICE, N_("报价不高于目标价。"))]
    above = float((asked - target) / target)
    effect = -preferences.penalties.price_above_target * min(above, 1.0)
    return [Reason(Point.PRICE, N_("报价高于目标价 %(percent)s%%。"), {"percent": round(100 * above)}, effect)]


def _time_point(buyer: PairSide, seller: PairSide, preferences: Preferences, today: date) -> list[Reason]:
    if buyer.due_on is None or preferences.time.value <= 0:
        return []
    spare = max((buyer.due_on - max(seller.due_on or today, today)).days, 0)
    if spare >= preferences.time.value:
        return [Reason(Point.TIME, N_("交货时间充裕。"))]
    effect = -preferences.penalties.short_notice * (1 - spare / preferences.time.value)
    return [Reason(Point.TIME, N_("距交货只余 %(days)s 天。"), {"days": spare}, effect)]


def _quantity_point(buyer: PairSide, seller: PairSide) -> list[Reason]:
    """A remark only: how the quantity is divided is the plan's business."""
    if not buyer.quantity or seller.quantity is None:
        return []
    offered = units.converted(seller.quantity, seller.unit, buyer.unit)
    if offered is None:
        return []
    if offered >= buyer.quantity:
        return [Reason(Point.QUANTITY, N_("产能可满足全部数量。"))]
    return [Reason(Point.QUANTITY, N_("产能可满足 %(percent)s%% 的数量。"), {"percent": int(100 * offered / buyer.quantity)})]


def _unit_point(need: PairSide, firm: PairSide, preferences: Preferences) -> list[Reason]:
    """Units that differ or are missing forbid nothing: people agree on them. They cost a little where they speak of different things."""
    comparable = units.convertible(need.unit, firm.unit)
    if comparable is False:
        params = {"wanted": need.unit, "offered": firm.unit}
        sentence = N_("计量单位不同（需求“%(wanted)s”，供给“%(offered)s”），数量与单价待商定。")
        return [Reason(Point.UNIT, sentence, params, -preferences.penalties.unit_to_agree)]
    if comparable is None and need.unit and (firm.quantity or firm.price_fen):
        return [Reason(Point.UNIT, N_("供给未写计量单位，暂按“%(unit)s”计算，待商定。"), {"unit": need.unit})]
    if comparable is None and firm.unit and (need.quantity or need.price_fen):
        return [Reason(Point.UNIT, N_("需求未写计量单位，暂按“%(unit)s”计算，待商定。"), {"unit": firm.unit})]
    return []


def sentences(reasons: Sequence[Reason]) -> list[str]:
    """The reasons in Chinese, strongest first."""
    return [reason.text() for reason in sorted(reasons, key=lambda reason: -abs(reason.effect))]
