"""政府购买服务: contracts of the bureau pay within their days and money, firms order for nothing, services count like orders."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from marketplace.agreements import queries
from marketplace.agreements import service as agreements
from marketplace.agreements.lifecycle import AgreementState
from marketplace.agreements.models import Agreement
from marketplace.agreements.rules import AgreedTerms
from marketplace.catalogue.models import Offering, Provider
from marketplace.enterprises.models import Enterprise
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.kernel.errors import Conflict, Denied, RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.ledger import queries as ledger
from marketplace.moves.service import By
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.records.models import ServiceRecord
from marketplace.settlement.lifecycle import ClaimState
from marketplace.vouchers.queries.funds import gauge
from tests import order_factories as acts
from tests.factories import a_provider, an_offering, an_officer
from tests.journeys.played import Played, verb
from tests.whatif.asking import differing, replayed

DAYS = {"use_from": "2026-03-01", "use_until": "2026-12-31", "redeem_until": "2027-06-30"}
SPRING = ("2026-03-01", "2026-08-31")


class Purchasing(Played):
    """A round in which contracts of the bureau pay."""

    @verb
    def sign(self, provider: Provider, yuan: int, first: str, last: str, **terms: Any) -> Agreement:
        """The bureau puts down a contract with a provider, signed today."""
        days = {"signed_on": clock.today(), "first_on": date.fromisoformat(first), "last_on": date.fromisoformat(last)}
        said = AgreedTerms(**({"number": f"HT-{uuid4()}9", "amount_fen": Fen(yuan * YUAN), "categories": ["digital"], **days} | terms))
        by = By(self.officer.id, clock.now(), uuid4())
        return in_transaction(lambda: agreements.sign(self.round_id, provider.id, said, by=by))

    @verb
    def terminate(self, agreement: Agreement, reason: str = "服务质量不合格") -> Agreement:
        by = By(self.officer.id, clock.now(), uuid4())
        return in_transaction(lambda: agreements.terminate(agreement.id, reason=reason, by=by))

    def agreed(self, agreement: Agreement) -> int:
        """What is left of a contract, in yuan."""
        return ledger.balance_fen(self.book, f"agreement:{agreement.id}") // YUAN

    @verb
    def buy(self, firm: Enterprise, offering: Offering) -> Order:
        """The firm orders something that is there."""
        return acts.an_order(voucher=self.voucher(firm), offering=offering)


@pytest.fixture
def play(db):
    made = Purchasing("xizang_service_purchase", area="540000", region="540102", at="2026-02-20")
    made.announce(budget=1_000_000, **DAYS)
    yield made.at("2026-03-01")
    made.verified()


def refused(words, kind=RuleViolation):
    return pytest.raises(kind, match=words)


def ready(play, yuan=30_000, *, price=10_000, days=SPRING, **terms):
    """A provider with an offering and a contract, and a firm that may order."""
    provider = a_provider()
    offering = an_offering(provider=provider, price_fen=price * YUAN)
    agreement = play.sign(provider, yuan, *days, **terms)
    firm = play.firm()
    play.pass_time()
    return firm, offering, agreement


def used_by_orders(agreement):
    """What living orders have of a contract, as the orders say it."""
    living = (Order.agreement_id == agreement.id) & Order.state.not_in(("declined", "cancelled", "lapsed"))
    return db.session.scalar(select(func.sum(Order.subsidy_fen)).where(living)) or 0


def test_a_contract_pays_what_a_firm_ordered_and_the_firm_nothing(play):
    firm, offering, agreement = ready(play)
    assert (play.pool(), play.agreed(agreement)) == (970_000, 30_000)

    order = play.buy(firm, offering)
    assert (order.subsidy_fen, order.own_share_fen, order.agreement_id) == (10_000 * YUAN, 0, agreement.id)
    assert (play.agreed(agreement), play.pool(), play.left(firm)) == (20_000, 970_000, 40_000)
    for step in ("take", "contract", "deliver", "accept"):
        order = getattr(play, step)(order)
    money = queries.money_of(by_id(Agreement, agreement.id))
    assert (money.used_fen, money.left_fen) == (used_by_orders(agreement), 20_000 * YUAN)
    assert db.session.scalars(select(ServiceRecord.subsidised).where(ServiceRecord.source_id == order.id)).one()

    claim = play.check(play.claim(order))
    play.officer = an_officer()
    assert play.pay(play.approve(claim)).state is ClaimState.SETTLED
    told = gauge(play.round)
    assert (told.agreed_fen, told.approved_fen, told.pool_fen) == (20_000 * YUAN, 10_000 * YUAN, 970_000 * YUAN)
    again = replayed(play.round)
    assert (again["budget_fen"], differing(again)) == (1_000_000 * YUAN, []), "what contracts hold is there for orders"


def test_who_signed_a_contract_decides_on_none_of_its_claims(play):
    firm, offering, _agreement = ready(play)
    order = play.buy(firm, offering)
    for step in ("take", "contract", "deliver", "accept"):
        order = getattr(play, step)(order)
    claim = play.check(play.claim(order))
    with refused("由您登记", Denied):
        play.approve(claim)


def test_no_order_goes_above_what_is_left_of_the_contract(play):
    firm, offering, agreement = ready(play, 15_000)
    other = play.firm()
    play.pass_time()
    play.buy(firm, offering)
    assert play.buy(other, offering).subsidy_fen == 5_000 * YUAN, "the programme goes on with part"
    assert play.agreed(agreement) == 0
    with refused("已无可用金额.*合同"):
        play.buy(firm, offering)


def test_what_a_contract_does_not_cover_is_not_ordered_on_it(play):
    firm, offering, agreement = ready(play, prices={})
    foreign, training = an_offering(), an_offering(provider=offering.provider, category="training")
    for one in (foreign, training):
        with refused("没有正在履行"):
            play.buy(firm, one)
    play.at("2026-04-01").terminate(agreement)
    with refused("没有正在履行"):
        play.buy(firm, offering)


def test_a_contract_has_its_price_for_each_service_and_its_class_of_firms(play):
    provider = a_provider()
    one, other = (an_offering(provider=provider, price_fen=10_000 * YUAN) for _ in range(2))
    play.sign(provider, 30_000, *SPRING, prices={one.id: Fen(8_000 * YUAN)}, classes=["micro_small"])
    small, medium = play.firm(), play.firm(size="medium")
    play.pass_time()
    order = play.buy(small, one)
    assert (order.price_fen, order.subsidy_fen, order.own_share_fen) == (8_000 * YUAN, 8_000 * YUAN, 0)
    with refused("没有正在履行"):
        play.buy(small, other)
    with refused("企业类别"):
        play.buy(medium, one)


def test_the_days_of_a_contract_are_its_own(play):
    firm, offering, agreement = ready(play, days=("2026-03-10", "2026-04-30"))
    with refused("没有正在履行"):
        play.at("2026-03-09 23:59:59").buy(firm, offering)
    early = play.at("2026-03-10 00:00:00").buy(firm, offering)
    play.take(early)
    play.contract(early)
    last = play.at("2026-04-30 23:59:00").buy(firm, offering)
    with refused("没有正在履行"):
        play.at("2026-05-01 00:00:00").buy(firm, offering)
    with refused("期限 2026-04-30 已过"):
        play.deliver(early)
    play.pass_time()
    assert by_id(Agreement, agreement.id).state is AgreementState.ENDED
    assert by_id(Order, early.id).state is OrderState.LAPSED
    assert (play.agreed(agreement), play.pool()) == (0, 990_000), "what the second order holds is not back yet"
    play.at("2026-05-20").pass_time()
    assert by_id(Order, last.id).state is OrderState.LAPSED
    money = queries.money_of(by_id(Agreement, agreement.id))
    assert (play.pool(), money.left_fen, money.returned_fen, money.used_fen) == (1_000_000, 0, 30_000 * YUAN, 0)


def test_an_order_under_way_outlives_a_contract_that_was_terminated(play):
    firm, offering, agreement = ready(play)
    order = play.buy(firm, offering)
    play.at("2026-03-05").terminate(agreement)
    assert play.pool() == 990_000
    for step in ("take", "contract", "deliver", "accept"):
        order = getattr(play, step)(order)
    assert order.state is OrderState.REDEEMED
    with refused("已终止", Conflict):
        play.terminate(agreement)


REFUSALS = [
    ({"yuan": 500_001}, "每家服务机构每期最多 500,000"),
    ({"last": "2027-03-01"}, "每期最长 12 个月"),
    ({"first": "2026-02-28"}, "最早 2026-03-01"),
    ({"last": "2026-03-01", "first": "2026-03-02"}, "早于第一天"),
    ({"categories": ["nothing"]}, "服务类别"),
    ({"categories": ["training"]}, "没有合同类别内的在售服务"),
    ({"classes": ["nobody"]}, "企业类别"),
    ({"number": "无编号"}, "编号"),
]


@pytest.mark.parametrize(("wrong", "words"), REFUSALS)
def test_a_contract_outside_the_rules_is_refused(play, wrong, words):
    provider = a_provider()
    an_offering(provider=provider)
    terms = {"yuan": 30_000, "first": SPRING[0], "last": SPRING[1]} | wrong
    with refused(words):
        play.sign(provider, **terms)
    assert play.pool() == 1_000_000


def test_a_price_above_the_listed_one_a_second_contract_and_a_number_used_twice_are_refused(play):
    provider, other = a_provider(), a_provider()
    one, _ = an_offering(provider=provider, price_fen=100 * YUAN), an_offering(provider=other)
    with refused("不高于标价"):
        play.sign(provider, 1_000, *SPRING, prices={one.id: Fen(101 * YUAN)})
    play.sign(provider, 1_000, *SPRING, number="HT-2026-1")
    for who, number in ((other, "ht20261"), (provider, "HT-2026-2")):
        with refused("已登记过", Conflict):
            play.sign(who, 1_000, *SPRING, number=number)


def test_no_more_providers_than_the_programme_says_and_no_more_money_than_the_pool_holds(play):
    sellers = [a_provider() for _ in range(6)]
    for one in sellers:
        an_offering(provider=one)
    for one in sellers[:2]:
        play.sign(one, 450_000, *SPRING)
    with refused("资金池的余额不够"):
        play.sign(sellers[2], 450_000, *SPRING)
    for one in sellers[2:5]:
        play.sign(one, 1_000, *SPRING)
    with refused("最多 5 家"):
        play.sign(sellers[5], 1_000, *SPRING)
    assert play.pool() == 97_000


def test_a_contract_is_signed_with_a_provider_of_the_register_only(play):
    provider = a_provider(state="suspended")
    an_offering(provider=provider)
    with refused("在库"):
        play.sign(provider, 1_000, *SPRING)
