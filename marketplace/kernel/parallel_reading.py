"""Reading one moment of the database with several processes, each range of rows by whoever is free.

On PostgreSQL the readers share the exported snapshot. SQLite has none to export: the readers begin while a write lock is held for a few
milliseconds, so all of them see the same moment. Where that cannot be had, one process reads everything.
"""

import multiprocessing
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from typing import Any, Protocol, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, Executable
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect

from marketplace.kernel.db import db

Driver = Any  # sqlite3.Connection or psycopg.Connection

READY_WITHIN = 20.0  # seconds for a reader to start
LOCK_WAIT = 2.0  # seconds to wait for SQLite's write lock


@dataclass(frozen=True, slots=True)
class SentQuery:
    """A statement as the driver takes it, and its values: it can be sent to another process."""

    sql: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def rows(self, driver: Driver, **more: Any) -> Iterator[tuple[Any, ...]]:
        """The rows as they lie there, some at a time: SQLite's own values, PostgreSQL's bytes as COPY sends them."""
        values = {**self.values, **more}
        if isinstance(driver, sqlite3.Connection):
            yield from driver.execute(self.sql, values)
            return
        with driver.cursor() as cursor, cursor.copy(f"COPY ({self.sql}) TO STDOUT (FORMAT BINARY)", values) as copy:
            yield from copy.rows()


def query(statement: Executable, dialect: str) -> SentQuery:
    """A statement of ours, made ready for `Query.rows`. Named parameters without a value are given when it is run."""
    target = psycopg_dialect.dialect() if dialect == "postgresql" else sqlite.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
    compiled = statement.compile(dialect=target, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
    processors = compiled._bind_processors
    values = {
        name: processors[name](value) if name in processors and value is not None else value for name, value in compiled.params.items()
    }
    return SentQuery(str(compiled), values)


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What a task came to: how many rows it read, and keys of rows that need care. None: more than it can say, or it failed."""

    rows: int
    suspects: list[tuple[Any, ...]] | None


class ReadingTask(Protocol):
    """Reads some rows, in whatever process. It can be sent."""

    def run(self, driver: Driver) -> TaskResult: ...


T = TypeVar("T", bound=ReadingTask)


def attempted(task: ReadingTask, driver: Driver) -> TaskResult:
    """Run a task so that its failure spoils nothing: a screen that cannot be read leaves everything to be read with care."""
    driver.execute("SAVEPOINT screened")
    try:
        found = task.run(driver)
    except (sqlite3.Error, psycopg.Error, ArithmeticError, ValueError, TypeError):
        found = TaskResult(0, None)
    driver.execute("ROLLBACK TO SAVEPOINT screened")  # also after a reading that was not brought to its end
    driver.execute("RELEASE SAVEPOINT screened")
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """Where and at which moment a reader reads."""

    dialect: str
    target: str
    snapshot: str


def _begun(place: _Place) -> Driver:
    if place.dialect == "sqlite":
        lite = sqlite3.connect(place.target, isolation_level=None)
        lite.execute("PRAGMA query_only = ON")
        lite.execute("BEGIN")
        lite.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the first read takes the moment
        return lite
    driver = psycopg.connect(place.target, autocommit=True)
    driver.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    driver.execute(psycopg.sql.SQL("SET TRANSACTION SNAPSHOT {}").format(psycopg.sql.Literal(place.snapshot)))
    prepare(driver)
    return driver


def prepare(driver: Driver) -> None:
    """Settings of a transaction that reads much: text as it lies there, sorts in memory as far as that is cheap."""
    if not isinstance(driver, sqlite3.Connection):
        for setting in ("work_mem = '64MB'", "DateStyle = 'ISO, YMD'", "TimeZone = 'UTC'"):
            driver.execute(f"SET LOCAL {setting}")


def _serve(pipe: Pipe) -> None:
    """A reader's life: begin when told where, then task after task until the pipe closes."""
    try:
        pipe.send("up")
        driver = _begun(pipe.recv())
        pipe.send("begun")
        while True:
            pipe.send(attempted(pipe.recv(), driver))
    except (EOFError, BrokenPipeError, KeyboardInterrupt, sqlite3.Error, psycopg.Error):
        return  # whoever waits sees the pipe close and reads by himself


def usable_processes() -> int:
    """How many processes may read beside each other; one where the database is a test's open transaction, which nobody else sees."""
    engine: Engine | Connection = db.engine
    return 1 if isinstance(engine, Connection) else len(os.sched_getaffinity(0))


class Readers:
    """Does tasks, in processes of its own or, without any, here."""

    def __init__(self, connection: Connection, pipes: Sequence[Pipe] = ()) -> None:
        self._connection = connection
        self._pipes = list(pipes)

    def results(self, tasks: Iterable[T]) -> Iterator[tuple[T, TaskResult]]:
        """Each task with what it found, as they end."""
        driver: Any = self._connection.connection.driver_connection
        waiting, busy = iter(tasks), dict[Any, T]()
        for helper in self._pipes:
            self._give(helper, waiting, busy)
        while busy:
            for ready in wait(list(busy)):
                pipe: Any = ready
                task = busy.pop(pipe)
                try:
                    found = pipe.recv()
                except (EOFError, OSError):  # the reader died: its task is done here
                    self._pipes.remove(pipe)
                    yield task, attempted(task, driver)
                    continue
                self._give(pipe, waiting, busy)
                yield task, found
        yield from ((task, attempted(task, driver)) for task in waiting)

    @staticmethod
    def _give(pipe: Any, waiting: Iterator[T], busy: dict[Any, T]) -> None:
        task = next(waiting, None)
        if task is not None:
            pipe.send(task)
            busy[pipe] = task


@contextmanager
def readers(connection: Connection, processes: int) -> Iterator[Readers]:
    """Readers of the moment that a connection sees. None of them when `processes` is below two, or where they cannot share it."""
    prepare(connection.connection.driver_connection)
    with ExitStack() as stack:
        pipes = [stack.enter_context(_process()) for _ in range(processes)] if processes > 1 else []
        yield Readers(connection, pipes if pipes and _begin_together(connection, pipes) else ())


@contextmanager
def _process() -> Iterator[Pipe]:
    context = multiprocessing.get_context("spawn")  # a fork would share the parent's database connections
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.join(1)
        if process.is_alive():
            process.terminate()
            process.join()


def _begin_together(connection: Connection, pipes: Sequence[Pipe]) -> bool:
    """Whether all readers have begun, at the moment that the connection sees."""
    try:
        if any(not pipe.poll(READY_WITHIN) or pipe.recv() != "up" for pipe in pipes):
            return False
        with _standing_still(connection) as place:
            for pipe in pipes:
                pipe.send(place)
            return all(pipe.poll(READY_WITHIN) and pipe.recv() == "begun" for pipe in pipes)
    except (EOFError, OSError, sqlite3.Error, psycopg.Error):
        return False


@contextmanager
def _standing_still(connection: Connection) -> Iterator[_Place]:
    """Where to begin; nothing is written until the block ends, or it does not matter."""
    url = connection.engine.url
    if connection.dialect.name == "postgresql":
        snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        yield _Place("postgresql", url.set(drivername="postgresql").render_as_string(hide_password=False), str(snapshot))
        return
    file = connection.exec_driver_sql("PRAGMA database_list").all()[0][2]
    if not file:
        raise OSError("a database in memory is this process's own")
    with closing(sqlite3.connect(file, isolation_level=None, timeout=LOCK_WAIT)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        try:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").all()  # its own first read, unless it has read before
            yield _Place("sqlite", file, "")
        finally:
            lock.execute("ROLLBACK")
