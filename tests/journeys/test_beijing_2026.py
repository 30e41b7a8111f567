"""北京 2026, models and tokens: first come until the money is used, on 31 August at the latest; 30 % of the contract."""

import pytest

from marketplace.kernel.db import by_id
from marketplace.kernel.errors import RuleViolation
from marketplace.settlement.lifecycle import ClaimState
from marketplace.vouchers.models import Application
from marketplace.vouchers.rules.states import ApplicationState, VoucherState
from tests.journeys.played import Played

WINDOW = ("2026-05-06 09:00:00", "2026-08-31 23:59:59")
DAYS = {"use_from": "2026-05-06", "use_until": "2026-08-31", "redeem_until": "2027-12-31"}


@pytest.fixture
def play(db):
    made = Played("beijing_2026_model_voucher", area="110000", region="110108", at="2026-04-30")
    yield made
    made.verified()


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def opened(play, budget=1_000_000):
    play.announce(budget=budget, window=WINDOW, **DAYS)
    return play.at("2026-05-06 09:00:00")


def granted(play, *firms):
    opened(play)
    for firm in firms:
        play.apply(firm)
    play.pass_time()


def test_who_comes_when_it_is_used_up_gets_nothing_and_the_one_before_what_is_left(play):
    first, second, third = (play.firm() for _ in range(3))
    opened(play, budget=250_000)
    filed = [play.apply(one).id for one in (first, second, third)]
    play.pass_time()
    assert [by_id(Application, one).granted_fen for one in filed] == [20_000_000, 5_000_000, 0]
    assert by_id(Application, filed[2]).state is ApplicationState.REFUSED


def test_a_contract_is_borne_to_three_tenths_whatever_the_invoice_says(play):
    firm = play.firm()
    granted(play, firm)
    order = play.at("2026-06-01").walked(firm, 100_000, until="contract")
    play.invoice(order, 120_000)
    play.deliver(order)
    assert play.accept(order).subsidy_fen == 3_000_000
    assert play.pay(play.approve(play.check(play.claim(order)))).state is ClaimState.SETTLED


def test_the_year_of_a_firm_holds_two_hundred_thousand_over_two_rounds(play):
    firm = play.firm()
    granted(play, firm)
    assert play.at("2026-06-01").walked(firm, 1_000_000).subsidy_fen == 20_000_000
    play.announce(budget=500_000, window=("2026-06-02 09:00:00", "2026-08-31 23:59:59"), **(DAYS | {"use_from": "2026-06-02"}))
    play.at("2026-06-02 09:00:00").apply(firm)
    play.pass_time()
    with refused("本企业 2026 年上限"):
        play.order(firm, 10_000)


def test_the_last_of_august_is_the_last_day(play):
    firm, idle = play.firm(), play.firm()
    granted(play, firm, idle)
    play.at("2026-08-31 23:59:59").order(firm, 50_000)
    play.at("2026-09-01 00:00:00")
    with refused("到期"):
        play.order(idle, 50_000)
    play.pass_time()
    assert play.voucher(idle).state is VoucherState.EXPIRED


def test_other_services_and_large_firms_are_not_for_it(play):
    firm, large = play.firm(), play.firm(size="large")
    granted(play, firm)
    with refused("类别|不支持|服务"):
        play.at("2026-06-01").order(firm, 10_000, category="training")
    with refused("不符合|规模"):
        play.apply(large, 1_000)
