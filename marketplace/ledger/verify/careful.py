"""Reading with care: row by row, so memory stays flat; never trusting a value, so a broken row is named and the reading goes on."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Subquery, Table, and_, cast, exists, func, literal, select, union_all
from sqlalchemy.exc import SQLAlchemyError

from marketplace.kernel.currencies import currencies, format_money
from marketplace.kernel.errors import N_
from marketplace.kernel.money import CNY
from marketplace.kernel.raw_rows import Fault, RawRow, Reader, key_text, raw, streamed
from marketplace.ledger import leaves, rules
from marketplace.ledger.rules import AccountKind
from marketplace.ledger.verify.screens import ACCOUNTS, BOOKS, ENTRIES, TRANSFERS

_UNREADABLE = N_("%(columns)s 的值不合格式。")

Condition = ColumnElement[bool]


def _both_sides() -> Subquery:
    t = TRANSFERS.c
    debit = [t.book_id, t.debit_account_id, t.debit_version, t.amount_fen, literal(0), t.debit_balance_fen, t.id]
    credit = [t.book_id, t.credit_account_id, t.credit_version, literal(0), t.amount_fen, t.credit_balance_fen, t.id]
    names = ("book_id", "account_id", "version", "debit_fen", "credit_fen", "balance_fen", "id")
    return union_all(*(select(*(raw(c).label(n) for c, n in zip(side, names, strict=True))) for side in (debit, credit))).subquery()


SIDES = _both_sides()  # each transfer twice, once per account

_BALANCES = select(*(raw(ACCOUNTS.c[name]) for name in ("book_id", "kind", "debits_fen", "credits_fen")))
_STANDINGS = _BALANCES.with_only_columns(
    raw(ACCOUNTS.c.book_id), raw(ACCOUNTS.c.kind), *(cast(func.sum(ACCOUNTS.c[name]), BigInteger) for name in ("debits_fen", "credits_fen"))
).group_by(ACCOUNTS.c.book_id, ACCOUNTS.c.kind)


class RowReader:
    """Reads rows one by one, never trusts a value, and names what does not fit. Of everything, or of what a screen pointed at."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.codes: dict[Any, str] = {}  # of the books, by their key as it lies there
        self.currencies: dict[Any, str] = {}

    def books(self) -> Iterator[Fault]:
        """Every book: there are few."""
        reader = Reader(BOOKS.columns, self._connection.dialect)
        for row in streamed(self._connection, select(*reader.selected).order_by(raw(BOOKS.c.id))):
            book = reader.read(row)
            self.codes[book.raw["id"]] = str(book.raw["code"])
            self.currencies[book.raw["id"]] = book.raw["currency"] if book.raw["currency"] in currencies() else CNY
            yield from _leaf_faults(BOOKS.name, book, leaves.book_leaf, N_("账本的开立记录被改动过。"))

    def accounts(self, of_account: Condition, of_side: Condition) -> Iterator[Fault]:
        """Accounts beside everything that moved on them: both in the order of their keys, one time through.

        Args:
            of_account: which accounts.
            of_side: the same ones, said of the columns of SIDES.
        """
        sides = groupby(self._sides(of_side), key=lambda side: _sortable(side.key))
        group = next(sides, None)
        for account in self._stored_accounts(of_account):
            key = _sortable((account.raw["book_id"], account.raw["id"]))
            while group and group[0] < key:
                yield from _homeless(group[1])
                group = next(sides, None)
            is_own = group is not None and group[0] == key
            yield from _account(account, group[1] if group and is_own else iter(()))
            if is_own:
                group = next(sides, None)
        while group:
            yield from _homeless(group[1])
            group = next(sides, None)

    def _stored_accounts(self, chosen: Condition) -> Iterator[RawRow]:
        reader = Reader(ACCOUNTS.columns, self._connection.dialect)
        wanted = select(*reader.selected).where(chosen).order_by(raw(ACCOUNTS.c.book_id), raw(ACCOUNTS.c.id))
        for row in streamed(self._connection, wanted):
            yield reader.read(row)

    def _sides(self, chosen: Condition) -> Iterator["_TransferSide"]:
        """Each transfer twice, once per account, in the order of account and version."""
        wanted = select(SIDES).where(chosen)
        for row in streamed(self._connection, wanted.order_by(SIDES.c.book_id, SIDES.c.account_id, SIDES.c.version)):
            version, debit_fen, credit_fen, balance_fen = (_whole(value) for value in row[2:6])
            yield _TransferSide((row[0], row[1]), version, debit_fen, credit_fen, balance_fen, key_text(row[6]))

    def entries(self, chosen: Condition) -> Iterator[Fault]:
        """Entries with their transfers: how many, in which places, and whether each leaf covers both."""
        entries = Reader(ENTRIES.columns, self._connection.dialect)
        transfers = Reader(TRANSFERS.columns, self._connection.dialect, offset=len(ENTRIES.columns))
        of_entry = and_(TRANSFERS.c.book_id == ENTRIES.c.book_id, TRANSFERS.c.entry_id == ENTRIES.c.id)
        wanted = (
            select(*entries.selected, *transfers.selected)
            .select_from(ENTRIES.join(TRANSFERS, of_entry, isouter=True))
            .where(chosen)
            .order_by(raw(ENTRIES.c.book_id), raw(ENTRIES.c.id), raw(TRANSFERS.c.position))
        )
        width = len(ENTRIES.columns)
        keys = [ENTRIES.columns.keys().index(name) for name in ("book_id", "id")]
        transfer_id = width + TRANSFERS.columns.keys().index("id")
        for _, group in groupby(streamed(self._connection, wanted), key=lambda row: [row[place] for place in keys]):
            yield from self._entry(entries, transfers, group, transfer_id)

    def _entry(self, entries: Reader, transfers: Reader, rows: Iterator[Any], transfer_id: int) -> Iterator[Fault]:
        """One entry; its transfers pass by one at a time, for a forged entry may have a million of them."""
        entry: RawRow | None = None
        found, in_place = 0, True
        for row in rows:
            if entry is None:
                entry = entries.read(row)
                if entry.unreadable:
                    yield Fault("unreadable", ENTRIES.name, entry.key, _UNREADABLE, {"columns": "、".join(entry.unreadable)})
            if row[transfer_id] is None:
                continue
            transfer = transfers.read(row)
            in_place = in_place and transfer.values.get("position") == found
            found += 1
            yield from _transfer(entry, transfer)
        assert entry is not None
        if not found:
            yield Fault("entry", ENTRIES.name, entry.key, N_("分录没有任何转账。"))
        elif entry.values.get("transfer_count") != found or not in_place:
            yield Fault("entry", ENTRIES.name, entry.key, N_("分录的转账笔数或次序与记载不符。"))

    def orphans(self) -> Iterator[Fault]:
        """Transfers whose entry is gone."""
        entry = exists().where(ENTRIES.c.book_id == TRANSFERS.c.book_id, ENTRIES.c.id == TRANSFERS.c.entry_id)
        for row in streamed(self._connection, select(raw(TRANSFERS.c.id), raw(TRANSFERS.c.entry_id)).where(~entry)):
            yield Fault("entry", TRANSFERS.name, key_text(row[0]), N_("转账所属的分录 %(entry)s 不存在。"), {"entry": key_text(row[1])})

    def strays(self, table: Table) -> Iterator[Fault]:
        """Accounts or entries of no book."""
        message = {ACCOUNTS: N_("账户所属的账本不存在。"), ENTRIES: N_("分录所属的账本不存在。")}[table]
        book = exists().where(BOOKS.c.id == table.c.book_id)
        for row in streamed(self._connection, select(raw(table.c.id)).where(~book)):
            yield Fault("entry", table.name, key_text(row[0]), message)

    def identities(self) -> Iterator[Fault]:
        """The money identity of every book, from what stands on its accounts."""
        rows: Iterable[Any]
        try:
            with self._connection.begin_nested():
                rows = self._connection.execute(_STANDINGS).all()
        except SQLAlchemyError:  # sums out of bounds: one by one
            rows = streamed(self._connection, _BALANCES)
        standing: dict[Any, Counter[AccountKind]] = {}
        for book_id, kind, debits_fen, credits_fen in rows:
            if kind in set(AccountKind):
                moved = (_whole(credits_fen) or 0) - (_whole(debits_fen) or 0)
                standing.setdefault(book_id, Counter())[AccountKind(kind)] += moved
        for book_id, balances in standing.items():
            yield from identity(key_text(book_id), self.codes.get(book_id, "?"), balances, currency=self.currencies.get(book_id, CNY))


