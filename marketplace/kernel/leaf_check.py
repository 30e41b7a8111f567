"""Whether rows still fit their leaves, for a million of them: one function per table, made once from its columns.

The bytes are those of `merkle.canonical`, format 1, taken straight from what the driver hands over: PostgreSQL's binary COPY and
SQLite's raw values. A value that is not exactly what we would have written does not fit; whoever names the row reads it with care.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, Date, DateTime, Enum, Integer, Text, Uuid, cast, type_coerce
from sqlalchemy.types import NullType, TypeDecorator

Check = Callable[..., bool]

UNFIT = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError)
_SECONDS_KEPT = 10_000
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 – PostgreSQL counts instants from here, in UTC


class Encoding(StrEnum):
    """How a value is encoded."""

    UUID = "U"
    TEXT = "S"
    WHOLE = "I"
    TRUTH = "B"
    INSTANT = "T"
    DAY = "D"


@dataclass(frozen=True, slots=True)
class LeafField:
    """One value of a leaf: at which place of the row it stands, and what it may be."""

    place: int
    kind: Encoding
    nullable: bool = False
    words: tuple[str, ...] = ()  # the only texts allowed


def field_of(column: Column[Any], place: int) -> LeafField:
    """How a column is encoded.

    Raises: TypeError: its type has no canonical form.
    """
    plain = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    if isinstance(plain, Enum):
        return LeafField(place, Encoding.TEXT, bool(column.nullable), tuple(plain.enums))
    kinds: Sequence[tuple[type, Encoding]] = (
        (Uuid, Encoding.UUID), (Boolean, Encoding.TRUTH), (Integer, Encoding.WHOLE),
        (DateTime, Encoding.INSTANT), (Date, Encoding.DAY), (Text, Encoding.TEXT),
    )  # fmt: skip
    found = next((kind for known, kind in kinds if isinstance(plain, known)), None)
    if found is None and plain.python_type is not str:
        raise TypeError(f"{column} has no canonical form")
    return LeafField(place, found or Encoding.TEXT, bool(column.nullable))


def selected(column: Column[Any], dialect: str) -> ColumnElement[Any]:
    """What to select: bare values; on PostgreSQL whole numbers and days as text, which is what the leaf holds."""
    if dialect == "postgresql" and field_of(column, 0).kind in {Encoding.WHOLE, Encoding.DAY}:
        return cast(column, Text)
    return type_coerce(column, NullType())


def check_of(kind: str, fields: Sequence[LeafField], width: int, dialect: str) -> Check:
    """A function of the values of a row and its leaf, in that order: whether they fit.

    Args:
        kind: the first value of every leaf of the table, e.g. "ledger_transfer".
        width: how many values a row has before its leaf.

    It raises one of UNFIT where a value is none of ours.
    """
    names = [f"v{place}" for place in range(width)]
    on_postgresql = dialect == "postgresql"
    known: dict[str, Any] = {"HEAD": b"\x00" + _headed("S", kind.encode()), "sha256": hashlib.sha256, "NONE": b"N" + bytes(8)}
    known |= _POSTGRESQL if on_postgresql else _SQLITE
    parts = []
    for number, field in enumerate(fields):
        name = names[field.place]
        known |= (
            {f"W{number}": {(w.encode() if on_postgresql else w): _headed("S", w.encode()) for w in field.words}} if field.words else {}
        )
        pieces = f"W{number}[{name}]" if field.words else _pieces(field, name, on_postgresql)
        parts.append(f"(NONE if {name} is None else {pieces.replace(', ', ' + ')})" if field.nullable else pieces)
    digest = f"sha256(b''.join((HEAD, {', '.join(parts)}))).hexdigest()" + (".encode()" if on_postgresql else "")
    # The source is made of our own column places and nothing that was read: a call per value would cost twice as much as the hash.
    check: Check = eval(f"lambda {', '.join(names)}, leaf: {digest} == leaf", known)  # noqa: S307
    return check


def _headed(letter: str, body: bytes) -> bytes:
    return letter.encode() + len(body).to_bytes(8, "big") + body


class _Heads(dict[int, bytes]):
    """Letter and length of a text or number, by its length."""

    def __init__(self, letter: str) -> None:
        super().__init__({length: self._head(letter, length) for length in range(256)})
        self._letter = letter

    def __missing__(self, length: int) -> bytes:
        return self._head(self._letter, length)

    @staticmethod
    def _head(letter: str, length: int) -> bytes:
        return letter.encode() + length.to_bytes(8, "big")


class _Seconds(dict[int, bytes]):
    """An instant up to its second, by seconds since 2000: rows that lie together were written together."""

    def __missing__(self, seconds: int) -> bytes:
        if len(self) > _SECONDS_KEPT:
            self.clear()
        text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S").encode()
        self[seconds] = text
        return text


_TEXT, _WHOLE = _Heads("S"), _Heads("I")
_UUID_HEAD, _DAY_HEAD, _INSTANT_HEAD, _TRUTH_HEAD = (
    letter.encode() + length.to_bytes(8, "big") for letter, length in (("U", 16), ("D", 10), ("T", 27), ("B", 1))
)
_seconds = _Seconds()


def _pieces(field: LeafField, value: str, on_postgresql: bool) -> str:
    """Source of one value's bytes."""
    if not on_postgresql:
        return f"{field.kind.name}({value})"
    return {
        Encoding.UUID: f"UUID, {value}", Encoding.DAY: f"DAY, {value}", Encoding.TEXT: f"TEXT[len({value})], {value}",
        Encoding.WHOLE: f"WHOLE[len({value})], {value}", Encoding.TRUTH: f"TRUTH[{value}]", Encoding.INSTANT: f"INSTANT({value})",
    }[field.kind]  # fmt: skip


