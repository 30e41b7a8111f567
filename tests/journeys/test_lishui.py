"""丽水: first come, up to the total, until it is used up; void at the end and nothing carried over."""

import pytest

from marketplace.kernel.db import by_id
from marketplace.kernel.errors import RuleViolation
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.settlement.lifecycle import ClaimState
from marketplace.vouchers.models import Application
from marketplace.vouchers.rules.states import ApplicationState, RoundState, VoucherState
from tests.journeys.played import Played

WINDOW = ("2021-05-06 09:00:00", "2021-05-31 18:00:00")
DAYS = {"use_from": "2021-05-06", "use_until": "2021-11-30", "redeem_until": "2022-12-31"}


@pytest.fixture
def play(db):
    made = Played("lishui_service_voucher", area="331100", region="331102", at="2021-04-30")
    yield made
    made.verified()


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def answered(play, *firms):
    """Their applications as they stand once the worker has looked."""
    filed = [play.apply(firm).id for firm in firms]
    play.pass_time()
    return [by_id(Application, one) for one in filed]


def opened(play, budget=100_000):
    play.announce(budget=budget, window=WINDOW, **DAYS)
    return play.at("2021-05-06 09:00:00")


def test_each_has_the_answer_at_once_and_the_last_gets_what_is_left(play):
    first, second, third = (play.firm() for _ in range(3))
    opened(play, budget=15_000)

    answers = answered(play, first, second, third)

    assert [one.state for one in answers] == [ApplicationState.GRANTED, ApplicationState.GRANTED, ApplicationState.REFUSED]
    assert [one.granted_fen for one in answers[:2]] == [1_000_000, 500_000]


def test_the_window_opens_and_closes_on_the_second(play):
    early, last, late = (play.firm() for _ in range(3))
    play.announce(budget=100_000, window=WINDOW, **DAYS)
    with refused("不能申领"):
        play.at("2021-05-06 08:59:59").apply(early)
    assert answered(play.at("2021-05-31 17:59:59"), last)[0].state is ApplicationState.GRANTED
    with refused("不能申领|截止"):
        play.at("2021-05-31 18:00:00").apply(late)


def test_what_is_not_used_is_void_and_nobody_else_gets_it(play):
    firm, other = play.firm(), play.firm()
    opened(play, budget=20_000)
    for one in (firm, other):
        play.apply(one)
    play.at("2021-05-31 18:00:00").pass_time()
    order = play.at("2021-11-30 23:59:59").walked(firm, 8_000, until="contract")
    play.at("2021-12-01 00:00:00")
    with refused("到期"):
        play.order(other, 8_000)
    play.pass_time()

    assert play.voucher(other).state is VoucherState.EXPIRED
    assert play.round.state is RoundState.SETTLING
    assert by_id(Order, order.id).state is OrderState.CONTRACTED, "what was contracted in time goes on"
    assert play.pool() == 16_000 - 10_000 - 6_000, "what nobody may use any more is set aside"


def test_a_round_of_the_next_year_does_not_carry_over(play):
    firm = play.firm()
    opened(play)
    play.apply(firm)
    play.at("2021-12-01 00:00:00").pass_time()
    days = {name: day.replace("2022", "2023").replace("2021", "2022") for name, day in DAYS.items()}
    play.announce(budget=100_000, window=("2022-05-06 09:00:00", "2022-05-31 18:00:00"), **days)
    (again,) = answered(play.at("2022-05-06 09:00:00"), firm)
    assert again.granted_fen == 1_000_000, "its quota is that of the round"


def test_a_firm_that_is_silent_is_decided_by_an_officer(play):
    firm = play.firm()
    opened(play)
    play.apply(firm)
    play.at("2021-06-01").pass_time()
    order = play.walked(firm, 8_000, until="deliver")
    play.at(f"{order.due_on} 23:59:59").pass_time()
    assert by_id(Order, order.id).state is OrderState.DELIVERED
    play.at("2021-06-30").pass_time()
    assert by_id(Order, order.id).state is not OrderState.LAPSED
    assert play.decide(order, 3_000).subsidy_fen == 300_000


def test_from_the_order_to_the_payment(play):
    firm = play.firm()
    opened(play)
    play.apply(firm)
    play.at("2021-06-01").pass_time()
    order = play.walked(firm, 30_000)
    assert order.subsidy_fen == 1_000_000, "half would be 15,000: the firm's quota is 10,000"
    claim = play.check(play.claim(order))
    assert play.pay(play.approve(claim)).state is ClaimState.SETTLED
