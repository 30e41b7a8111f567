"""Posting: the only way value moves. Guarded updates, never read-then-write; the key is stored with the money."""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import event, select
from sqlalchemy.orm import Session, class_mapper

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, Conflict, InsufficientBalance, NotFound, RuleViolation
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import CNY
from marketplace.ledger import bulk, leaves, rules, storage
from marketplace.ledger.models import Account, Book, Entry, Transfer
from marketplace.ledger.rules import AccountCode, AccountKind, EntryCommand, MoneyMove
from marketplace.ledger.storage import ACCOUNTS, ENTRIES, Posting

BATCH = 2_000  # commands in one call: their rows are locked until the transaction ends

_MANAGER = class_mapper(Entry, configure=False).class_manager
_REFUSED = "refused_entries"  # in Session.info: entries whose money did not move


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One command of a batch; `opens`: codes of accounts to open first, if they are not."""

    command: EntryCommand
    moves: Sequence[MoneyMove]
    opens: Sequence[AccountCode] = ()


def open_book(code: str, name: str, *, now: datetime, currency: str = CNY) -> Book:
    """Open a book: its accounts balance by themselves, all in one currency."""
    book = Book(id=uuid7(), code=code, name=name, currency=str(currency), opened_at=now, leaf_format=leaves.FORMAT)
    book.leaf_hash = leaves.book_leaf(vars(book))
    db.session.add(book)
    db.session.flush()
    return book


def _account(book_id: UUID, code: AccountCode, account_id: UUID) -> dict[str, Any]:
    """The row of a new account."""
    account: dict[str, Any] = {
        "book_id": book_id, "id": account_id, "code": str(code), "kind": code.kind.value, "shared": code.shared,
        "may_go_negative": code.kind in rules.NEGATIVE, "debits_fen": 0, "credits_fen": 0, "version": 0, "opened_at": clock.now(),
        "leaf_format": leaves.FORMAT,
    }  # fmt: skip
    return {**account, "leaf_hash": leaves.account_leaf(account)}


def replayed(book_id: UUID, command: EntryCommand) -> Entry | None:
    """The entry that a command made earlier, if this is a repeat.

    Raises: Conflict: the key was used for something else.
    """
    statement = select(Entry).where(Entry.book_id == book_id, Entry.idempotency_key == command.key)
    entry = db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if entry is not None and entry.request_hash != command.request_hash():
        raise _key_reused()
    return entry


def _key_reused() -> Conflict:
    return Conflict(N_("这次提交与先前的一次编号相同而内容不同，没有办理。请刷新页面后重新填写。"), code="key_reused")


def _refused(book_id: UUID, code: AccountCode, opens: Container[str]) -> RuleViolation:
    """Why a guarded update touched no row."""
    known = select(Account.id).where(Account.book_id == book_id, Account.code == code)
    if code not in opens and db.session.scalar(known) is None:
        return RuleViolation(N_("账户“%(account)s”在本账本中不存在。"), code="unknown_account", account=code)
    return InsufficientBalance(code.kind.short)


def post(
    book_id: UUID,
    command: EntryCommand,
    moves: Sequence[MoneyMove],
    *,
    today: date,
    opens: Collection[AccountCode] = (),
    reverses_id: UUID | None = None,
) -> Entry:
    """Move value within a book, once for a key.

    Args:
        command: what was asked; a repeat answers with the entry made the first time.
        moves: from account to account; accounts must be open or named in `opens`.
        today: accounting date, China.
        opens: codes of accounts to open first, if they are not.
        reverses_id: the entry that this one takes back.

    Raises:
        Conflict: the key was used for something else.
        InsufficientBalance: an account does not hold enough. Let it out of the transaction (or out of a savepoint around this call):
            what was begun cannot be committed.
        RuleViolation: no moves, an amount out of bounds, an unknown account.
    """
    rules.check_moves(moves)
    entry = _entry(book_id, command, moves, today=today, now=clock.now(), reverses_id=reverses_id)
    try:
        storage.write(_posting(entry, moves, opens))
    except storage.Known:
        return _earlier(book_id, command)
    except storage.Short as short:
        db.session.info.setdefault(_REFUSED, []).append((book_id, entry["id"]))
        raise _refused(book_id, short.code, opens) from None
    return _loaded(entry)


def _entry(
    book_id: UUID, command: EntryCommand, moves: Sequence[MoneyMove], *, today: date, now: datetime, reverses_id: UUID | None = None
) -> dict[str, Any]:
    """The row of a new entry."""
    return {
        "book_id": book_id, "id": uuid7(), "verb": command.verb, "actor_id": command.actor_id, "subject_type": command.subject_type,
        "subject_id": command.subject_id, "idempotency_key": command.key, "request_hash": command.request_hash(), "effective_on": today,
        "recorded_at": now, "reverses_id": reverses_id, "transfer_count": len(moves),
    }  # fmt: skip


def _loaded(row: Mapping[str, Any]) -> Entry:
    """The entry of a row that was just written, as if it had been read; the constructor would set each column as a change."""
    entry: Entry = _MANAGER.new_instance()
    entry.__dict__.update(row)
    return entry


def _posting(entry: dict[str, Any], moves: Sequence[MoneyMove], opens: Iterable[AccountCode]) -> Posting:
    book_id, changes = entry["book_id"], rules.changes(moves)
    ids = {change.code: rules.account_id(book_id, change.code) for change in changes}
    return Posting(entry, moves, _opened(book_id, opens, ids), changes, ids)


def _opened(book_id: UUID, opens: Iterable[AccountCode], ids: storage.Ids) -> list[dict[str, Any]]:
    """The rows of accounts to open, in the order of locking."""
    new = sorted(set(opens), key=rules.lock_order)
    return [_account(book_id, code, ids.get(code) or rules.account_id(book_id, code)) for code in new]


def _earlier(book_id: UUID, command: EntryCommand) -> Entry:
    """The entry that stands in the way of a new one. Raises: Conflict: it is not this command's."""
    entry = replayed(book_id, command)
    if entry is None:  # the key is new, so it was reverses_id that is taken
        raise Conflict(N_("这笔记账已经冲正过，不能再冲正一次。"), code="already_reversed")
    return entry