def _sent_instant(value: bytes) -> bytes:
    seconds, micro = divmod(int.from_bytes(value, "big", signed=True), 1_000_000)
    return b"%b%b.%06dZ" % (_INSTANT_HEAD, _seconds[seconds], micro)


_POSTGRESQL: Mapping[str, Any] = {
    "UUID": _UUID_HEAD, "DAY": _DAY_HEAD, "TEXT": _TEXT, "WHOLE": _WHOLE, "INSTANT": _sent_instant,
    "TRUTH": {b"\x00": _TRUTH_HEAD + b"0", b"\x01": _TRUTH_HEAD + b"1"},
}  # fmt: skip


# SQLite takes any value into any column: what would be written differently was not written by us.


def _lying_uuid(value: str) -> bytes:
    found = bytes.fromhex(value)
    if len(found) != 16 or found.hex() != value:
        raise ValueError
    return _UUID_HEAD + found


def _lying_text(value: str) -> bytes:
    found = value.encode("utf-8", "surrogatepass")  # bytes have no encode: they do not fit
    return _TEXT[len(found)] + found


def _lying_whole(value: int) -> bytes:
    if type(value) is not int:
        raise TypeError
    found = b"%d" % value
    return _WHOLE[len(found)] + found


def _lying_truth(value: int) -> bytes:
    if type(value) is not int:
        raise TypeError
    return _TRUTH_HEAD + (b"0", b"1")[value if value >= 0 else 2]


def _lying_instant(value: str) -> bytes:
    found = datetime.fromisoformat(value)
    if found.isoformat(" ", "microseconds") != value or found.tzinfo:
        raise ValueError
    return _INSTANT_HEAD + found.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()


def _lying_day(value: str) -> bytes:
    if date.fromisoformat(value).isoformat() != value:
        raise ValueError
    return _DAY_HEAD + value.encode()


_SQLITE: Mapping[str, Any] = {
    "UUID": _lying_uuid, "DAY": _lying_day, "TEXT": _lying_text, "WHOLE": _lying_whole, "INSTANT": _lying_instant, "TRUTH": _lying_truth,
}  # fmt: skip
