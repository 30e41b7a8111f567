"""Many rows in pieces, each a statement that goes on behind the last row of the one before: memory stays flat, and no cursor stays open."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from sqlalchemy import Row, tuple_

PIECE = 2_000  # rows in memory at once


class Reads(Protocol):
    """A session, or a connection that sees the database as it is at one moment."""

    def execute(self, statement: Any, /) -> Any: ...


def pieces(reads: Reads, wanted: Any, at: Any, key: Any) -> Iterator[Sequence[Row[Any]]]:
    """The rows of a query in the order of a moment and a key: the transaction may end between two pieces."""
    last: tuple[Any, Any] | None = None
    while True:
        more = wanted if last is None else wanted.where(tuple_(at, key) > tuple_(*last))
        rows = reads.execute(more.add_columns(at.label("_at"), key.label("_key")).order_by(at, key).limit(PIECE)).all()
        if rows:
            yield rows
        if len(rows) < PIECE:
            return
        last = (rows[-1]._at, rows[-1]._key)
