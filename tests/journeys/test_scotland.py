"""The SFC's standard voucher: 1,000 to 5,000 pounds, the firm bears as much again, once in its life, two looks before it is given."""

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
from tests import order_factories as acts
from tests.factories import an_offering
from tests.journeys.london import InLondon
from tests.orders.test_joint import confirmed, orders_of, proposed

WINDOW = ("2026-09-01 09:00:00", "2027-06-30 17:00:00")
DAYS = {"use_from": "2026-09-01", "use_until": "2027-12-31", "redeem_until": "2028-12-31"}


@pytest.fixture
def play(db):
    made = InLondon("scotland_innovation_voucher", area="900200", region="900200", at="2026-08-20")
    made.announce(budget=60_000, window=WINDOW, **DAYS)
    made.at("2026-09-01 09:00:00").pass_time()
    yield made
    made.verified()


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def granted(play, application):
    return play.review(play.review(application), second=True)


def holder(play, pounds=5_000, people=20):
    firm = play.employing(people)
    assert granted(play, play.apply(firm, pounds)).state is ApplicationState.GRANTED
    return firm


def test_a_firm_asks_for_a_sum_between_one_and_five_thousand(play):
    firm, other = play.employing(20), play.employing(20)
    for pounds in (999, 5_001):
        with refused("1,000.00|5,000.00"):
            play.apply(firm, pounds)
    assert granted(play, play.apply(firm, 1_000)).granted_fen == 100_000
    assert granted(play, play.apply(other, 5_000)).granted_fen == 500_000
    assert (play.left(firm), play.pool()) == (1_000, 54_000)


def test_interface_looks_first_and_the_council_decides_and_no_one_does_both(play):
    filed = play.apply(play.employing(20), 2_000)
    assert play.review(filed).state is ApplicationState.REVIEWING and play.pool() == 60_000
    with refused("同一人|另一"):
        play.review(filed)
    assert play.review(filed, "refuse", second=True).state is ApplicationState.REFUSED and play.pool() == 60_000


def test_fewer_than_two_hundred_and_fifty_people_by_figures_that_were_accepted(play):
    assert play.apply(play.employing(249), 1_000).state is ApplicationState.SUBMITTED
    with refused("从业人员|类别|符合"):
        play.apply(play.employing(250), 1_000)
    with refused("从业人员"):
        play.apply(play.firm(), 1_000)


def test_the_firm_bears_as_much_again_up_to_the_face_and_the_university_is_paid(play):
    firm = holder(play)
    order = play.at("2026-10-01").buy(firm, 8_000)
    assert (order.subsidy_fen, order.own_share_fen, play.left(firm)) == (400_000, 400_000, 1_000)
    for step in (play.take, play.contract, play.deliver, play.accept):
        order = step(order)
    claim = play.claim(order)
    assert play.pay(play.approve(play.check(claim))).state is ClaimState.SETTLED and claim.payee_id == order.provider_id
    rest = play.buy(firm, 12_000)
    assert (rest.subsidy_fen, rest.own_share_fen) == (100_000, 1_100_000), "what is left of the face"
    found = ledger.standing(play.book)
    assert (found.paid, found.unissued) == (4_000 * YUAN, 55_000 * YUAN)


def test_the_firm_matches_the_voucher_in_kind_and_the_university_is_paid_for_its_part_alone(play):
    firm = holder(play)
    play.at("2026-10-01")
    for too_much in (5_001, 100_000):
        with refused("最多计 GBP 5,000.00"):
            play.buy(firm, 5_000, in_kind=too_much)
    order = play.buy(firm, 5_000, in_kind=5_000)
    assert (order.subsidy_fen, order.own_share_fen, play.left(firm)) == (500_000, 0, 0), "10,000 in all, half of it borne"
    order = play.deliver(play.contract(play.take(order)))
    with refused("由企业上传"), play.now():
        acts.add_paper(by_id(Order, order.id), acts.a_paper("in_kind_record", amount_fen=100))
    play.show_in_kind(order, 5_000)
    order = play.accept(order)
    claim = play.check(play.claim(order))
    assert (claim.requested_fen, order.subsidy_fen) == (500_000, 500_000)
    assert play.pay(play.approve(claim)).approved_fen == 500_000


def test_a_follow_on_of_twenty_thousand_comes_after_a_standard_voucher_that_was_paid_and_is_matched_in_cash_alone(play):
    firm = holder(play)
    following = InLondon("scotland_follow_on_voucher", area="900200", region="900200", at="2026-08-20")
    following.announce(budget=100_000, window=WINDOW, **DAYS)
    following.at("2026-09-01 09:00:00").pass_time()
    order = play.at("2026-10-01").buy(firm, 8_000)
    for step in (play.take, play.contract, play.deliver, play.accept):
        order = step(order)
    claim = play.check(play.claim(order))
    with refused("还没有办到这一步"):
        following.at("2026-10-05").apply(firm, 20_000)
    assert play.at("2026-10-06").approve(claim).approved_fen == 400_000
    with refused("20,000.00"):
        following.at("2026-10-07").apply(firm, 20_001)
    assert granted(following, following.apply(firm, 20_000)).state is ApplicationState.GRANTED
    with refused("全部以现金支付"):
        following.buy(firm, 20_000, in_kind=1)
    second = following.buy(firm, 30_000)
    assert (second.subsidy_fen, second.own_share_fen, following.left(firm)) == (1_500_000, 1_500_000, 5_000)
    following.verified()


