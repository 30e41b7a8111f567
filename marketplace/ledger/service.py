"""Posting: the only way value moves. Guarded updates, never read-then-write; the key is stored with the money.

The order inside one entry is the same for everybody, so two entries never wait for each other in a circle: first the entry's key (a
repeat waits here until the first one has ended), then the accounts, private ones first, shared ones last, then the transfers.
Statements are built once: building them anew costs more than running them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Row, Table, bindparam, event, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.kernel.db import db, table_of
from marketplace.kernel.errors import N_, Conflict, InsufficientBalance, NotFound, RuleViolation
from marketplace.kernel.ids import uuid7
from marketplace.ledger import leaves, rules
from marketplace.ledger.models import Account, Book, Entry, Transfer
from marketplace.ledger.rules import AccountKind, Command, Move

ACCOUNTS, ENTRIES, TRANSFERS = table_of(Account), table_of(Entry), table_of(Transfer)

_SHORT: Mapping[AccountKind, str] = {
    AccountKind.POOL: N_("本批次资金余额不足，未能办理。"),
    AccountKind.VOUCHER: N_("这张券的余额不足，请核对可用金额。"),
    AccountKind.LIMIT: N_("额度不足：剩余额度不够这一笔。"),
}

# An insert that leaves a known key alone: an IntegrityError would abort a PostgreSQL transaction.
_INSERT_NEW = {
    (dialect, table.name): make(table).on_conflict_do_nothing().returning(table.c.id)
    for dialect, make in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
    for table in (ENTRIES, ACCOUNTS)
}
_INSERT_TRANSFERS = insert(TRANSFERS)

_debit, _credit = bindparam("debit_fen", type_=BigInteger), bindparam("credit_fen", type_=BigInteger)
# The WHERE is evaluated again after a lock wait, so two callers never both succeed.
_MOVE_TOTALS = (
    update(ACCOUNTS)
    .where(ACCOUNTS.c.book_id == bindparam("book"), ACCOUNTS.c.id == bindparam("account"))
    .where(or_(ACCOUNTS.c.may_go_negative, ACCOUNTS.c.credits_fen - ACCOUNTS.c.debits_fen + _credit - _debit >= 0))
    .values(
        debits_fen=ACCOUNTS.c.debits_fen + _debit,
        credits_fen=ACCOUNTS.c.credits_fen + _credit,
        version=ACCOUNTS.c.version + bindparam("transfers", type_=BigInteger),
    )
    .returning(ACCOUNTS.c.version, (ACCOUNTS.c.credits_fen - ACCOUNTS.c.debits_fen).label("balance_fen"))
)
_REFUSED = "refused_entries"  # in Session.info: entries whose money did not move


def _insert_new(table: Table, values: Mapping[str, Any]) -> bool:
    """Insert unless a key is there. True when a row was written."""
    statement = _INSERT_NEW[db.session.get_bind().dialect.name, table.name]
    return db.session.execute(statement, values).first() is not None


def open_book(code: str, name: str, *, now: datetime) -> Book:
    """Open the book of a programme."""
    book = Book(id=uuid7(), code=code, name=name, opened_at=now, leaf_format=leaves.FORMAT)
    book.leaf_hash = leaves.book_leaf(vars(book))
    db.session.add(book)
    db.session.flush()
    return book


def open_account(book_id: UUID, code: str) -> None:
    """Open an account unless it is open. Kind and marks follow from the code.

    Raises: RuleViolation: no such kind of account.
    """
    kind = rules.kind_of(code)
    account: dict[str, Any] = {
        "book_id": book_id, "id": rules.account_id(book_id, code), "code": code, "kind": kind, "shared": rules.is_shared(code),
        "may_go_negative": kind in rules.NEGATIVE, "debits_fen": 0, "credits_fen": 0, "version": 0, "opened_at": clock.now(),
        "leaf_format": leaves.FORMAT,
    }  # fmt: skip
    _insert_new(ACCOUNTS, {**account, "leaf_hash": leaves.account_leaf(account)})


def replayed(book_id: UUID, command: Command) -> Entry | None:
    """The entry that a command made earlier, if this is a repeat.

    Raises: Conflict: the key was used for something else.
    """
    statement = select(Entry).where(Entry.book_id == book_id, Entry.idempotency_key == command.key)
    entry = db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if entry is not None and entry.request_hash != command.request_hash():
        raise Conflict(N_("这次提交与先前的一次编号相同而内容不同，没有办理。请刷新页面后重新填写。"), code="key_reused")
    return entry


def _refused(book_id: UUID, code: str) -> RuleViolation:
    """Why a guarded update touched no row."""
    known = db.session.scalar(select(Account.id).where(Account.book_id == book_id, Account.code == code))
    if known is None:
        return RuleViolation(N_("账户“%(account)s”在本账本中不存在。"), code="unknown_account", account=code)
    return InsufficientBalance(_SHORT.get(rules.kind_of(code), N_("余额不足，未能办理。")))


def _move_totals(book_id: UUID, change: rules.Change) -> Row[Any]:
    """Move an account's totals, or nothing at all; its version and balance after it."""
    amounts = {"debit_fen": change.debit_fen, "credit_fen": change.credit_fen, "transfers": change.transfers}
    row = db.session.execute(_MOVE_TOTALS, {"book": book_id, "account": rules.account_id(book_id, change.code), **amounts}).one_or_none()
    if row is None:
        raise _refused(book_id, change.code)
    return row


