"""Reminders of last days: each thing once at each step before its day, however often the sweep runs and however many workers there are.

A room says which of its rows have a last day, whom it concerns and in which words. Which step has come, who was told already and how
the words leave is decided here. A room is asked once a day: steps begin with days, and who sets a day tells it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, and_, case, exists, false, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.kernel import clock, outbox, sweeping
from marketplace.kernel.db import db, in_transaction, table_of
from marketplace.kernel.errors import N_
from marketplace.kernel.ids import uuid7
from marketplace.kernel.locales import said_to
from marketplace.kernel.zones import CHINA, zone
from marketplace.notices.models import Notice, Reminder, ReminderDay
from marketplace.notices.service import columns_of
from marketplace.notices.settings import steps

MOST = 2_000  # rows in one turn of the sweep; the next goes on


@dataclass(frozen=True, slots=True)
class Recipient:
    """A user who is told."""

    user_id: UUID
    email: str
    phone: str
    locale: str | None


@dataclass(frozen=True, slots=True)
class LastDay:
    """A day after which something is lost."""

    kind: str
    subject_id: UUID
    organisation_id: UUID  # whose users are told
    on: date
    title: str
    body: str
    url: str
    start: date | None = None  # since when the term runs; None: not known
    provisional: bool = False  # 暂定: a year on the way has no calendar yet
    is_needed: bool = True  # something can still be lost
    time_zone: str = CHINA  # whose day it is


@dataclass(frozen=True, slots=True)
class Ways:
    """How a reminder leaves the house, beside the message in the application."""

    email: bool
    sms: bool
    public_url: str  # where the application is found from outside; empty: not said


def ways() -> Ways:
    """What the settings allow. A reminder that cannot leave now is not kept for later: it would come after the day."""
    config = current_app.config
    return Ways(bool(config["MAIL_SERVER"]), bool(config["SMS_ADAPTER"]), str(config["PUBLIC_URL"]).rstrip("/"))


def coming(kind: str, key: InstrumentedAttribute[UUID], day: InstrumentedAttribute[Any], today: date) -> ColumnElement[bool]:
    """SQL condition: a step before a row's last day has come in China, where days begin first, and it was not looked at yet."""
    if not steps():
        return false()
    step = case(*((day <= today + timedelta(days=one), one) for one in steps()))
    seen = exists().where(Reminder.kind == kind, Reminder.subject_id == key, Reminder.due_on == day, Reminder.step <= step)
    return and_(day >= today, day <= today + timedelta(days=steps()[-1]), ~seen)


def sweep(room: str, find: Callable[[date], Sequence[UUID]], tell: Callable[[list[UUID]], int], *, now: datetime) -> int:
    """Let a room remind its people; how many things they were reminded of. Done for today, it is one question."""
    today = clock.civil_date(now)
    if not steps() or _is_done(room, today):
        return 0
    ids = find(today)
    if ids:
        return sweeping.batches(f"{room}.ahead", ids, tell, now=now)
    in_transaction(partial(_done, room, today))
    return 0


def remind(
    days: Sequence[LastDay],
    people: Callable[[Iterable[UUID]], Mapping[UUID, Sequence[Recipient]]],
    *,
    ways: Ways,
    now: datetime,
) -> int:
    """Write down which step of each day has come where it is, and tell those who can still lose something. How many things somebody
    was told of."""
    steps_come = [(one, _step(one.on, clock.civil_date(now, zone(one.time_zone)))) for one in days]
    found = {(one.kind, one.subject_id, one.on): (one, step) for one, step in steps_come if step is not None}
    rows = [
        {"kind": one.kind, "subject_id": one.subject_id, "due_on": one.on, "step": step, "at": now, "told": _is_worth(one, step)}
        for one, step in found.values()
    ]
    if not rows:
        return 0
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    added = dialect.insert(Reminder).values([{"id": uuid7(), **row} for row in rows])
    first = added.on_conflict_do_nothing(index_elements=["kind", "subject_id", "due_on", "step"])
    new = db.session.execute(first.returning(Reminder.kind, Reminder.subject_id, Reminder.due_on, Reminder.told)).all()
    told = [found[kind, subject_id, on][0] for kind, subject_id, on, is_told in new if is_told]
    _tell(told, people({one.organisation_id for one in told}), ways, now)
    return len(told)


def _step(day: date, today: date) -> int | None:
    """The nearest step that has come; None where the day has not come yet on which China's was begun."""
    left = (day - today).days
    return next((one for one in steps() if left <= one), None)


def _is_worth(one: LastDay, step: int) -> bool:
    """Whether something can be lost, and the term had begun before its step came: who was given three days knows of them."""
    return one.is_needed and (one.start is None or one.start < one.on - timedelta(days=step))


def _tell(told: Sequence[LastDay], people: Mapping[UUID, Sequence[Recipient]], ways: Ways, now: datetime) -> None:
    pairs = [(one, who) for one in told for who in people.get(one.organisation_id, ())]
    if pairs:
        db.session.execute(insert(table_of(Notice)), [_notice(one, who, now) for one, who in pairs])
    if ways.email:
        letters = [(who.email, said_to(who.locale, one.title), _letter(one, who, ways)) for one, who in pairs if who.email]
        outbox.put_many("email", letters)
    if ways.sms:
        outbox.put_many("sms", [(who.phone, "", said_to(who.locale, _short(one))) for one, who in pairs if who.phone])


def _notice(one: LastDay, who: Recipient, now: datetime) -> dict[str, object]:
    body = N_("%(what)s这一天为暂定，该年工作日历确认后可能变动。", what=one.body) if one.provisional else one.body
    return {"id": uuid7(), "user_id": who.user_id, **columns_of(one.title, body, one.url), "created_at": now}


def _letter(one: LastDay, who: Recipient, ways: Ways) -> str:
    """What leaves the house says what and when, no amounts and no names."""
    place = N_("请登录券链办理：%(address)s", address=ways.public_url + one.url) if ways.public_url else N_("请登录券链办理。")
    return f"{said_to(who.locale, _short(one))}\n{said_to(who.locale, place)}"


def _short(one: LastDay) -> str:
    return N_("%(what)s（暂定）。", what=one.title) if one.provisional else N_("%(what)s。", what=one.title)


def _is_done(room: str, today: date) -> bool:
    return db.session.scalar(select(ReminderDay.done_on).where(ReminderDay.room == room)) == today


def _done(room: str, today: date) -> None:
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    row = dialect.insert(table_of(ReminderDay)).values(room=room, done_on=today)
    db.session.execute(row.on_conflict_do_update(index_elements=["room"], set_={"done_on": row.excluded.done_on}))
