"""Quick looks at everything: which rows need care. They never say what is wrong, and when in doubt they say "this one"."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    case,
    func,
    literal,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.types import NullType

from marketplace.audit.models import AuditEvent
from marketplace.kernel.db import table_of
from marketplace.kernel.leaf_check import UNFIT, LeafField, check_of, field_of, selected
from marketplace.kernel.parallel_reading import Driver, ReadingTask, SentQuery, TaskResult, query
from marketplace.kernel.raw_rows import first_row, raw
from marketplace.ledger import leaves
from marketplace.ledger.models import Account, Book, Entry, Transfer

BOOKS, ACCOUNTS, ENTRIES, TRANSFERS, EVENTS = (table_of(model) for model in (Book, Account, Entry, Transfer, AuditEvent))

ROWS_PER_TASK = 25_000
MOST_SUSPECTS = 500  # of one task; more, and the whole table is read with care

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class EntryRows:
    """Rows of one entry, which follow each other: at which places of a row stand its transfer's position and how many there should be."""

    position: int
    count: int


@dataclass(frozen=True, slots=True)
class Leaves:
    """How the leaves of a table are checked: what to read in which order, and which of the values the leaf covers."""

    kind: str
    dialect: str
    first: SentQuery  # the first range of the key
    query: SentQuery  # any other
    fields: tuple[LeafField, ...]
    width: int
    key: tuple[int, ...]  # places of the row's key
    group: EntryRows | None = None


@dataclass(frozen=True, slots=True)
class LeafTask:
    """The leaves of a range of rows: above `low`, up to `high`."""

    leaves: Leaves
    is_first: bool
    bounds: dict[str, Any]

    def run(self, driver: Driver) -> TaskResult:
        of = self.leaves
        check = check_of(of.kind, of.fields, of.width, of.dialect)
        read = (of.first if self.is_first else of.query).rows(driver, **self.bounds)
        suspects, rows = list[Key](), 0
        for row in _in_groups(read, of, suspects) if of.group else read:
            rows += 1
            try:
                if check(*row):
                    continue
            except UNFIT:
                pass
            suspects.append(_key_of(row, of))
            if len(suspects) > MOST_SUSPECTS:
                return TaskResult(rows, None)
        return TaskResult(rows, suspects)


def _in_groups(rows: Iterator[Sequence[Any]], of: Leaves, suspects: list[Key]) -> Iterator[Sequence[Any]]:
    """The rows as they come; keys of groups with a row missing, too many, or out of its place go to the suspects."""
    assert of.group
    (book, entry), position, count = of.key, of.group.position, of.group.count
    last: Sequence[Any] | None = None
    place = 0
    for row in rows:
        if last is not None and row[entry] == last[entry] and row[book] == last[book]:
            place += 1
        else:
            if last is not None and _whole(last[count]) != place + 1:
                suspects.append(_key_of(last, of))
            place = 0
        if _whole(row[position]) != place:
            suspects.append(_key_of(row, of))
        last = row
        yield row
    if last is not None and _whole(last[count]) != place + 1:
        suspects.append(_key_of(last, of))


_SMALL: dict[bytes | int, int] = {form: number for number in range(1000) for form in (b"%d" % number, number)}


def _whole(value: Any) -> int | None:
    """A small number as it was sent; None: anything else, which is read with care."""
    return _SMALL.get(value) if type(value) in {bytes, int} else None


def _key_of(row: Sequence[Any], of: Leaves) -> Key:
    return tuple(_key(row[place]) for place in of.key)


@dataclass(frozen=True, slots=True)
class ListTask:
    """A statement that lists what needs care and nothing else."""

    query: SentQuery
    weight: int  # rows that it looks at

    def run(self, driver: Driver) -> TaskResult:
        if not isinstance(driver, sqlite3.Connection):
            driver.execute("SET LOCAL enable_indexscan = off")  # it reads whole tables: one row after the other, then sorted
        suspects = list[Key]()
        for row in self.query.rows(driver):
            suspects.append(tuple(_key(value) for value in row))
            if len(suspects) > MOST_SUSPECTS:
                return TaskResult(self.weight, None)
        return TaskResult(self.weight, suspects)


def _key(value: Any) -> Any:
    """A key as the connection knows it: COPY sends sixteen bytes for a UUID, SQLite keeps text (or whatever lies there)."""
    return UUID(bytes=value) if isinstance(value, bytes) and len(value) == 16 else value


@dataclass(frozen=True, slots=True)
class Part:
    """A task, and whose suspects it finds."""

    section: str
    task: ReadingTask

    def run(self, driver: Driver) -> TaskResult:
        return self.task.run(driver)


def leaves_of(table: Table, kind: str, names: Sequence[str], dialect: str, chosen: ColumnElement[bool]) -> Leaves:
    """Leaves that cover columns of their own row only."""
    places = {name: place for place, name in enumerate([*names, "leaf_format"])}
    fields = [field_of(table.c[name], place) for name, place in places.items()]
    keys = list(table.primary_key.columns)
    values = [*(selected(table.c[name], dialect) for name in places), raw(table.c.leaf_hash)]
    ordered = (fields[-1], *fields[:-1])  # the format comes first
    return Leaves(
        kind, dialect, *_ranged(select(*values).where(chosen), keys, dialect), ordered, len(places), tuple(places[key.key] for key in keys)
    )


