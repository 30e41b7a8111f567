"""Balances, statements, standings. Reads only."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, Uuid, and_, bindparam, case, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased

from marketplace.kernel.db import by_id, db, table_of
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Fen
from marketplace.ledger import rules
from marketplace.ledger.models import Account, Book, Entry, Transfer
from marketplace.ledger.rules import AccountKind, Standing

_ACCOUNTS, _ENTRIES, _TRANSFERS = table_of(Account), table_of(Entry), table_of(Transfer)

# One side of a transfer: own account, the other one, own version. One query per side: an OR over both would read the whole table.
_Side = tuple[InstrumentedAttribute[UUID], InstrumentedAttribute[UUID], InstrumentedAttribute[int]]
_DEBIT: _Side = (Transfer.debit_account_id, Transfer.credit_account_id, Transfer.debit_version)
_CREDIT: _Side = (Transfer.credit_account_id, Transfer.debit_account_id, Transfer.credit_version)
_OF_ENTRY = and_(Entry.book_id == Transfer.book_id, Entry.id == Transfer.entry_id)


def balance_fen(book_id: UUID, code: str) -> Fen:
    """What stands on an account now; 0 where it was never opened. Never decide a debit by it: the guarded update does."""
    found = db.session.connection().execute(_NOW, {"book": book_id, "account": rules.account_id(book_id, code)})
    return Fen(found.scalar() or 0)


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


def versions(book_id: UUID, codes: Iterable[str]) -> dict[str, int]:
    """How often each of some accounts was moved, by code; an account that nothing moved is left out."""
    ids = [rules.account_id(book_id, code) for code in codes]
    wanted = select(Account.code, Account.version).where(Account.book_id == book_id, Account.id.in_(ids), Account.version > 0)
    return dict(db.session.execute(wanted.order_by(Account.code)).all())


def balance_as_of_fen(book_id: UUID, code: str, moment: datetime) -> Fen:
    """What stood on an account at an instant: the balance after the last of its transfers recorded by then.

    Versions have no gaps and rise with time, so a binary search over them finds it in one statement of log n index probes. Whoever was
    recorded a moment earlier but waited for the account's lock counts as later, as in the statement.
    """
    account = {"book": book_id, "account": rules.account_id(book_id, code)}
    connection = db.session.connection()
    newest = connection.execute(_NEWEST, account).scalar() or 0
    asked = {**account, "step": 1 << newest.bit_length(), "moment": moment}
    return Fen(connection.execute(_AS_OF, asked).scalar() or 0)


def _recorded_at(version: ColumnElement[int]) -> ColumnElement[datetime]:
    """When the transfer that gave an account a version was recorded."""
    return func.coalesce(
        *(
            select(_ENTRIES.c.recorded_at)
            .join(_TRANSFERS, (_ENTRIES.c.book_id == _TRANSFERS.c.book_id) & (_ENTRIES.c.id == _TRANSFERS.c.entry_id))
            .where(_TRANSFERS.c.book_id == _BOOK, own == _ACCOUNT, number == version)
            .scalar_subquery()
            for own, number, _balance in _SIDES
        )
    )


def _as_of() -> Select[int]:
    """The balance after the last version of an account recorded by an instant: found bit by bit from the highest, 0 where there is none."""
    climb = select(literal(0, BigInteger).label("version"), bindparam("step", type_=BigInteger).label("step")).cte("climb", recursive=True)
    tried = climb.c.version + climb.c.step
    reached = case((_recorded_at(tried) <= bindparam("moment", type_=_ENTRIES.c.recorded_at.type), tried), else_=climb.c.version)
    climbed = climb.union_all(select(reached, climb.c.step // 2).where(climb.c.step > 0))
    version = select(func.max(climbed.c.version)).scalar_subquery()
    balances = (select(balance).where(_TRANSFERS.c.book_id == _BOOK, own == _ACCOUNT, number == version) for own, number, balance in _SIDES)
    return union_all(*balances)  # type: ignore[return-value]


# Built once: building them costs more than running them.
_BOOK, _ACCOUNT = bindparam("book", type_=Uuid()), bindparam("account", type_=Uuid())
_SIDES = (
    (_TRANSFERS.c.debit_account_id, _TRANSFERS.c.debit_version, _TRANSFERS.c.debit_balance_fen),
    (_TRANSFERS.c.credit_account_id, _TRANSFERS.c.credit_version, _TRANSFERS.c.credit_balance_fen),
)
_NEWEST = select(_ACCOUNTS.c.version).where(_ACCOUNTS.c.book_id == _BOOK, _ACCOUNTS.c.id == _ACCOUNT)
_NOW = select(_ACCOUNTS.c.credits_fen - _ACCOUNTS.c.debits_fen).where(_ACCOUNTS.c.book_id == _BOOK, _ACCOUNTS.c.id == _ACCOUNT)
_AS_OF = _as_of()


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of a statement."""

    entry: Entry
    transfer: Transfer
    counter_code: str  # the account on the other side
    amount_fen: int  # positive: came in; negative: went out
    balance_fen: int  # after it
    version: int


