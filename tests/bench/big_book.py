"""A book with as many transfers as asked for, laid set-based: lives of orders, with right versions, balances, leaves and sealed blocks.

The leaves come from the functions that posting uses, never from the encoder that verification is measured with.
"""

import json
import random
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, insert, text

from marketplace.audit.leaves import LEAF_FORMAT, canonical_json, event_leaf
from marketplace.audit.models import AuditEvent
from marketplace.audit.sealing import PREFIX
from marketplace.kernel import clock, merkle, seals
from marketplace.kernel.db import table_of
from marketplace.kernel.seal_keys import SigningKey, key_id
from marketplace.ledger import leaves, rules
from marketplace.ledger.models import Account, Book, Entry, Transfer
from marketplace.vouchers import chart

MOVES_PER_ORDER = 5
ORDERS_PER_VOUCHER = 4
PROVIDERS = 500
ROWS = 20_000  # at a time

Row = dict[str, Any]
Leaf = tuple[str, UUID, str]  # kind, key, leaf


class BigBook:
    """Makes the rows of a book in the order of time, and remembers where each account stands."""

    def __init__(self, transfers: int, seed: int = 1) -> None:
        self._dice = random.Random(seed)
        self._orders = transfers // MOVES_PER_ORDER
        self._started = clock.now() - timedelta(days=300)
        self._made = 0
        self.accounts: dict[str, Row] = {}
        opened = {
            "id": self._id(),
            "code": f"big-{transfers}",
            "name": "一百万笔",
            "opened_at": self._started,
            "leaf_format": leaves.FORMAT,
        }
        self.book: Row = {**opened, "leaf_hash": leaves.book_leaf(opened)}

    def _id(self) -> UUID:
        self._made += 1
        milliseconds = int(self._started.timestamp() * 1000) + self._made
        return UUID(int=milliseconds << 80 | 0x7 << 76 | self._dice.getrandbits(12) << 64 | 0x2 << 62 | self._dice.getrandbits(62))

    def _account(self, code: str) -> Row:
        if code not in self.accounts:
            marks = chart.read(code)
            row: Row = {
                "book_id": self.book["id"], "id": rules.account_id(self.book["id"], code), "code": code, "kind": marks.kind,
                "shared": marks.shared, "may_go_negative": marks.kind in rules.NEGATIVE, "debits_fen": 0, "credits_fen": 0,
                "version": 0, "opened_at": self._started + timedelta(milliseconds=self._made), "leaf_format": leaves.FORMAT,
            }  # fmt: skip
            self.accounts[code] = {**row, "leaf_hash": leaves.account_leaf(row)}
        return self.accounts[code]

    def moves(self) -> Iterator[tuple[str, str, str, int]]:
        """(verb, from, to, fen): money in, then the lives of all orders, interleaved as far as a few hundred are open at a time."""
        yield "appropriation.record", "appropriation:a", "pool:p", 10**14
        for first in range(0, self._orders, 400):
            lives = range(first, min(first + 400, self._orders))
            for verb, source, target in (
                ("voucher.issue", "pool:p", "voucher:{v}"), ("order.reserve", "voucher:{v}", "order:{o}:reserved"),
                ("order.redeem", "order:{o}:reserved", "order:{o}:redeemed"),
                ("claim.approve", "order:{o}:redeemed", "provider:{p}:payable"), ("payment.settle", "provider:{p}:payable", "paid"),
            ):  # fmt: skip
                for order in lives:
                    names = {"o": order, "v": order // ORDERS_PER_VOUCHER, "p": order % PROVIDERS}
                    yield verb, source.format(**names), target.format(**names), 1000 + order % 997

    def events(self) -> Iterator[tuple[Row, Row]]:
        """Every entry with its transfer."""
        for number, (verb, source, target, amount_fen) in enumerate(self.moves()):
            debit, credit = self._account(source), self._account(target)
            entry = {
                "book_id": self.book["id"], "id": self._id(), "verb": verb, "actor_id": self._id() if number % 3 else None,
                "subject_type": "order", "subject_id": self._id(), "idempotency_key": f"{verb}:{number}", "request_hash": f"{number:064x}",
                "effective_on": clock.civil_date(self._started), "recorded_at": self._started + timedelta(milliseconds=self._made),
                "reverses_id": None, "transfer_count": 1,
            }  # fmt: skip
            yield entry, self._transfer(entry, debit, credit, amount_fen)

    def _transfer(self, entry: Row, debit: Row, credit: Row, amount_fen: int) -> Row:
        debit["debits_fen"] += amount_fen
        credit["credits_fen"] += amount_fen
        for account in (debit, credit):
            account["version"] += 1
        row = {
            "book_id": entry["book_id"], "id": self._id(), "entry_id": entry["id"], "position": 0, "debit_account_id": debit["id"],
            "credit_account_id": credit["id"], "amount_fen": amount_fen, "debit_version": debit["version"],
            "debit_balance_fen": debit["credits_fen"] - debit["debits_fen"], "credit_version": credit["version"],
            "credit_balance_fen": credit["credits_fen"] - credit["debits_fen"], "leaf_format": leaves.FORMAT,
        }  # fmt: skip
        return {**row, "leaf_hash": leaves.transfer_leaf(entry, row)}

    def trail(self, events: int) -> Iterator[Row]:
        for number in range(events):
            row = {
                "id": self._id(), "at": self._started + timedelta(milliseconds=self._made), "action": "order.redeemed",
                "actor_id": self._id(), "subject_type": "order", "subject_id": self._id(), "book_id": self.book["id"],
                "details": canonical_json({"amount_fen": number, "number": f"DD-{number}"}), "leaf_format": LEAF_FORMAT,
            }  # fmt: skip
            yield {**row, "leaf_hash": event_leaf(row)}


class Sealer:
    """Blocks of one stream over leaves that come one by one, published as the real sealer publishes them."""

    def __init__(self, connection: Connection, stream: str, key: SigningKey, heads: Path) -> None:
        self._connection, self._stream, self._key, self._heads = connection, stream, key, heads
        self._waiting: list[Leaf] = []
        self._number, self._total, self._head = 0, 0, seals.NO_HEAD

    def add(self, kind: str, row_id: UUID, leaf: str) -> None:
        self._waiting.append((kind, row_id, leaf))
        if len(self._waiting) == seals.LEAVES_PER_BLOCK:
            self.close()

    def close(self) -> None:
        """Seal what waits."""
        if not self._waiting:
            return
        self._number, self._total = self._number + 1, self._total + len(self._waiting)
        block = {
            "stream": self._stream, "number": self._number, "size": len(self._waiting), "total": self._total,
            "root": merkle.root([bytes.fromhex(leaf) for _, _, leaf in self._waiting]).hex(), "previous_head": self._head,
            "algorithm": "sha256", "key_id": key_id(self._key), "sealed_at": clock.now(), "block_format": seals.FORMAT,
        }  # fmt: skip
        head = seals.head_of(block)
        block |= {"head": head.hex(), "signature": self._key.sign(head).hex()}
        self._head = head.hex()
        load(self._connection, seals.BLOCKS, [block])
        load(self._connection, seals.MEMBERS, [
            {"stream": self._stream, "kind": kind, "row_id": row_id, "block_number": self._number, "position": place, "leaf_hash": leaf}
            for place, (kind, row_id, leaf) in enumerate(self._waiting)
        ])  # fmt: skip
        with seals.heads_file(self._heads, self._stream).open("a", encoding="utf-8") as file:
            file.write(json.dumps(block, sort_keys=True, separators=(",", ":"), default=str) + "\n")
        self._waiting.clear()


def load(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Rows into a table: COPY on PostgreSQL, many at once on SQLite."""
    rows = list(rows)
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(insert(table), rows)
        return
    names = [column.key for column in table.columns]
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([getattr(row[name], "value", row[name]) for name in names])


def lay(connection: Connection, transfers: int, key: SigningKey, heads: Path, *, trail: int) -> UUID:
    """Lay a book and its trail, sealed and published; not committed. Triggers stay, keys are not looked up while it is laid."""
    connection.execute(
        text("SET session_replication_role = replica" if connection.dialect.name == "postgresql" else "PRAGMA defer_foreign_keys = ON")
    )
    made = BigBook(transfers)
    load(connection, table_of(Book), [made.book])
    sealer = Sealer(connection, f"book:{made.book['id']}", key, heads)
    sealer.add("book", made.book["id"], made.book["leaf_hash"])
    entries: list[Row] = []
    rows: list[Row] = []
    for entry, transfer in made.events():
        entries.append(entry)
        rows.append(transfer)
        sealer.add("transfer", transfer["id"], transfer["leaf_hash"])
        if len(rows) == ROWS:
            load(connection, table_of(Entry), entries), load(connection, table_of(Transfer), rows)
            entries, rows = [], []
    load(connection, table_of(Entry), entries), load(connection, table_of(Transfer), rows)
    load(connection, table_of(Account), made.accounts.values())
    for account in made.accounts.values():
        sealer.add("account", account["id"], account["leaf_hash"])
    sealer.close()
    _lay_trail(connection, made, key, heads, trail)
    return UUID(str(made.book["id"]))


def _lay_trail(connection: Connection, made: BigBook, key: SigningKey, heads: Path, events: int) -> None:
    sealer: Sealer | None = None
    rows: list[Row] = []
    for event in made.trail(events):
        sealer = sealer or Sealer(connection, f"{PREFIX}{event['id']}", key, heads)
        sealer.add("event", event["id"], event["leaf_hash"])
        rows.append(event)
        if len(rows) == ROWS:
            load(connection, table_of(AuditEvent), rows)
            rows = []
    load(connection, table_of(AuditEvent), rows)
    if sealer:
        sealer.close()