def _account(account: RawRow, sides: Iterator["_TransferSide"]) -> Iterator[Fault]:
    yield from _leaf_faults(ACCOUNTS.name, account, leaves.account_leaf, N_("账户的开立记录被改动过。"))
    run = _Run()
    for side in sides:
        yield from run.step(side)
    stored = tuple(_whole(account.raw[name]) for name in ("debits_fen", "credits_fen", "version"))
    code = str(account.raw["code"])
    if stored != (run.debits_fen, run.credits_fen, run.transfers):
        message = N_("账户 %(code)s 的累计数与转账明细不符：记载 %(stored)s，明细合计 %(summed)s（借方、贷方、笔数）。")
        summed = _shown((run.debits_fen, run.credits_fen, run.transfers))
        yield Fault("total", ACCOUNTS.name, account.key, message, {"code": code, "stored": _shown(stored), "summed": summed})


def _transfer(entry: RawRow, transfer: RawRow) -> Iterator[Fault]:
    if entry.unreadable:
        return
    changed = N_("这笔转账或它所属的分录 %(entry)s 被改动过。")
    yield from _leaf_faults(TRANSFERS.name, transfer, lambda values: leaves.transfer_leaf(entry.values, values), changed, entry=entry.key)


@dataclass(frozen=True, slots=True)
class _TransferSide:
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

    def step(self, side: _TransferSide) -> Iterator[Fault]:
        """One transfer more; what does not follow from the one before."""
        self.debits_fen += side.debit_fen or 0
        self.credits_fen += side.credit_fen or 0
        self.transfers += 1
        if side.version != self._version + 1:
            told = {"expected": self._version + 1, "found": side.version}
            yield Fault("version", TRANSFERS.name, side.transfer, N_("账户版本号不连续：应为 %(expected)s，实为 %(found)s。"), told)
        self._version = side.version if side.version is not None else self._version + 1
        off = (side.balance_fen or 0) - (self.credits_fen - self.debits_fen)
        if side.balance_fen is None or off not in {self._off, self._off_before}:
            yield Fault("balance", TRANSFERS.name, side.transfer, N_("转账后的余额与此前各笔累计不符。"))
        self._off, self._off_before = off, self._off if off != self._off else self._off_before


