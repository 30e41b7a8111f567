"""One run: screens look at everything, in several processes; what they point at, and what they cannot read, is read with care."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, func, select, true
from sqlalchemy.exc import SQLAlchemyError

from marketplace.audit import leaves as audit_leaves
from marketplace.audit import queries as audit
from marketplace.audit import sealing as audit_sealing
from marketplace.kernel.db import Model
from marketplace.kernel.errors import N_
from marketplace.kernel.guard_check import missing_guards
from marketplace.kernel.parallel_reading import Readers, TaskResult, readers
from marketplace.kernel.raw_rows import Fault, key_text, matching, undecoded
from marketplace.kernel.schema_check import damage, loosened
from marketplace.kernel.seal_check import Doubt, stream_faults
from marketplace.kernel.seal_screens import block_tasks, rows_task
from marketplace.kernel.seals import BLOCKS, MEMBERS, Stream
from marketplace.ledger import leaves, sealing
from marketplace.ledger.verify import screens
from marketplace.ledger.verify.careful import SIDES, RowReader
from marketplace.ledger.verify.screens import ACCOUNTS, BOOKS, ENTRIES, EVENTS, TRANSFERS, Key, ListTask, Part
from marketplace.ledger.verify.since import Scope, Since

TABLES = (BOOKS, ACCOUNTS, ENTRIES, TRANSFERS, EVENTS, BLOCKS, MEMBERS)
WORTH_HELP = 40_000  # rows; below, starting other processes costs more than it saves

Progress = Callable[[int, int], None]
Section = Callable[[], Iterator[Fault]]


@dataclass
class _Suspicion:
    """What the screens point at in one place: some keys, or everything."""

    keys: set[Key] = field(default_factory=set)
    everything: bool = False

    def add(self, found: TaskResult) -> None:
        self.keys.update(found.suspects or ())
        self.everything = self.everything or found.suspects is None or len(self.keys) > screens.MOST_SUSPECTS

    def of(self, *columns: Column[Any] | ColumnElement[Any]) -> ColumnElement[bool]:
        """The rows that are meant."""
        return true() if self.everything else matching(columns, sorted(self.keys, key=repr))

    def __bool__(self) -> bool:
        return self.everything or bool(self.keys)


@dataclass
class Verification:
    """One run: what is read, how far it is, what was counted."""

    connection: Connection
    heads: Path  # folder of published heads
    now: datetime
    progress: Progress | None = None
    processes: int = 1  # more than one only where other processes can see what the connection sees
    since: Since | None = None  # None: everything is read
    counts: Counter[str] = field(default_factory=Counter)
    scope: Scope = field(default_factory=Scope)
    _done: int = 0
    _total: int = 0
    _joined: int = 0  # transfers that were found with their entries
    _lost: set[str] = field(default_factory=set)  # tables that are not there, or not whole
    _streams: dict[str, Stream] = field(default_factory=dict)
    _suspicions: dict[str, _Suspicion] = field(default_factory=dict)

    def faults(self) -> Iterator[Fault]:
        """Everything that is wrong, as it is found. Goes through to the end, whatever the database is like."""
        with undecoded(self.connection):
            for fault in damage(self.connection, TABLES):
                self._lost.add(fault.table)
                yield fault
            yield from self._guarded(lambda: missing_guards(self.connection, list(Model.metadata.tables.values())), BOOKS)
            yield from self._guarded(self._counting, *(table for table in TABLES if table.name not in self._lost))
            with readers(self.connection, self.processes if self._total >= WORTH_HELP else 1) as helpers:
                careful = RowReader(self.connection)
                yield from self._guarded(careful.books, BOOKS)
                yield from self._guarded(lambda: self._chains(careful.codes), BLOCKS, MEMBERS, BOOKS, EVENTS)
                self._look(helpers)
            yield from self._ledger(careful)
            yield from self._guarded(lambda: audit.touched(self.connection, self._meant("events", self.scope.events, EVENTS.c.id)), EVENTS)
            yield from self._seals()
        if self.progress:
            self.progress(self._total, self._total)

    def _guarded(self, section: Section, *needed: Table) -> Iterator[Fault]:
        """A part of the reading, unless a table is missing. It may break off: then it is said where, and the next one begins."""
        if self._lost.intersection(table.name for table in needed):
            return
        inner = self.connection.begin_nested()
        try:
            yield from section()
        except (SQLAlchemyError, UnicodeError) as error:
            said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            inner.rollback()
            yield Fault("unreadable", needed[0].name, "*", N_("读取中断，其余的行没有核验：%(reason)s"), {"reason": said[:300]})
        else:
            inner.commit()  # nothing was written: it ends the savepoint

    # What there is

    def _chains(self, books: dict[Any, str]) -> Iterator[Fault]:
        """The sealed chains: those of the books and the trail that are there, and any other that has blocks or members."""
        for book_id in books:
            try:
                stream = sealing.stream_of(UUID(key_text(book_id)))
            except ValueError:
                continue  # named with the books
            self._streams[stream.name] = stream
        trail = audit_sealing.stream(self.connection)
        if trail is not None:
            self._streams[trail.name] = trail
        for name in sorted(_names(self.connection, BLOCKS) | _names(self.connection, MEMBERS), key=str):
            if str(name).startswith(audit_sealing.PREFIX):
                self._streams[name] = audit_sealing.stream_named(name)
            elif name not in self._streams:
                yield Fault("block", BLOCKS.name, key_text(name), N_("封存链所属的账本不存在。"))
        if self.since:
            self.scope = Scope(self.since.points(self.connection, self._streams.values()))

    # Screens

    def _counting(self) -> Iterator[Fault]:
        self.counts.update({table.name: self._count(table) for table in TABLES if table.name not in self._lost})
        self._total = sum(self.counts[table.name] for table in (ACCOUNTS, ENTRIES, TRANSFERS, EVENTS, MEMBERS))
        yield from ()

    def _look(self, helpers: Readers) -> None:
        """Look at everything. What could not be looked at stays suspicious as a whole; nothing is said yet."""
        try:
            for part, found in helpers.results(self._parts()):
                self._suspicions.setdefault(part.section, _Suspicion()).add(found)
                self._done += found.rows
                self._joined += found.rows if part.section == "entries" else 0
                if self.progress:
                    self.progress(min(self._done, self._total), self._total)
            is_whole = not loosened(self.connection, [table for table in TABLES if table.name not in self._lost])
        except SQLAlchemyError:
            is_whole = False
        if not is_whole:
            self._suspicions.clear()  # rows may have been passed over

    def _parts(self) -> Iterator[Part]:
        """The long ones first, so that nobody waits for a single one at the end."""
        dialect, there = self.connection.dialect.name, {table.name for table in TABLES} - self._lost
        if {ACCOUNTS.name, TRANSFERS.name} <= there:
            yield Part("accounts", ListTask(screens.account_steps(dialect), self.counts[TRANSFERS.name]))
        if there.issuperset(table.name for table in TABLES):
            for stream in self._streams.values():
                yield Part(f"rows {stream.name}", rows_task(stream, dialect, self.scope.after(stream.name)))
                tasks = block_tasks(self.connection, stream, self.scope.after(stream.name))
                yield from (Part(f"blocks {stream.name}", task) for task in tasks)
        if {ENTRIES.name, TRANSFERS.name} <= there:
            of = screens.transfer_leaves(dialect, self.scope.entries)
            yield from (Part("entries", task) for task in screens.ranges(self.connection, ENTRIES, of))
        if ACCOUNTS.name in there:
            of = screens.leaves_of(ACCOUNTS, leaves.ACCOUNT_KIND, leaves.ACCOUNT, dialect, self.scope.accounts)
            yield from (Part("accounts", task) for task in screens.ranges(self.connection, ACCOUNTS, of))
        if EVENTS.name in there:
            of = screens.leaves_of(EVENTS, audit_leaves.LEAF_KIND, audit_leaves.FIELDS, dialect, self.scope.events)
            yield from (Part("events", task) for task in screens.ranges(self.connection, EVENTS, of))

    # What they pointed at, with care

    def _suspicion(self, section: str) -> _Suspicion:
        """What was not looked at is suspicious as a whole."""
        return self._suspicions.get(section) or (_Suspicion(everything=True) if section not in self._suspicions else _Suspicion())

    def _meant(self, section: str, within: ColumnElement[bool], *columns: Column[Any]) -> ColumnElement[bool]:
        return and_(self._suspicion(section).of(*columns), within)

    def _ledger(self, careful: RowReader) -> Iterator[Fault]:
        doubted = self._suspicion("accounts")
        of_account, of_side = (doubted.of(table.c.book_id, table.c[key]) for table, key in ((ACCOUNTS, "id"), (SIDES, "account_id")))
        of_entry = self._meant("entries", self.scope.entries, ENTRIES.c.book_id, ENTRIES.c.id)
        yield from self._guarded(lambda: careful.accounts(of_account, of_side), ACCOUNTS, TRANSFERS)
        yield from self._guarded(careful.identities, ACCOUNTS)
        yield from self._guarded(lambda: careful.entries(of_entry), ENTRIES, TRANSFERS)
        if self.scope.points or doubted or self._suspicion("entries") or self._joined != self.counts[TRANSFERS.name]:
            yield from self._guarded(careful.orphans, TRANSFERS, ENTRIES)
        for table in (ACCOUNTS, ENTRIES):
            yield from self._guarded(lambda table=table: careful.strays(table), table, BOOKS)  # type: ignore[misc]

    def _seals(self) -> Iterator[Fault]:
        for stream in self._streams.values():
            blocks, rows = self._suspicion(f"blocks {stream.name}"), self._suspicion(f"rows {stream.name}")
            doubt = Doubt(None if blocks.everything else frozenset(number for (number,) in blocks.keys), bool(rows))
            told = {"now": self.now, "doubt": doubt, "after": self.scope.after(stream.name)}
            needed = [BLOCKS, MEMBERS, *(source.key.table for source in stream.sources)]
            yield from self._guarded(lambda s=stream, t=told: stream_faults(self.connection, s, self.heads, **t), *needed)  # type: ignore[misc]

    def _count(self, table: Table) -> int:
        return self.connection.execute(select(func.count()).select_from(table)).scalar() or 0


def _names(connection: Connection, table: Table) -> set[Any]:
    """The streams that a table knows; each found by a step in its key, for the rows are many and the streams few."""
    found = set[Any]()
    last = connection.execute(select(func.min(table.c.stream))).scalar()
    while last is not None and last not in found:
        found.add(last)
        last = connection.execute(select(func.min(table.c.stream)).where(table.c.stream > last)).scalar()
    return found