def _transfers(entry: Mapping[str, Any], moves: Sequence[Move], after: Sequence[tuple[rules.Change, Row[Any]]]) -> list[dict[str, Any]]:
    """The rows of an entry: versions and balances run from what they were before to what the updates answered."""
    book_id: UUID = entry["book_id"]
    running = {
        change.code: [row.version - change.transfers, row.balance_fen - change.credit_fen + change.debit_fen] for change, row in after
    }
    rows = []
    for position, move in enumerate(moves):
        debit, credit = running[move.debit], running[move.credit]
        debit[0], debit[1] = debit[0] + 1, debit[1] - move.amount_fen
        credit[0], credit[1] = credit[0] + 1, credit[1] + move.amount_fen
        row: dict[str, Any] = {
            "book_id": book_id, "id": uuid7(), "entry_id": entry["id"], "position": position,
            "debit_account_id": rules.account_id(book_id, move.debit), "credit_account_id": rules.account_id(book_id, move.credit),
            "amount_fen": move.amount_fen, "debit_version": debit[0], "debit_balance_fen": debit[1],
            "credit_version": credit[0], "credit_balance_fen": credit[1], "leaf_format": leaves.FORMAT,
        }  # fmt: skip
        rows.append({**row, "leaf_hash": leaves.transfer_leaf(entry, row)})
    return rows


def post(
    book_id: UUID, command: Command, moves: Sequence[Move], *, today: date, opens: Iterable[str] = (), reverses_id: UUID | None = None
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
    entry: dict[str, Any] = {
        "book_id": book_id, "id": uuid7(), "verb": command.verb, "actor_id": command.actor_id, "subject_type": command.subject_type,
        "subject_id": command.subject_id, "idempotency_key": command.key, "request_hash": command.request_hash(), "effective_on": today,
        "recorded_at": clock.now(), "reverses_id": reverses_id, "transfer_count": len(moves),
    }  # fmt: skip
    if not _insert_new(ENTRIES, entry):
        return _earlier(book_id, command)
    try:
        for code in sorted(set(opens), key=rules.lock_order):
            open_account(book_id, code)
        after = [(change, _move_totals(book_id, change)) for change in rules.changes(moves)]
    except RuleViolation:
        db.session.info.setdefault(_REFUSED, []).append((book_id, entry["id"]))
        raise
    db.session.execute(_INSERT_TRANSFERS, _transfers(entry, moves, after))
    return Entry(**entry)


def _earlier(book_id: UUID, command: Command) -> Entry:
    """The entry that stands in the way of a new one. Raises: Conflict: it is not this command's."""
    entry = replayed(book_id, command)
    if entry is None:  # the key is new, so it was reverses_id that is taken
        raise Conflict(N_("这笔记账已经冲正过，不能再冲正一次。"), code="already_reversed")
    return entry


@event.listens_for(Session, "before_commit")
def _keep_refusals_out(session: Session) -> None:
    """An entry whose money did not move must not be committed: its key would answer later repeats as if it had."""
    for book_id, entry_id in session.info.pop(_REFUSED, ()):
        kept = session.execute(select(ENTRIES.c.id).where(ENTRIES.c.book_id == book_id, ENTRIES.c.id == entry_id)).first()
        assert kept is None, "a refused posting was swallowed: let its error out of the transaction or savepoint"


def reverse(book_id: UUID, entry_id: UUID, command: Command, *, today: date) -> Entry:
    """Take an entry back by a new one with debit and credit exchanged. Once.

    Raises: NotFound; Conflict: it was reversed before; InsufficientBalance: the value has moved on.
    """
    rows = db.session.scalars(
        select(Transfer).where(Transfer.book_id == book_id, Transfer.entry_id == entry_id).order_by(Transfer.position.desc())
    ).all()
    if not rows:
        raise NotFound
    touched = {row.debit_account_id for row in rows} | {row.credit_account_id for row in rows}
    found = db.session.execute(select(ACCOUNTS.c.id, ACCOUNTS.c.code).where(ACCOUNTS.c.book_id == book_id, ACCOUNTS.c.id.in_(touched)))
    codes: dict[UUID, str] = {row.id: row.code for row in found}
    moves = [Move(codes[row.credit_account_id], codes[row.debit_account_id], row.amount_fen) for row in rows]
    return post(book_id, command, moves, today=today, reverses_id=entry_id)


def open_limit(book_id: UUID, code: str, cap_fen: int, command: Command, *, today: date) -> None:
    """Open a limit account with what may be used of it: `code` holds what is left, `code:used` what was used. Once for a code.

    The key is the limit's own, whatever the command's: of two that come at the same moment, for two orders, one opens it.
    """
    if limit_is_open(book_id, code):
        return
    opening = replace(command, key=f"limit.open:{code}")
    try:
        post(book_id, opening, [Move(f"{code}:used", code, cap_fen)], today=today, opens=(code, f"{code}:used"))
    except Conflict:  # the other one was faster: the limit is open
        return


def limit_is_open(book_id: UUID, code: str) -> bool:
    """Whether a limit was opened: its account has a version."""
    statement = select(ACCOUNTS.c.version).where(ACCOUNTS.c.book_id == book_id, ACCOUNTS.c.id == rules.account_id(book_id, code))
    return bool(db.session.execute(statement).scalar())
