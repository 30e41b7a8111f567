"""How an entry is written: the statements, on either engine; on PostgreSQL in one call.

The order inside one entry is the same for everybody, so two entries never wait for each other in a circle: first the entry's key (a
repeat waits here until the first one has ended), then the accounts, private ones first, shared ones last, then the transfers.
Statements are built once: building them anew costs more than running them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Row, Table, bindparam, insert, or_, update
from sqlalchemy.dialects import postgresql, sqlite

from marketplace.kernel.db import db, table_of
from marketplace.kernel.ids import uuid7
from marketplace.ledger import leaves
from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.ledger.rules import AccountChange, AccountCode, MoneyMove

ACCOUNTS, ENTRIES, TRANSFERS = table_of(Account), table_of(Entry), table_of(Transfer)

# An insert that leaves a known key alone: an IntegrityError would abort a PostgreSQL transaction.
INSERT_NEW = {
    (dialect, table.name): make(table).on_conflict_do_nothing().returning(table.c.id)
    for dialect, make in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
    for table in (ENTRIES, ACCOUNTS)
}
INSERT_TRANSFERS = insert(TRANSFERS)

_debit, _credit = bindparam("debit_fen", type_=BigInteger), bindparam("credit_fen", type_=BigInteger)
# The WHERE is evaluated again after a lock wait, so two callers never both succeed.
MOVE_TOTALS = (
    update(ACCOUNTS)
    .where(ACCOUNTS.c.book_id == bindparam("book"), ACCOUNTS.c.id == bindparam("account"))
    .where(or_(ACCOUNTS.c.may_go_negative, ACCOUNTS.c.credits_fen - ACCOUNTS.c.debits_fen >= bindparam("need", type_=BigInteger)))
    .values(
        debits_fen=ACCOUNTS.c.debits_fen + _debit,
        credits_fen=ACCOUNTS.c.credits_fen + _credit,
        version=ACCOUNTS.c.version + bindparam("transfers", type_=BigInteger),
    )
    .returning(ACCOUNTS.c.version, (ACCOUNTS.c.credits_fen - ACCOUNTS.c.debits_fen).label("balance_fen"))
)

Values = Mapping[str, Any]
Ids = Mapping[AccountCode, UUID]  # of accounts, by code


@dataclass(frozen=True, slots=True)
class Posting:
    """One entry to be written, whole."""

    entry: Values
    moves: Sequence[MoneyMove]
    opened: Sequence[Values]  # accounts to open first, in the order of locking
    changes: Sequence[AccountChange]  # of totals, in the order of locking
    ids: Ids


class Known(Exception):
    """The entry's key is there already, or what it reverses was reversed."""


class Short(Exception):
    """A guarded update touched no row: the account does not hold enough, or is not there."""

    def __init__(self, code: AccountCode) -> None:
        super().__init__(code)
        self.code = code


def write(posting: Posting) -> None:
    """Write an entry with its accounts' totals and its transfers. Raises: Known; Short: the entry must not be committed."""
    _WAYS[db.session.get_bind().dialect.name](posting)


def insert_new(table: Table, values: Values) -> bool:
    """Insert unless a key is there. True when a row was written."""
    statement = INSERT_NEW[db.session.get_bind().dialect.name, table.name]
    return db.session.connection().execute(statement, values).first() is not None


# In single statements, the same on both engines.


def in_statements(posting: Posting) -> None:
    """Raises: Known, Short."""
    if not insert_new(ENTRIES, posting.entry):
        raise Known
    for account in posting.opened:
        insert_new(ACCOUNTS, account)
    book_id = posting.entry["book_id"]
    after = {change.code: move_totals(book_id, posting.ids[change.code], change) for change in posting.changes}
    running = {change.code: before(change, after[change.code]) for change in posting.changes}
    db.session.connection().execute(INSERT_TRANSFERS, list(transfers(posting.entry, posting.moves, running, posting.ids)))


def move_totals(book_id: UUID, account_id: UUID, change: AccountChange) -> Row[Any]:
    """Move an account's totals, or nothing at all; its version and balance after it. Raises: Short."""
    amounts = {"debit_fen": change.debit_fen, "credit_fen": change.credit_fen, "transfers": change.transfers, "need": change.need_fen}
    row = db.session.connection().execute(MOVE_TOTALS, {"book": book_id, "account": account_id, **amounts}).one_or_none()
    if row is None:
        raise Short(change.code)
    return row


def before(change: AccountChange, after: Row[Any]) -> list[int]:
    """[version, balance] of an account before a change, from what stood there after it."""
    return [after.version - change.transfers, after.balance_fen - change.credit_fen + change.debit_fen]


