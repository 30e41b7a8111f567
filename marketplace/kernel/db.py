"""The database: base class, column types, and the one place that commits."""

import random
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from flask import has_request_context
from flask_sqlalchemy import SQLAlchemy
from psycopg.pq import TransactionStatus
from sqlalchemy import BigInteger, ColumnElement, Connection, Date, DateTime, Enum, MetaData, String, Table, Uuid, event, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, SessionTransaction, mapped_column, registry
from sqlalchemy.sql import Select
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from marketplace.kernel import (
    clock_check,
    db_timeouts,  # bounds the waits of every connection
)
from marketplace.kernel.db_failures import is_full, is_passing, is_used_key, no_room, used_key
from marketplace.kernel.errors import Busy, NotFound, Uncertain
from marketplace.kernel.ids import uuid7
from marketplace.kernel.normal_text import findable

T = TypeVar("T")

_TRIES = 6
_SECONDS = 2.0

_writing = db_timeouts.writing


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, aware, in UTC on both engines. SQLite gives naive values back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        assert value.tzinfo is not None, "an instant needs a time zone"
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Model(DeclarativeBase):
    """Base of every table."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: UtcDateTime(), date: Date(), UUID: Uuid(), int: BigInteger()},
    )


class HasId:
    """A UUIDv7 key made by us, so a row can be named before it is stored."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)


def table_of(model: type[Model]) -> Table:
    """A model's table, for statements that concern no object."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


db = SQLAlchemy(model_class=Model, session_options={"expire_on_commit": False})


def insert_new(table: Table, row: Mapping[str, Any]) -> bool:
    """Add a row unless one with its keys is there; waits for one that is being added elsewhere. Whether it is new."""
    make = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    added = make(table).values(**row).on_conflict_do_nothing().returning(*table.primary_key)
    return db.session.execute(added).first() is not None


def like(column: Any, text: str) -> ColumnElement[bool]:
    """SQL condition: the column holds this text somewhere, upper and lower case alike; % and _ mean themselves."""
    found: ColumnElement[bool] = column.icontains(text.strip(), autoescape=True)
    return found


class uuid_text(FunctionElement[str]):  # noqa: N801 – reads as the SQL function it is
    """A key as the 36 characters that stand in account codes: SQLite keeps keys without dashes."""

    type = String()
    inherit_cache = True


@compiles(uuid_text)
def _uuid_text(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS VARCHAR)"


@compiles(uuid_text, "sqlite")
def _uuid_text_of_hex(element: Any, compiler: Any, **options: Any) -> str:
    key = compiler.process(element.clauses, **options)
    return "(" + " || '-' || ".join(f"substr({key}, {start}, {length})" for start, length in _UUID_PARTS) + ")"


_UUID_PARTS = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))


class new_uuid(FunctionElement[UUID]):  # noqa: N801 – reads as the SQL function it is
    """A random key made by the database, for rows that it makes out of others."""

    type = Uuid()
    inherit_cache = True


@compiles(new_uuid)
def _new_uuid(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "gen_random_uuid()"


@compiles(new_uuid, "sqlite")
def _new_uuid_as_hex(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "lower(hex(randomblob(16)))"


def only(condition: str) -> dict[str, Any]:
    """Arguments of an index that holds some rows only, on either engine."""
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


def spelt(key: Any, column: Any, text: str) -> ColumnElement[bool]:
    """SQL condition: a name holds this text in whatever spelling; `key` keeps the name as `normal_text.findable` has it."""
    wanted = findable(text)
    found: ColumnElement[bool] = key.contains(wanted, autoescape=True) if wanted else like(column, text)
    return found


def state_enum(kind: type[StrEnum], name: str = "", length: int = 32) -> Enum:
    """A column of known words, by value, with the CHECK that Enum(native_enum=False) leaves out; without a name the table has its own."""
    return Enum(
        kind, name=name or None, native_enum=False, create_constraint=bool(name), length=length,
        values_callable=lambda members: [member.value for member in members],
    )  # fmt: skip


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # the driver's own BEGIN comes too late for IMMEDIATE
    for pragma in ("busy_timeout = 5000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


def _goes_on(session: Session) -> bool:
    """Whether a command can go on in the transaction in which its page was read: on PostgreSQL, where each statement sees the newest.

    In a request only: there nothing is written outside `in_transaction`, so what is rolled back with the command was only read.
    """
    if not has_request_context() or db.engine.dialect.name != "postgresql":
        return False
    try:
        driver = session.connection().connection.driver_connection
    except SQLAlchemyError:
        return False
    return isinstance(driver, psycopg.Connection) and driver.info.transaction_status is TransactionStatus.INTRANS


def _end_the_read() -> None:
    """On SQLite a read cannot become a write; on PostgreSQL the page's read may hang on a connection that is gone, or have failed."""
    session = db.session()
    if not session.in_transaction():
        return
    if _goes_on(session):
        session.info.clear()  # what the page knew of locks and stamps is asked anew
        return
    try:
        db.session.commit()
    except DBAPIError as error:
        _roll_back()
        if not is_passing(error):
            raise


