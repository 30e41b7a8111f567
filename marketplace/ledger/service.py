"""Posting: the only way value moves. Guarded updates, never read-then-write; the key is stored with the money."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, Conflict, InsufficientBalance, NotFound, RuleViolation
from marketplace.kernel.ids import uuid7
from marketplace.ledger import leaves, rules
from marketplace.ledger.models import Account, Book, Entry, Transfer
from marketplace.ledger.rules import AccountKind, Command, Move

ACCOUNTS: Table = Account.__table__  # type: ignore[assignment]
ENTRIES: Table = Entry.__table__  # type: ignore[assignment]
TRANSFERS: Table = Transfer.__table__  # type: ignore[assignment]

_SHORT: Mapping[AccountKind, str] = {
    AccountKind.POOL: N_("本批次资金余额不足，未能办理。"),
    AccountKind.VOUCHER: N_("这张券的余额不足，请核对可用金额。"),
    AccountKind.LIMIT: N_("额度不足：剩余额度不够这一笔。"),
}


def _insert_or_ignore(table: Table, values: Mapping[str, Any]) -> bool:
    """Insert unless the key is there: an IntegrityError would abort a PostgreSQL transaction. True when a row was written."""
    make = postgresql.insert if db.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = make(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return db.session.execute(statement).first() is not None


def open_book(code: str, name: str, *, now: datetime) -> Book:
    """Open the book of a programme."""
    book = Book(id=uuid7(), code=code, name=name, opened_at=now, leaf_format=leaves.FORMAT)
    book.leaf_hash = leaves.book_leaf(book)
    db.session.add(book)
    db.session.flush()
    return book


def open_account(book_id: UUID, code: str) -> None:
    """Open an account unless it is open. Kind and marks follow from the code.

    Raises: RuleViolation: no such kind of account.
    """
    kind = rules.kind_of(code)
    account = Account(
        book_id=book_id, id=rules.account_id(book_id, code), code=code, kind=kind, shared=rules.is_shared(code),
        may_go_negative=kind in rules.NEGATIVE, debits_fen=0, credits_fen=0, version=0, opened_at=clock.now(), leaf_format=leaves.FORMAT,
    )  # fmt: skip
    account.leaf_hash = leaves.account_leaf(account)
    _insert_or_ignore(ACCOUNTS, {column.key: getattr(account, column.key) for column in ACCOUNTS.columns})


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
        return RuleViolation(N_("账户“%(code)s”在本账本中不存在。"), code="unknown_account")
    return InsufficientBalance(_SHORT.get(rules.kind_of(code), N_("余额不足，未能办理。")))


def _apply(book_id: UUID, change: rules.Change) -> Row[Any]:
    """Move an account's totals, or nothing at all. The WHERE is evaluated again after a lock wait, so two callers never both succeed."""
    net = change.credit_fen - change.debit_fen
    row = db.session.execute(
        update(ACCOUNTS)
        .where(ACCOUNTS.c.book_id == book_id, ACCOUNTS.c.id == rules.account_id(book_id, change.code))
        .where(or_(ACCOUNTS.c.may_go_negative, ACCOUNTS.c.credits_fen - ACCOUNTS.c.debits_fen + net >= 0))
        .values(
            debits_fen=ACCOUNTS.c.debits_fen + change.debit_fen,
            credits_fen=ACCOUNTS.c.credits_fen + change.credit_fen,
            version=ACCOUNTS.c.version + change.transfers,
        )
        .returning(ACCOUNTS.c.version, (ACCOUNTS.c.credits_fen - ACCOUNTS.c.debits_fen).label("balance_fen"))
    ).one_or_none()
    if row is None:
        raise _refused(book_id, change.code)
    return row


