"""北京 2022, played to the second: the quota appears by itself, 30 % of each order, orders until 31 December, a year for the service."""

from datetime import date, timedelta

import pytest

from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.publicity import queries as publicity
from marketplace.records.rules import AcceptedBy
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.spot_rules import DrawnBy
from marketplace.vouchers import chart
from marketplace.vouchers.rules.states import RoundState, VoucherState
from tests.factories import changed_programme, user_of
from tests.journeys.played import Played

SLUG = "beijing_2022_service_voucher"
DAYS = {"use_from": "2022-05-05", "use_until": "2022-12-31", "contract_until": "2023-01-15", "redeem_until": "2023-03-31"}


@pytest.fixture
def play(db):
    made = Played(SLUG, area="110000", region="110101", at="2022-04-20")
    yield made
    made.verified()


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def credited(play, *kinds, budget=10_000_000):
    """Firms, small ones unless said otherwise, that have their quota on the first day of use."""
    firms = [play.firm(**kind) for kind in kinds or ({},)]
    play.announce(budget=budget, **DAYS)
    play.at("2022-05-05 00:00:00").pass_time()
    return firms


def voided(play):
    return ledger.balance_fen(play.book, chart.VOIDED.of(play.round_id)) // YUAN


def test_quotas_appear_by_themselves_on_the_first_day_by_class(play):
    firm = play.firm()
    play.announce(budget=10_000_000, **DAYS)
    play.at("2022-05-04 23:59:59").pass_time()
    assert play.round.state is RoundState.ANNOUNCED
    kinds = ({"size": "medium"}, {"titles": ["specialised"]}, {"titles": ["specialised", "little_giant"], "size": "medium"})
    others = [play.firm(**kind) for kind in kinds]

    play.at("2022-05-05 00:00:00").pass_time()

    assert [play.left(one) for one in (firm, *others)] == [20_000, 20_000, 100_000, 200_000]


