"""广西 2025: quotas pushed to a register; 5 million a provider and service year for general vouchers; signing stops when it is used."""

import pytest

from marketplace.kernel.db import by_id
from marketplace.kernel.errors import RuleViolation
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.settlement.lifecycle import ClaimState
from marketplace.vouchers.rules.states import VoucherState
from tests.factories import a_provider
from tests.journeys.played import Played
from tests.order_factories import cancel

DAYS = {"use_from": "2025-04-01", "use_until": "2026-03-31", "redeem_until": "2026-09-30"}
GENERAL = {"category": "consulting"}
NEXT = {"use_from": "2026-04-01", "use_until": "2027-03-31", "redeem_until": "2027-09-30"}


@pytest.fixture
def play(db):
    made = Played("guangxi_2025_service_voucher", area="450000", region="450102", at="2025-03-20")
    made.listed(made.firm(), "subjects")
    yield made
    made.verified()


def opened(play, budget):
    play.announce(budget=budget, **DAYS)
    play.at("2025-04-01 00:00:00").pass_time()


def subjects(play, count):
    firms = [play.firm() for _ in range(count)]
    for firm in firms:
        play.listed(firm, "subjects")
    assert play.push(*firms) == count
    return firms


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def test_who_is_on_the_register_has_a_quota_whatever_the_size_and_nobody_else(play):
    opened(play, 2_000_000)
    large, stranger = play.firm(size="large"), play.firm()
    play.listed(large, "subjects")
    assert play.push(large, stranger) == 1
    assert play.left(large) == 1_500_000


def test_five_million_a_provider_and_service_year_bound_general_vouchers_alone(play):
    opened(play, 20_000_000)
    firms = subjects(play, 6)
    with play.now():
        seller = {"provider": a_provider()}
    for firm in firms[:5]:
        play.at("2025-06-01").order(firm, 2_000_000, category="consulting", **seller)
    with refused("该服务机构 2025-04-01 起的周期上限"):
        play.at("2026-03-31 23:59:59").order(firms[5], 100, category="quality", **seller)
    assert play.order(firms[5], 100_000, category="digital", **seller).subsidy_fen == 5_000_000
    play.announce(budget=1_000_000, **NEXT)
    play.at("2026-04-01 00:00:00").pass_time()
    play.push(firms[5])
    assert play.order(firms[5], 2_000_000, category="consulting", **seller).subsidy_fen == 100_000_000


def test_general_and_special_amounts_are_apart(play):
    opened(play, 4_000_000)
    (firm,) = subjects(play, 1)
    assert play.at("2025-06-01").order(firm, 3_000_000, category="consulting").subsidy_fen == 100_000_000
    with refused("通用|额度|不足|已无"):
        play.order(firm, 1_000, category="legal")
    assert play.order(firm, 3_000_000, category="digital").subsidy_fen == 50_000_000


def test_signing_is_suspended_on_the_fen_and_goes_on_when_a_contract_ends(play):
    opened(play, 2_000_000)
    first, second, third, late = subjects(play, 4)
    play.at("2025-05-01")
    signed = [play.walked(firm, yuan, until="contract", **GENERAL) for firm, yuan in ((first, 2_000_000), (second, 1_799_998))]
    held = [play.take(play.order(firm, 100_000)) for firm in (third, late)]
    last = play.contract(held[0])
    assert (sum(one.subsidy_fen for one in signed), last.state) == (189_999_900, OrderState.CONTRACTED), "one yuan below 95 %"
    with refused("达到规定的 95%，暂停签订合同"):
        play.contract(held[1])
    with play.now():
        cancel(last)
    assert play.contract(held[1]).state is OrderState.CONTRACTED


def test_an_order_that_could_not_be_signed_lapses_and_its_money_is_free(play):
    opened(play, 1_000_000)
    first, late = subjects(play, 2)
    play.at("2025-05-01")
    play.walked(first, 1_900_000, until="contract", **GENERAL)
    held = play.take(play.order(late, 80_000))
    with refused("暂停签订合同"):
        play.at("2025-05-16 23:59:59").contract(held)
    play.at("2025-05-17 00:00:00").pass_time()
    assert by_id(Order, held.id).state is OrderState.LAPSED and play.pool() == 50_000


def test_from_the_contract_to_the_bank_and_what_is_not_used_is_void(play):
    opened(play, 2_000_000)
    firm, idle = subjects(play, 2)
    order = play.at("2025-06-01").walked(firm, 80_000)
    assert order.subsidy_fen == 4_000_000
    assert play.pay(play.approve(play.check(play.claim(order)))).state is ClaimState.SETTLED
    play.at("2026-03-31 23:59:59").order(idle, 10_000)
    play.at("2026-04-01 00:00:00")
    with refused("到期"):
        play.order(idle, 10_000)
    play.pass_time()
    assert {play.voucher(one).state for one in (firm, idle)} == {VoucherState.EXPIRED}
