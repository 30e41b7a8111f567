"""When a notice ends, who may object, what a decision needs."""

from datetime import date

import pytest

from marketplace.kernel.calendar import COUNTRY, DayOverride, WorkingCalendar
from marketplace.kernel.errors import RuleViolation
from marketplace.publicity import rules
from marketplace.publicity.models import ObjectionState, PublicNoticeState

KNOWN = WorkingCalendar.of([DayOverride(date(2026, 3, 18), is_working=False)], [(2026, COUNTRY)])
FRIDAY, MONDAY = date(2026, 3, 13), date(2026, 3, 16)


def test_the_working_day_after_publication_is_day_one():
    assert rules.last_day(FRIDAY, 1, KNOWN, "540102") == MONDAY


def test_holidays_are_not_counted():
    assert rules.last_day(MONDAY, 2, KNOWN, "540102") == date(2026, 3, 19)


def test_a_period_that_ends_in_an_unknown_year_is_refused():
    assert rules.last_day(date(2026, 12, 24), 5, KNOWN, "540102") == date(2026, 12, 31)
    with pytest.raises(RuleViolation, match="2027 年"):
        rules.last_day(date(2026, 12, 28), 5, KNOWN, "540102")


def test_a_period_has_at_least_one_day():
    with pytest.raises(RuleViolation, match="至少 1 个工作日"):
        rules.last_day(MONDAY, 0, KNOWN, "540102")


def test_one_may_object_up_to_the_last_day():
    rules.check_may_object(PublicNoticeState.OPEN, FRIDAY, MONDAY, today=MONDAY)
    with pytest.raises(RuleViolation, match="2026-03-16 截止"):
        rules.check_may_object(PublicNoticeState.OPEN, FRIDAY, MONDAY, today=date(2026, 3, 17))
    with pytest.raises(RuleViolation, match="截止"):
        rules.check_may_object(PublicNoticeState.STOPPED, FRIDAY, MONDAY, today=MONDAY)
    with pytest.raises(RuleViolation, match="开始"):
        rules.check_may_object(PublicNoticeState.OPEN, MONDAY, MONDAY, today=FRIDAY)


@pytest.mark.parametrize("state", PublicNoticeState)
@pytest.mark.parametrize("today", [FRIDAY, MONDAY, date(2026, 3, 17)])
def test_a_page_offers_to_object_exactly_when_one_may(state, today):
    try:
        rules.check_may_object(state, MONDAY, MONDAY, today=today)
    except RuleViolation:
        assert not rules.takes_objections(state, MONDAY, MONDAY, today=today)
    else:
        assert rules.takes_objections(state, MONDAY, MONDAY, today=today)


def test_a_decision_comes_with_an_answer():
    rules.check_decision(ObjectionState.REJECTED, "经核实，资质在有效期内。")
    with pytest.raises(RuleViolation, match="处理意见"):
        rules.check_decision(ObjectionState.UPHELD, "  ")
    with pytest.raises(RuleViolation, match="请选择"):
        rules.check_decision(ObjectionState.RAISED, "还没想好")


@pytest.mark.parametrize(
    ("state", "objections", "today", "ended"),
    [
        pytest.param(PublicNoticeState.OPEN, [], MONDAY, False, id="its last day is not over"),
        pytest.param(PublicNoticeState.OPEN, [], date(2026, 3, 17), True, id="nobody objected"),
        pytest.param(PublicNoticeState.OPEN, [ObjectionState.RAISED], date(2026, 3, 17), False, id="an objection waits"),
        pytest.param(PublicNoticeState.OPEN, [ObjectionState.REJECTED], date(2026, 3, 17), True, id="objections are answered"),
        pytest.param(PublicNoticeState.STOPPED, [], date(2026, 3, 17), False, id="stopped stays stopped"),
    ],
)
def test_a_notice_closes_when_its_period_is_over_and_nothing_waits(state, objections, today, ended):
    assert rules.has_ended(state, MONDAY, objections, today=today) is ended