def _leaf_faults(table: str, row: RawRow, leaf: Callable[[dict[str, Any]], str], changed: str, **params: Any) -> Iterator[Fault]:
    if row.unreadable:
        yield Fault("unreadable", table, row.key, _UNREADABLE, {"columns": "、".join(row.unreadable)})
        return
    try:
        fits = leaf(row.values) == row.values["leaf_hash"]
    except (TypeError, ValueError):
        fits = False
    if not fits:
        yield Fault("leaf", table, row.key, changed, params)


def _homeless(sides: Iterator[_TransferSide]) -> Iterator[Fault]:
    for side in sides:
        yield Fault("entry", TRANSFERS.name, side.transfer, N_("转账记入的账户 %(account)s 不存在。"), {"account": key_text(side.key[1])})


def identity(book_id: str, code: str, balances: Mapping[AccountKind, int], *, currency: str = CNY) -> Iterator[Fault]:
    difference = rules.standing(balances).difference()
    if difference:
        message = N_("账本 %(code)s 的资金恒等式不成立，相差 %(amount)s 元。")
        yield Fault("identity", BOOKS.name, book_id, message, {"code": code, "amount": format_money(difference, currency)})
    limits = balances.get(AccountKind.LIMIT, 0) + balances.get(AccountKind.LIMIT_USED, 0)
    if limits:
        message = N_("账本 %(code)s 的额度账户不平，相差 %(amount)s 元。")
        yield Fault("identity", BOOKS.name, book_id, message, {"code": code, "amount": format_money(limits, currency)})


def _whole(value: Any) -> int | None:
    return value if type(value) is int else None


def _shown(values: Sequence[int | None]) -> str:
    return "、".join("?" if value is None else str(value) for value in values)


def _sortable(key: Sequence[Any]) -> tuple[tuple[int, Any], ...]:
    """Keys as the database sorts them; SQLite may hold nothing or bytes where we keep text, and sorts them first and last."""
    return tuple((0, 0) if value is None else (2 if isinstance(value, bytes) else 1, value) for value in key)