def test_r13_a_quota_only_promises_and_the_money_goes_to_whoever_orders_first_as_far_as_it_reaches(play):
    firms = credited(play, {}, {}, {}, budget=25_000)
    assert [play.left(one) for one in firms] == [20_000] * 3, "the money of one stops nobody's quota"

    assert [play.order(one, 100_000).subsidy_fen // YUAN for one in firms[:2]] == [20_000, 5_000]
    with refused("受“本批次剩余资金”限制：0.00 元"):
        play.order(firms[2], 100_000)


def test_an_order_gets_its_share_and_goes_on_with_what_is_left(play):
    (firm,) = credited(play)

    shares = [play.order(firm, yuan).subsidy_fen // YUAN for yuan in (30_000, 50_000)]

    assert shares == [9_000, 11_000], "30 % of the first, and of the second what is left of the year"


def test_r1_the_last_order_is_of_31_december_and_its_contract_lives_its_year(play):
    firm, other, third = credited(play, {}, {}, {})
    play.at("2022-12-31 23:59:59")
    order, late = (play.walked(one, 10_000, until="take") for one in (firm, other))
    play.at("2023-01-01 00:00:00")
    with refused("到期"):
        play.order(third, 10_000)

    signed = play.at("2023-01-15 23:59:59").contract(order)
    play.at("2023-01-16 00:00:00")
    with refused("期限 2023-01-15 已过"):
        play.contract(late)
    play.pass_time()
    assert by_id(Order, late.id).state is OrderState.LAPSED
    assert signed.due_on == date(2024, 1, 15), "twelve months from the contract"

    done = play.at("2024-01-15 23:59:59").deliver(order)
    assert play.at("2024-01-16").accept(done).state is OrderState.REDEEMED


def test_r1_a_service_that_is_not_delivered_within_the_year_lapses(play):
    (firm,) = credited(play)
    order = play.at("2022-06-01").walked(firm, 10_000, until="contract")

    play.at("2023-06-01 23:59:59").pass_time()
    assert by_id(Order, order.id).state is OrderState.CONTRACTED
    play.at("2023-06-02 00:00:00")
    with refused("期限 2023-06-01 已过"):
        play.deliver(order)
    play.pass_time()

    assert by_id(Order, order.id).state is OrderState.LAPSED
    assert voided(play) == 20_000, "the voucher is over, and nobody else has what comes back"


def test_r2_a_silent_firm_has_accepted_after_ten_working_days(play):
    firm, silent = credited(play, {}, {})
    play.at("2022-09-26")
    order, quiet = (play.walked(one, 10_000, until="deliver") for one in (firm, silent))
    assert quiet.due_on == date(2022, 10, 13), "the week of the holiday does not count, and the days worked for it do"

    assert play.at("2022-10-13 23:59:59").accept(order).accepted_by is AcceptedBy.FIRM
    play.at("2022-10-14 00:00:00").pass_time()

    assert (by_id(Order, quiet.id).accepted_by, by_id(Order, quiet.id).subsidy_fen) == (AcceptedBy.DEFAULT, 3_000 * YUAN)


def test_r1_a_claim_is_in_time_for_sixty_days(play):
    firm, other = credited(play, {}, {})
    play.at("2022-06-01")
    order, late = (play.walked(one, 10_000) for one in (firm, other))

    claim = play.at("2022-07-31 23:59:59").claim(order)
    play.at("2022-08-01 00:00:00")
    with refused("2022-07-31"):
        play.claim(late)
    play.pass_time()

    assert play.pay(play.approve(play.check(claim))).state is ClaimState.SETTLED
    assert by_id(Order, late.id).closed_at is not None
    assert play.left(other) == 17_000, "the fund has it back, not the voucher"


def test_a_contract_below_the_price_gives_the_difference_back_at_once(play):
    (firm,) = credited(play)
    order = play.at("2022-06-01").walked(firm, 10_000, until="take")
    assert play.left(firm) == 17_000

    assert play.contract(order, yuan=8_000).subsidy_fen == 2_400 * YUAN
    assert play.left(firm) == 17_600


def test_r8_a_contract_of_the_day_of_the_order_hears_the_one_day_that_counts(play):
    (firm,) = credited(play)
    order = play.at("2022-12-31").walked(firm, 10_000, until="take")

    with refused("合同日期应为 2022-12-31"):
        play.contract(order, dated="2022-12-30")


def test_r8_a_firm_rates_within_seven_days(play):
    firm, late = credited(play, {}, {})
    play.at("2022-06-01")
    order, other = (play.walked(one, 10_000) for one in (firm, late))

    play.at("2022-06-08 23:59:59").rate(order)
    with refused("评价期限已于 2022-06-08 结束"):
        play.at("2022-06-09 00:00:00").rate(other)


def test_r8_of_two_limits_that_leave_the_same_one_is_named_as_the_one_that_binds(play, browser):
    (firm,) = credited(play)
    order = play.at("2022-06-01").order(firm, 100_000)
    assert order.subsidy_fen == 20_000 * YUAN, "the year's cap, and the quota of the voucher itself"

    browser.sign_in(user_of(firm.id))
    with play.now():
        shown = browser.get(f"/orders/{order.id}").text

    assert shown.count("以此为限") == 1


def test_r8_a_day_that_is_fixed_is_not_called_provisional_and_one_that_holidays_may_move_is(db):
    play = Played(SLUG, area="110000", region="110101", at="2030-04-20")  # nobody knows its holidays yet
    firm = play.firm()
    play.announce(budget=10_000_000, **{name: day.replace("2023", "2031").replace("2022", "2030") for name, day in DAYS.items()})
    play.at("2030-05-05 00:00:00").pass_time()

    taken = play.at("2030-06-01").walked(firm, 10_000, until="take")
    signed = play.contract(taken)
    assert (signed.due_on, signed.due_provisional) == (date(2031, 6, 1), False)
    assert play.deliver(signed).due_provisional
    play.verified()


def test_r4_what_is_not_used_by_the_end_of_the_year_is_void_and_granted_to_nobody(play):
    firm, waiting = credited(play, {}, {}, budget=20_000)
    play.at("2022-12-31 23:59:59").pass_time()
    assert play.voucher(firm).state is VoucherState.AVAILABLE

    play.at("2023-01-01 00:00:00").pass_time()

    assert play.voucher(firm).state is VoucherState.EXPIRED
    assert (play.pool(), voided(play)) == (0, 20_000)
    assert not [one for one in play.heard(waiting) if "已发放" in one]


def test_the_year_of_an_order_is_that_of_its_day_in_china(play):
    (firm,) = credited(play)

    order = play.at("2022-12-31 23:59:59").order(firm, 10_000)

    assert any(":2022" in code for code in order.limits) and not any(":2023" in code for code in order.limits)


def test_r5_the_first_five_claims_are_drawn_and_above_fifty_thousand_each_one(play):
    firms = credited(play, *({} for _ in range(4)), {"titles": ["little_giant"]})
    play.at("2022-06-01")
    drawn = [play.claim(play.walked(one, yuan)).drawn_by for one, yuan in zip(firms, (*(1_000,) * 4, 200_000), strict=True)]

    assert drawn[-1] == DrawnBy.AMOUNT
    assert DrawnBy.NONE not in drawn


def test_r6_a_firm_that_is_on_a_list_of_the_sanctioned_does_not_order(play):
    (firm,) = credited(play)
    in_transaction(lambda: setattr(by_id(type(firm), firm.id).organisation, "sanctioned_until", date(2023, 12, 31)))

    with refused("失信"):
        play.at("2022-06-01").order(firm, 10_000)


@pytest.mark.parametrize(("kind", "last"), [("natural", "2022-10-01"), ("working", "2022-10-08")])
def test_r7_a_notice_before_the_payment_ends_in_the_kind_of_days_it_is_said_in(db, kind, last):
    notice = {"days": 5, "day_kind": kind}
    play = Played(lambda: changed_programme(SLUG, "times.notice", notice, area="110000"), area="110000", region="110101", at="2022-04-20")
    (firm,) = credited(play)
    claim = play.at("2022-09-26").approve(play.check(play.claim(play.walked(firm, 10_000))))

    (found,) = publicity.of_subject(claim.id)

    assert found.last_day == date.fromisoformat(last)
    play.verified()


def test_r2_a_firm_that_disputes_in_time_is_not_taken_to_have_accepted(play):
    (firm,) = credited(play)
    order = play.at("2022-06-01").walked(firm, 10_000, until="deliver")
    last = order.due_on
    play.at(f"{last} 23:59:59").dispute(order)

    play.at(f"{last + timedelta(days=1)} 00:00:00").pass_time()
    assert by_id(Order, order.id).state is not OrderState.REDEEMED

    assert play.decide(order, 2_000).subsidy_fen == 2_000 * YUAN
    assert play.left(firm) == 18_000
