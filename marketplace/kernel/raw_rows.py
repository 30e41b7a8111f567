"""Rows as they lie in the database, for whoever must not trust them: a value that does not fit its column is a fault, never a crash."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Date,
    DateTime,
    Integer,
    Row,
    Select,
    String,
    Text,
    and_,
    cast,
    false,
    literal,
    or_,
    type_coerce,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from marketplace.kernel.sentences import filled

ROWS_AT_A_TIME = 1000


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as the application left it, and the row where it shows."""

    check: str  # which rule is broken: schema, guard, leaf, unreadable, total, version, balance, entry, identity, block, head, sealed
    table: str
    row: str  # the row's key
    message: str  # Chinese template; filled from params
    params: dict[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """The sentence in Chinese."""
        return printable(filled(self.message, self.params))


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row: the values that could be read, and the columns that could not."""

    values: dict[str, Any]
    unreadable: tuple[str, ...]
    raw: Mapping[str, Any]  # as they lie there

    @property
    def key(self) -> str:
        """Its id, readable or not."""
        return key_text(self.raw["id"])


class Reader:
    """Reads the columns of one table, each value by itself."""

    def __init__(self, columns: Iterable[Column[Any]], dialect: Dialect, *, offset: int = 0) -> None:
        self._columns = list(columns)
        self._on_postgresql = dialect.name == "postgresql"
        self._offset = offset  # where the columns begin in the row
        self._names = [column.key for column in self._columns]
        self._readings = [(column.key, self._reading(column, dialect)) for column in self._columns]

    @property
    def selected(self) -> list[ColumnElement[Any]]:
        """What to select: bare values. PostgreSQL's driver fails on dates beyond Python's (infinity), so they come as text."""
        return [
            cast(column, Text) if self._on_postgresql and _is_temporal(column.type) else type_coerce(column, NullType())
            for column in self._columns
        ]

    def read(self, row: Row[Any] | Sequence[Any]) -> RawRow:
        """The values, those that cannot be read left out."""
        values: dict[str, Any] = {}
        unreadable = []
        lying = dict(zip(self._names, row[self._offset :], strict=False))
        for name, reading in self._readings:
            value = lying[name]
            try:
                values[name] = None if value is None else reading(value)
            except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError):
                unreadable.append(name)
        return RawRow(values, tuple(unreadable), lying)

    def _reading(self, column: Column[Any], dialect: Dialect) -> Callable[[Any], Any]:
        if self._on_postgresql and _is_temporal(column.type):
            return datetime.fromisoformat if isinstance(_plain(column.type), DateTime) else date.fromisoformat
        kind = column.type.dialect_impl(dialect)
        there, back = kind.result_processor(dialect, None), kind.bind_processor(dialect)
        expected = _expected(column.type)

        def reading(value: Any) -> Any:
            found = there(value) if there else value
            if self._on_postgresql:
                return found
            # SQLite takes any value into any column: what would be written differently was not written by us
            if (back(found) if back else found) != value or (expected and type(value) is not expected):
                raise ValueError
            return found

        return reading


def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


def _is_temporal(kind: TypeEngine[Any]) -> bool:
    return isinstance(_plain(kind), DateTime | Date)


def _expected(kind: TypeEngine[Any]) -> type | None:
    plain = _plain(kind)
    return int if isinstance(plain, Integer) else str if isinstance(plain, String) else None


def streamed(connection: Connection, statement: Select[Any] | CompoundSelect[Any]) -> Iterator[Any]:
    """The rows of a query, some at a time: memory stays flat."""
    yield from connection.execute(statement, execution_options={"yield_per": ROWS_AT_A_TIME})


def first_row(connection: Connection, statement: Select[Any]) -> Row[Any] | None:
    """The first row of a query. Its failure spoils nothing but itself."""
    with connection.begin_nested():
        return connection.execute(statement).first()


def raw(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A value as it lies there, for comparing and ordering; never parsed."""
    return type_coerce(column, NullType())


def matching(columns: Sequence[ColumnElement[Any]], keys: Iterable[Sequence[Any]]) -> ColumnElement[bool]:
    """Rows with one of some keys, as they lie there."""
    bare = [[literal(value, NullType()) for value in key] for key in keys]
    return or_(*(and_(*(raw(column) == value for column, value in zip(columns, key, strict=True))) for key in bare)) if bare else false()


def key_text(value: Any) -> str:
    """A raw key as people and logs write it."""
    if isinstance(value, str) and len(value) == 32:
        try:
            return str(UUID(value))
        except ValueError:
            return printable(value)
    return printable(str(value))


def printable(text: str) -> str:
    """Text that can be shown and stored, whatever bytes it was read from."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


@contextmanager
def undecoded(connection: Connection) -> Iterator[None]:
    """Let bytes that are no text pass as odd characters: SQLite's driver would break off at them."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    usual, driver.text_factory = driver.text_factory, lambda data: data.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = usual
