"""Books within areas of authority, entries with their proof, the trail with its filters. Reads only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Select, or_, select

from marketplace.audit import queries as audit
from marketplace.audit.models import AuditEvent
from marketplace.identity.models import Organisation, User
from marketplace.identity.queries import named
from marketplace.identity.scope import may_act
from marketplace.kernel import typed
from marketplace.kernel.clock import CST
from marketplace.kernel.db import db, like, spelt
from marketplace.kernel.errors import NotFound
from marketplace.kernel.seals import SealBlock, SealMember
from marketplace.ledger import leaves
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Account, Book, Entry, Transfer
from marketplace.ledger.queries import TransferRow
from marketplace.ledger.rules import Standing
from marketplace.ledger.sealing import stream_of
from marketplace.vouchers.models import Programme

Areas = tuple[str, ...] | None  # None: the whole platform, as auditors see it


@dataclass(frozen=True, slots=True)
class BookRow:
    """A book, the programme it is kept for, where its money stands."""

    book: Book
    programme: Programme | None
    standing: Standing

    @property
    def currency(self) -> str:
        """Of its amounts."""
        return self.book.currency


def _is_seen(programme: Programme | None, areas: Areas) -> bool:
    if areas is None:
        return True
    return programme is not None and may_act(areas, programme.area_code)


def books(areas: Areas) -> list[BookRow]:
    """The books of programmes of some areas, by name."""
    programmes = {programme.book_id: programme for programme in db.session.scalars(select(Programme))}
    return [BookRow(one, programmes.get(one.id), ledger.standing(one.id)) for one in seen_books(areas)]


def seen_books(areas: Areas) -> list[Book]:
    """The books themselves, by name."""
    programmes = {programme.book_id: programme for programme in db.session.scalars(select(Programme))}
    return sorted((one for one in ledger.books() if _is_seen(programmes.get(one.id), areas)), key=lambda row: row.name)


def book(book_id: UUID, areas: Areas) -> Book:
    """One book of some areas.

    Raises: NotFound: no such book, or of another area; the two look alike.
    """
    found = ledger.book(book_id)
    if not sees_book(book_id, areas):
        raise NotFound
    return found


def sees_book(book_id: UUID, areas: Areas) -> bool:
    """Whether whoever sees these areas sees the whole book: money of one firm of the area may be traced in a book that stays closed."""
    return _is_seen(db.session.scalars(select(Programme).where(Programme.book_id == book_id)).one_or_none(), areas)


def account(book_id: UUID, account_id: UUID, areas: Areas) -> Account:
    """One account of a book of some areas. Raises: NotFound."""
    book(book_id, areas)
    found = db.session.get(Account, (book_id, account_id))
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class Proof:
    """What stands for a transfer: whether its leaf fits its columns now, and the block that sealed it."""

    fits: bool
    block: SealBlock | None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """An entry with its transfers, their proofs, what it reverses, what reversed it."""

    entry: Entry
    rows: list[TransferRow]
    proofs: dict[UUID, Proof]  # by transfer
    reversed_by: Entry | None


def entry(book_id: UUID, entry_id: UUID, areas: Areas) -> EntryPage:
    """One entry of a book of some areas. Raises: NotFound."""
    book(book_id, areas)
    found = db.session.get(Entry, (book_id, entry_id))
    if found is None:
        raise NotFound
    rows = ledger.transfers_of(book_id, [entry_id])
    back = db.session.scalars(select(Entry).where(Entry.book_id == book_id, Entry.reverses_id == entry_id)).one_or_none()
    return EntryPage(found, rows, _proofs(book_id, rows), back)


def _proofs(book_id: UUID, rows: Iterable[TransferRow]) -> dict[UUID, Proof]:
    stream, wanted = stream_of(book_id).name, {row.transfer.id: row for row in rows}
    sealed = db.session.execute(
        select(SealMember.row_id, SealBlock)
        .join(SealBlock, (SealBlock.stream == SealMember.stream) & (SealBlock.number == SealMember.block_number))
        .where(SealMember.stream == stream, SealMember.kind == "transfer", SealMember.row_id.in_(wanted))
    )
    blocks: dict[UUID, SealBlock] = {row_id: block for row_id, block in sealed}  # noqa: C416 – rows are not pairs to mypy
    return {
        key: Proof(leaves.transfer_leaf(_columns(row.entry), _columns(row.transfer)) == row.transfer.leaf_hash, blocks.get(key))
        for key, row in wanted.items()
    }


def _columns(row: Entry | Transfer) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in type(row).__table__.columns}


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """What the trail is narrowed to; both days are included."""

    first: date | None = None
    last: date | None = None
    actor: str = ""  # part of a name, a login, or an organisation's name
    noun: str = ""  # first word of the action
    subject: UUID | None = None
    text: str = ""  # anywhere in the details: a number, a name

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Self:
        """From a URL; nonsense narrows nothing."""
        first, last = typed.in_order(typed.day(arguments.get("from")), typed.day(arguments.get("until")))
        return cls(
            first=first,
            last=last,
            actor=arguments.get("actor", "").strip()[:60],
            noun=arguments.get("action", "").strip()[:40],
            subject=typed.key(arguments.get("subject")),
            text=arguments.get("q", "").strip()[:60],
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=CST)


def trail(chosen: TrailFilter) -> Select[AuditEvent]:
    """Events of the trail, newest first."""
    statement = audit.newest()
    if chosen.first:
        statement = statement.where(AuditEvent.at >= _midnight(chosen.first))
    if chosen.last:
        statement = statement.where(AuditEvent.at < _midnight(chosen.last + timedelta(days=1)))
    if chosen.noun:
        statement = statement.where(AuditEvent.action.startswith(f"{chosen.noun}.", autoescape=True))
    if chosen.subject:
        statement = statement.where(AuditEvent.subject_id == chosen.subject)
    if chosen.text:
        statement = statement.where(AuditEvent.details.contains(chosen.text, autoescape=True))
    if chosen.actor:
        people = select(User.id).join(Organisation, Organisation.id == User.organisation_id)
        told = or_(spelt(User.name_key, User.name, chosen.actor), like(User.login, chosen.actor), named(chosen.actor))
        statement = statement.where(AuditEvent.actor_id.in_(people.where(told)))
    return statement
