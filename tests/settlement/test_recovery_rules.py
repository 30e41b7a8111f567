"""What there is to pay back on a day, to the fen."""

from datetime import date

import pytest

from marketplace.kernel.errors import RuleViolation
from marketplace.settlement.recovery_rules import (
    Interest,
    Owed,
    Received,
    ReturnsTo,
    check_amount,
    check_instalment,
    check_open_source,
    owed,
)

pytestmark = pytest.mark.rules

DUE = date(2026, 3, 31)


def test_no_interest_runs_before_its_day_and_none_at_nought():
    for interest in (Interest(300, DUE), Interest(0, date(2026, 1, 1)), Interest(300, None)):
        assert owed(1_000_00, interest, [], DUE) == Owed(1_000_00, 0)


def test_who_paid_more_interest_than_a_corrected_day_asks_for_owes_none_below_nought():
    received = [Received(date(2026, 4, 10), 1_000_00, 8_21)]
    assert owed(10_000_00, Interest(300, date(2026, 4, 9)), received, date(2026, 4, 10)) == Owed(9_000_00, 0)


def test_interest_is_simple_by_the_day_and_rounds_down_to_the_fen():
    # 10 000 yuan at 3 % for 10 days: 8.2191… yuan
    assert owed(10_000_00, Interest(300, DUE), [], date(2026, 4, 10)) == Owed(10_000_00, 8_21)
    assert owed(10_000_00, Interest(300, DUE), [], date(2027, 3, 31)) == Owed(10_000_00, 300_00)
    assert owed(10_000_00, Interest(600, DUE), [], date(2027, 3, 31)) == Owed(10_000_00, 600_00)


def test_an_instalment_covers_interest_before_principal_and_interest_goes_on_with_the_rest():
    interest = Interest(300, DUE)
    first = owed(10_000_00, interest, [], date(2026, 4, 10)).covered_by(5_008_21, date(2026, 4, 10))
    assert first == Received(date(2026, 4, 10), 5_000_00, 8_21)
    # a fraction of a fen is carried: 82 191 780… + 41 095 890… of 100 000 000 parts
    rest = owed(10_000_00, interest, [first], date(2026, 4, 20))
    assert rest == Owed(5_000_00, 4_11)
    last = rest.covered_by(rest.total_fen, date(2026, 4, 20))
    assert owed(10_000_00, interest, [first, last], date(2026, 12, 31)) == Owed(0, 0)


def test_what_covers_less_than_the_interest_leaves_the_principal():
    assert Owed(100, 30).covered_by(20, DUE) == Received(DUE, 0, 20)


def test_an_instalment_is_no_more_than_is_owed():
    for fen in (0, 131):
        with pytest.raises(RuleViolation, match=r"不超过当日应缴的 1\.30 元（本金 1\.00 元、利息 0\.30 元）"):
            check_instalment(fen, Owed(100, 30), "CNY")
    check_instalment(130, Owed(100, 30), "CNY")


def test_no_more_is_recovered_than_was_paid():
    with pytest.raises(RuleViolation, match="没有可以追回的已付款项"):
        check_amount(1, 0, "CNY")
    for fen in (0, 101):
        with pytest.raises(RuleViolation, match=r"不超过已付而未追回的 1\.00 元"):
            check_amount(fen, 100, "CNY")
    check_amount(100, 100, "CNY")


def test_a_closed_round_takes_nothing_back_and_the_treasury_does():
    with pytest.raises(RuleViolation, match="批次已结项，追回的资金不能再退回本批次"):
        check_open_source(ReturnsTo.POOL, True)
    check_open_source(ReturnsTo.POOL, False)
    check_open_source(ReturnsTo.TREASURY, True)
