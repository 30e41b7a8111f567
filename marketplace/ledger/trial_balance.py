"""What stood on the accounts of a book at the end of a day, by accounting date: what stands now, less what moved later."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, literal, select, union_all

from marketplace.kernel.db import db, table_of
from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.ledger.rules import AccountKind, Standing, standing

_ACCOUNTS = table_of(Account)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account with its totals."""

    id: UUID
    code: str
    kind: AccountKind
    debits_fen: int
    credits_fen: int

    @property
    def balance_fen(self) -> int:
        return self.credits_fen - self.debits_fen


@dataclass(frozen=True, slots=True)
class KindLine:
    """All accounts of a kind together."""

    kind: AccountKind
    accounts: int
    debits_fen: int
    credits_fen: int

    @property
    def balance_fen(self) -> int:
        return self.credits_fen - self.debits_fen


def _later(book_id: UUID, day: date) -> Subquery:
    """What moved on each account after a day."""
    of_entry = and_(Entry.book_id == Transfer.book_id, Entry.id == Transfer.entry_id)
    sides = union_all(
        *(
            select(account.label("account_id"), debit.label("debit_fen"), credit.label("credit_fen"))
            .join(Entry, of_entry)
            .where(Entry.book_id == book_id, Entry.effective_on > day)
            for account, debit, credit in (
                (Transfer.debit_account_id, Transfer.amount_fen, literal(0)),
                (Transfer.credit_account_id, literal(0), Transfer.amount_fen),
            )
        )
    ).subquery()
    sums = (sides.c.account_id, func.sum(sides.c.debit_fen).label("debits_fen"), func.sum(sides.c.credit_fen).label("credits_fen"))
    return select(*sums).group_by(sides.c.account_id).subquery()


@dataclass(frozen=True, slots=True)
class _Totals:
    """A query over the accounts of a book, and its columns of totals."""

    query: Select[Any]
    debits: ColumnElement[int]
    credits: ColumnElement[int]


def _totals(book_id: UUID, day: date | None) -> _Totals:
    query = select().select_from(Account).where(Account.book_id == book_id)
    if day is None:
        return _Totals(query, _ACCOUNTS.c.debits_fen, _ACCOUNTS.c.credits_fen)
    later = _later(book_id, day)
    return _Totals(
        query.join(later, later.c.account_id == Account.id, isouter=True),
        Account.debits_fen - func.coalesce(later.c.debits_fen, 0),
        Account.credits_fen - func.coalesce(later.c.credits_fen, 0),
    )


def by_kind(book_id: UUID, day: date | None = None) -> list[KindLine]:
    """The trial balance of a book by kind of account, in the order of a fen's life; now, or at the end of a day."""
    totals = _totals(book_id, day)
    sums = (Account.kind, func.count(), func.sum(totals.debits), func.sum(totals.credits))
    rows = db.session.execute(totals.query.add_columns(*sums).group_by(Account.kind))
    order = list(AccountKind)
    lines = [KindLine(kind, count, int(debit), int(credit)) for kind, count, debit, credit in rows]
    return sorted(lines, key=lambda line: order.index(line.kind))


def standing_on(book_id: UUID, day: date | None = None) -> Standing:
    """Where the money of a book stood at the end of a day."""
    return standing({line.kind: line.balance_fen for line in by_kind(book_id, day)})


def accounts_on(book_id: UUID, day: date | None, *, kind: AccountKind | None, limit: int, offset: int) -> tuple[list[AccountLine], int]:
    """Some of the accounts of a book with what stood on them, by kind and code; and how many there are in all."""
    rows = db.session.execute(_chosen(book_id, day, kind).limit(limit).offset(offset))
    return _lines(rows), count_of(book_id, kind)


def all_accounts_on(book_id: UUID, day: date | None, *, kind: AccountKind | None, at_once: int) -> Iterator[list[AccountLine]]:
    """All of them, in pieces: a book may have a million."""
    for part in db.session.execute(_chosen(book_id, day, kind).execution_options(yield_per=at_once)).partitions():
        yield _lines(part)


def count_of(book_id: UUID, kind: AccountKind | None = None) -> int:
    """How many accounts a book has, or how many of one kind."""
    counted = select(func.count()).select_from(Account).where(Account.book_id == book_id)
    return db.session.scalar(counted if kind is None else counted.where(Account.kind == kind)) or 0


def _chosen(book_id: UUID, day: date | None, kind: AccountKind | None) -> Select[Any]:
    totals = _totals(book_id, day)
    query = totals.query if kind is None else totals.query.where(Account.kind == kind)
    return query.add_columns(Account.id, Account.code, Account.kind, totals.debits, totals.credits).order_by(Account.kind, Account.code)


def _lines(rows: Iterable[Any]) -> list[AccountLine]:
    return [AccountLine(row_id, code, kind, int(debits), int(credits)) for row_id, code, kind, debits, credits in rows]