def statement(book_id: UUID, code: str, *, after: int = 0, until: int | None = None) -> list[StatementLine]:
    """What moved on an account, oldest first, with its running balance.

    Args:
        after, until: versions of the account between which to look, the first excluded; versions have no gaps, so they are line numbers.

    Raises: NotFound: no such account in the book.
    """
    account_id = rules.account_id(book_id, code)
    if db.session.get(Account, (book_id, account_id)) is None:
        raise NotFound
    lines = [*_lines(book_id, account_id, _DEBIT, after, until), *_lines(book_id, account_id, _CREDIT, after, until)]
    return sorted(lines, key=lambda line: line.version)


def _lines(book_id: UUID, account_id: UUID, side: _Side, after: int, until: int | None) -> list[StatementLine]:
    own, other, version = side
    wanted = (
        select(Entry, Transfer, Account.code)
        .join(Transfer, _OF_ENTRY)
        .join(Account, and_(Account.book_id == Transfer.book_id, Account.id == other))
        .where(Transfer.book_id == book_id, own == account_id, version > after)
    )
    if until is not None:
        wanted = wanted.where(version <= until)
    return [_line(entry, transfer, counter_code, account_id) for entry, transfer, counter_code in db.session.execute(wanted)]


def _line(entry: Entry, transfer: Transfer, counter_code: str, account_id: UUID) -> StatementLine:
    if transfer.debit_account_id == account_id:
        return StatementLine(entry, transfer, counter_code, -transfer.amount_fen, transfer.debit_balance_fen, transfer.debit_version)
    return StatementLine(entry, transfer, counter_code, transfer.amount_fen, transfer.credit_balance_fen, transfer.credit_version)


def book(book_id: UUID) -> Book:
    """Raises: NotFound."""
    return by_id(Book, book_id)


def books() -> list[Book]:
    """Every book, by code."""
    return list(db.session.scalars(select(Book).order_by(Book.code)))


def accounts(book_id: UUID) -> list[Account]:
    """The accounts of a book, by kind and code: its trial balance."""
    return list(db.session.scalars(select(Account).where(Account.book_id == book_id).order_by(Account.kind, Account.code)))


def standing(book_id: UUID) -> Standing:
    """Where the money of a book stands."""
    return standings([book_id])[book_id]


def standings(book_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """Where the money of some books stands, by book, in one statement."""
    balance = func.sum(Account.credits_fen - Account.debits_fen)
    wanted = select(Account.book_id, Account.kind, balance).where(Account.book_id.in_(book_ids)).group_by(Account.book_id, Account.kind)
    found: dict[UUID, dict[AccountKind, int]] = {book_id: {} for book_id in book_ids}
    for book_id, kind, fen in db.session.execute(wanted):
        found[book_id][AccountKind(kind)] = int(fen)
    return {book_id: rules.standing(balances) for book_id, balances in found.items()}


def entries_of(book_id: UUID, subject_ids: Sequence[UUID], *, but: Collection[str] = ()) -> list[Entry]:
    """Entries about some rows, oldest first; `but`: verbs that are left out."""
    wanted = select(Entry).where(Entry.book_id == book_id, Entry.subject_id.in_(subject_ids), Entry.verb.not_in(but))
    return list(db.session.scalars(wanted.order_by(Entry.recorded_at, Entry.id)))


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
        .join(Transfer, _OF_ENTRY)
        .join(debit, and_(debit.book_id == Transfer.book_id, debit.id == Transfer.debit_account_id))
        .join(credit, and_(credit.book_id == Transfer.book_id, credit.id == Transfer.credit_account_id))
        .where(Transfer.book_id == book_id, Transfer.entry_id.in_(entry_ids))
        .order_by(Entry.recorded_at, Entry.id, Transfer.position)
    )
    return [TransferRow(*row) for row in rows]
