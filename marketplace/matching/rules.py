"""Who may supply whom, how well the two fit, and the states a match passes through.

A need has a direction. Upstream, the chain leader buys: a firm's goods go into the leader's products. Downstream, the
leader sells: 商混 of a cement group goes to a firm that buys it, which is a customer and no supplier. Both turn into
the same question, whether this buyer and this seller may do business, so every rule is written once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from marketplace.kernel.errors import N_, RuleViolation


class Direction(StrEnum):
    """Of a need, seen from the chain leader."""

    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"


DIRECTION_LABELS: dict[Direction, str] = {
    Direction.UPSTREAM: N_("上游：我要采购"),
    Direction.DOWNSTREAM: N_("下游：我要销售"),
}


class Role(StrEnum):
    """What the owner of a line does with the goods."""

    BUYS = "buys"
    SELLS = "sells"


ROLE_OF_LEADER: dict[Direction, Role] = {Direction.UPSTREAM: Role.BUYS, Direction.DOWNSTREAM: Role.SELLS}


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate somebody holds."""

    name: str
    valid_until: date | None = None  # last good day; None when it does not end


@dataclass(frozen=True, slots=True)
class Side:
    """A line of either list, as the rules see it. What is not known is None or empty, and then rules nothing out."""

    line_id: str
    organisation_id: str
    role: Role
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
    UNIT_MISMATCH = "unit_mismatch"
    BELOW_MINIMUM_LOT = "below_minimum_lot"


class Point(StrEnum):
    """Something that speaks for or against a pair that is allowed."""

    TEXT = "text"
    REGION = "region"
    PRICE = "price"
    TIME = "time"
    QUANTITY = "quantity"


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
class Preferences:
    """What preferences weigh; read from config/matching.toml, part of what produced a match."""

    version: str
    other_county: float
    other_prefecture: float
    other_province: float
    price_above_target: float
    short_notice: float
    comfortable_days: int
    least_closeness: float
    least_planned: float
    class_alone: float


@dataclass(frozen=True, slots=True)
class Fit:
    """How well an allowed pair fits: closeness of the texts less the penalties, never below zero."""

    score: float
    closeness: float
    penalty: float
    reasons: tuple[Reason, ...]


# -- hard rules ---------------------------------------------------------------------------------------------------------


def oriented(need: Side, firm: Side) -> tuple[Side, Side]:
    """The pair as (buyer, seller)."""
    return (need, firm) if need.role is Role.BUYS else (firm, need)


def obstacles(need: Side, firm: Side, *, today: date) -> list[Reason]:
    """Every hard rule that forbids the pair; an empty list means it may be proposed.

    Args:
        need: the chain leader's line.
        firm: the other firm's line.
        today: day on which bans and certificates without a delivery date are judged.
    """
    if need.role is firm.role:
        sentence = N_("双方都要采购，不能配对。") if need.role is Role.BUYS else N_("双方都要销售，不能配对。")
        return [Reason(Obstacle.SAME_ROLE, sentence)]
    buyer, seller = oriented(need, firm)
    return [
        *_about_firms(need, firm, today),
        *_about_regions(need, firm),
        *_about_certificates(buyer, seller, today),
        *_about_delivery(buyer, seller),
    ]


def _about_firms(need: Side, firm: Side, today: date) -> list[Reason]:
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


def _about_regions(need: Side, firm: Side) -> list[Reason]:
    for side, other in ((need, firm), (firm, need)):
        if side.regions_allowed and other.region_code and not other.region_code.startswith(side.regions_allowed):
            return [Reason(Obstacle.OUT_OF_REGION, N_("对方不在限定的地区内。"))]
    return []


def _about_certificates(buyer: Side, seller: Side, today: date) -> list[Reason]:
    found = []
    for side, other in ((buyer, seller), (seller, buyer)):
        held = {certificate.name: certificate.valid_until for certificate in other.certificates_held}
        needed_on = max(buyer.due_on or today, today)
        for name in sorted(side.certificates_required):
            if name not in held:
                found.append(Reason(Obstacle.CERTIFICATE_MISSING, N_("缺少所要求的资质：%(name)s。"), {"name": name}))
                continue
            until = held[name]
            if until is not None and until < needed_on:
                params = {"name": name, "until": until.isoformat()}
                found.append(Reason(Obstacle.CERTIFICATE_EXPIRES, N_("资质“%(name)s”将于 %(until)s 到期，早于交货日期。"), params))
    return found


