"""山东 2022: small firms, or any with a title of the province; a year in business; so much in a cycle from July."""

from datetime import date

import pytest

from marketplace.kernel.errors import RuleViolation
from marketplace.settlement.lifecycle import ClaimState
from marketplace.vouchers.rules.states import ApplicationState, VoucherState
from tests.factories import a_title
from tests.journeys.played import Played

WINDOW = ("2022-07-04 09:00:00", "2022-09-30 17:00:00")
DAYS = {"use_from": "2022-07-04", "use_until": "2022-11-30", "redeem_until": "2023-06-30"}


@pytest.fixture
def play(db):
    made = Played("shandong_2022_innovation_voucher", area="370000", region="370102", at="2022-06-20")
    made.listed(made.firm(), "below_green")
    made.announce(budget=1_000_000, window=WINDOW, **DAYS)
    made.at("2022-07-04 09:00:00").pass_time()
    yield made
    made.verified()


def refused(words):
    return pytest.raises(RuleViolation, match=words)


def granted(play, **facts):
    firm = play.firm(**facts)
    assert play.review(play.apply(firm)).state is ApplicationState.GRANTED
    return firm


def test_a_title_counts_by_who_granted_it_and_size_does_without_one(play):
    gazelle, local, large = play.firm(size="large"), play.firm(size="medium"), play.firm(size="large")
    with play.now():
        a_title(gazelle, "gazelle", grade="province")
        a_title(local, "gazelle", grade="prefecture")

    assert play.review(play.apply(gazelle)).granted_fen == 10_000_000
    for other in (local, large):
        with refused("不符合|类别"):
            play.apply(other, 1_000)
    assert play.left(granted(play)) == 100_000


def test_a_firm_is_a_year_old_on_the_day_and_not_the_day_before(play):
    young = play.firm(founded_on=date(2021, 7, 5))
    with refused("经营"):
        play.at("2022-07-04 23:59:59").apply(young, 1_000)
    assert play.at("2022-07-05 00:00:00").apply(young).state is ApplicationState.SUBMITTED


def test_who_is_below_the_green_threshold_is_refused(play):
    firm = play.firm()
    play.listed(firm, "below_green")
    with refused("绿色门槛"):
        play.apply(firm, 1_000)


def test_the_cap_is_of_a_cycle_and_begins_anew_in_july_not_in_january(play):
    firm = granted(play)
    order = play.at("2022-08-01").walked(firm, 200_000)
    assert order.subsidy_fen == 10_000_000
    play.claim(order)
    later = {"use_from": "2022-12-05", "use_until": "2023-08-31", "redeem_until": "2023-12-31"}
    play.at("2022-12-01").announce(budget=1_000_000, window=("2022-12-05 09:00:00", "2023-07-31 17:00:00"), **later)

    play.at("2022-12-05 09:00:00").pass_time()
    play.review(play.apply(firm, 50_000))
    with refused("周期上限"):
        play.at("2023-06-30 23:59:59").order(firm, 10_000)
    assert play.at("2023-07-01 00:00:00").order(firm, 10_000).subsidy_fen == 500_000


def test_from_the_order_to_the_payment_and_what_is_left_goes_back(play):
    firm = granted(play)
    claim = play.check(play.claim(play.at("2022-10-10").walked(firm, 60_000)))
    assert play.pay(play.approve(claim)).state is ClaimState.SETTLED
    play.at("2022-12-01 00:00:00").pass_time()
    assert play.voucher(firm).state is VoucherState.EXPIRED
    with refused("到期"):
        play.order(firm, 10_000)
