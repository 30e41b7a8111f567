"""The books as a plain-text journal (纯文本账本) that beancount checks and hledger reads: an oracle that shares no code with ours.

Every entry is a transaction, every transfer two postings, and every account is asserted to hold what our own table says it holds.
Value that stands on an account is positive, what came from a source negative, as in the books. Limits are counted in QUOTA, money in the
currency of its book, both in its whole unit: no sum mixes them. What the other programs have no field for stands in comments, which both of
them skip.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select

from marketplace.kernel.clock import civil_date
from marketplace.kernel.currencies import currency
from marketplace.kernel.db import table_of
from marketplace.ledger.models import Account, Book, Entry, Transfer
from marketplace.ledger.rules import LIMITS, AccountKind

_BOOKS, _ACCOUNTS, _ENTRIES, _TRANSFERS = table_of(Book), table_of(Account), table_of(Entry), table_of(Transfer)
_AT_A_TIME = 1_000

# What beancount calls the kinds: value that came, value that is held, value that left.
_ROOTS: dict[AccountKind, str] = {
    AccountKind.APPROPRIATION: "Income:Appropriation",
    AccountKind.POOL: "Assets:Pool",
    AccountKind.VOUCHER: "Assets:Voucher",
    AccountKind.RESERVED: "Assets:Reserved",
    AccountKind.REDEEMED: "Assets:Redeemed",
    AccountKind.PAYABLE: "Assets:Payable",
    AccountKind.PAID: "Expenses:Paid",
    AccountKind.RECOVERED: "Income:Recovered",
    AccountKind.SURRENDERED: "Expenses:Surrendered",
    AccountKind.LIMIT: "Equity:Limit",
    AccountKind.LIMIT_USED: "Equity:Limit-Used",
}

_PREAMBLE = """\
; 券链账本导出。用 beancount 核对：bean-check 本文件；hledger 也能读：hledger -f 本文件 balance。
; 金额以账本币种的基本单位计：币种代码（例如 CNY）为资金，QUOTA 为额度。
"""


@dataclass(frozen=True, slots=True)
class _Named:
    """An account as the journal calls it."""

    name: str
    unit: str
    exponent: int  # of the book's currency, which limits are counted in as well

    def amount(self, fen: int) -> str:
        """An amount on it: number and unit."""
        whole, rest = divmod(abs(fen), 10**self.exponent)
        return f"{'-' if fen < 0 else ''}{whole}" + (f".{rest:0{self.exponent}d}" if self.exponent else "") + f" {self.unit}"


def unknown(connection: Connection, codes: Sequence[str]) -> list[str]:
    """Those of the codes that no book has."""
    known = set(connection.scalars(select(_BOOKS.c.code).where(_BOOKS.c.code.in_(codes))))
    return [code for code in codes if code not in known]


def lines(connection: Connection, codes: list[str] | None = None) -> Iterator[str]:
    """The journal of some books, or of all, line by line. `connection`: one that sees a single moment."""
    yield _PREAMBLE
    wanted = select(_BOOKS.c.id, _BOOKS.c.code, _BOOKS.c.name, _BOOKS.c.currency).order_by(_BOOKS.c.code)
    if codes is not None:
        wanted = wanted.where(_BOOKS.c.code.in_(codes))
    for book in connection.execute(wanted).all():
        yield from _of_book(connection, book)


def _of_book(connection: Connection, book: Any) -> Iterator[str]:
    accounts = connection.execute(
        select(_ACCOUNTS).where(_ACCOUNTS.c.book_id == book.id).order_by(_ACCOUNTS.c.kind, _ACCOUNTS.c.code)
    ).all()
    names = _names(book, accounts)
    days = select(func.min(_ENTRIES.c.effective_on), func.max(_ENTRIES.c.effective_on)).where(_ENTRIES.c.book_id == book.id)
    first, last = connection.execute(days).one()
    yield f"\n; 账本 {_plain(book.code)} {_plain(book.name)}\n"
    for account in accounts:
        opened = civil_date(account.opened_at)
        yield f"{min(opened, first or opened)} open {names[account.id].name} {names[account.id].unit} ; {_plain(account.code)}\n"
    yield from _transactions(connection, book, names)
    if last is not None:  # a balance holds at the beginning of its day
        yield from _assertions(accounts, names, last + timedelta(days=1))


def _transactions(connection: Connection, book: Row[Any], names: dict[UUID, _Named]) -> Iterator[str]:
    entries, rows = _ENTRIES.c, _TRANSFERS.c
    chosen = (
        select(
            entries.id, entries.verb, entries.effective_on, entries.subject_type, entries.subject_id, entries.idempotency_key,
            entries.reverses_id, rows.debit_account_id, rows.credit_account_id, rows.amount_fen,
        )
        .join(_TRANSFERS, (rows.book_id == entries.book_id) & (rows.entry_id == entries.id))
        .where(entries.book_id == book.id)
        .order_by(entries.effective_on, entries.recorded_at, entries.id, rows.position)
    )  # fmt: skip
    found = connection.execute(chosen, execution_options={"yield_per": _AT_A_TIME})
    for _, part in groupby(found, key=lambda row: row.id):
        transfers = list(part)
        head = transfers[0]
        yield f'\n{head.effective_on} * "{_plain(head.verb)}" "{_plain(head.subject_type)} {head.subject_id}"\n'
        yield f"  ; entry {head.id} key {_plain(head.idempotency_key)}" + (f" reverses {head.reverses_id}\n" if head.reverses_id else "\n")
        for row in transfers:
            debit, credit = names[row.debit_account_id], names[row.credit_account_id]
            yield f"  {debit.name}  {debit.amount(-row.amount_fen)}\n  {credit.name}  {credit.amount(row.amount_fen)}\n"


def _assertions(accounts: Sequence[Row[Any]], names: dict[UUID, _Named], day: date) -> Iterator[str]:
    yield "\n"
    for account in accounts:
        named = names[account.id]
        number, unit = named.amount(account.credits_fen - account.debits_fen).split(" ")
        yield f"{day} balance {named.name} {number} ~ 0 {unit}\n"


def _names(book: Row[Any], accounts: Sequence[Row[Any]]) -> dict[UUID, _Named]:
    """A name for each account that beancount allows: components of letters, digits and dashes that begin with a capital or a digit."""
    names: dict[UUID, _Named] = {}
    taken: set[str] = set()
    for account in accounts:
        kind = AccountKind(account.kind)
        rest = account.code.partition(":")[2].removesuffix(f":{kind.value.rpartition('_')[2]}")  # whose it is: the kind is in the root
        # one component for the rest: beancount adds what stands below a name to what stands on it
        name = ":".join([_ROOTS[kind], _component(book.code), *([_component(rest)] if rest else [])])
        if name in taken:  # two codes that differ in a sign the journal does not have
            name = f"{name}-{account.id.hex}"
        taken.add(name)
        names[account.id] = _Named(name, "QUOTA" if kind in LIMITS else book.currency, currency(book.currency).exponent)
    return names


def _component(text: str) -> str:
    cleaned = re.sub(r"[^0-9A-Za-z\u4e00-\u9fff]", "-", text)
    return cleaned[:1].upper() + cleaned[1:] if re.match(r"[0-9A-Za-z]", cleaned) else f"X{cleaned}"


def _plain(text: str) -> str:
    """Text that ends neither a string nor a line."""
    return re.sub(r'[\s"\\;]+', " ", text)
