"""Invest NI: 5,000 pounds of a knowledge provider's work without its tax, done nine months after the issue, paid on the final report."""

from datetime import date

import pytest

from marketplace.kernel.calendars import shipped
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.settlement.lifecycle import ClaimState
from marketplace.vouchers.rules.states import ApplicationState, VoucherState
from tests.journeys.london import InLondon

WINDOW = ("2026-09-14 09:00:00", "2026-10-02 15:00:00")
DAYS = {"use_from": "2026-10-12", "use_until": "2027-08-31", "redeem_until": "2027-12-31"}
LAST = "2027-07-12"  # nine months after the issue


@pytest.fixture
def play(db):
    made = InLondon("invest_ni_innovation_voucher", area="900100", region="900100", at="2026-09-01")
    made.listed(made.firm(size="medium"), "rd_aid")
    made.announce(budget=100_000, window=WINDOW, **DAYS)
    yield made
    made.verified()


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def holders(play, count=1, **facts):
    """Firms that were chosen, on the day of the issue."""
    firms = [play.firm(**facts) for _ in range(count)]
    filed = [play.at("2026-09-14 09:00:00").apply(one) for one in firms]
    play.at("2026-10-12 10:00:00").pass_time()
    assert {play.review(one).state for one in filed} == {ApplicationState.GRANTED}
    return firms


def test_a_call_closes_at_three_in_london_and_opens_for_nobody_before(play):
    first, last, late = (play.firm() for _ in range(3))
    with refused("不能申领"):
        play.at("2026-09-14 08:59:59").apply(first)
    assert play.at("2026-09-14 09:00:00").apply(first).requested_fen == 500_000
    play.at("2026-10-02 14:59:59").apply(last)
    with refused("不能申领|截止"):
        play.at("2026-10-02 15:00:00").apply(late)


def test_farms_hauliers_large_firms_and_medium_ones_with_research_aid_get_nothing(play):
    play.at("2026-09-14 09:00:00")
    aided = play.firm(size="medium")
    play.listed(aided, "rd_aid")
    farm, haulier, large = play.firm(industry="0111"), play.firm(industry="5431"), play.firm(size="large")
    for firm, words in ((farm, "农业"), (haulier, "运输"), (large, "规模"), (aided, "R&D")):
        with refused(words):
            play.apply(firm, 5_000)
    assert play.apply(play.firm(size="medium")).requested_fen == 500_000


def test_who_was_given_research_aid_meanwhile_does_not_order(play):
    (firm,) = holders(play, size="medium")
    play.at("2026-11-02").listed(firm, "rd_aid")
    with refused("不再符合.*R&D"):
        play.buy(firm, 6_000)


def test_the_price_without_its_tax_is_borne_and_the_tax_is_the_firms(play):
    (firm,) = holders(play)
    order = play.at("2026-11-02").buy(firm, 6_000)
    assert (order.subsidy_fen, play.left(firm)) == (500_000, 0)
    order = play.deliver(play.contract(play.take(order)))
    with refused("不等于价税合计"):
        play.bill(order, 5_000, 999, whole=6_000)
    play.bill(order, 5_000, 1_000)
    order = play.at("2027-02-01").accept(order)
    assert (order.subsidy_fen, order.own_share_fen) == (500_000, 100_000)
    claim = play.claim(order)
    assert (claim.payee_id, claim.currency) == (order.provider_id, "GBP")
    assert play.pay(play.approve(play.check(claim))).state is ClaimState.SETTLED
    found = ledger.standing(play.book)
    assert (found.paid, found.unissued) == (5_000 * YUAN, 95_000 * YUAN)


@pytest.mark.parametrize(("net", "tax", "borne"), [(3_000, 600, 3_000), (6_000, 1_200, 5_000)], ids=["smaller", "larger"])
def test_no_more_than_the_net_invoice_and_no_more_than_the_face(play, net, tax, borne):
    (firm,) = holders(play)
    order = play.at("2026-11-02").buy(firm, net + tax)
    order = play.deliver(play.contract(play.take(order)))
    play.bill(order, net, tax)
    order = play.accept(order)
    assert (order.subsidy_fen, play.left(firm)) == (borne * YUAN, 5_000 - borne)


def test_nine_months_after_the_issue_the_work_is_done_however_late_its_contract(play):
    early, late = holders(play, 2)
    assert play.voucher(early).valid_until == date.fromisoformat(LAST)
    play.at("2027-06-01")
    done, open_ = (play.contract(play.take(play.buy(one, 6_000))) for one in (early, late))
    assert {done.due_on, open_.due_on} == {date.fromisoformat(LAST)}
    assert play.at(f"{LAST} 23:59:59").deliver(done).state is OrderState.DELIVERED
    play.at("2027-07-13 00:00:00")
    with refused("期限 2027-07-12 已过"):
        play.deliver(open_)
    play.pass_time()
    assert by_id(Order, open_.id).state is OrderState.LAPSED and play.pool() == 95_000
    assert play.voucher(late).state is VoucherState.EXPIRED
    play.bill(done, 5_000, 1_000)
    assert play.at("2027-07-14").accept(done).subsidy_fen == 500_000, "what was delivered in time is looked at after it"


def test_the_last_day_to_order_is_that_day_and_what_nobody_used_is_in_the_pool_again(play):
    (firm, idle) = holders(play, 2)
    play.at(f"{LAST} 23:59:59").buy(firm, 1_200)
    with refused("到期"):
        play.at("2027-07-13 00:00:00").buy(idle, 1_200)
    play.pass_time()
    assert play.voucher(idle).state is VoucherState.EXPIRED and play.pool() == 98_800


def test_saint_patricks_day_is_no_working_day_of_a_provider(play):
    (firm,) = holders(play)
    order = play.at("2027-03-08 10:00:00").buy(firm, 6_000)
    assert order.due_on == shipped("gb_northern_ireland").add_working_days(date(2027, 3, 8), 10).on == date(2027, 3, 23)
    with refused("期限 2027-03-23 已过"):
        play.at("2027-03-24 00:00:00").take(order)
    play.pass_time()
    assert by_id(Order, order.id).state is OrderState.LAPSED and play.left(firm) == 5_000


def test_a_silent_firm_is_put_before_an_officer_and_the_provider_is_not_left_without(play):
    (firm,) = holders(play)
    order = play.at("2026-11-02").buy(firm, 6_000)
    order = play.deliver(play.contract(play.take(order)))
    play.bill(order, 5_000, 1_000)
    play.at("2026-12-01 00:00:00").pass_time()  # twenty working days after 2 November were over on the 30th
    assert by_id(Order, order.id).state is OrderState.DISPUTED
    assert play.decide(order, 5_000).subsidy_fen == 500_000


def test_a_claim_after_its_sixty_days_brings_nothing(play):
    (firm,) = holders(play)
    order = play.at("2026-11-02").buy(firm, 6_000)
    order = play.deliver(play.contract(play.take(order)))
    play.bill(order, 5_000, 1_000)
    order = play.accept(order)
    assert order.due_on == date(2027, 1, 1)
    play.at("2027-01-02 00:00:00").pass_time()
    assert by_id(Order, order.id).closed_at is not None and play.pool() == 100_000
