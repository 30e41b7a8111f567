"""Books, accounts, entries, transfers. Books, entries and transfers are never changed or deleted, and of an account only the totals
move, upwards and with the version: triggers on both engines refuse the rest.

The book's id is in every key: no entry crosses books, and a book can one day live on another server.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.append_only import ROWS, Kept
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.kernel.money import CNY
from marketplace.ledger.rules import AccountKind

BOUND = 1 << 62  # totals stay below: SQLite turns an overflowing sum into a float that would pass a CHECK


def _whole(*columns: str) -> str:
    """CHECK that columns hold integers: SQLite lets a REAL or a text into any column. Always true on PostgreSQL."""
    return " AND ".join(f"{column} = CAST({column} AS BIGINT)" for column in columns)


_TOTALS = Kept(
    totals=("debits_fen", "credits_fen"),
    counter="version",
    fixed=("book_id", "id", "code", "kind", "shared", "may_go_negative", "opened_at", "leaf_format", "leaf_hash"),
)


class Book(HasId, Model):
    """Accounts that balance by themselves: the unit of audit, export and, one day, sharding."""

    __tablename__ = "ledger_books"
    __table_args__ = (CheckConstraint("length(currency) = 3", name="currency_code"), {"info": {"kept": ROWS}})

    code: Mapped[str] = mapped_column(String(80), unique=True)  # what its owner calls it
    name: Mapped[str] = mapped_column(String(120))
    currency: Mapped[str] = mapped_column(String(3), default=CNY, server_default=CNY)  # of every amount in it: its smallest unit
    opened_at: Mapped[datetime]
    leaf_format: Mapped[int] = mapped_column(SmallInteger)
    leaf_hash: Mapped[str] = mapped_column(String(64))


class Account(Model):
    """A place value can be. balance = credits − debits."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        UniqueConstraint("book_id", "code"),
        Index(None, "book_id", "kind"),
        CheckConstraint("may_go_negative OR debits_fen <= credits_fen", name="not_overdrawn"),
        CheckConstraint("debits_fen >= 0 AND credits_fen >= 0 AND version >= 0", name="totals_positive"),
        CheckConstraint(f"debits_fen <= {BOUND} AND credits_fen <= {BOUND}", name="totals_bounded"),
        CheckConstraint(_whole("debits_fen", "credits_fen", "version"), name="totals_whole"),
        Index(None, "book_id", "opened_at"),  # the sealer looks for new ones
        {"info": {"kept": _TOTALS}},
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_books.id"))
    id: Mapped[UUID]  # follows from book and code
    code: Mapped[str] = mapped_column(String(160))
    kind: Mapped[AccountKind] = mapped_column(state_enum(AccountKind, "kind_known"))
    shared: Mapped[bool]  # many entries meet here: updated last
    may_go_negative: Mapped[bool]
    debits_fen: Mapped[int] = mapped_column(BigInteger, default=0)  # everything that ever left
    credits_fen: Mapped[int] = mapped_column(BigInteger, default=0)  # everything that ever came
    version: Mapped[int] = mapped_column(BigInteger, default=0)  # +1 with every transfer
    opened_at: Mapped[datetime]
    leaf_format: Mapped[int] = mapped_column(SmallInteger)
    leaf_hash: Mapped[str] = mapped_column(String(64))  # over what never changes: book, id, code, kind, marks, opened_at


class Entry(Model):
    """One business event: why value moved, who asked, and the key that answers a repeat."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        UniqueConstraint("book_id", "idempotency_key"),
        UniqueConstraint("book_id", "reverses_id"),  # an entry is reversed once
        ForeignKeyConstraint(["book_id", "reverses_id"], ["ledger_entries.book_id", "ledger_entries.id"]),
        Index(None, "book_id", "subject_id"),
        Index(None, "book_id", "effective_on"),
        {"info": {"kept": ROWS}},
    )

    book_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_books.id"))
    id: Mapped[UUID]
    verb: Mapped[str] = mapped_column(String(64))  # what happened
    actor_id: Mapped[UUID | None]
    subject_type: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[UUID]
    idempotency_key: Mapped[str] = mapped_column(String(200))
    request_hash: Mapped[str] = mapped_column(String(64))
    effective_on: Mapped[date]  # accounting date, China
    recorded_at: Mapped[datetime]
    reverses_id: Mapped[UUID | None]
    transfer_count: Mapped[int] = mapped_column(SmallInteger)


class Transfer(Model):
    """A positive amount from one account to another; with the version and balance of both after it."""

    __tablename__ = "ledger_transfers"
    __table_args__ = (
        PrimaryKeyConstraint("book_id", "id"),
        UniqueConstraint("book_id", "entry_id", "position"),
        UniqueConstraint("book_id", "debit_account_id", "debit_version"),
        UniqueConstraint("book_id", "credit_account_id", "credit_version"),
        ForeignKeyConstraint(["book_id", "entry_id"], ["ledger_entries.book_id", "ledger_entries.id"]),
        ForeignKeyConstraint(["book_id", "debit_account_id"], ["ledger_accounts.book_id", "ledger_accounts.id"]),
        ForeignKeyConstraint(["book_id", "credit_account_id"], ["ledger_accounts.book_id", "ledger_accounts.id"]),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("amount_fen <= 1000000000000000", name="amount_bounded"),
        CheckConstraint(_whole("amount_fen", "debit_balance_fen", "credit_balance_fen"), name="amounts_whole"),
        CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
        {"info": {"kept": ROWS}},
    )

    book_id: Mapped[UUID]
    id: Mapped[UUID]
    entry_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)  # from 0 within the entry
    debit_account_id: Mapped[UUID]
    credit_account_id: Mapped[UUID]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    debit_version: Mapped[int] = mapped_column(BigInteger)
    debit_balance_fen: Mapped[int] = mapped_column(BigInteger)  # of the debited account, after
    credit_version: Mapped[int] = mapped_column(BigInteger)
    credit_balance_fen: Mapped[int] = mapped_column(BigInteger)
    leaf_format: Mapped[int] = mapped_column(SmallInteger)
    leaf_hash: Mapped[str] = mapped_column(String(64))  # over every column of the entry and of this row


class InvariantCount(Model):
    """What the invariants came to when they were counted last. Not part of the books: monitoring reads it."""

    __tablename__ = "invariant_counts"
    __table_args__ = (CheckConstraint("kind IN ('whole', 'recent')", name="kind_known"),)

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)  # all books, or what was posted since the last count
    counted_at: Mapped[datetime]
    took_ms: Mapped[int] = mapped_column(BigInteger)
    counts: Mapped[dict[str, int]] = mapped_column(JSON)  # name of an invariant → rows that break it
