"""Five counts that are nought while the ledger is whole. They read all of it, at the rhythm of `checking`; verification names rows."""

from collections.abc import Mapping

from sqlalchemy import BigInteger, Connection, Select, Subquery, case, cast, func, literal, select, union_all

from marketplace.kernel.db import table_of
from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.ledger.rules import LIMITS

ACCOUNTS, ENTRIES, TRANSFERS = table_of(Account), table_of(Entry), table_of(Transfer)


def _moved() -> Subquery:
    """What the transfers did to each account: sums of debits and credits, how many, the highest version."""
    t, nothing = TRANSFERS.c, literal(0, BigInteger)
    sides = union_all(
        select(
            t.book_id,
            t.debit_account_id.label("id"),
            t.debit_version.label("version"),
            t.amount_fen.label("debit"),
            nothing.label("credit"),
        ),
        select(t.book_id, t.credit_account_id, t.credit_version, nothing, t.amount_fen),
    ).subquery()
    s = sides.c
    sums = (
        func.sum(s.debit).label("debits"),
        func.sum(s.credit).label("credits"),
        func.count().label("count"),
        func.max(s.version).label("last"),
    )
    return select(s.book_id, s.id, *sums).group_by(s.book_id, s.id).subquery()


def _accounts_off(*, totals: bool) -> Select[int]:
    """Accounts whose totals, or whose versions, are not those of their transfers."""
    a, moved = ACCOUNTS.c, _moved()
    m = moved.c
    joined = ACCOUNTS.join(moved, (m.book_id == a.book_id) & (m.id == a.id), isouter=True)
    if totals:
        off = (a.debits_fen != func.coalesce(m.debits, 0)) | (a.credits_fen != func.coalesce(m.credits, 0))
    else:
        off = (a.version != func.coalesce(m.count, 0)) | (a.version != func.coalesce(m.last, 0))
    return select(func.count()).select_from(joined).where(off)


def _overdrawn() -> Select[int]:
    a = ACCOUNTS.c
    return select(func.count()).select_from(ACCOUNTS).where(~a.may_go_negative, a.credits_fen < a.debits_fen)


def _books_off() -> Select[int]:
    """Books whose money, or whose limits, do not add up to nought over all accounts."""
    a = ACCOUNTS.c
    balance = cast(a.credits_fen - a.debits_fen, BigInteger)
    is_limit = case((a.kind.in_([kind.value for kind in LIMITS]), 1), else_=0)
    sums = select(a.book_id).group_by(a.book_id, is_limit).having(func.sum(balance) != 0).distinct()
    return select(func.count()).select_from(sums.subquery())


def _entries_off() -> Select[int]:
    """Entries that do not have the transfers they say."""
    e, t = ENTRIES.c, TRANSFERS.c
    found = select(t.book_id, t.entry_id, func.count().label("count")).group_by(t.book_id, t.entry_id).subquery()
    joined = ENTRIES.join(found, (found.c.book_id == e.book_id) & (found.c.entry_id == e.id), isouter=True)
    return select(func.count()).select_from(joined).where(e.transfer_count != func.coalesce(found.c.count, 0))


COUNTS: Mapping[str, Select[int]] = {
    "accounts_with_wrong_totals": _accounts_off(totals=True),
    "accounts_with_wrong_versions": _accounts_off(totals=False),
    "accounts_overdrawn": _overdrawn(),
    "books_out_of_balance": _books_off(),
    "entries_with_wrong_transfers": _entries_off(),
}


def counts(connection: Connection) -> dict[str, int]:
    """How many rows break each invariant; all are nought while the ledger is whole."""
    return {name: connection.scalar(statement) or 0 for name, statement in COUNTS.items()}
