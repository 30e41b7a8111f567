"""Balances, statements, standings. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Fen
from marketplace.ledger import rules
from marketplace.ledger.models import Account, Book, Entry, Transfer
from marketplace.ledger.rules import AccountKind, Standing


def balance_fen(book_id: UUID, code: str) -> Fen:
    """What stands on an account now; 0 where it was never opened. Never decide a debit by it: the guarded update does."""
    statement = select(Account.credits_fen - Account.debits_fen).where(
        Account.book_id == book_id, Account.id == rules.account_id(book_id, code)
    )
    return Fen(db.session.execute(statement).scalar() or 0)


def balances_fen(book_id: UUID, codes: Iterable[str]) -> dict[str, Fen]:
    """Balances of several accounts at once; 0 where one was never opened."""
    ids = {rules.account_id(book_id, code): code for code in codes}
    rows = db.session.execute(
        select(Account.id, Account.credits_fen - Account.debits_fen).where(Account.book_id == book_id, Account.id.in_(ids))
    )
    found = {ids[account_id]: Fen(balance) for account_id, balance in rows}
    return {code: found.get(code, Fen(0)) for code in ids.values()}


def opened(book_id: UUID, codes: Iterable[str]) -> set[str]:
    """Those of the accounts that were opened."""
    ids = {rules.account_id(book_id, code): code for code in codes}
    return {ids[found] for found in db.session.scalars(select(Account.id).where(Account.book_id == book_id, Account.id.in_(ids)))}


def balance_as_of_fen(book_id: UUID, code: str, moment: datetime) -> Fen:
    """What stood on an account at an instant: the balance after the last transfer recorded by then."""
    account_id = rules.account_id(book_id, code)
    statement = (
        select(Transfer)
        .join(Entry, and_(Entry.book_id == Transfer.book_id, Entry.id == Transfer.entry_id))
        .where(Transfer.book_id == book_id, or_(Transfer.debit_account_id == account_id, Transfer.credit_account_id == account_id))
        .where(Entry.recorded_at <= moment)
    )
    rows = db.session.scalars(statement).all()
    sides = [
        (t.debit_version, t.debit_balance_fen) if t.debit_account_id == account_id else (t.credit_version, t.credit_balance_fen)
        for t in rows
    ]
    return Fen(max(sides, default=(0, 0))[1])


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement."""

    entry: Entry
    transfer: Transfer
    counter_code: str  # the account on the other side
    amount_fen: int  # positive: came in; negative: went out
    balance_fen: int  # after it
    version: int


def statement(book_id: UUID, code: str) -> list[Line]:
    """Everything that moved on an account, oldest first, with its running balance.

    Raises: NotFound: no such account in the book.
    """
    account_id = rules.account_id(book_id, code)
    if db.session.get(Account, (book_id, account_id)) is None:
        raise NotFound
    other = aliased(Account)
    counter = and_(
        other.book_id == Transfer.book_id,
        or_(
            and_(Transfer.debit_account_id == account_id, other.id == Transfer.credit_account_id),
            and_(Transfer.credit_account_id == account_id, other.id == Transfer.debit_account_id),
        ),
    )
    rows = db.session.execute(
        select(Entry, Transfer, other.code)
        .join(Transfer, and_(Entry.book_id == Transfer.book_id, Entry.id == Transfer.entry_id))
        .join(other, counter)
        .where(Transfer.book_id == book_id)
    )
    lines = [_line(entry, transfer, counter_code, account_id) for entry, transfer, counter_code in rows]
    return sorted(lines, key=lambda line: line.version)


def _line(entry: Entry, transfer: Transfer, counter_code: str, account_id: UUID) -> Line:
    if transfer.debit_account_id == account_id:
        return Line(entry, transfer, counter_code, -transfer.amount_fen, transfer.debit_balance_fen, transfer.debit_version)
    return Line(entry, transfer, counter_code, transfer.amount_fen, transfer.credit_balance_fen, transfer.credit_version)


def book(book_id: UUID) -> Book:
    """Raises: NotFound."""
    row = db.session.get(Book, book_id)
    if row is None:
        raise NotFound
    return row


def books() -> list[Book]:
    """Every book, by code."""
    return list(db.session.scalars(select(Book).order_by(Book.code)))


def accounts(book_id: UUID) -> list[Account]:
    """The accounts of a book, by kind and code: its trial balance."""
    return list(db.session.scalars(select(Account).where(Account.book_id == book_id).order_by(Account.kind, Account.code)))


def standing(book_id: UUID) -> Standing:
    """Where the money of a book stands."""
    rows = db.session.execute(
        select(Account.kind, func.sum(Account.credits_fen), func.sum(Account.debits_fen))
        .where(Account.book_id == book_id)
        .group_by(Account.kind)
    )
    return rules.standing({AccountKind(kind): int(credits) - int(debits) for kind, credits, debits in rows})


def entries_of(book_id: UUID, subject_ids: Sequence[UUID]) -> list[Entry]:
    """Entries about some rows, oldest first."""
    wanted = select(Entry).where(Entry.book_id == book_id, Entry.subject_id.in_(subject_ids)).order_by(Entry.recorded_at, Entry.id)
    return list(db.session.scalars(wanted))


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A transfer with the codes of its accounts."""

    entry: Entry
    transfer: Transfer
    debit_code: str
    credit_code: str


def transfers_of(book_id: UUID, entry_ids: Sequence[UUID]) -> list[TransferRow]:
    """The transfers of some entries with account codes, in order."""
    debit, credit = aliased(Account), aliased(Account)
    rows = db.session.execute(
        select(Entry, Transfer, debit.code, credit.code)
        .join(Transfer, and_(Entry.book_id == Transfer.book_id, Entry.id == Transfer.entry_id))
        .join(debit, and_(debit.book_id == Transfer.book_id, debit.id == Transfer.debit_account_id))
        .join(credit, and_(credit.book_id == Transfer.book_id, credit.id == Transfer.credit_account_id))
        .where(Transfer.book_id == book_id, Transfer.entry_id.in_(entry_ids))
        .order_by(Entry.recorded_at, Entry.id, Transfer.position)
    )
    return [TransferRow(*row) for row in rows]


def entries_between(book_id: UUID, first: date, last: date) -> list[Entry]:
    """Entries whose accounting date lies in a span, both ends included, oldest first."""
    wanted = select(Entry).where(Entry.book_id == book_id, Entry.effective_on >= first, Entry.effective_on <= last)
    return list(db.session.scalars(wanted.order_by(Entry.recorded_at, Entry.id)))