def _done_once(work: Callable[[], T]) -> T:
    """Do the work and commit it.

    Raises: Uncertain: the connection broke while the commit was on its way, so it may have been done.
    """
    session = db.session()  # the session itself: looking it up at each step costs more than some of the steps
    clock_check.check(session)
    result = work()
    session.flush()  # what breaks here has not been committed for certain
    try:
        session.commit()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Uncertain from error
        raise
    return result


def in_transaction(work: Callable[[], T]) -> T:
    """Do the work and commit it, or do nothing. Runs the whole work again on serialization failures and lost connections.

    Work is a function, not a with-block, because only a function can run again; it loads its rows anew by id.

    Raises:
        Conflict: a row's own key names another row already: the form was sent before, or its key is made up.
        Busy: after six tries or two seconds, or no room is left (503 with Retry-After). Nothing was stored.
        Uncertain: the same, but an answer to COMMIT was lost on the way, so it may be stored; a repeat is answered from its key.
    """
    session = db.session()
    assert not _writing.get(), "in_transaction() is already open"
    assert not (session.new or session.dirty or session.deleted), "changed outside in_transaction()"
    _end_the_read()
    deadline = time.monotonic() + _SECONDS
    refusal: type[Busy] = Busy
    for attempt in range(_TRIES):
        session.expire_all()  # what the page read may be stale by now
        token = _writing.set(True)
        try:
            return _done_once(work)
        except (DBAPIError, PoolTimeout, Uncertain) as error:
            _roll_back()
            if isinstance(error, Uncertain):
                refusal = Uncertain  # and stays so: the next try may find the database away
            elif is_full(error):
                raise no_room() from error
            elif is_used_key(error, Model.metadata.tables.values()):
                raise used_key() from error
            elif not is_passing(error):
                raise
            if time.monotonic() > deadline:
                break
            time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 – jitter, not a secret
        except BaseException:
            _roll_back()
            raise
        finally:
            _writing.reset(token)
    raise refusal


def _roll_back() -> None:
    """Discard what was begun; a connection that broke has discarded it already."""
    try:
        db.session.rollback()
    except DBAPIError:
        db.session().invalidate()


@contextmanager
def snapshot() -> Iterator[Connection]:
    """A connection of its own that sees the database as it is at one moment, however long the reading takes."""
    engine: Engine | Connection = db.engine
    if isinstance(engine, Connection):  # a test that lives in one transaction
        yield engine
        return
    if engine.dialect.name == "postgresql":  # on SQLite every read transaction is a snapshot
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with engine.connect() as connection:
        yield connection


M = TypeVar("M", bound=Model)


_AT_ONCE = 500  # ids in one statement
_LOCKED = "locked_rows"  # in Session.info: what this transaction has locked, by class and id


def in_turn(name: UUID) -> None:
    """Come one after the other until the transaction ends, without a lock on any row: who numbers what comes in waits for nobody who works
    on what came before. BEGIN IMMEDIATE does it on SQLite.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(name.bytes[-8:], signed=True))))


def locked(model: type[M], row_id: UUID, *, beside_new: bool = False) -> M:
    """The row, read anew and locked until the transaction ends (BEGIN IMMEDIATE does it on SQLite). Asked for again, it is at hand.

    Args:
        beside_new: rows that name this one may be added meanwhile.

    Raises: NotFound.
    """
    return locked_all(model, [row_id], beside_new=beside_new)[0]


def locked_all(model: type[M], row_ids: Collection[UUID], *, beside_new: bool = False) -> list[M]:
    """Many rows, in the order of their ids: two who want some of the same wait for each other. Raises: NotFound: one is not there."""
    held: dict[tuple[type[Model], UUID], Any] = db.session().info.setdefault(_LOCKED, {})
    ids, column = sorted(set(row_ids)), model.id  # type: ignore[attr-defined]
    new = [one for one in ids if (model, one) not in held or held[model, one] not in db.session]
    for start in range(0, len(new), _AT_ONCE):
        # `of`: rows that are joined in for reading stay free, and PostgreSQL cannot lock the far side of an outer join
        wanted = select(model).where(column.in_(new[start : start + _AT_ONCE])).order_by(column)
        wanted = wanted.with_for_update(of=model, key_share=beside_new)
        found = db.session.scalars(wanted.execution_options(populate_existing=True)).unique().all()
        if len(found) < len(new[start : start + _AT_ONCE]):
            raise NotFound
        held |= {(model, row.id): row for row in found}  # type: ignore[attr-defined]
    return [held[model, one] for one in ids]


@event.listens_for(Session, "after_transaction_end")
def _forget_locks(session: Session, _transaction: SessionTransaction) -> None:
    """A transaction's locks end with it, and a savepoint's when it is taken back; who needs one afterwards asks anew."""
    session.info.pop(_LOCKED, None)


def by_id(model: type[M], row_id: UUID) -> M:
    """The row, whoever it belongs to: for roles that see the whole platform.

    Raises: NotFound.
    """
    row = db.session.get(model, row_id)
    if row is None:
        raise NotFound
    return row


def found_by(wanted: Select[T]) -> T:
    """The one row that a statement finds: of somebody, or within some areas. Raises: NotFound."""
    row = db.session.scalars(wanted).unique().one_or_none()
    if row is None:
        raise NotFound
    return row
