"""Limit accounts are brought to the caps of the rules under which they are used."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from marketplace.kernel.db import db
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger.rules import account_id
from marketplace.vouchers import money
from marketplace.vouchers.aid_models import CapLevel
from marketplace.vouchers.queries.caps import cap_standings
from marketplace.vouchers.rules.limits import LimitAccount


def hold_to(book_id: UUID, caps: Iterable[LimitAccount], *, today: date, opens: bool = True) -> None:
    """Open the caps that an order or a grant will count against, and bring those that stand at another amount to theirs.

    What was used stays used. Of a cap that is lowered below that nothing is left; what comes back fills up what is owed first.

    Args:
        opens: False: only those that are open already.
    """
    wanted: dict[str, LimitAccount] = {cap.code: cap for cap in caps}
    known = cap_standings(book_id, wanted)
    new = [cap for code, cap in wanted.items() if code not in known] if opens else []
    if new:
        money.open_limits(book_id, new, today=today)
        _note(book_id, {cap.code: cap.cap_fen for cap in new})
    for code, found in sorted(known.items()):
        if found.level_fen is not None and found.level_fen != wanted[code].cap_fen:
            _bring(book_id, wanted[code], found.level_fen, today=today)


def _note(book_id: UUID, levels: Mapping[str, int]) -> None:
    """Write down to which amounts caps were opened; who was faster with one has said so."""
    make = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    rows = [{"book_id": book_id, "account_id": account_id(book_id, code), "level_fen": fen, "changes": 0} for code, fen in levels.items()]
    db.session.execute(make(CapLevel).on_conflict_do_nothing(), rows)


def _bring(book_id: UUID, cap: LimitAccount, level_fen: int, *, today: date) -> None:
    """Up, or down as far as there is something left: one after the other, so that nobody counts on what another takes away."""
    _note(book_id, {cap.code: level_fen})
    mine = (CapLevel.book_id == book_id) & (CapLevel.account_id == account_id(book_id, cap.code))
    row = db.session.scalars(select(CapLevel).where(mine).with_for_update().execution_options(populate_existing=True)).one()
    change = max(cap.cap_fen - row.level_fen, -ledger_queries.balance_fen(book_id, cap.code))
    if change:
        row.level_fen, row.changes = row.level_fen + change, row.changes + 1
        money.bring_limit(book_id, cap.code, change, row.changes, today=today)
