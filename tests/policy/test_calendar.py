"""The calendar as it is kept: loaded once, changed by an officer, provisional where unknown."""

from datetime import date
from uuid import uuid4

import pytest

from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.policy import queries, service


def test_the_published_calendar_is_loaded_once(db):
    assert in_transaction(lambda: service.load_published(actor_id=None)) > 100
    assert in_transaction(lambda: service.load_published(actor_id=None)) == 0
    assert 2026 in queries.known_years()


def test_a_holiday_of_the_region_moves_a_deadline_there_and_nowhere_else(db):
    in_transaction(lambda: service.load_published(actor_id=None))
    in_transaction(
        lambda: service.set_day(date(2026, 3, 18), "540000", is_working=False, name="地方假日", source="地方文件", actor_id=uuid4())
    )
    calendar = queries.working_calendar()
    assert calendar.add_working_days(date(2026, 3, 16), 2, "540102").on == date(2026, 3, 19)
    assert calendar.add_working_days(date(2026, 3, 16), 2, "650000").on == date(2026, 3, 18)


def test_a_day_without_a_document_is_refused(db):
    with pytest.raises(RuleViolation, match="依据文件"):
        in_transaction(lambda: service.set_day(date(2027, 1, 1), "00", is_working=False, name="元旦", source=" ", actor_id=uuid4()))


def test_an_empty_year_cannot_be_confirmed_and_a_filled_one_is_no_longer_provisional(db):
    in_transaction(lambda: service.load_published(actor_id=None))
    with pytest.raises(RuleViolation, match="2027"):
        in_transaction(lambda: service.confirm_year(2027, "00", source="通知", actor_id=uuid4()))
    assert queries.working_calendar().add_working_days(date(2026, 12, 30), 5).provisional
    in_transaction(lambda: service.set_day(date(2027, 1, 1), "00", is_working=False, name="元旦", source="通知", actor_id=uuid4()))
    in_transaction(lambda: service.confirm_year(2027, "00", source="通知", actor_id=uuid4()))
    assert not queries.working_calendar().add_working_days(date(2026, 12, 30), 5).provisional