def _about_delivery(buyer: Side, seller: Side) -> list[Reason]:
    found = []
    if buyer.due_on and seller.due_on and seller.due_on > buyer.due_on:
        params = {"ready": seller.due_on.isoformat(), "due": buyer.due_on.isoformat()}
        found.append(Reason(Obstacle.TOO_LATE, N_("最早 %(ready)s 可交货，晚于要求的 %(due)s。"), params))
    if not buyer.unit or not seller.unit:
        return found
    wanted, offered = in_base(1, buyer.unit), in_base(1, seller.unit)
    if wanted[1] != offered[1]:
        params = {"wanted": buyer.unit, "offered": seller.unit}
        found.append(Reason(Obstacle.UNIT_MISMATCH, N_("计量单位不一致：需求为“%(wanted)s”，供给为“%(offered)s”。"), params))
    elif buyer.quantity is not None and seller.minimum_lot and buyer.quantity * wanted[0] < seller.minimum_lot * offered[0]:
        lot = {"lot": seller.minimum_lot, "unit": seller.unit}
        found.append(Reason(Obstacle.BELOW_MINIMUM_LOT, N_("需求数量低于起订量 %(lot)s%(unit)s。"), lot))
    return found


# Names of one unit, and how many base units it holds: whole numbers only, so quantities stay whole.
_UNITS: dict[str, tuple[int, str]] = {
    **dict.fromkeys(("吨", "t", "公吨"), (1_000_000, "克")),
    **dict.fromkeys(("千克", "公斤", "kg"), (1_000, "克")),
    **dict.fromkeys(("斤", "市斤"), (500, "克")),
    **dict.fromkeys(("克", "g"), (1, "克")),
    **dict.fromkeys(("立方米", "立方", "方", "m3", "m³"), (1_000, "升")),
    **dict.fromkeys(("升", "l", "公升"), (1, "升")),
    **dict.fromkeys(("千米", "公里", "km"), (1_000_000, "毫米")),
    **dict.fromkeys(("米", "m"), (1_000, "毫米")),
    **dict.fromkeys(("毫米", "mm"), (1, "毫米")),
    **dict.fromkeys(("平方米", "平米", "平方", "㎡", "m2", "m²"), (1, "平方米")),
    **dict.fromkeys(("万个", "万只", "万件"), (10_000, "个")),
    **dict.fromkeys(("千个", "千只", "千件"), (1_000, "个")),
    **dict.fromkeys(("个", "只", "件", "枚"), (1, "个")),
    **dict.fromkeys(("套", "组"), (1, "套")),
}


def in_base(quantity: int, unit: str) -> tuple[int, str]:
    """The quantity in the base unit of its kind; a unit that is not known is its own base."""
    name = unit.strip().casefold()
    factor, base = _UNITS.get(name, (1, name))
    return quantity * factor, base


# -- preferences ----------------------------------------------------------------------------------------------------------


def fit(need: Side, firm: Side, *, closeness: float, preferences: Preferences, today: date) -> Fit:
    """How well an allowed pair fits, with the sentences that say why. Call `obstacles` first.

    Args:
        closeness: of the two texts, 0 to 1, from the search.
    """
    buyer, seller = oriented(need, firm)
    reasons = [
        Reason(Point.TEXT, N_("名称与行业相近程度 %(percent)s%%。"), {"percent": round(100 * closeness)}, closeness),
        *_region_point(need, firm, preferences),
        *_price_point(buyer, seller, preferences),
        *_time_point(buyer, seller, preferences, today),
        *_quantity_point(buyer, seller),
    ]
    penalty = -sum(reason.effect for reason in reasons[1:])
    return Fit(score=max(closeness - penalty, 0.0), closeness=closeness, penalty=penalty, reasons=tuple(reasons))


def _region_point(need: Side, firm: Side, preferences: Preferences) -> list[Reason]:
    ours, theirs = need.region_code, firm.region_code
    if not ours or not theirs:
        return []
    if ours[:6] == theirs[:6]:
        return [Reason(Point.REGION, N_("双方在同一县（市、区）。"))]
    if ours[:4] == theirs[:4]:
        return [Reason(Point.REGION, N_("双方在同一地（市、州）。"), effect=-preferences.other_county)]
    if ours[:2] == theirs[:2]:
        return [Reason(Point.REGION, N_("双方在同一省（自治区）。"), effect=-preferences.other_prefecture)]
    return [Reason(Point.REGION, N_("双方不在同一省（自治区）。"), effect=-preferences.other_province)]


def _price_point(buyer: Side, seller: Side, preferences: Preferences) -> list[Reason]:
    """Prices are compared per base unit, as fractions multiplied out, so no rounding enters."""
    if not buyer.price_fen or seller.price_fen is None:
        return []
    target = buyer.price_fen * in_base(1, seller.unit or buyer.unit)[0]
    asked = seller.price_fen * in_base(1, buyer.unit or seller.unit)[0]
    if asked <= target:
        return [Reason(Point.PRICE, N_("报价不高于目标价。"))]
    above = (asked - target) / target
    effect = -preferences.price_above_target * min(above, 1.0)
    return [Reason(Point.PRICE, N_("报价高于目标价 %(percent)s%%。"), {"percent": round(100 * above)}, effect)]