def test_two_firms_pool_their_vouchers_for_one_project_and_each_claim_is_paid(play):
    first, second = holder(play), holder(play, 3_000)
    play.at("2026-10-01")
    with play.now():
        offering = an_offering(price_fen=1_200_000, currency="GBP", category="technology")
    row = proposed(play, (first, 8_000), (second, 4_000), offering=offering)
    orders = orders_of(confirmed(play, row, second))
    assert [orders[one.id].subsidy_fen for one in (first, second)] == [400_000, 200_000]
    for firm in (first, second):
        order = orders[firm.id]
        for step in (play.take, play.contract, play.deliver, play.accept):
            order = step(order)
        assert play.pay(play.approve(play.check(play.claim(order)))).approved_fen == order.subsidy_fen
    assert (play.left(first), play.left(second)) == (1_000, 1_000)


def test_what_was_not_shown_in_kind_does_not_count_and_a_lower_contract_has_less_of_it(play):
    firm, other = holder(play), holder(play)
    order = play.at("2026-10-01").buy(firm, 4_000, in_kind=4_000)
    order = play.contract(play.take(order), yuan=3_000)
    assert (order.subsidy_fen, order.own_share_fen) == (300_000, 0), "of the 4,000 in kind no more than the 3,000 in money count"
    play.deliver(order)
    play.show_in_kind(order, 1_000)
    order = play.accept(order)
    assert (order.subsidy_fen, order.own_share_fen, play.left(firm)) == (200_000, 100_000, 3_000), "half of 3,000 and 1,000"

    bare = play.deliver(play.contract(play.take(play.buy(other, 4_000, in_kind=4_000))))
    assert play.accept(bare).subsidy_fen == 200_000 and play.left(other) == 3_000, "nothing was shown"


def test_one_standard_voucher_in_a_firms_life_over_rounds_and_years(play):
    firm = holder(play, 3_000)
    order = play.at("2026-10-01").buy(firm, 6_000)
    for step in (play.take, play.contract, play.deliver, play.accept):
        order = step(order)
    assert play.pay(play.approve(play.check(play.claim(order)))).state is ClaimState.SETTLED
    later = DAYS | {"use_from": "2027-10-01", "use_until": "2028-06-30"}
    play.announce(budget=60_000, window=("2027-10-01 09:00:00", "2027-12-31 17:00:00"), **later)
    play.at("2027-10-01 09:00:00").pass_time()
    with refused("累计已享受本项目 1 次，最多 1 次"):
        play.apply(firm, 2_000)


def test_a_subsidiary_has_no_voucher_beside_its_mother(play):
    mother = holder(play)
    daughter = play.employing(10, group_uscc=mother.organisation.uscc)
    with refused("关联企业（.*）累计已享受本项目 1 次，合计最多 1 次"):
        play.apply(daughter, 2_000)
    play.give_back(mother)
    assert granted(play, play.apply(daughter, 2_000)).state is ApplicationState.GRANTED
    with refused("合计最多 1 次"):
        play.apply(play.employing(10, group_uscc=mother.organisation.uscc), 1_000)


def test_a_voucher_given_back_unused_was_no_voucher_and_two_at_once_are_one(play):
    firm, first = holder(play), play.round_id
    play.announce(budget=60_000, window=WINDOW, **DAYS)
    play.pass_time()
    second = play.round_id
    with refused("累计已享受本项目 1 次"):
        play.apply(firm, 2_000)
    play.round_id = first
    play.give_back(firm)
    asked = play.employing(30)
    filed = [play.apply(one, 2_000) for one in (firm, asked) if one is asked]
    play.round_id = second
    filed += [play.apply(one, 2_000) for one in (asked, firm)]
    states = [granted(play, one).state for one in filed]
    assert states == [ApplicationState.GRANTED, ApplicationState.REFUSED, ApplicationState.GRANTED]


def test_a_contract_that_comes_out_lower_gives_back_and_training_is_not_paid(play):
    firm = holder(play)
    with refused("类别|不支持|服务"):
        play.at("2026-10-01").buy(firm, 8_000, category="training")
    order = play.contract(play.take(play.buy(firm, 8_000)), yuan=6_000)
    assert (order.subsidy_fen, play.left(firm)) == (300_000, 2_000)


def test_saint_andrews_day_is_free_and_the_day_before_is_not(play):
    firm = holder(play)
    order = play.at("2026-11-26 10:00:00").buy(firm, 4_000)
    assert order.due_on == shipped("gb_scotland").add_working_days(date(2026, 11, 26), 10).on == date(2026, 12, 11)
    assert play.at("2026-12-11 23:59:59").take(order).state is OrderState.TAKEN


def test_after_six_months_what_was_not_ordered_is_in_the_pool_again(play):
    firm, idle = holder(play), holder(play)
    assert play.voucher(idle).valid_until == date(2027, 3, 1)
    order = play.at("2027-03-01 23:59:59").buy(firm, 10_000)
    with refused("到期"):
        play.at("2027-03-02 00:00:00").buy(idle, 10_000)
    play.pass_time()
    assert play.voucher(idle).state is VoucherState.EXPIRED and play.pool() == 55_000
    signed = play.contract(play.take(order))
    assert signed.due_on == date(2028, 3, 2), "a year from its contract"


def test_a_firm_found_out_before_the_payment_pays_itself(play):
    firm = holder(play)
    order = play.at("2026-10-01").buy(firm, 10_000)
    for step in (play.take, play.contract, play.deliver, play.accept):
        order = step(order)
    claim = play.refuse(play.check(play.claim(order)), "查实企业从业人员超过 250 人")
    assert claim.state is ClaimState.REFUSED and play.pool() == 60_000
    assert by_id(Order, order.id).closed_at is not None
