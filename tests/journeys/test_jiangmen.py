"""江门 2020, played to the second: one window, priority firms first, half of the invoice, no change given, what comes back to who waits."""

from datetime import date

import pytest

from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.records.rules import AcceptedBy
from marketplace.settlement import queries as claims
from marketplace.settlement import service as settlement
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.spot_rules import is_drawn
from marketplace.vouchers.models import Application
from marketplace.vouchers.rules.states import ApplicationState, RoundState, VoucherState
from tests.journeys.played import Played

WINDOW = ("2020-09-15 10:00:00", "2020-09-15 16:00:00")
LAST = dict.fromkeys(("use_until", "contract_until", "deliver_until"), "2020-10-15")
DAYS = {"use_from": "2020-09-17", "contract_from": "2019-10-02", **LAST, "redeem_until": "2020-12-31"}


@pytest.fixture
def play(db):
    made = Played("jiangmen_2020_service_voucher", area="440700", region="440703", at="2020-09-10")
    yield made
    made.verified()


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def in_use(play, count=1, budget=4_308_980):
    """Firms that got their voucher on the second working day after the window."""
    firms = [play.firm() for _ in range(count)]
    play.announce(budget=budget, window=WINDOW, **DAYS)
    play.at("2020-09-15 10:00:00")
    for firm in firms:
        play.apply(firm)
    play.at("2020-09-17 00:00:00").pass_time()
    return firms


def test_r10_the_window_opens_and_closes_on_the_second_and_results_come_on_the_second_working_day(play):
    early, first, last, late = (play.firm() for _ in range(4))
    play.announce(budget=4_308_980, window=WINDOW, **DAYS)

    with refused("不能申领"):
        play.at("2020-09-15 09:59:59").apply(early)
    play.at("2020-09-15 10:00:00").apply(first)
    play.at("2020-09-15 15:59:59").apply(last)
    with refused("不能申领|截止"):
        play.at("2020-09-15 16:00:00").apply(late)

    play.at("2020-09-16 23:59:59").pass_time()
    assert play.round.state is RoundState.CLOSED
    play.at("2020-09-17 00:00:00").pass_time()
    assert (play.round.state, play.left(first), play.left(last)) == (RoundState.IN_USE, 20_000, 20_000)


def test_a_priority_firm_that_comes_last_is_served_first_and_what_comes_back_goes_to_the_next_in_line(play):
    first, second, favoured = play.firm(), play.firm(), play.firm(titles=["specialised"])
    play.announce(budget=40_000, window=WINDOW, **DAYS)
    play.at("2020-09-15 10:00:00")
    waiting = [play.apply(one).id for one in (first, second, favoured)][1]
    play.at("2020-09-17 00:00:00").pass_time()
    assert (play.left(favoured), play.left(first)) == (20_000, 20_000)
    assert by_id(Application, waiting).state is ApplicationState.WAITLISTED

    play.at("2020-09-21").give_back(first)
    play.pass_time()

    assert play.left(second) == 20_000
    assert play.voucher(first).state is VoucherState.RECLAIMED


def test_r9_who_waits_is_told_on_the_day_after_the_last_order(play):
    first, waiting = play.firm(), play.firm()
    play.announce(budget=20_000, window=WINDOW, **DAYS)
    play.at("2020-09-15 10:00:00").apply(first)
    filed = play.apply(waiting).id
    play.at("2020-09-17 00:00:00").pass_time()

    play.at("2020-10-15 23:59:59").pass_time()
    assert by_id(Application, filed).state is ApplicationState.WAITLISTED
    play.at("2020-10-16 00:00:00").pass_time()

    assert by_id(Application, filed).state is ApplicationState.REFUSED
    assert "未获券" in play.heard(waiting)[0] and "用券期已结束" in play.heard(waiting)[0]
    assert play.pool() == 20_000, "what the first firm did not use is given to nobody any more"


def test_r1_orders_contracts_and_deliveries_are_in_time_on_their_day_and_not_on_the_day_after(play):
    firm, other, third, late = in_use(play, 4)
    play.at("2020-10-14")
    taken, contracted = play.walked(other, 10_000, until="take"), play.walked(third, 10_000, until="contract")
    play.at("2020-10-15 23:59:59")
    order = play.walked(firm, 10_000, until="deliver")
    assert (order.state, order.subsidy_fen) == (OrderState.DELIVERED, 5_000 * YUAN)

    play.at("2020-10-16 00:00:00")
    with refused("到期"):
        play.order(late, 10_000)
    with refused("期限 2020-10-15 已过"):
        play.contract(taken)
    with refused("期限 2020-10-15 已过"):
        play.deliver(contracted)
    play.pass_time()

    assert [by_id(Order, one.id).state for one in (taken, contracted)] == [OrderState.LAPSED, OrderState.LAPSED]
    assert [play.voucher(one).state for one in (other, third, late)] == [VoucherState.EXPIRED] * 3


def test_a_contract_of_the_look_back_day_counts_and_one_of_the_day_before_does_not(play):
    (firm,) = in_use(play)
    order = play.at("2020-09-20").walked(firm, 10_000, until="take")

    with refused("合同日期应在 2019-10-02 至 2020-09-20 之间"):
        play.contract(order, dated="2019-10-01")

    assert play.contract(order, dated="2019-10-02").contract_on == date(2019, 10, 2)


