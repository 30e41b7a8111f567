"""How many entries of a book are written together: the statements of a single posting, over sets; on PostgreSQL in one call.

The locks are taken in the order of a single posting: first the keys, then the accounts, private ones first, shared ones last. An account
that all entries touch is locked and updated once for all of them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from marketplace.kernel.db import db
from marketplace.kernel.ids import uuid7
from marketplace.ledger import leaves
from marketplace.ledger.rules import AccountChange, MoneyMove
from marketplace.ledger.storage import (
    INSERT_NEW,
    INSERT_TRANSFERS,
    OPENED,
    Ids,
    Known,
    Values,
    array,
    before,
    call,
    move_totals,
    transfers,
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries of one book, in order, to be written whole."""

    entries: Sequence[Values]
    moves: Sequence[Sequence[MoneyMove]]  # of each entry
    opened: Sequence[Values]  # accounts to open first, in the order of locking
    changes: Sequence[AccountChange]  # of totals, in the order of locking
    ids: Ids


def write(batch: Batch) -> None:
    """Write entries with their accounts' totals and transfers. Raises: Known, Short: what was written must be taken back."""
    _WAYS[db.session.get_bind().dialect.name](batch)


def in_statements(batch: Batch) -> None:
    """Raises: Known, Short."""
    dialect = db.session.get_bind().dialect.name
    written = db.session.execute(
        INSERT_NEW[dialect, "ledger_entries"], sorted(batch.entries, key=lambda entry: entry["idempotency_key"])
    ).all()
    if len(written) < len(batch.entries):
        raise Known
    if batch.opened:
        db.session.execute(INSERT_NEW[dialect, "ledger_accounts"], list(batch.opened)).all()
    book_id = batch.entries[0]["book_id"]
    running = {change.code: before(change, move_totals(book_id, batch.ids[change.code], change)) for change in batch.changes}
    each = zip(batch.entries, batch.moves, strict=True)
    rows = chain.from_iterable(transfers(entry, moves, running, batch.ids) for entry, moves in each)
    db.session.execute(INSERT_TRANSFERS, list(rows))


# In one call, on PostgreSQL (migration 0013).

_ENTRY = ("id", "verb", "actor_id", "subject_type", "subject_id", "idempotency_key", "request_hash", "transfer_count")
_SHARED = ("book_id", "effective_on", "recorded_at")  # of all entries of a batch
_KINDS = (
    "uuid", "date", "timestamptz", "smallint",
    "uuid[]", "text[]", "uuid[]", "text[]", "uuid[]", "text[]", "text[]", "smallint[]",
    "uuid[]", "text[]", "text[]", "boolean[]", "boolean[]", "timestamptz[]", "text[]",
    "uuid[]", "bigint[]", "bigint[]", "bigint[]", "bigint[]",
    "uuid[]", "integer[]", "smallint[]", "integer[]", "integer[]", "bigint[]", "bytea[]",
)  # fmt: skip
_CALL = f"SELECT ledger_post_batch({', '.join(f'%s::{kind}' for kind in _KINDS)})"


def in_one_call(batch: Batch) -> None:
    """Raises: Known, Short."""
    call(_CALL, _arguments(batch), batch.changes)


def _arguments(batch: Batch) -> Iterator[Any]:
    entries, changes = batch.entries, batch.changes
    yield from (str(entries[0][name]) for name in _SHARED)
    yield leaves.FORMAT
    yield from (array([entry[name] for entry in entries]) for name in _ENTRY)
    yield from (array([account[name] for account in batch.opened]) for name in OPENED)
    yield array([batch.ids[change.code] for change in changes])
    yield from (array([getattr(change, name) for change in changes]) for name in ("debit_fen", "credit_fen", "need_fen", "transfers"))
    rows = list(_rows(batch))
    yield from (array(column) for column in zip(*rows, strict=True))


def _rows(batch: Batch) -> Iterator[tuple[Any, ...]]:
    """Each transfer: id, place of its entry, position, places of its accounts among the changes, amount, bytes before the balances."""
    places = {change.code: place for place, change in enumerate(batch.changes, 1)}
    for number, (entry, moves) in enumerate(zip(batch.entries, batch.moves, strict=True), 1):
        covered = leaves.entry_bytes(entry)
        for position, move in enumerate(moves):
            ids = (uuid7(), batch.ids[move.debit], batch.ids[move.credit])
            covers = leaves.bytes_before_balances(covered, entry, ids, position, move.amount_fen)
            yield ids[0], number, position, places[move.debit], places[move.credit], move.amount_fen, covers


_WAYS: dict[str, Callable[[Batch], None]] = {"sqlite": in_statements, "postgresql": in_one_call}
