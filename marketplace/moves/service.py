"""A move is begun and done in the same way, whatever the thing: lock, party, key, state; then change, trail, message."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from marketplace.audit import queries as trail
from marketplace.audit import service as audit
from marketplace.identity import queries as identity
from marketplace.identity.page_mark import check as check_shown
from marketplace.kernel import clock, commands
from marketplace.kernel.commands import Command
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, Conflict
from marketplace.kernel.lifecycle import Life, Move, State, made_already
from marketplace.kernel.money import CNY
from marketplace.kernel.sentences import Sentence
from marketplace.notices import service as notices


class Living(Protocol):
    """A row that has a life."""

    id: Any
    state: Any


Row = TypeVar("Row", bound=Living)


@dataclass(frozen=True, slots=True)
class By:
    """What somebody asks of a row; of a part of another command, and of what nobody asked for, who and when alone."""

    actor_id: UUID | None
    now: datetime | None = None
    key: UUID | None = None  # of the request
    content: Mapping[str, Any] | None = None  # what else was asked, for the key
    shown: str | None = None  # the mark of what the page showed


@dataclass(frozen=True, slots=True)
class Act(Generic[Row]):
    """A move under way: by whom, when, and whether it is a repeat of what was done before."""

    life: Life
    move: Move
    row: Row
    side: str
    actor_id: UUID | None
    now: datetime | None  # None: nobody told, and the move keeps no moment
    is_repeat: bool = False

    @property
    def today(self) -> date:
        """The day of the move, where its thing lives."""
        assert self.now is not None, "who asks for the day tells the time"
        return clock.civil_date(self.now, getattr(self.row, "zone", clock.CST))


def begun(life: Life, verb: str, row: Row, side: str, asked: By) -> Act[Row]:
    """Begin a move with a row that the caller has locked, and whose party the caller has checked. What is nobody's turn has no state.

    Raises:
        Conflict: the key was used for something else, the page is older than the row, or the move was made already.
        RuleViolation: it is not that side's turn.
    """
    move, key, now = life.move(verb), asked.key, asked.now
    if key is not None and not commands.begin(Command(key, move.event, asked.actor_id, row.id, asked.content or {}), now=now):
        return Act(life, move, row, side, asked.actor_id, now, is_repeat=True)
    check_shown(row.id, asked.shown, life.pasts())
    if move.by and row.state not in move.by.get(side, ()):
        raise life.refusal(move, row.state, last=_last(row.id, life, move) if row.state in move.to else "")
    return Act(life, move, row, side, asked.actor_id, now)


def _last(row_id: UUID, life: Life, move: Move) -> str:
    """Who made a move with a row last, and when: whatever of its events a history says in the same words."""
    return made_by(row_id, *(one.event for one in life.moves if one.past == move.past))


def made_by(row_id: UUID, *events: str) -> str:
    """Who made one of these happen to a row last, and when, by the trail; empty where none did."""
    event = trail.last_of(row_id, events)
    return "" if event is None else _by_whom(event.actor_id, event.at)


def _by_whom(actor_id: UUID | None, at: datetime) -> str:
    who = identity.names_of([actor_id]).get(actor_id, "") if actor_id else ""
    return f"{who or N_('系统')}，{clock.civil_date(at).isoformat()}"


def decided_already(noun: str, state: State, actor_id: UUID | None, at: datetime | None) -> Conflict:
    """A thing without a life of its own, which is decided on once, was decided on before: by whom, and when."""
    assert at is not None, "a decision keeps its moment"
    return made_already(noun, state, _by_whom(actor_id, at))


def stands_already(noun: str, row: Living, *events: str) -> Conflict:
    """The same of a thing that keeps no moment, and may be decided on again: the trail knows who made it what it is."""
    return made_already(noun, row.state, made_by(row.id, *events) or "—")


def entered(act: Act[Any], to: State | None = None) -> None:
    """The row is in its new state from now on."""
    if act.move.to:
        act.row.state = to or act.move.to[0]
    if act.move.stamps:
        assert act.now is not None, "who keeps the moment tells it"
        setattr(act.row, act.move.stamps, act.now)


def done(act: Act[Any], **details: Any) -> None:
    """Write down that it was done, and the row with it."""
    written(act, **details)
    db.session.flush()


def written(act: Act[Any], *, event: str = "", **details: Any) -> None:
    """The trail alone, where many rows are written together."""
    row = act.row
    audit.record(
        event or act.move.event, actor_id=act.actor_id, subject_type=act.life.subject, subject_id=row.id,
        book_id=getattr(row, "book_id", None), **named(row), **details, **currency_of(row),
    )  # fmt: skip


def named(row: Any) -> dict[str, str]:
    """What people call a row by, for the trail."""
    return {"number": row.number} if hasattr(row, "number") else {}


def currency_of(row: Any) -> dict[str, str]:
    """In which currency the amounts of a row are, for the trail; yuan go without saying."""
    found = getattr(row, "currency", CNY)
    return {} if found == CNY else {"currency": str(found)}


def tell(act: Act[Any], organisations: Iterable[UUID], body: str) -> None:
    """A message to everybody of some organisations, which leads to the row."""
    notices.tell_those(identity.active_users_of(organisations), *_message(act, body))


def tell_people(act: Act[Any], people: Iterable[UUID], body: str) -> None:
    """The same to some people."""
    notices.tell(people, *_message(act, body))


def _message(act: Act[Any], body: str) -> tuple[str, str, str]:
    return Sentence(act.move.message, {"number": act.row.number}), body, act.life.address % act.row.id
