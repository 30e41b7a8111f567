"""The invariants of what was posted lately: each new transfer goes on from the balance before it, and each account that it moved stands
where its newest transfer says. As much is read as the last minutes wrote, whatever the books hold.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Select, case, func, select, union_all

from marketplace.kernel.db import table_of
from marketplace.kernel.ids import first_at
from marketplace.ledger.invariants import ACCOUNTS, ENTRIES, TRANSFERS
from marketplace.ledger.models import Book

BOOKS = table_of(Book)


def counts(connection: Connection, since: datetime) -> dict[str, int]:
    """How many of the entries since an instant, and of the accounts that they moved, break an invariant. By the names of all."""
    sides = _sides(since)
    moved = select(sides.c.book_id, sides.c.account_id, func.max(sides.c.version).label("newest"))
    moved_c = moved.group_by(sides.c.book_id, sides.c.account_id).cte("moved").c
    a = ACCOUNTS.c
    before = case((sides.c.version == 1, 0), else_=_balance_at(sides.c.book_id, sides.c.account_id, sides.c.version - 1))
    stands = _balance_at(a.book_id, a.id, a.version)
    wrong = {
        "accounts_with_wrong_totals": (stands != a.credits_fen - a.debits_fen, before + sides.c.fen != sides.c.balance),
        "accounts_with_wrong_versions": ((a.version < moved_c.newest) | stands.is_(None), before.is_(None)),
        "accounts_overdrawn": (~a.may_go_negative & (a.credits_fen < a.debits_fen), None),
    }
    found = {"entries_with_wrong_transfers": connection.scalar(_entries_off(since)) or 0}
    joined = (moved_c.book_id == a.book_id) & (moved_c.account_id == a.id)
    for name, (of_account, of_step) in wrong.items():
        found[name] = connection.scalar(select(func.count()).select_from(ACCOUNTS).where(joined, of_account)) or 0
        if of_step is not None:
            found[name] += connection.scalar(select(func.count()).select_from(sides).where(of_step)) or 0
    return found


def _lately(since: datetime) -> Select[Any]:
    """Entries since an instant, book by book: a key says when it was made."""
    e = ENTRIES.c
    return select(e.book_id, e.id, e.transfer_count).join(BOOKS, (e.book_id == BOOKS.c.id) & (e.id >= first_at(since)))


def _entries_off(since: datetime) -> Select[int]:
    """Entries that do not have the transfers they say."""
    e, t = _lately(since).subquery().c, TRANSFERS.c
    has = select(func.count()).where(t.book_id == e.book_id, t.entry_id == e.id).scalar_subquery()
    return select(func.count()).where(e.transfer_count != has)


def _sides(since: datetime) -> CTE:
    """What the new entries did to accounts: the account's version, the amount with its sign, the balance after."""
    e, t = _lately(since).cte("lately"), TRANSFERS.c
    both = (
        (t.debit_account_id, t.debit_version, -t.amount_fen, t.debit_balance_fen),
        (t.credit_account_id, t.credit_version, t.amount_fen, t.credit_balance_fen),
    )
    named = [
        select(t.book_id, own.label("account_id"), version.label("version"), fen.label("fen"), balance.label("balance")).join(
            e, (e.c.book_id == t.book_id) & (e.c.id == t.entry_id)
        )
        for own, version, fen, balance in both
    ]
    return union_all(*named).cte("sides")


def _balance_at(book: ColumnElement[Any], account: ColumnElement[Any], version: ColumnElement[int]) -> ColumnElement[Any]:
    """The balance that the transfer of an account's version left; NULL where there is no such transfer."""
    own = TRANSFERS.alias().c
    as_debit = select(own.debit_balance_fen).where(own.book_id == book, own.debit_account_id == account, own.debit_version == version)
    as_credit = select(own.credit_balance_fen).where(own.book_id == book, own.credit_account_id == account, own.credit_version == version)
    return func.coalesce(as_debit.scalar_subquery(), as_credit.scalar_subquery())
