"""What is sampled, by what, and who may look at it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.kernel import draw
from marketplace.kernel.errors import N_, Denied, RuleViolation
from marketplace.kernel.lifecycle import Word


class CheckForm(Word):
    """How a check is carried out (多形式检查)."""

    ROUTINE = "routine", N_("日常巡查")
    SPECIAL = "special", N_("专项检查")
    CROSS = "cross", N_("交叉检查")  # by another bureau than the one that planned it
    SURPRISE = "surprise", N_("飞行检查")  # nobody reads who was drawn before it is over
    EXPERT = "expert", N_("专家审查")  # by experts


class Population(Word):
    """What is sampled."""

    CLAIMS = "claims", N_("已核准的兑付申请")
    ORDERS = "orders", N_("已核销的订单")
    MATCHES = "matches", N_("已计数的供需对接")
    REPORTS = "reports", N_("已计数的自报服务")
    PROVIDERS = "providers", N_("在库服务机构")


class PickedBy(Word):
    """Why something was drawn; none: it was not."""

    NONE = "none", N_("未抽中")
    ABOVE = "above", N_("超过必查金额")
    LOT = "lot", N_("随机抽中")
    RISK = "risk", N_("按风险加权抽中")


COUNTED = frozenset({Population.MATCHES, Population.REPORTS})  # what is wrong with these is taken from the count


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotPlan:
    """A check as an officer plans it: all of it is fixed before anybody knows what will be drawn."""

    form: CheckForm
    population: Population
    area_code: str
    from_on: date
    until_on: date
    size: int  # drawn by lot
    above_fen: int | None = None  # all above it are drawn besides
    by_risk: bool = False
    is_social: bool = False  # a social supervisor sees each thing before what is found is written down


@dataclass(frozen=True, slots=True)
class SpotEntrant:
    """One of the population: its name in the draw, what it comes to, what it weighs."""

    name: str
    amount_fen: int
    weight: int


def check_plan(plan: SpotPlan, *, today: date, most: int) -> None:
    """Raises: RuleViolation beside the field: days in the wrong order or to come, nothing to draw, or too much."""
    if plan.until_on < plan.from_on:
        raise RuleViolation(N_("截止日期不能早于起始日期。"), field="until", code="days")
    if plan.until_on > today:
        raise RuleViolation(N_("截止日期不能晚于今天：还没有发生的事抽不到。"), field="until", code="to_come")
    if not plan.size and plan.above_fen is None:
        raise RuleViolation(N_("请填写随机抽取的件数，或必查金额。"), field="size", code="nothing")
    if plan.is_social and plan.form is CheckForm.SURPRISE:
        raise RuleViolation(N_("飞行检查办结前不公布名单，不能请社会监督员参加。"), field="social", code="told_too_soon")
    if plan.size > most:
        raise RuleViolation(N_("一次最多随机抽取 %(most)s 件，请分批抽取。"), field="size", code="too_many", most=most)


def picked(plan: SpotPlan, seed: str, entered: Sequence[SpotEntrant]) -> dict[str, PickedBy]:
    """Who is drawn, and why: all above the amount, then by lot, or by risk, as many as were asked for."""
    found = {one.name: PickedBy.ABOVE for one in entered if plan.above_fen is not None and one.amount_fen > plan.above_fen}
    left = {one.name: one.weight for one in entered if one.name not in found}
    order = draw.weighted_in_order(seed, left) if plan.by_risk else draw.in_order(seed, left)
    return found | dict.fromkeys(order[: plan.size], PickedBy.RISK if plan.by_risk else PickedBy.LOT)


def check_population(count: int, most: int) -> None:
    """Raises: RuleViolation: nothing can be drawn of nothing, and too long a list is checked by nobody."""
    if not count:
        raise RuleViolation(N_("范围内没有可抽查的对象，没有抽取。请另立方案，放宽日期、地区或对象。"), code="empty_population")
    if count > most:
        raise RuleViolation(N_("范围内有 %(count)s 件，超过 %(most)s 件。请缩短日期或缩小地区。"), code="large", count=count, most=most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """Who looks at an item."""

    user_id: UUID
    organisation_id: UUID | None
    is_expert: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """Whom an item concerns, and who dealt with it before."""

    parties: frozenset[UUID]
    judged_by: frozenset[UUID]  # who decided on it, or gave an opinion
    planned_in: UUID | None  # organisation of who planned the check


def check_checker(form: CheckForm, who: Checker, item: Concerned) -> None:
    """Nobody checks the own firm, or what they gave an opinion or decided on; a cross check is another bureau's, an expert one an expert's.

    Raises: Denied.
    """
    if who.organisation_id in item.parties:
        raise Denied(N_("不能检查本单位的事项，请由其他单位的人员检查。"), code="own_firm")
    if who.user_id in item.judged_by:
        raise Denied(N_("这件事项由您审核过，请由另一位人员检查。"), code="four_eyes")
    if form is CheckForm.EXPERT and not who.is_expert:
        raise Denied(N_("专家审查由专家登记结果。"), code="not_expert")
    if form is CheckForm.CROSS and who.organisation_id == item.planned_in:
        raise Denied(N_("交叉检查由其他单位的人员登记，不能由制定方案的单位自己检查。"), code="not_cross")


def recipe(plan: SpotPlan, seed: str, commitment: str) -> str:
    """How anybody repeats the draw, as Python that needs nothing else; `entries` is the published list: name, amount in fen, weight."""
    one = "min(ticket(f'{name}#{i}') for i in range(1, weight + 1))" if plan.by_risk else "ticket(name)"
    above, must = ["rest = [(name, weight) for name, _fen, weight in entries]"], ""
    if plan.above_fen is not None:
        above = [
            f"must = [name for name, fen, _weight in entries if fen > {plan.above_fen}]",
            "rest = [(name, weight) for name, _fen, weight in entries if name not in must]",
        ]
        must = "must + "
    lines = [
        "import hashlib, hmac",
        f'seed = bytes.fromhex("{seed}")',
        f'assert hashlib.sha256(seed).hexdigest() == "{commitment}"',
        "def ticket(name):",
        '    return int.from_bytes(hmac.digest(seed, name.encode(), "sha256"), "big")',
        *above,
        f"order = sorted(rest, key=lambda one: ((lambda name, weight: {one})(*one), one[0]))",
        f"drawn = {must}[name for name, weight in order[:{plan.size}]]",
    ]
    return "\n".join(lines)
