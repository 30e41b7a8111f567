from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.calendar import DayOverride, Deadline, WorkingCalendar, seed_days, seed_years

CALENDAR = WorkingCalendar.of(seed_days(), seed_years())
TIBET = "540000"
LOSAR = [DayOverride(date(2026, 2, 18) + timedelta(days=number), False, TIBET, "藏历新年") for number in range(10)]
DAYS = st.dates(date(2020, 1, 1), date(2028, 12, 31))


def days(first, last):
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 1, 1), date(2026, 1, 3)),
        (date(2026, 2, 15), date(2026, 2, 23)),
        (date(2026, 4, 4), date(2026, 4, 6)),
        (date(2026, 5, 1), date(2026, 5, 5)),
        (date(2026, 6, 19), date(2026, 6, 21)),
        (date(2026, 9, 25), date(2026, 9, 27)),
        (date(2026, 10, 1), date(2026, 10, 7)),
    ],
)
def test_the_holidays_of_2026_are_free(first, last):
    assert not any(CALENDAR.is_working(day) for day in days(first, last))


@pytest.mark.parametrize("month_day", [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)])
def test_the_made_up_weekends_of_2026_are_worked(month_day):
    day = date(2026, *month_day)
    assert day.weekday() >= 5
    assert CALENDAR.is_working(day)


def test_2026_has_no_other_exceptions():
    exceptions = [entry for entry in seed_days() if entry.day.year == 2026]
    assert sum(not entry.is_working for entry in exceptions) == 33
    assert sum(entry.is_working for entry in exceptions) == 6
    assert all(entry.name and "2026年" in entry.source for entry in exceptions)


def test_seed_covers_2004_to_2026():
    assert [year for year, _layer in seed_years()] == list(range(2004, 2027))


def test_counting_starts_the_next_working_day():
    friday = date(2026, 11, 20)
    assert CALENDAR.add_working_days(friday, 1) == Deadline(date(2026, 11, 23), provisional=False)
    assert CALENDAR.add_working_days(friday, 5) == Deadline(date(2026, 11, 27), provisional=False)
    assert CALENDAR.add_working_days(date(2026, 11, 21), 1).on == date(2026, 11, 23)
    assert CALENDAR.add_working_days(friday, 0).on == friday


def test_a_term_over_a_holiday_skips_it_and_counts_the_made_up_day():
    assert CALENDAR.add_working_days(date(2026, 9, 30), 3).on == date(2026, 10, 10)  # 8, 9, and Saturday 10
    assert CALENDAR.add_working_days(date(2026, 9, 30), 4).on == date(2026, 10, 12)


def test_a_term_that_reaches_an_unknown_year_is_counted_by_weekdays_and_provisional():
    assert CALENDAR.add_working_days(date(2026, 11, 20), 30) == Deadline(date(2027, 1, 1), provisional=True)
    assert CALENDAR.add_working_days(date(2026, 11, 20), 29) == Deadline(date(2026, 12, 31), provisional=False)


def test_a_year_brought_in_makes_the_count_certain():
    holiday = DayOverride(date(2027, 1, 1), False, name="元旦")
    grown = WorkingCalendar.of([*seed_days(), holiday], [*seed_years(), (2027, "00")])
    assert grown.add_working_days(date(2026, 11, 20), 30) == Deadline(date(2027, 1, 4), provisional=False)


def test_a_regional_holiday_is_free_in_its_region_and_all_below_it_only():
    calendar = WorkingCalendar.of([*seed_days(), *LOSAR], [*seed_years(), (2026, TIBET)])
    day = date(2026, 2, 24)
    assert calendar.is_working(day)
    assert calendar.is_working(day, "652701")
    for region in ("54", "540000", "540100", "540102"):
        assert not calendar.is_working(day, region)
    assert calendar.add_working_days(date(2026, 2, 14), 1, "540102").on == date(2026, 2, 28)
    assert calendar.add_working_days(date(2026, 2, 14), 1).on == date(2026, 2, 24)


def test_the_nearest_layer_wins():
    day = date(2026, 2, 24)
    duty = DayOverride(day, True, "540102", "值班")
    calendar = WorkingCalendar.of([*LOSAR, duty], [])
    assert calendar.is_working(day, "540102")
    assert not calendar.is_working(day, "540100")


def test_a_year_known_to_the_country_but_not_to_a_region_in_use_is_provisional_there():
    calendar = WorkingCalendar.of([*seed_days(), *LOSAR], [*seed_years(), (2026, TIBET)])
    assert calendar.add_working_days(date(2025, 3, 3), 5).provisional is False
    assert calendar.add_working_days(date(2025, 3, 3), 5, "540102").provisional is True
    assert calendar.add_working_days(date(2026, 3, 3), 5, "540102").provisional is False
    assert calendar.add_working_days(date(2026, 3, 3), 5, "652701").provisional is False


def test_natural_days_move_to_a_working_day_only_when_asked():
    assert CALENDAR.add_natural_days(date(2026, 9, 21), 10) == Deadline(date(2026, 10, 1), provisional=False)
    assert CALENDAR.add_natural_days(date(2026, 9, 21), 10, to_working_day=True) == Deadline(date(2026, 10, 8), provisional=False)
    assert CALENDAR.add_natural_days(date(2026, 12, 1), 40, to_working_day=True).provisional


def test_days_left_count_down_and_then_say_how_late():
    last = date(2026, 11, 27)
    assert CALENDAR.working_days_left(date(2026, 11, 20), last) == 5
    assert CALENDAR.working_days_left(last, last) == 0
    assert CALENDAR.working_days_left(date(2026, 12, 1), last) == -2


def test_a_negative_term_is_a_slip_of_the_programmer():
    with pytest.raises(AssertionError):
        CALENDAR.add_working_days(date(2026, 1, 1), -1)


@given(DAYS, st.integers(1, 300))
def test_a_term_ends_on_a_working_day_and_holds_exactly_its_days(start, count):
    end = CALENDAR.add_working_days(start, count).on
    assert CALENDAR.is_working(end)
    assert CALENDAR.working_days_between(start, end) == count


@given(DAYS, st.integers(0, 100), st.integers(0, 100))
def test_terms_add_up(start, first, second):
    middle = CALENDAR.add_working_days(start, first).on
    assert CALENDAR.add_working_days(middle, second).on == CALENDAR.add_working_days(start, first + second).on