def test_r2_a_firm_accepts_on_its_last_day_and_a_silent_one_has_accepted_on_the_day_after(play):
    firm, silent = in_use(play, 2)
    play.at("2020-10-15")
    order, quiet = (play.walked(one, 10_000, until="deliver") for one in (firm, silent))
    assert order.due_on == quiet.due_on == date(2020, 10, 29), "ten working days"

    assert play.at("2020-10-29 23:59:59").accept(order).accepted_by is AcceptedBy.FIRM
    play.pass_time()
    assert by_id(Order, quiet.id).state is OrderState.DELIVERED
    play.at("2020-10-30 00:00:00").pass_time()

    found = by_id(Order, quiet.id)
    assert (found.state, found.accepted_by, found.subsidy_fen) == (OrderState.REDEEMED, AcceptedBy.DEFAULT, 5_000 * YUAN)
    assert any("视为验收" in one for one in play.heard(silent))


def test_r1_a_claim_is_in_time_on_its_day_and_forfeited_on_the_day_after_without_anything_given_back(play):
    firm, other = in_use(play, 2)
    play.at("2020-10-12")
    order, late = (play.walked(one, 10_000) for one in (firm, other))
    assert order.due_on == date(2020, 11, 11), "thirty days"

    claim = play.at("2020-11-11 23:59:59").claim(order)
    play.at("2020-11-12 00:00:00")
    with refused("2020-11-11"):
        play.claim(late)
    before = play.pool()
    play.pass_time()

    assert claim.state is ClaimState.SUBMITTED
    assert by_id(Order, late.id).closed_at is not None
    assert play.pool() - before == 5_000
    with refused("2020-11-11"):
        play.claim(late)


def test_r12_a_lower_invoice_lowers_what_is_redeemed_and_the_difference_is_not_given_back(play):
    (firm,) = in_use(play)
    order = play.at("2020-10-12").walked(firm, 10_000, until="contract")
    play.invoice(order, 8_000)
    before = play.pool()
    play.deliver(order)

    assert play.accept(order).subsidy_fen == 4_000 * YUAN
    assert (play.left(firm), play.pool() - before) == (15_000, 1_000)
    claim = play.approve(play.check(play.claim(order)))
    assert play.pay(claim).state is ClaimState.SETTLED
    assert (play.left(firm), play.voucher(firm).state) == (15_000, VoucherState.PARTLY_USED)


def test_r3_an_invoice_that_comes_after_the_acceptance_lowers_what_is_approved(play):
    (firm,) = in_use(play)
    order = play.at("2020-10-12").walked(firm, 9_000)
    assert order.subsidy_fen == 4_500 * YUAN
    play.invoice(order, 8_000)
    claim = play.check(play.claim(order))

    with refused("4,000.00"):
        play.approve(claim, 4_500)
    assert play.approve(claim, 4_000).approved_fen == 4_000 * YUAN
    assert play.left(firm) == 15_500, "what is cut is not given back"


def test_r5_a_claim_that_was_drawn_is_approved_after_a_second_officer_has_looked(play):
    (firm,) = in_use(play)
    claim = play.at("2020-10-12").claim(play.walked(firm, 40_000))
    assert claim.requested_fen == 20_000 * YUAN and is_drawn(claim.drawn_by)

    with refused("抽查"):
        play.approve(claim)
    assert play.approve(play.check(claim)).state is ClaimState.APPROVED


def test_r6_a_firm_that_was_sanctioned_after_the_issue_does_not_order(play):
    (firm,) = in_use(play)
    in_transaction(lambda: setattr(by_id(type(firm), firm.id).organisation, "sanctioned_until", date(2021, 12, 31)))

    with refused("失信"):
        play.at("2020-09-20").order(firm, 10_000)


def test_a_voucher_that_an_officer_voids_orders_nothing_and_goes_to_the_next_in_line(play):
    firm, waiting = play.firm(), play.firm()
    play.announce(budget=20_000, window=WINDOW, **DAYS)
    play.at("2020-09-15 10:00:00").apply(firm)
    play.apply(waiting)
    play.at("2020-09-17 00:00:00").pass_time()

    play.at("2020-09-20").end(firm, VoucherState.VOID)
    play.pass_time()

    with refused("作废"):
        play.order(firm, 10_000)
    assert play.left(waiting) == 20_000


def test_what_was_claimed_and_not_used_counts_until_the_year_ends_at_midnight_in_china(play):
    (firm,) = in_use(play)
    play.at("2020-10-16 00:00:00").pass_time()
    assert play.voucher(firm).state is VoucherState.EXPIRED
    days = {name: day.replace("2020", "2021").replace("2019", "2020") for name, day in DAYS.items()}
    play.announce(budget=100_000, window=("2020-12-31 10:00:00", "2021-01-15 16:00:00"), **days)

    with refused("年上限已经用完"):
        play.at("2020-12-31 23:59:59").apply(firm)
    assert play.at("2021-01-01 00:00:00").apply(firm).state is ApplicationState.SUBMITTED


def test_r14_a_result_that_cannot_be_recorded_says_that_the_line_was_paid(play):
    (firm,) = in_use(play)
    claim = play.at("2020-10-12").pay(play.approve(play.check(play.claim(play.walked(firm, 10_000)))))
    (line,) = claims.lines_of_claim(claim.id)

    with pytest.raises(Conflict, match="已于 2020-10-12 登记为已付款"), play.now():
        in_transaction(lambda: settlement.record_failed(line.id, reason="账号已销户", actor_id=play.officer.id, now=play.moment))
