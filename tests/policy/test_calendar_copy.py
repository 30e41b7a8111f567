"""The working-day calendar is read once in a process, and again as soon as a day of it has changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from uuid import uuid4

from sqlalchemy import event

from marketplace.policy import queries, service

HOLIDAY = date(2026, 3, 17)


@contextmanager
def statements(db) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        said.append(statement)

    engine = getattr(db.engine, "engine", db.engine)
    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


def test_a_second_look_at_the_calendar_reads_nothing(db):
    service.load_published(actor_id=None)
    queries.working_calendar()
    with statements(db) as said:
        assert queries.working_calendar().knows(2026)
    assert not said
    db.session.commit()
    with statements(db) as said:
        queries.working_calendar()
    assert len([one for one in said if "calendar_" in one]) == 0, "only its stamp is asked for"


def test_a_changed_day_is_seen_at_once_and_one_taken_back_is_not(db):
    service.load_published(actor_id=None)
    db.session.commit()
    assert queries.working_calendar().is_working(HOLIDAY)
    service.set_day(HOLIDAY, "00", is_working=False, name="测试假日", source="通知", actor_id=uuid4())
    assert not queries.working_calendar().is_working(HOLIDAY)
    db.session.rollback()
    assert queries.working_calendar().is_working(HOLIDAY)
    service.set_day(HOLIDAY, "00", is_working=False, name="测试假日", source="通知", actor_id=uuid4())
    db.session.commit()
    assert not queries.working_calendar().is_working(HOLIDAY)
    service.clear_day(HOLIDAY, "00", actor_id=uuid4())
    assert queries.working_calendar().is_working(HOLIDAY)
