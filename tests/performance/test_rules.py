"""Targets, progress and points, without a database."""

from datetime import date

import pytest

from marketplace.kernel.errors import RuleViolation
from marketplace.performance import rules
from marketplace.performance.indicators import Indicator, IndicatorTarget
from marketplace.performance.rules import Level, Scale

pytestmark = pytest.mark.rules
SCALE = Scale(tolerance_bp=1_000, least_share_bp=6_000, excellent=9_000, good=8_000, fair=6_000)
PAID, RATE = IndicatorTarget(Indicator.PAID, 100_000, 60), IndicatorTarget(Indicator.TIMELY, 9_500, 40)


@pytest.mark.parametrize(
    ("weights", "refused"), [((60, 40), False), ((60, 39), True), ((60, 41), True), ((100, 0), True), ((120, -20), True), ((), True)]
)
def test_weights_make_a_hundred(weights, refused):
    targets = [IndicatorTarget(one, 1, weight) for one, weight in zip((Indicator.PAID, Indicator.FIRMS), weights, strict=False)]
    if refused:
        with pytest.raises(RuleViolation):
            rules.check_targets(targets)
    else:
        rules.check_targets(targets)


def test_a_rate_is_at_most_whole():
    with pytest.raises(RuleViolation, match="100%"):
        rules.check_targets([IndicatorTarget(Indicator.TIMELY, 10_001, 100)])


@pytest.mark.parametrize(
    ("day", "paid"),
    [(date(2026, 1, 1), 273), (date(2026, 7, 2), 50_136), (date(2026, 12, 31), 100_000), (date(2027, 5, 1), 100_000)],
)
def test_what_adds_up_is_expected_by_the_share_of_the_year_and_a_rate_whole(day, paid):
    assert rules.expected(PAID, 2026, day) == paid
    assert rules.expected(RATE, 2026, day) == 9_500


@pytest.mark.parametrize(
    ("value", "points"),
    [(None, None), (0, 0), (59_999, 0), (60_000, 3_600), (99_999, 5_999), (100_000, 6_000), (900_000, 6_000), (-5, 0)],
)
def test_points_are_the_weight_by_the_share_that_was_reached(value, points):
    assert rules.points_of(PAID, value, SCALE) == points


def test_O12_unknown_is_neither_nought_nor_something():
    rows = rules.scored([PAID, RATE], {Indicator.PAID: 100_000, Indicator.TIMELY: None}, 2026, date(2026, 12, 31), SCALE)
    score = rules.score_of(rows, SCALE)
    assert (score.sure, score.most, score.level) == (6_000, 10_000, None), "it may be fair and it may be excellent"
    low = [IndicatorTarget(Indicator.PAID, 100_000, 95), IndicatorTarget(Indicator.TIMELY, 9_500, 5)]
    rows = rules.scored(low, {Indicator.PAID: 100_000, Indicator.TIMELY: None}, 2026, date(2026, 12, 31), SCALE)
    assert rules.score_of(rows, SCALE).level is Level.EXCELLENT, "whatever the unknown one is"


@pytest.mark.parametrize(("value", "behind"), [(None, True), (89, True), (90, False), (100, False)])
def test_behind_is_more_than_the_tolerance_below_what_is_expected(value, behind):
    assert rules.is_behind(value, 100, SCALE) is behind


def test_what_is_behind_has_its_reason():
    rows = rules.scored([PAID], {Indicator.PAID: 0}, 2026, date(2026, 12, 31), SCALE)
    with pytest.raises(RuleViolation, match="兑付金额"):
        rules.check_reasons(rows, {"paid": " "}, SCALE)
    rules.check_reasons(rows, {"paid": "批次推迟到下半年"}, SCALE)


def test_a_year_is_scored_when_it_is_over():
    rules.check_year_over(2025, date(2026, 1, 1))
    with pytest.raises(RuleViolation, match="中期监控"):
        rules.check_year_over(2026, date(2026, 12, 31))


@pytest.mark.parametrize(
    ("points", "level"), [(10_000, "excellent"), (9_000, "excellent"), (8_999, "good"), (6_000, "fair"), (5_999, "poor")]
)
def test_levels(points, level):
    assert rules.level_of(points, SCALE) == level
