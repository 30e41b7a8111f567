"""The arithmetic of measures that depend on a reading."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.evaluation import arithmetic
from marketplace.evaluation.arithmetic import ServiceFact, StaffFact
from marketplace.evaluation.rules import Measured
from marketplace.policy.fees import FeeKind


@pytest.mark.parametrize(
    ("since", "on", "years"),
    [
        (date(2024, 3, 16), date(2026, 3, 15), 1),
        (date(2024, 3, 16), date(2026, 3, 16), 2),
        (date(2024, 2, 29), date(2026, 2, 28), 1),
        (date(2024, 2, 29), date(2026, 3, 1), 2),
    ],
)
def test_two_years_are_full_on_the_second_anniversary(since, on, years):
    assert arithmetic.whole_years(since, on) == years


@given(part=st.integers(0, 10_000), whole=st.integers(1, 10_000), limit=st.integers(0, 10_000))
def test_a_share_rounded_down_reaches_a_limit_exactly_when_the_fraction_does(part, whole, limit):
    assert (arithmetic.share_bp(part, whole) >= limit) == (part * 10_000 >= limit * whole)


@pytest.mark.parametrize(
    ("counts", "reading", "expected"),
    [
        ({2025: 21, 2024: 20}, "one_step", True),
        ({2025: 20, 2024: 20}, "one_step", False),
        ({2025: 22, 2024: 21, 2023: 20}, "two_steps", True),
        ({2025: 22, 2024: 21, 2023: 21}, "two_steps", False),
        ({2025: 22, 2024: 25, 2023: 20}, "two_steps", False),
        ({2025: 22}, "one_step", None),
        ({2025: 22, 2024: 21}, "two_steps", None),
        ({2025: 22, 2024: None}, "one_step", None),
    ],
)
def test_rising_means_more_than_before_and_a_missing_year_is_unknown(counts, reading, expected):
    found = arithmetic.rising(counts, 2025, reading)
    assert found.value is expected
    assert (found.unknown_reason is not None) == (expected is None)


@pytest.mark.parametrize(
    ("doubts", "expected"),
    [({2025: 9}, True), ({2024: 1}, True), ({2024: 2}, None), ({2025: 9, 2024: 2}, None)],
)
def test_firms_in_doubt_leave_rising_open_where_they_could_turn_it(doubts, expected):
    assert arithmetic.rising({2025: 22, 2024: 20}, 2025, "one_step", doubts=doubts).value is expected
    assert arithmetic.rising({2025: 20, 2024: 20}, 2025, "one_step", doubts={2024: 5}).value is False


def test_rising_names_the_missing_years_and_shows_the_figures():
    assert "2023、2024" in arithmetic.rising({2025: 1}, 2025, "two_steps").unknown_reason.text()
    assert arithmetic.rising({2025: 3, 2024: 2}, 2025, "one_step").note.text() == "各年服务企业：2024: 2，2025: 3。"


def answers(*scores):
    return [(f"r{i}", score) for i, score in enumerate(scores)]


def test_satisfaction_counts_answers_from_the_chosen_score():
    assert arithmetic.satisfaction(answers(5, 4, 4, 4, 3), satisfied_from_score=4, least_answers=5).value == 8000
    assert arithmetic.satisfaction(answers(5, 4, 4, 4, 3), satisfied_from_score=5, least_answers=5).value == 2000


def test_too_few_answers_are_unknown_not_bad():
    found = arithmetic.satisfaction(answers(1, 1), satisfied_from_score=4, least_answers=3)
    assert found.value is None
    assert "只有 2 份评价，至少需要 3 份" in found.unknown_reason.text()


@pytest.mark.parametrize(
    ("own", "prefecture", "reading", "expected"),
    [
        (9000, 7000, "own", 9000),
        (9000, 7000, "prefecture", 7000),
        (9000, 7000, "lower", 7000),
        (6000, 7000, "lower", 6000),
        (9000, None, "own", 9000),
        (9000, None, "prefecture", None),
        (9000, None, "lower", None),
        (None, 7000, "lower", None),
    ],
)
def test_the_figure_that_counts_is_chosen_and_both_are_shown(own, prefecture, reading, expected):
    found = arithmetic.chosen_satisfaction(Measured(own), Measured(prefecture), reading)
    assert found.value == expected
    assert "地（市）测评" in found.note.text()


FREE = ServiceFact("a", "firm-1", FeeKind.PUBLIC_BENEFIT, 10, 0)
LOW = ServiceFact("b", "firm-1", FeeKind.LOW_FEE, 1, 100)
PAID = ServiceFact("c", "firm-2", FeeKind.STANDARD, 5, 300)
PAID_BY_VOUCHER = ServiceFact("d", "firm-3", FeeKind.STANDARD, 4, 600, subsidised=True)
ALL = [FREE, LOW, PAID, PAID_BY_VOUCHER]


@pytest.mark.parametrize(
    ("by", "subsidised", "expected"),
    [
        ("services", "no", 5000),
        ("services", "yes", 7500),
        ("firms", "no", 3333),
        ("firms", "yes", 6666),
        ("person_times", "no", 5500),
        ("fee", "no", 1000),
        ("fee", "yes", 7000),
    ],
)
def test_the_share_of_public_benefit_by_every_reading(by, subsidised, expected):
    found = arithmetic.public_benefit_share(ALL, by=by, subsidised_is_low_fee=subsidised)
    assert found.value == expected
    assert found.rows == ("a", "b", "c", "d")


def test_no_service_is_unknown_and_all_free_is_all():
    assert arithmetic.public_benefit_share([], by="services", subsidised_is_low_fee="no").value is None
    assert arithmetic.public_benefit_share([FREE], by="fee", subsidised_is_low_fee="no").value == 10_000
    nobody = ServiceFact("e", None, FeeKind.PUBLIC_BENEFIT, 50, 0)
    assert arithmetic.public_benefit_share([nobody], by="firms", subsidised_is_low_fee="no").value is None


def staff(*people):
    return [StaffFact(f"p{i}", degree, title) for i, (degree, title) in enumerate(people)]


TEN = staff(*[(True, True)] * 3, *[(True, False)] * 3, *[(False, True)] * 1, *[(False, False)] * 3)


@pytest.mark.parametrize(("reading", "expected"), [("union", 7000), ("intersection", 3000), ("degree", 6000), ("title", 4000)])
def test_qualified_staff_by_every_reading(reading, expected):
    assert arithmetic.qualified_staff_share(TEN, reading).value == expected


def test_what_is_not_filled_in_makes_the_share_a_span():
    def span(people, reading):
        found = arithmetic.qualified_staff_share(people, reading)
        return found.value, found.most

    assert span(staff((True, None), (None, True)), "union") == (10_000, None)
    assert span(staff((False, None), (None, False)), "intersection") == (0, None)
    assert span(staff((True, None), (True, True)), "intersection") == (5_000, 10_000)
    assert span(staff((True, True), (None, None)), "union") == (5_000, 10_000)
    assert arithmetic.qualified_staff_share([], "union").value is None
