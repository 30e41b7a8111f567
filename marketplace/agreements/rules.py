"""What may be agreed with a provider, and for what it then pays. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from marketplace.catalogue.lifecycle import ProviderState
from marketplace.enterprises.rules import full_months
from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.normal_text import plain_number
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.rules.states import RoundState

SIGNED_IN = frozenset({RoundState.ANNOUNCED, RoundState.IN_USE})


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedTerms:
    """What the paper says."""

    number: str
    amount_fen: Fen
    signed_on: date
    first_on: date
    last_on: date
    categories: Sequence[str]
    classes: Sequence[str] = ()
    prices: Mapping[UUID, Fen] = field(default_factory=dict)  # by offering; empty: all that is on the shelf, at its listed price

    def content(self) -> dict[str, object]:
        """For the command's key."""
        return {
            "number": self.number,
            "amount_fen": self.amount_fen,
            "signed_on": self.signed_on,
            "first_on": self.first_on,
            "last_on": self.last_on,
            "categories": sorted(self.categories),
            "classes": sorted(self.classes),
            "prices": {str(key): fen for key, fen in sorted(self.prices.items())},
        }


@dataclass(frozen=True, slots=True)
class ListedOffering:
    """An offering of the provider, as it is listed."""

    offering_id: UUID
    title: str
    category: str
    price_fen: Fen
    currency: str


@dataclass(frozen=True, slots=True)
class Around:
    """The round in which it is signed: its days, and how many run in it already."""

    state: RoundState
    use_from: date
    redeem_until: date
    running: int


def check_terms(spec: ProgrammeSpec, terms: AgreedTerms, around: Around, *, today: date) -> None:
    """A contract is within the rules of its programme and the days of its round.

    Raises: RuleViolation beside the field.
    """
    if not spec.by_agreement:
        raise RuleViolation(N_("本项目不由合同付款，不能登记合同。"), code="no_agreements")
    if around.state not in SIGNED_IN:
        raise RuleViolation(N_("批次当前为“%(now)s”，不能登记合同。"), code="round_state", now=around.state.label)
    most = spec.agreements.providers
    if most and around.running >= most.value:
        why = N_("本批次最多 %(most)s 家服务机构，已有 %(count)s 份合同在履行。")
        raise RuleViolation(why, code="providers", most=most.value, count=around.running)
    if not plain_number(terms.number):
        raise RuleViolation(N_("请按合同填写编号，编号中应有数字。"), field="number")
    _check_amount(spec, terms)
    _check_days(spec, terms, around, today)
    _check_scope(spec, terms)


def _check_amount(spec: ProgrammeSpec, terms: AgreedTerms) -> None:
    cap = spec.agreements.cap
    if terms.amount_fen <= 0:
        raise RuleViolation(N_("合同金额须大于 0。"), field="amount")
    if cap and terms.amount_fen > cap.value:
        raise RuleViolation(
            N_("每家服务机构每期最多 %(most)s 元，请改小合同金额。"),
            field="amount",
            code="above_cap",
            most=format_money(cap.value, spec.currency),
        )


def _check_days(spec: ProgrammeSpec, terms: AgreedTerms, around: Around, today: date) -> None:
    if terms.signed_on > today:
        raise RuleViolation(N_("签订日期不能晚于今天。"), field="signed_on")
    if terms.first_on < max(terms.signed_on, around.use_from):
        first = max(terms.signed_on, around.use_from).isoformat()
        raise RuleViolation(N_("合同从签订、批次开始之后起算，最早 %(day)s。"), field="first_on", code="first_day", day=first)
    if terms.last_on < terms.first_on:
        raise RuleViolation(N_("合同的最后一天早于第一天。"), field="last_on")
    if terms.last_on > around.redeem_until:
        raise RuleViolation(
            N_("合同不能长于批次，最晚 %(day)s。"), field="last_on", code="after_round", day=around.redeem_until.isoformat()
        )
    period = spec.agreements.period
    if period and full_months(terms.first_on, terms.last_on) >= period.value:
        raise RuleViolation(N_("每期最长 %(months)s 个月，请改早合同的最后一天。"), field="last_on", code="period", months=period.value)


def _check_scope(spec: ProgrammeSpec, terms: AgreedTerms) -> None:
    if not terms.categories or set(terms.categories) - set(spec.categories):
        raise RuleViolation(N_("请选择合同包含的服务类别，须是本项目支持的类别。"), field="categories")
    if set(terms.classes) - {one.name for one in spec.classes}:
        raise RuleViolation(N_("合同面向的企业类别须是本项目规则中的类别。"), field="classes")


def check_party(state: ProviderState) -> None:
    """A contract is signed with a provider of the register. Raises: RuleViolation."""
    if state is not ProviderState.ADMITTED:
        raise RuleViolation(N_("只能与在库的服务机构登记合同。这家机构现在“%(now)s”。"), code="not_admitted", now=state.label)


def check_prices(terms: AgreedTerms, shelf: Sequence[ListedOffering]) -> None:
    """Prices are of services that the contract covers, and none is above the listed one.

    Raises: RuleViolation beside the price.
    """
    known = {one.offering_id: one for one in shelf if one.category in terms.categories}
    for key, price_fen in terms.prices.items():
        one = known.get(key)
        if one is None:
            why = N_("标了价的服务不在合同的类别内，或不是这家机构在售的服务。")
            raise RuleViolation(why, field=price_field(key), code="strange_price")
        if not 0 < price_fen <= one.price_fen:
            raise RuleViolation(
                N_("“%(title)s”的合同价须大于 0，且不高于标价 %(price)s 元。"),
                field=price_field(key),
                code="above_price",
                title=one.title,
                price=format_money(one.price_fen, one.currency),
            )
    if not known:
        raise RuleViolation(N_("这家机构没有合同类别内的在售服务，企业无法下单。"), field="categories", code="nothing_listed")


def price_field(offering_id: UUID) -> str:
    """How the form calls the price of an offering."""
    return f"price_{offering_id.hex}"


def price_of(prices: Mapping[str, int], categories: Sequence[str], offering: ListedOffering) -> Fen | None:
    """What the contract pays for a service: its own price, never above the one that is listed now; None: it does not cover it."""
    if offering.category not in categories:
        return None
    if not prices:
        return offering.price_fen
    agreed = prices.get(str(offering.offering_id))
    return None if agreed is None else Fen(min(agreed, offering.price_fen))


def is_over(last_on: date, today: date) -> bool:
    """A contract is good on its last day."""
    return today > last_on


def last_delivery(deliver_until: date | None, last_on: date) -> date:
    """A service is delivered within the contract's days, and within the round's own."""
    return min(deliver_until, last_on) if deliver_until else last_on