def _transfers(entry: Entry, moves: Sequence[Move], after: Mapping[str, Row[Any]], totals: Mapping[str, rules.Change]) -> list[Transfer]:
    """The rows of an entry: versions and balances run from what they were before to what the updates answered."""
    running = {
        code: [row.version - totals[code].transfers, row.balance_fen - totals[code].credit_fen + totals[code].debit_fen]
        for code, row in after.items()
    }
    rows = []
    for position, move in enumerate(moves):
        debit, credit = running[move.debit], running[move.credit]
        debit[0], debit[1] = debit[0] + 1, debit[1] - move.amount_fen
        credit[0], credit[1] = credit[0] + 1, credit[1] + move.amount_fen
        transfer = Transfer(
            book_id=entry.book_id, id=uuid7(), entry_id=entry.id, position=position,
            debit_account_id=rules.account_id(entry.book_id, move.debit), credit_account_id=rules.account_id(entry.book_id, move.credit),
            amount_fen=move.amount_fen, debit_version=debit[0], debit_balance_fen=debit[1],
            credit_version=credit[0], credit_balance_fen=credit[1], leaf_format=leaves.FORMAT,
        )  # fmt: skip
        transfer.leaf_hash = leaves.transfer_leaf(entry, transfer)
        rows.append(transfer)
    return rows


def _values(row: Entry | Transfer, table: Table) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in table.columns}


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
        InsufficientBalance: an account does not hold enough; nothing is written.
        RuleViolation: no moves, an amount out of bounds, an unknown account.
    """
    rules.check_moves(moves)
    entry = Entry(
        book_id=book_id, id=uuid7(), verb=command.verb, actor_id=command.actor_id, subject_type=command.subject_type,
        subject_id=command.subject_id, idempotency_key=command.key, request_hash=command.request_hash(), effective_on=today,
        recorded_at=clock.now(), reverses_id=reverses_id, transfer_count=len(moves),
    )  # fmt: skip
    if not _insert_or_ignore(ENTRIES, _values(entry, ENTRIES)):
        earlier = replayed(book_id, command)
        if earlier is None:  # the conflict was on reverses_id
            raise Conflict(N_("这笔记账已经冲正过，不能再冲正一次。"), code="already_reversed")
        return earlier
    for code in opens:
        open_account(book_id, code)
    totals = {change.code: change for change in rules.changes(moves)}
    after = {code: _apply(book_id, change) for code, change in totals.items()}
    rows = _transfers(entry, moves, after, totals)
    db.session.execute(insert(TRANSFERS), [_values(row, TRANSFERS) for row in rows])
    return entry


def reverse(book_id: UUID, entry_id: UUID, command: Command, *, today: date) -> Entry:
    """Take an entry back by a new one with debit and credit exchanged. Once.

    Raises: NotFound; Conflict: it was reversed before; InsufficientBalance: the value has moved on.
    """
    rows = db.session.scalars(
        select(Transfer).where(Transfer.book_id == book_id, Transfer.entry_id == entry_id).order_by(Transfer.position.desc())
    ).all()
    if not rows:
        raise NotFound
    codes = {
        account.id: account.code
        for account in db.session.scalars(
            select(Account).where(
                Account.book_id == book_id, Account.id.in_({r.debit_account_id for r in rows} | {r.credit_account_id for r in rows})
            )
        )
    }
    moves = [Move(codes[row.credit_account_id], codes[row.debit_account_id], row.amount_fen) for row in rows]
    return post(book_id, command, moves, today=today, reverses_id=entry_id)


def open_limit(book_id: UUID, code: str, cap_fen: int, command: Command, *, today: date) -> None:
    """Open a limit account with what may be used of it: `code` holds what is left, `code:used` what was used. Once for a code."""
    if limit_is_open(book_id, code):
        return
    post(book_id, command, [Move(f"{code}:used", code, cap_fen)], today=today, opens=(code, f"{code}:used"))


def limit_is_open(book_id: UUID, code: str) -> bool:
    """Whether a limit was opened: its account has a version."""
    statement = select(ACCOUNTS.c.version).where(ACCOUNTS.c.book_id == book_id, ACCOUNTS.c.id == rules.account_id(book_id, code))
    return bool(db.session.execute(statement).scalar())
