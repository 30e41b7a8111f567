"""Of which programme is read, and what the books and the trail say of some rows."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, true
from sqlalchemy.orm import aliased

from marketplace.audit.leaves import event_leaf
from marketplace.audit.models import AuditEvent
from marketplace.kernel.db import table_of
from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.ledger.rules import account_id
from marketplace.recomputing.rules.posted import PostedMove, PostedMoves, TrailEvent
from marketplace.vouchers.models import Programme

FOR_EVER = datetime.max.replace(tzinfo=UTC)
Lifts = Mapping[UUID, Sequence[tuple[datetime, str, int]]]  # by voucher: when a quota rose, its class before, how much was added


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadProgramme:
    """One programme, read at one moment: everything, or what was decided since."""

    connection: Connection
    programme_id: UUID
    book_id: UUID
    slug: str
    currency: str
    since: datetime | None = None

    def newer(self, *moments: Any) -> ColumnElement[bool]:
        """Whether one of some moments of a row lies in what is read."""
        return true() if self.since is None else or_(*(one >= self.since for one in moments))


def readings(connection: Connection, slug: str | None, since: datetime | None) -> list[ReadProgramme]:
    """The programmes that are asked about, all of them without a name."""
    wanted = select(Programme.id, Programme.book_id, Programme.slug, Programme.currency).order_by(Programme.slug)
    rows = connection.execute(wanted if slug is None else wanted.where(Programme.slug == slug))
    return [
        ReadProgramme(connection=connection, programme_id=row.id, book_id=row.book_id, slug=row.slug, currency=row.currency, since=since)
        for row in rows
    ]


def posted_of(reading: ReadProgramme, subject_ids: Sequence[UUID]) -> Mapping[UUID, PostedMoves]:
    """By row, the transfers of the entries about it."""
    debit, credit = aliased(Account), aliased(Account)
    before = Transfer.debit_balance_fen + Transfer.amount_fen
    wanted: Any = (
        select(Entry.subject_id, Entry.verb, Entry.recorded_at, debit.code, credit.code, Transfer.amount_fen, before)
        .join(Transfer, and_(Transfer.book_id == Entry.book_id, Transfer.entry_id == Entry.id))
        .join(debit, and_(debit.book_id == Transfer.book_id, debit.id == Transfer.debit_account_id))
        .join(credit, and_(credit.book_id == Transfer.book_id, credit.id == Transfer.credit_account_id))
        .where(Entry.book_id == reading.book_id, Entry.subject_id.in_(subject_ids))
        .order_by(Entry.recorded_at, Entry.id, Transfer.position)
    )
    found: dict[UUID, list[PostedMove]] = defaultdict(list)
    for subject_id, *move in reading.connection.execute(wanted):
        found[subject_id].append(PostedMove(*move))
    return {subject_id: PostedMoves(moves) for subject_id, moves in found.items()}


def ever_held(reading: ReadProgramme, code: str, fen: int) -> bool:
    """Whether an account held an amount once. Asked where a shared account cut an order and somebody else was there in between."""
    key, one = account_id(reading.book_id, code), Transfer
    left = and_(one.debit_account_id == key, one.debit_balance_fen == fen)
    came = and_(one.credit_account_id == key, one.credit_balance_fen == fen)
    wanted = select(exists().where(one.book_id == reading.book_id, or_(left, came)))
    return bool(reading.connection.execute(wanted).scalar_one())


def told_of(connection: Connection, subject_ids: Sequence[UUID], actions: Sequence[str]) -> Mapping[UUID, Sequence[TrailEvent]]:
    """By row, some of the events about it, oldest first."""
    events = table_of(AuditEvent)
    wanted = select(*events.columns).where(events.c.subject_id.in_(subject_ids), events.c.action.in_(actions))
    found: dict[UUID, list[TrailEvent]] = defaultdict(list)
    for row in connection.execute(wanted.order_by(events.c.at, events.c.id)):
        found[row.subject_id].append(_told(row._asdict()))
    return found


def _told(event: Mapping[str, Any]) -> TrailEvent:
    is_whole = event_leaf(event) == event["leaf_hash"]
    return TrailEvent(event["action"], event["at"], event["actor_id"], json.loads(event["details"]), is_whole)


def lifts_of(reading: ReadProgramme) -> Lifts:
    """When quotas of the programme rose with the class of their firm: few, read once."""
    wanted = select(AuditEvent.at, AuditEvent.subject_id, AuditEvent.details).where(
        AuditEvent.action == "voucher.lifted", AuditEvent.book_id == reading.book_id
    )
    found: dict[UUID, list[tuple[datetime, str, int]]] = defaultdict(list)
    for at, voucher_id, details in reading.connection.execute(wanted.order_by(AuditEvent.at, AuditEvent.id)):
        assert voucher_id is not None, "the event names its voucher"
        told = json.loads(details)
        found[voucher_id].append((at, told["before"], told["more_fen"]))
    return found


def classes_of(lifts: Lifts, voucher_id: UUID, class_key: str) -> list[tuple[datetime, str]]:
    """Until when a voucher was of which class, the last one for good."""
    return [*((at, before) for at, before, _more in lifts.get(voucher_id, ())), (FOR_EVER, class_key)]