def transfers(entry: Values, moves: Sequence[MoneyMove], running: Mapping[AccountCode, list[int]], ids: Ids) -> Iterator[dict[str, Any]]:
    """The rows of an entry. `running` holds [version, balance] of each account before it, and after it when all rows were taken."""
    covered = leaves.entry_bytes(entry)
    for position, move in enumerate(moves):
        debit, credit = running[move.debit], running[move.credit]
        debit[0], debit[1] = debit[0] + 1, debit[1] - move.amount_fen
        credit[0], credit[1] = credit[0] + 1, credit[1] + move.amount_fen
        row: dict[str, Any] = {
            "book_id": entry["book_id"], "id": uuid7(), "entry_id": entry["id"], "position": position,
            "debit_account_id": ids[move.debit], "credit_account_id": ids[move.credit],
            "amount_fen": move.amount_fen, "debit_version": debit[0], "debit_balance_fen": debit[1],
            "credit_version": credit[0], "credit_balance_fen": credit[1], "leaf_format": leaves.FORMAT,
        }  # fmt: skip
        row["leaf_hash"] = leaves.leaf_after(covered, row)
        yield row


# In one call, on PostgreSQL: half the round trips, and no statement for Python to build (migration 0012).

_ENTRY = (
    "book_id", "id", "verb", "actor_id", "subject_type", "subject_id", "idempotency_key", "request_hash", "effective_on", "recorded_at",
    "reverses_id",
)  # fmt: skip
OPENED = ("id", "code", "kind", "shared", "may_go_negative", "opened_at", "leaf_hash")
_KINDS = (
    "uuid", "uuid", "text", "uuid", "text", "uuid", "text", "text", "date", "timestamptz", "uuid", "smallint",
    "uuid[]", "text[]", "text[]", "boolean[]", "boolean[]", "timestamptz[]", "text[]",
    "uuid[]", "bigint[]", "bigint[]", "bigint[]",
    "uuid[]", "integer[]", "integer[]", "bigint[]", "bytea[]",
)  # fmt: skip
_CALL = f"SELECT ledger_post({', '.join(f'%s::{kind}' for kind in _KINDS)})"
_POSTED, _KNOWN = 0, -1  # what the function answers; else which of the changes was refused, from 1


def in_one_call(posting: Posting) -> None:
    """Raises: Known, Short."""
    call(_CALL, _arguments(posting), posting.changes)


def call(function: str, arguments: Iterable[Any], changes: Sequence[AccountChange]) -> None:
    """Call a function that posts. Raises: Known, Short."""
    answer = db.session.connection().exec_driver_sql(function, tuple(arguments)).scalar_one()
    if answer == _KNOWN:
        raise Known
    if answer != _POSTED:
        raise Short(changes[answer - 1].code)


def _arguments(posting: Posting) -> Iterator[Any]:
    entry, ids, changes, moves = posting.entry, posting.ids, posting.changes, posting.moves
    places = {change.code: place for place, change in enumerate(changes, 1)}
    covered = leaves.entry_bytes(entry)
    rows = [(uuid7(), ids[move.debit], ids[move.credit]) for move in moves]
    yield from (_text(entry[name]) for name in _ENTRY)
    yield leaves.FORMAT
    yield from (array([account[name] for account in posting.opened]) for name in OPENED)
    yield array([ids[change.code] for change in changes])
    yield array([change.debit_fen for change in changes])
    yield array([change.credit_fen for change in changes])
    yield array([change.transfers for change in changes])
    yield array([row[0] for row in rows])
    yield array([places[move.debit] for move in moves])
    yield array([places[move.credit] for move in moves])
    yield array([move.amount_fen for move in moves])
    yield array(
        [
            leaves.bytes_before_balances(covered, entry, row, position, move.amount_fen)
            for position, (row, move) in enumerate(zip(rows, moves, strict=True))
        ]
    )


# Arguments go as text, which the function's casts read: the driver looks for the types of lists longer than the posting takes.


def array(values: Iterable[Any]) -> str:
    """An array as PostgreSQL reads it from text."""
    return "{" + ",".join([_ELEMENTS.get(type(value), _as_text)(value) for value in values]) + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


def _as_text(value: Any) -> str:
    """For a kind of text, such as the words of an enumeration."""
    return _quoted(str(value))


_ELEMENTS: dict[type, Callable[[Any], str]] = {
    str: _quoted,
    int: str,
    UUID: lambda value: f"{value.int:032x}",
    bytes: lambda value: '"\\\\x' + value.hex() + '"',
    bool: str,
    datetime: lambda value: f'"{value}"',
    type(None): lambda _: "NULL",
}


def _text(value: Any) -> str | None:
    return None if value is None else value if type(value) is str else str(value)


_WAYS: dict[str, Callable[[Posting], None]] = {"sqlite": in_statements, "postgresql": in_one_call}
