"""Verification: does the ledger still say what was posted, and the trail what happened? Names every row that does not fit.

Reads row by row, so memory stays flat; never trusts a value, so a broken row is named and the reading goes on; goes through to the end.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, exists, func, literal, select, union_all

from marketplace.audit import queries as audit
from marketplace.audit import sealing as audit_sealing
from marketplace.audit.models import AuditEvent
from marketplace.kernel.db import table_of
from marketplace.kernel.errors import N_
from marketplace.kernel.seal_check import stream_faults
from marketplace.kernel.seals import BLOCKS, MEMBERS
from marketplace.kernel.stored import Fault, Reader, Stored, key_text, raw, streamed
from marketplace.ledger import leaves, rules, sealing
from marketplace.ledger.models import Account, Book, Entry, Transfer
from marketplace.ledger.rules import AccountKind

_BOOKS, _ACCOUNTS, _ENTRIES, _TRANSFERS, _EVENTS = (table_of(model) for model in (Book, Account, Entry, Transfer, AuditEvent))
_UNREADABLE = N_("%(columns)s 的值不合格式。")

Progress = Callable[[int, int], None]
REPORT_EVERY = 5_000  # rows


@dataclass
class Verification:
    """One run: what is read, how far it is, what was counted."""

    connection: Connection
    heads: Path  # folder of published heads
    now: datetime
    progress: Progress | None = None
    counts: Counter[str] = field(default_factory=Counter)
    _codes: dict[Any, str] = field(default_factory=dict)  # of the books, by their key as it lies there
    _done: int = 0
    _total: int = 0

    def faults(self) -> Iterator[Fault]:
        """Everything that is wrong, as it is found."""
        tables = (_BOOKS, _ACCOUNTS, _ENTRIES, _TRANSFERS, _TRANSFERS, _TRANSFERS, _EVENTS)  # transfers by both accounts and by entry
        self._total = sum(self.connection.execute(select(func.count()).select_from(table)).scalar() or 0 for table in tables)
        self.counts.update({table.name: 0 for table in tables})
        yield from self._books()
        yield from self._accounts()
        yield from self._entries()
        yield from self._orphans()
        yield from audit.touched(self.connection, self._count)
        yield from self._blocks()
        if self.progress:
            self.progress(self._total, self._total)

    def _count(self, table: str) -> None:
        self.counts[table] += 1
        self._step()

    def _step(self) -> None:
        self._done += 1
        if self.progress and self._done % REPORT_EVERY == 0:
            self.progress(min(self._done, self._total), self._total)

    def _books(self) -> Iterator[Fault]:
        reader = Reader(_BOOKS.columns, self.connection.dialect)
        for row in streamed(self.connection, select(*reader.selected).order_by(raw(_BOOKS.c.id))):
            self._count(_BOOKS.name)
            book = reader.read(row)
            self._codes[book.raw["id"]] = str(book.raw["code"])
            yield from _leaf_faults(_BOOKS.name, book, leaves.book_leaf, N_("账本的开立记录被改动过。"))

    def _accounts(self) -> Iterator[Fault]:
        """Accounts beside everything that moved on them: both in the order of their keys, one time through."""
        sides = groupby(self._sides(), key=lambda side: _sortable(side.key))
        group = next(sides, None)
        standing: dict[Any, Counter[AccountKind]] = {}
        for account in self._stored_accounts():
            key = _sortable((account.raw["book_id"], account.raw["id"]))
            while group and group[0] < key:
                yield from _homeless(group[1])
                group = next(sides, None)
            own: Iterator[_Side] = iter(())
            if group and group[0] == key:
                own = group[1]
            yield from self._account(account, own, standing)
            if group and group[0] == key:
                group = next(sides, None)
        while group:
            yield from _homeless(group[1])
            group = next(sides, None)
        for book_id, balances in standing.items():
            yield from _identity(key_text(book_id), self._codes.get(book_id, "?"), balances)

    def _stored_accounts(self) -> Iterator[Stored]:
        reader = Reader(_ACCOUNTS.columns, self.connection.dialect)
        wanted = select(*reader.selected).order_by(raw(_ACCOUNTS.c.book_id), raw(_ACCOUNTS.c.id))
        for row in streamed(self.connection, wanted):
            self._count(_ACCOUNTS.name)
            yield reader.read(row)

    def _sides(self) -> Iterator["_Side"]:
        """Each transfer twice, once per account, in the order of account and version."""
        t = _TRANSFERS.c
        debit = [t.book_id, t.debit_account_id, t.debit_version, t.amount_fen, literal(0), t.debit_balance_fen, t.id]
        credit = [t.book_id, t.credit_account_id, t.credit_version, literal(0), t.amount_fen, t.credit_balance_fen, t.id]
        names = ("book_id", "account_id", "version", "debit_fen", "credit_fen", "balance_fen", "id")
        both = union_all(
            *(select(*(raw(c).label(name) for c, name in zip(side, names, strict=True))) for side in (debit, credit))
        ).subquery()
        for row in streamed(self.connection, select(both).order_by(both.c.book_id, both.c.account_id, both.c.version)):
            self._step()
            version, debit_fen, credit_fen, balance_fen = (_whole(value) for value in row[2:6])
            yield _Side((row.book_id, row.account_id), version, debit_fen, credit_fen, balance_fen, key_text(row.id))

    def _account(self, account: Stored, sides: Iterator["_Side"], standing: dict[Any, Counter[AccountKind]]) -> Iterator[Fault]:
        yield from _leaf_faults(_ACCOUNTS.name, account, leaves.account_leaf, N_("账户的开立记录被改动过。"))
        run = _Run()
        for side in sides:
            yield from run.step(side)
        code = str(account.raw["code"])
        stored = tuple(_whole(account.raw[name]) for name in ("debits_fen", "credits_fen", "version"))
        if stored != (run.debits_fen, run.credits_fen, run.transfers):
            message = N_("账户 %(code)s 的累计数与转账明细不符：记载 %(stored)s，明细合计 %(summed)s（借方、贷方、笔数）。")
            told = {"code": code, "stored": _shown(stored), "summed": _shown((run.debits_fen, run.credits_fen, run.transfers))}
            yield Fault("total", _ACCOUNTS.name, account.key, message, told)
        kind = account.values.get("kind")
        if isinstance(kind, AccountKind):
            standing.setdefault(account.raw["book_id"], Counter())[kind] += (stored[1] or 0) - (stored[0] or 0)

    def _entries(self) -> Iterator[Fault]:
        """Entries with their transfers: how many, in which places, and whether each leaf covers both."""
        entries = Reader(_ENTRIES.columns, self.connection.dialect)
        transfers = Reader(_TRANSFERS.columns, self.connection.dialect, offset=len(_ENTRIES.columns))
        of_entry = and_(_TRANSFERS.c.book_id == _ENTRIES.c.book_id, _TRANSFERS.c.entry_id == _ENTRIES.c.id)
        wanted = (
            select(*entries.selected, *transfers.selected)
            .select_from(_ENTRIES.join(_TRANSFERS, of_entry, isouter=True))
            .order_by(raw(_ENTRIES.c.book_id), raw(_ENTRIES.c.id), raw(_TRANSFERS.c.position))
        )
        width = len(_ENTRIES.columns)
        keys = [_ENTRIES.columns.keys().index(name) for name in ("book_id", "id")]
        transfer_id = width + _TRANSFERS.columns.keys().index("id")
        for _, group in groupby(streamed(self.connection, wanted), key=lambda row: [row[place] for place in keys]):
            rows = list(group)
            self._count(_ENTRIES.name)
            entry = entries.read(rows[0])
            own = [transfers.read(row) for row in rows if row[transfer_id] is not None]
            yield from self._entry(entry, own)

    def _entry(self, entry: Stored, transfers: Sequence[Stored]) -> Iterator[Fault]:
        if entry.unreadable:
            yield Fault("unreadable", _ENTRIES.name, entry.key, _UNREADABLE, {"columns": "、".join(entry.unreadable)})
        places = [transfer.values.get("position") for transfer in transfers]
        if not transfers:
            yield Fault("entry", _ENTRIES.name, entry.key, N_("分录没有任何转账。"))
        elif entry.values.get("transfer_count") != len(transfers) or places != list(range(len(transfers))):
            yield Fault("entry", _ENTRIES.name, entry.key, N_("分录的转账笔数或次序与记载不符。"))
        changed = N_("这笔转账或它所属的分录 %(entry)s 被改动过。")
        for transfer in transfers:
            self._count(_TRANSFERS.name)
            if not entry.unreadable:
                leaf = lambda values: leaves.transfer_leaf(entry.values, values)  # noqa: E731 – read at once
                yield from _leaf_faults(_TRANSFERS.name, transfer, leaf, changed, entry=entry.key)

    def _orphans(self) -> Iterator[Fault]:
        """Transfers whose entry is gone, and what was reversed but never was."""
        entry = exists().where(_ENTRIES.c.book_id == _TRANSFERS.c.book_id, _ENTRIES.c.id == _TRANSFERS.c.entry_id)
        for row in streamed(self.connection, select(raw(_TRANSFERS.c.id), raw(_TRANSFERS.c.entry_id)).where(~entry)):
            yield Fault("entry", _TRANSFERS.name, key_text(row[0]), N_("转账所属的分录 %(entry)s 不存在。"), {"entry": key_text(row[1])})
        book = exists().where(_BOOKS.c.id == _ACCOUNTS.c.book_id)
        for row in streamed(self.connection, select(raw(_ACCOUNTS.c.id)).where(~book)):
            yield Fault("entry", _ACCOUNTS.name, key_text(row[0]), N_("账户所属的账本不存在。"))

    def _blocks(self) -> Iterator[Fault]:
        """The sealed chains: those of the books and the trail that are there, and any other that has blocks."""
        known = {}
        for book_id in self._codes:
            try:
                stream = sealing.stream_of(UUID(key_text(book_id)))
            except ValueError:
                continue  # named above
            known[stream.name] = stream
        for row in streamed(self.connection, select(BLOCKS.c.stream).union(select(MEMBERS.c.stream))):
            if str(row[0]).startswith(audit_sealing.PREFIX):
                known[row[0]] = audit_sealing.stream_named(row[0])
            elif row[0] not in known:
                yield Fault("block", BLOCKS.name, str(row[0]), N_("封存链所属的账本不存在。"))
        trail = audit_sealing.stream(self.connection)
        if trail is not None:
            known[trail.name] = trail
        for stream in known.values():
            yield from stream_faults(self.connection, stream, self.heads, now=self.now)
        self.counts[BLOCKS.name] = self.connection.execute(select(func.count()).select_from(BLOCKS)).scalar() or 0


@dataclass(frozen=True, slots=True)
class _Side:
    """What one transfer did to one of its accounts; None stands for what is not a whole number."""

    key: tuple[Any, Any]  # book and account, as they lie there
    version: int | None
    debit_fen: int | None
    credit_fen: int | None
    balance_fen: int | None
    transfer: str


@dataclass
class _Run:
    """The sums of an account along its versions."""

    debits_fen: int = 0
    credits_fen: int = 0
    transfers: int = 0
    _version: int = 0
    _off: int = 0  # by how much the stored balances differ since the last fault: one wrong amount is named once
    _off_before: int = 0

    def step(self, side: _Side) -> Iterator[Fault]:
        self.debits_fen += side.debit_fen or 0
        self.credits_fen += side.credit_fen or 0
        self.transfers += 1
        if side.version != self._version + 1:
            told = {"expected": self._version + 1, "found": side.version}
            yield Fault("version", _TRANSFERS.name, side.transfer, N_("账户版本号不连续：应为 %(expected)s，实为 %(found)s。"), told)
        self._version = side.version if side.version is not None else self._version + 1
        off = (side.balance_fen or 0) - (self.credits_fen - self.debits_fen)
        if side.balance_fen is None or off not in {self._off, self._off_before}:
            yield Fault("balance", _TRANSFERS.name, side.transfer, N_("转账后的余额与此前各笔累计不符。"))
        self._off, self._off_before = off, self._off if off != self._off else self._off_before


def _leaf_faults(table: str, row: Stored, leaf: Callable[[dict[str, Any]], str], changed: str, **params: Any) -> Iterator[Fault]:
    if row.unreadable:
        yield Fault("unreadable", table, row.key, _UNREADABLE, {"columns": "、".join(row.unreadable)})
        return
    try:
        fits = leaf(row.values) == row.values["leaf_hash"]
    except (TypeError, ValueError):
        fits = False
    if not fits:
        yield Fault("leaf", table, row.key, changed, params)


def _homeless(sides: Iterator[_Side]) -> Iterator[Fault]:
    for side in sides:
        yield Fault("entry", _TRANSFERS.name, side.transfer, N_("转账记入的账户 %(account)s 不存在。"), {"account": key_text(side.key[1])})


def _identity(book_id: str, code: str, balances: Mapping[AccountKind, int]) -> Iterator[Fault]:
    difference = rules.standing(balances).difference()
    if difference:
        message = N_("账本 %(code)s 的资金恒等式不成立，相差 %(fen)s 分。")
        yield Fault("identity", _BOOKS.name, book_id, message, {"code": code, "fen": difference})
    limits = balances.get(AccountKind.LIMIT, 0) + balances.get(AccountKind.LIMIT_USED, 0)
    if limits:
        message = N_("账本 %(code)s 的额度账户不平，相差 %(fen)s 分。")
        yield Fault("identity", _BOOKS.name, book_id, message, {"code": code, "fen": limits})


def _whole(value: Any) -> int | None:
    return value if type(value) is int else None


def _shown(values: Sequence[int | None]) -> str:
    return "、".join("?" if value is None else str(value) for value in values)


def _sortable(key: Sequence[Any]) -> tuple[tuple[bool, Any], ...]:
    """Keys as the database sorts them; SQLite may hold bytes where we keep text, and sorts them last."""
    return tuple((isinstance(value, bytes), value) for value in key)
