"""北京经开区模型券: nobody applies; what a firm orders is deducted at the till, up to 65 %, and redeemed with the provider's invoice."""

import pytest

from marketplace.kernel.db import by_id
from marketplace.kernel.errors import Conflict, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.queries.payable import payable
from marketplace.vouchers.rules.states import VoucherState
from tests.journeys.played import Played

DAYS = {"use_from": "2026-03-02", "use_until": "2026-06-30", "redeem_until": "2026-12-31"}
MODEL = {"category": "compute", "voucher_cap_fen": 1_000_000 * YUAN}


@pytest.fixture
def play(db):
    made = Played("beijing_etown_model_voucher", area="110000", region="110115", at="2026-03-01")
    yield made
    made.verified()


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def in_the_zone(play, count=1, **round_):
    """Firms of the zone that may order from the first day on, without asking."""
    firms = [play.firm() for _ in range(count)]
    for one in firms:
        play.listed(one, "zone")
    play.announce(**({"budget": 1_000_000} | round_), **DAYS)
    play.at("2026-03-02").pass_time()
    return firms


def test_an_order_is_held_from_the_pool_at_once_and_redeemed_with_the_invoice_and_paid(play):
    (firm,) = in_the_zone(play)
    assert play.pool() == 1_000_000, "nobody holds anything before an order"
    order = play.order(firm, 10_000, **MODEL)
    assert (order.subsidy_fen, play.pool()) == (6_500 * YUAN, 993_500)
    order = play.at("2026-03-03 10:00:00").deduct(order, 9_000)
    assert (order.state, order.contract_fen, order.subsidy_fen) == (OrderState.REDEEMED, 9_000 * YUAN, 5_850 * YUAN)
    assert (order.taken_at, order.contracted_at, order.delivered_at) == (None, None, None) and play.pool() == 994_150
    claim = play.claim(order)
    assert {one["verdict"] for one in claim.checks} == {"pass"} and claim.payee_id == order.provider_id
    assert play.pay(play.approve(play.check(claim))).state is ClaimState.SETTLED
    found = ledger.standing(play.book)
    assert (found.paid, found.unissued) == (5_850 * YUAN, 994_150 * YUAN)


def test_a_till_goes_straight_from_the_order_to_the_invoice_and_other_steps_say_so(play):
    (firm,) = in_the_zone(play)
    order = play.order(firm, 10_000, **MODEL)
    with refused("即时抵扣，不用接单"):
        play.take(order)
    with refused("不能高于下单时的标价"):
        play.deduct(order, 10_001)
    play.deduct(order)
    with pytest.raises(Conflict, match="已经办过了"):
        play.deduct(order)
    assert play.pool() == 993_500


def test_an_invoice_is_used_once_and_leaves_nothing_half_done(play):
    (firm,) = in_the_zone(play)
    first, second = (play.order(firm, 1_000, **MODEL) for _ in range(2))
    play.deduct(first, number="26540000000000000001")
    with refused("已用于本企业的订单"):
        play.deduct(second, 900, number="2654 0000 0000 0000 0001")
    found = by_id(Order, second.id)
    assert (found.state, found.contract_fen, found.subsidy_fen) == (OrderState.PLACED, 1_000 * YUAN, 650 * YUAN)


def test_product_year_and_pool_bound_what_is_deducted(play):
    one, other = in_the_zone(play, 2, budget=250_000)
    assert play.order(one, 10_000, category="compute", voucher_cap_fen=3_000 * YUAN).subsidy_fen == 3_000 * YUAN
    assert play.order(one, 1_000_000, **MODEL).subsidy_fen == 197_000 * YUAN
    with refused("已用完"):
        play.order(one, 1_000, **MODEL)
    assert play.order(other, 1_000_000, **MODEL).subsidy_fen == 50_000 * YUAN, "the last money of the pool"
    with refused("本批次剩余资金"):
        play.order(other, 1_000, **MODEL)
    with refused("没有核定|用券上限"):
        play.order(other, 1_000, category="compute")


def test_who_is_not_of_the_zone_or_was_barred_meanwhile_deducts_nothing(play):
    (firm,) = in_the_zone(play)
    stranger = play.firm()
    play.pass_time()
    with pytest.raises(Exception, match="No row"):
        play.voucher(stranger)
    play.barred(firm, "2026-12-31")
    with refused("失信"):
        play.order(firm, 1_000, **MODEL)
    assert play.pool() == 1_000_000


def test_the_days_of_the_till_the_round_and_the_claim(play):
    firm, late = in_the_zone(play, 2)
    in_time, too_late = (play.order(firm, 1_000, **MODEL) for _ in range(2))  # Monday; the third working day is Thursday
    play.at("2026-03-05 23:59:59").deduct(in_time)
    with refused("期限 2026-03-05 已过"):
        play.at("2026-03-06 00:00:00").deduct(too_late)
    play.pass_time()
    assert by_id(Order, too_late.id).state is OrderState.LAPSED and play.pool() == 999_350
    play.at("2026-05-04 23:59:59").pass_time()  # the sixtieth day after the invoice
    assert by_id(Order, in_time.id).closed_at is None
    play.at("2026-05-05 00:00:00").pass_time()
    assert by_id(Order, in_time.id).closed_at is not None and play.pool() == 1_000_000, "nobody asked: it is in the pool again"
    last = play.at("2026-06-30 23:59:59").order(late, 1_000, **MODEL)
    with refused("到期"):
        play.at("2026-07-01 00:00:00").order(firm, 1_000, **MODEL)
    play.pass_time()
    assert play.voucher(firm).state is VoucherState.EXPIRED and play.pool() == 999_350
    assert play.at("2026-07-03").deduct(last).state is OrderState.REDEEMED, "who ordered on the last day is served after it"


def test_a_simulated_round_uses_nobodys_year_and_reaches_no_bank_list(play):
    (firm,) = in_the_zone(play, simulated=True)
    claim = play.approve(play.check(play.claim(play.deduct(play.order(firm, 100_000, **MODEL)))))
    assert payable(play.programme_id) == [] and [one.id for one in payable(play.programme_id, simulated=True)] == [claim.id]
    play.announce(budget=1_000_000, **DAYS)
    play.pass_time()
    assert play.order(firm, 1_000_000, **MODEL).subsidy_fen == 200_000 * YUAN