def transfer_leaves(dialect: str, chosen: ColumnElement[bool]) -> Leaves:
    """Leaves of transfers, which cover their entries; and whether an entry has as many transfers as it says, in their places."""
    entries, transfers, entry, transfer = ENTRIES, TRANSFERS, leaves.ENTRY, leaves.TRANSFER
    same = {"book_id": "book_id", "entry_id": "id"}  # by the join: not read twice
    columns = [entries.c[name] for name in entry] + [transfers.c[name] for name in transfer if name not in same] + [transfers.c.leaf_format]
    place_of = {(column.table.name, column.key): place for place, column in enumerate(columns)}
    places = [place_of[entries.name, name] for name in entry]
    places += [place_of[entries.name, same[name]] if name in same else place_of[transfers.name, name] for name in transfer]
    own_columns = [*(entries.c[name] for name in entry), *(transfers.c[name] for name in transfer)]
    covered = [(transfers.c.leaf_format, len(columns) - 1), *zip(own_columns, places, strict=True)]
    of_entry = and_(transfers.c.book_id == entries.c.book_id, transfers.c.entry_id == entries.c.id)
    keys = [entries.c.book_id, entries.c.id]
    wanted = select(*(selected(column, dialect) for column in columns), raw(transfers.c.leaf_hash))
    wanted = wanted.select_from(entries.join(transfers, of_entry, isouter=True)).where(chosen)
    wanted = wanted.order_by(*(raw(column) for column in (*keys, transfers.c.position)))
    fields = tuple(field_of(column, place) for column, place in covered)
    group = EntryRows(place_of[transfers.name, "position"], place_of[entries.name, "transfer_count"])
    return Leaves(leaves.TRANSFER_KIND, dialect, *_ranged(wanted, keys, dialect), fields, len(columns), (0, 1), group)


def _ranged(statement: Select[Any], keys: Sequence[Column[Any]], dialect: str) -> tuple[SentQuery, SentQuery]:
    """The first range, which has no lower end, and any other."""
    place = tuple_(*keys)
    low, high = (tuple_(*(bindparam(f"{side}_{key.key}", type_=key.type) for key in keys)) for side in ("low", "high"))
    return query(statement.where(place <= high), dialect), query(statement.where(place > low, place <= high), dialect)


def ranges(connection: Connection, table: Table, checked: Leaves) -> Iterator[LeafTask]:
    """The rows of a table in ranges of its key, found as they are asked for."""
    keys = list(table.primary_key.columns)
    bare = [raw(key) for key in keys]
    highest = first_row(connection, select(*bare).order_by(*(key.desc() for key in bare)).limit(1))
    low: Sequence[Any] | None = None
    while highest is not None and low != highest:
        step = select(*bare).order_by(*bare).offset(ROWS_PER_TASK - 1).limit(1)
        if low is not None:
            step = step.where(tuple_(*bare) > tuple_(*(literal(value, NullType()) for value in low)))
        high = first_row(connection, step) or highest
        yield LeafTask(checked, low is None, _named("low", keys, low or ()) | _named("high", keys, high))
        low = high


def _named(side: str, keys: Sequence[Column[Any]], values: Sequence[Any]) -> dict[str, Any]:
    return {f"{side}_{key.key}": value for key, value in zip(keys, values, strict=False)}


def account_steps(dialect: str) -> SentQuery:
    """Accounts whose transfers do not lead, step by step, from nothing to the totals that stand on them.

    Each transfer is a step of two accounts, and the account itself the last one, which moves nothing and takes the totals off again. So
    one sort sees gaps, wrong balances, wrong totals, accounts without their transfers, and transfers without their account.
    """
    t, a = TRANSFERS.c, ACCOUNTS.c
    nothing = literal(0, BigInteger)
    sides = (
        (t.book_id, t.debit_account_id, t.debit_version, t.debit_balance_fen, t.amount_fen, nothing, nothing),
        (t.book_id, t.credit_account_id, t.credit_version, t.credit_balance_fen, nothing, t.amount_fen, nothing),
        (a.book_id, a.id, a.version + 1, a.credits_fen - a.debits_fen, -a.debits_fen, -a.credits_fen, literal(1, BigInteger)),
    )
    lying = (
        (t.debit_version, t.debit_balance_fen, t.amount_fen),
        (t.credit_version, t.credit_balance_fen, t.amount_fen),
        (a.version, a.debits_fen, a.credits_fen),
    )
    names = ("book_id", "account_id", "version", "balance_fen", "debit_fen", "credit_fen", "accounts")
    steps = union_all(
        *(
            select(*(raw(c).label(n) for c, n in zip(side, names, strict=True)), _plain(columns, dialect))
            for side, columns in zip(sides, lying, strict=True)
        )
    )
    s = steps.subquery().c

    def before(column: ColumnElement[int]) -> ColumnElement[int]:
        return func.lag(column, 1, nothing).over(partition_by=(s.book_id, s.account_id), order_by=(s.version, s.accounts))

    moved = case((s.accounts == 1, 0), else_=s.credit_fen - s.debit_fen)
    follows = and_(s.plain, s.version == before(s.version) + 1, s.balance_fen == before(s.balance_fen) + moved)
    stepped = (
        select(s.book_id, s.account_id, s.debit_fen, s.credit_fen, s.accounts, case((follows, 1), else_=0).label("follows")).subquery().c
    )
    whole = and_(
        func.min(stepped.follows) == 1, func.sum(stepped.debit_fen) == 0, func.sum(stepped.credit_fen) == 0,
        func.sum(stepped.accounts) == 1,
    )  # fmt: skip
    keys = (stepped.book_id, stepped.account_id)
    return query(select(*keys).group_by(*keys).having(case((whole, 0), else_=1) == 1), dialect)


def _plain(columns: Sequence[ColumnElement[Any]], dialect: str) -> ColumnElement[bool]:
    """Whether values are whole numbers; PostgreSQL has no others there."""
    found = true() if dialect == "postgresql" else and_(*(func.typeof(column) == "integer" for column in columns))
    return found.label("plain")