def _time_point(buyer: Side, seller: Side, preferences: Preferences, today: date) -> list[Reason]:
    if buyer.due_on is None or preferences.comfortable_days <= 0:
        return []
    spare = max((buyer.due_on - max(seller.due_on or today, today)).days, 0)
    if spare >= preferences.comfortable_days:
        return [Reason(Point.TIME, N_("交货时间充裕。"))]
    effect = -preferences.short_notice * (1 - spare / preferences.comfortable_days)
    return [Reason(Point.TIME, N_("距交货只余 %(days)s 天。"), {"days": spare}, effect)]


def _quantity_point(buyer: Side, seller: Side) -> list[Reason]:
    """A remark only: how the quantity is divided is the plan's business."""
    if not buyer.quantity or seller.quantity is None:
        return []
    wanted, offered = in_base(buyer.quantity, buyer.unit or seller.unit)[0], in_base(seller.quantity, seller.unit or buyer.unit)[0]
    if offered >= wanted:
        return [Reason(Point.QUANTITY, N_("产能可满足全部数量。"))]
    return [Reason(Point.QUANTITY, N_("产能可满足 %(percent)s%% 的数量。"), {"percent": 100 * offered // wanted})]


# -- what becomes of a match --------------------------------------------------------------------------------------------


class MatchState(StrEnum):
    PROPOSED = "proposed"  # by the plan or the search
    RECOMMENDED = "recommended"  # by the bureau or the leader, to both sides
    CONTACTED = "contacted"
    NEGOTIATING = "negotiating"
    CONTRACTED = "contracted"  # a contract is signed: exactly one service record is written
    REFUSED = "refused"  # by one side, with a reason
    WITHDRAWN = "withdrawn"  # the line behind it is gone


LABELS: dict[MatchState, str] = {
    MatchState.PROPOSED: N_("待推荐"),
    MatchState.RECOMMENDED: N_("已推荐"),
    MatchState.CONTACTED: N_("已联系"),
    MatchState.NEGOTIATING: N_("洽谈中"),
    MatchState.CONTRACTED: N_("已签约"),
    MatchState.REFUSED: N_("未达成"),
    MatchState.WITHDRAWN: N_("已撤回"),
}

_ENDS = frozenset({MatchState.REFUSED, MatchState.WITHDRAWN})

TRANSITIONS: dict[MatchState, frozenset[MatchState]] = {
    MatchState.PROPOSED: frozenset({MatchState.RECOMMENDED}) | _ENDS,
    MatchState.RECOMMENDED: frozenset({MatchState.CONTACTED}) | _ENDS,
    MatchState.CONTACTED: frozenset({MatchState.NEGOTIATING, MatchState.CONTRACTED}) | _ENDS,
    MatchState.NEGOTIATING: frozenset({MatchState.CONTRACTED}) | _ENDS,
    MatchState.CONTRACTED: frozenset(),
    MatchState.REFUSED: frozenset(),
    MatchState.WITHDRAWN: frozenset(),
}


class RefusalReason(StrEnum):
    """Why a match came to nothing. Kept as a choice, so the search can learn from it."""

    WRONG_PRODUCT = "wrong_product"
    QUALITY = "quality"
    PRICE = "price"
    QUANTITY = "quantity"
    TIME = "time"
    ALREADY_SUPPLIED = "already_supplied"
    NO_ANSWER = "no_answer"
    OTHER = "other"


REFUSAL_LABELS: dict[RefusalReason, str] = {
    RefusalReason.WRONG_PRODUCT: N_("产品不符"),
    RefusalReason.QUALITY: N_("质量或标准达不到"),
    RefusalReason.PRICE: N_("价格谈不拢"),
    RefusalReason.QUANTITY: N_("数量或产能不合适"),
    RefusalReason.TIME: N_("交货期不合适"),
    RefusalReason.ALREADY_SUPPLIED: N_("已有其他合作方"),
    RefusalReason.NO_ANSWER: N_("联系不上"),
    RefusalReason.OTHER: N_("其他"),
}


def check_transition(current: MatchState, wanted: MatchState) -> None:
    """Raises: RuleViolation if a match in `current` may not become `wanted`."""
    if wanted not in TRANSITIONS[current]:
        raise RuleViolation(N_("对接当前为“%(now)s”，不能变为“%(wanted)s”。"), now=LABELS[current], wanted=LABELS[wanted])


def check_refusal(reason: RefusalReason | None, note: str) -> None:
    """Raises: RuleViolation if a refusal gives no reason, or says "other" without words."""
    if reason is None:
        raise RuleViolation(N_("请选择未达成的原因。"), field="reason")
    if reason is RefusalReason.OTHER and not note.strip():
        raise RuleViolation(N_("选择“其他”时，请写明原因。"), field="note")


def sentences(reasons: Sequence[Reason]) -> list[str]:
    """The reasons in Chinese, strongest first."""
    return [reason.text() for reason in sorted(reasons, key=lambda reason: -abs(reason.effect))]
