"""漳州 2025 算力券: an officer looks at each firm; half of a contract for compute, at most two million for a firm in its life."""

import pytest

from marketplace.kernel.errors import RuleViolation
from marketplace.settlement.lifecycle import ClaimState
from tests.journeys.played import Played

WINDOW = ("2025-08-01 09:00:00", "2025-10-31 17:00:00")
DAYS = {"use_from": "2025-08-01", "use_until": "2025-12-31", "redeem_until": "2026-06-30"}
NEXT_WINDOW = ("2026-03-02 09:00:00", "2026-05-29 17:00:00")
NEXT_DAYS = {"use_from": "2026-03-02", "use_until": "2026-12-31", "redeem_until": "2027-06-30"}
COMPUTE = {"category": "compute"}


@pytest.fixture
def play(db):
    made = Played("zhangzhou_compute_voucher", area="350600", region="350602", at="2025-07-15")
    made.announce(budget=5_000_000, window=WINDOW, **DAYS)
    made.at("2025-08-01 09:00:00").pass_time()
    yield made
    made.verified()


def granted(play, firm, yuan):
    return play.review(play.apply(firm, yuan)).granted_fen // 100


def test_half_of_a_contract_for_compute_is_paid(play):
    firm = play.firm()
    assert granted(play, firm, 600_000) == 600_000
    order = play.walked(firm, 400_000, **COMPUTE)
    assert order.subsidy_fen == 200_000_00
    claim = play.check(play.claim(order))
    assert play.pay(play.approve(claim)).state is ClaimState.SETTLED
    with pytest.raises(RuleViolation):
        play.order(firm, 10_000, category="digital")


def test_two_million_is_the_most_in_the_life_of_a_firm_not_of_a_year(play):
    firm = play.firm()
    assert granted(play, firm, 1_500_000) == 1_500_000
    order = play.walked(firm, 3_000_000, **COMPUTE)
    assert order.subsidy_fen == 1_500_000_00
    play.pay(play.approve(play.check(play.claim(order))))
    play.at("2026-02-16").announce(budget=5_000_000, window=NEXT_WINDOW, **NEXT_DAYS)
    play.at("2026-03-02 09:00:00").pass_time()
    play.review(play.apply(firm, 600_000))
    assert play.walked(firm, 2_000_000, **COMPUTE).subsidy_fen == 500_000_00


def test_firms_of_other_cities_do_not_apply_and_large_ones_do(play):
    with pytest.raises(RuleViolation, match="漳州"):
        play.apply(play.firm(region="350203"), 100_000)
    assert granted(play, play.firm(size="large"), 100_000) == 100_000
