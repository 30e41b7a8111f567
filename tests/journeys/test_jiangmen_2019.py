"""江门 2019: in batches, an order and its contract within thirty days after the window, else the voucher is taken back and counts."""

import pytest

from marketplace.kernel.db import by_id
from marketplace.kernel.errors import RuleViolation
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.settlement.lifecycle import ClaimState
from marketplace.vouchers.models import Application
from marketplace.vouchers.rules.states import ApplicationState, RoundState, VoucherState
from tests.journeys.played import Played

WINDOW = ("2019-06-10 09:00:00", "2019-06-14 17:00:00")
DAYS = {"use_from": "2019-06-18", **dict.fromkeys(("use_until", "contract_until"), "2019-07-14"), "redeem_until": "2020-12-31"}


@pytest.fixture
def play(db):
    made = Played("jiangmen_2019_service_voucher", area="440700", region="440703", at="2019-05-31")
    yield made
    made.verified()


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def in_use(play, count=1, budget=100_000):
    firms = [play.firm() for _ in range(count)]
    play.announce(budget=budget, window=WINDOW, **DAYS)
    play.at("2019-06-10 09:00:00")
    for firm in firms:
        play.apply(firm)
    play.at("2019-06-18 00:00:00").pass_time()
    return firms


def test_the_window_and_the_results_keep_their_time(play):
    early, first, late = (play.firm() for _ in range(3))
    play.announce(budget=100_000, window=WINDOW, **DAYS)
    with refused("不能申领"):
        play.at("2019-06-10 08:59:59").apply(early)
    play.at("2019-06-14 16:59:59").apply(first)
    with refused("不能申领|截止"):
        play.at("2019-06-14 17:00:00").apply(late)

    play.at("2019-06-17 23:59:59").pass_time()
    assert play.round.state is RoundState.CLOSED
    play.at("2019-06-18 00:00:00").pass_time()
    assert (play.round.state, play.left(first)) == (RoundState.IN_USE, 20_000)


def test_nobody_waits_who_came_when_the_money_was_promised(play):
    first, second, third = (play.firm() for _ in range(3))
    play.announce(budget=50_000, window=WINDOW, **DAYS)
    play.at("2019-06-10 09:00:00")
    filed = [play.apply(one).id for one in (first, second, third)]
    play.at("2019-06-18 00:00:00").pass_time()

    states = [by_id(Application, one).state for one in filed]
    assert states == [ApplicationState.GRANTED, ApplicationState.GRANTED, ApplicationState.REFUSED]


def test_an_order_and_its_contract_are_in_time_on_the_thirtieth_day_and_taken_back_on_the_day_after(play):
    firm, slow, idle = in_use(play, 3)
    play.at("2019-07-14 23:59:59")
    order, taken = play.walked(firm, 10_000, until="contract"), play.walked(slow, 10_000, until="take")

    play.at("2019-07-15 00:00:00")
    with refused("到期"):
        play.order(idle, 10_000)
    with refused("期限 2019-07-14 已过"):
        play.contract(taken)
    play.pass_time()

    assert by_id(Order, order.id).state is OrderState.CONTRACTED, "its service has a year"
    assert by_id(Order, taken.id).state is OrderState.LAPSED
    assert play.voucher(idle).state is VoucherState.EXPIRED
    play.at("2020-07-14 23:59:59").deliver(order)


def test_what_was_claimed_and_not_used_counts_in_the_next_batch_of_the_year(play):
    (firm,) = in_use(play)
    play.at("2019-07-15 00:00:00").pass_time()
    later = {name: day.replace("2019-06", "2019-09").replace("2019-07", "2019-10") for name, day in DAYS.items()}
    play.announce(budget=100_000, window=("2019-09-10 09:00:00", "2019-09-14 17:00:00"), **later)

    with refused("年上限已经用完"):
        play.at("2019-09-10 09:00:00").apply(firm)
    assert play.at("2019-09-10 09:00:00").apply(play.firm()).state is ApplicationState.SUBMITTED


def test_from_the_order_to_the_payment(play):
    (firm,) = in_use(play)
    order = play.at("2019-07-01").walked(firm, 10_000, until="contract")
    play.invoice(order, 9_000)
    play.deliver(order)
    assert play.accept(order).subsidy_fen == 450_000
    assert play.left(firm) == 15_500, "what a lower invoice spares is the firm's again"
    claim = play.at("2019-07-31 23:59:59").claim(order)
    assert play.pay(play.approve(play.check(claim))).state is ClaimState.SETTLED


def test_a_claim_of_the_day_after_the_thirtieth_is_late(play):
    (firm,) = in_use(play)
    order = play.at("2019-07-01").walked(firm, 10_000)
    with refused("2019-07-31"):
        play.at("2019-08-01 00:00:00").claim(order)


def test_a_firm_of_another_city_is_refused(play):
    play.announce(budget=100_000, window=WINDOW, **DAYS)
    with refused("不符合|地区"):
        play.at("2019-06-10 09:00:00").apply(play.firm(region="440103"), 1_000)