def post_batch(book_id: UUID, items: Sequence[BatchItem], *, today: date) -> list[Entry]:
    """Post many commands of a book as one after the other would, in order, over sets: all of them or none.

    Args:
        items: at most BATCH; the entry of each comes back at its place, a repeat's is the one made earlier.
        today: accounting date of them all, China.

    Raises:
        Conflict: a key was used for something else, earlier or in the batch.
        InsufficientBalance: an account does not hold enough when its turn comes. Nothing is written.
        RuleViolation: no moves, an amount out of bounds, an unknown account.
    """
    assert len(items) <= BATCH, "too many at once: give each part a transaction of its own"
    wanted = _distinct(items)
    for item in wanted.values():
        rules.check_moves(item.moves)
    entries = _written(book_id, list(wanted.values()), today=today)
    while missing := [item for key, item in wanted.items() if key not in entries]:  # some keys are there: look, and ask for the rest
        entries |= _known(book_id, missing)
        entries |= _written(book_id, [item for item in missing if item.command.key not in entries], today=today)
    return [entries[item.command.key] for item in items]


def _distinct(items: Sequence[BatchItem]) -> dict[str, BatchItem]:
    """The items by key. Raises: Conflict: two share a key and differ."""
    wanted: dict[str, BatchItem] = {}
    for item in items:
        first = wanted.setdefault(item.command.key, item)
        if first is not item and first.command.request_hash() != item.command.request_hash():
            raise _key_reused()
    return wanted


def _known(book_id: UUID, items: Sequence[BatchItem]) -> dict[str, Entry]:
    """The entries that were made earlier, by key. Raises: Conflict: one is another command's."""
    hashes = {item.command.key: item.command.request_hash() for item in items}
    statement = select(Entry).where(Entry.book_id == book_id, Entry.idempotency_key.in_(hashes))
    found = {entry.idempotency_key: entry for entry in db.session.scalars(statement.execution_options(populate_existing=True))}
    if any(entry.request_hash != hashes[key] for key, entry in found.items()):
        raise _key_reused()
    return found


def _written(book_id: UUID, items: Sequence[BatchItem], *, today: date) -> dict[str, Entry]:
    """New entries by key; none at all where one of the keys is there."""
    if not items:
        return {}
    now = clock.now()
    entries = [_entry(book_id, item.command, item.moves, today=today, now=now) for item in items]
    try:
        with db.session.begin_nested():
            bulk.write(_batch(book_id, entries, items))
    except storage.Known:
        return {}
    except storage.Short as short:
        raise _refused(book_id, short.code, {code for item in items for code in item.opens}) from None
    return {entry["idempotency_key"]: _loaded(entry) for entry in entries}


def _batch(book_id: UUID, entries: Sequence[dict[str, Any]], items: Sequence[BatchItem]) -> bulk.Batch:
    moves = [item.moves for item in items]
    changes = rules.changes(*moves)
    ids = {change.code: rules.account_id(book_id, change.code) for change in changes}
    return bulk.Batch(entries, moves, _opened(book_id, chain.from_iterable(item.opens for item in items), ids), changes, ids)


@event.listens_for(Session, "before_commit")
def _keep_refusals_out(session: Session) -> None:
    """An entry whose money did not move must not be committed: its key would answer later repeats as if it had."""
    for book_id, entry_id in session.info.pop(_REFUSED, ()):
        kept = session.execute(select(ENTRIES.c.id).where(ENTRIES.c.book_id == book_id, ENTRIES.c.id == entry_id)).first()
        assert kept is None, "a refused posting was swallowed: let its error out of the transaction or savepoint"


def reverse(book_id: UUID, entry_id: UUID, command: EntryCommand, *, today: date) -> Entry:
    """Take an entry back by a new one with debit and credit exchanged. Once.

    Raises: NotFound; Conflict: it was reversed before; InsufficientBalance: the value has moved on.
    """
    rows = db.session.scalars(
        select(Transfer).where(Transfer.book_id == book_id, Transfer.entry_id == entry_id).order_by(Transfer.position.desc())
    ).all()
    if not rows:
        raise NotFound
    touched = {row.debit_account_id for row in rows} | {row.credit_account_id for row in rows}
    a = ACCOUNTS.c
    found = db.session.execute(select(a.id, a.code, a.kind, a.shared).where(a.book_id == book_id, a.id.in_(touched)))
    codes = {row.id: AccountCode(row.code, AccountKind(row.kind), shared=row.shared) for row in found}
    moves = [MoneyMove(codes[row.credit_account_id], codes[row.debit_account_id], row.amount_fen) for row in rows]
    return post(book_id, command, moves, today=today, reverses_id=entry_id)
