"""陕西 2023: micro and small legal persons; a sum for each kind of service, of which the firm types its wish; void at the end of a year."""

from datetime import date

import pytest

from marketplace.kernel.db import by_id
from marketplace.kernel.errors import Conflict, RuleViolation
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.settlement.lifecycle import ClaimState
from marketplace.vouchers.rules.states import ApplicationState, VoucherState
from tests.journeys.played import Played

WINDOW = ("2023-03-06 09:00:00", "2023-10-31 17:00:00")
DAYS = {"use_from": "2023-03-06", "use_until": "2023-12-31", "redeem_until": "2024-03-31"}
ALL = {"digital": 10_000, "management": 5_000, "quality": 5_000}


@pytest.fixture
def play(db):
    made = Played("shaanxi_2023_service_voucher", area="610000", region="610103", at="2023-02-20")
    made.announce(budget=1_000_000, window=WINDOW, **DAYS)
    made.at("2023-03-06 09:00:00").pass_time()
    yield made
    made.verified()


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def a_company(play, **facts):
    return play.firm(**({"legal_form": "company", "founded_on": date(2020, 1, 1)} | facts))


def granted(play, yuan=ALL):
    firm = a_company(play)
    assert play.review(play.apply_for(firm, **yuan)).state is ApplicationState.GRANTED
    return firm


def test_a_firm_types_what_it_wants_of_each_kind_and_an_officer_grants_it(play):
    firm = a_company(play)
    with refused("不能超过 5000.00 元|5,000.00"):
        play.apply_for(firm, digital=10_000, quality=5_001, management=0)
    play.review(play.apply_for(firm, digital=8_000, quality=0, management=5_000))
    assert play.parts(firm) == {"digital": 8_000, "quality": 0, "management": 5_000}
    assert play.left(firm) == 13_000
    with pytest.raises(Conflict, match="只能申领一次"):
        play.apply_for(firm, digital=1_000)


def test_only_legal_persons_of_a_year_apply(play):
    with refused("企业类别"):
        play.apply_for(a_company(play, legal_form="partnership"), digital=1_000)
    with refused("经营时间"):
        play.apply_for(a_company(play, founded_on=date(2022, 3, 7)), digital=1_000)
    assert play.apply_for(a_company(play, founded_on=date(2022, 3, 6)), digital=1_000)


def test_an_order_counts_against_its_kind_and_is_refused_where_that_is_used_up(play):
    firm = granted(play)
    first = play.at("2023-04-03").order(firm, 16_000, category="digital")
    assert play.parts(firm) == ALL | {"digital": 2_000}
    with refused("信息服务、数字化转型、技术创新"):
        play.order(firm, 4_001, category="technology")
    play.order(firm, 10_000, category="legal")
    assert play.parts(firm) == {"digital": 2_000, "management": 0, "quality": 5_000}

    play.take(first)
    with refused("请先议价"):
        play.contract(first, yuan=12_000)
    play.contract(first)
    play.propose(first, "price", 12_000, by_provider=True)
    with refused("还没有答复"):
        play.deliver(first)
    assert play.parts(firm)["digital"] == 2_000, "nothing counts before both have confirmed it"
    play.answer(first, "agree")
    assert play.parts(firm)["digital"] == 4_000
    play.deliver(first)
    play.accept(first)
    claim = play.approve(play.check(play.claim(first)), 5_000)
    with refused("申诉期到 2023-04-11 结束"):
        play.pay(claim)
    play.at("2023-04-12")
    assert play.pay(claim).state is ClaimState.SETTLED
    assert play.parts(firm)["digital"] == 4_000, "what an approval cuts goes to the pool, not to the kind"


def test_a_firm_moves_up_to_three_tenths_of_a_kind_and_an_officer_none(play):
    firm = granted(play)
    with refused("由企业调整"):
        play.move(firm, "digital", "quality", 1_000, by_officer=True)
    play.move(firm, "digital", "quality", 2_000)
    assert play.parts(firm) == {"digital": 8_000, "quality": 7_000, "management": 5_000}
    with refused("1,000.00 元"):
        play.move(firm, "digital", "management", 1_001)
    play.move(firm, "digital", "management", 1_000)
    play.at("2023-05-08").order(firm, 14_000, category="testing")
    assert play.parts(firm) == {"digital": 7_000, "quality": 0, "management": 6_000}
    assert play.left(firm) == 13_000


def test_what_is_left_at_the_end_of_the_year_is_void_in_every_kind(play):
    firm, idle = granted(play), granted(play)
    order = play.at("2023-12-31 23:59:59").order(firm, 10_000, category="digital")
    free = play.pool()
    play.at("2024-01-01 00:00:00").pass_time()
    assert play.voucher(firm).state is play.voucher(idle).state is VoucherState.EXPIRED
    assert play.parts(firm) == play.parts(idle) == {"digital": 0, "quality": 0, "management": 0}
    assert play.pool() == free - 35_000, "nobody else is granted it"
    with refused("到期"):
        play.order(idle, 1_000, category="digital")
    with refused("已过期"):
        play.move(idle, "digital", "quality", 1)

    play.at("2024-01-05 23:59:59").pass_time()
    play.at("2024-01-06 00:00:00").pass_time()
    assert by_id(Order, order.id).state is OrderState.LAPSED
    assert play.parts(firm)["digital"] == play.left(firm) == 0


def test_an_order_that_ends_early_is_paid_for_what_was_done_and_the_rest_is_the_kinds_again(play):
    firm = granted(play)
    order = play.at("2023-06-05").walked(firm, 10_000, until="contract")
    kind = next(name for name, left in play.parts(firm).items() if left != ALL[name])
    with refused("不能单方取消"):
        play.cancel(order)
    play.at("2023-07-03").propose(order, "termination", 4_000, by_provider=True)
    with refused("服务成果"):
        play.answer(order, "agree")
    play.deliverable(order)
    ended = play.answer(order, "agree")
    assert (ended.state, ended.subsidy_fen) == (OrderState.REDEEMED, 200_000)
    assert play.parts(firm)[kind] == ALL[kind] - 2_000

    claim = play.at("2023-07-10").claim(ended)
    assert play.pay(play.approve(play.check(claim))).approved_fen == 200_000
