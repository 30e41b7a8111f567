"""What limit accounts hold, and the amounts to which they were brought."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

from marketplace.kernel.db import db
from marketplace.kernel.money import Fen
from marketplace.ledger import rules as ledger
from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.vouchers import chart
from marketplace.vouchers.aid_models import CapLevel
from marketplace.vouchers.rules.limits import CapStanding

_BALANCE = Account.credits_fen - Account.debits_fen


def cap_standings(book_id: UUID, codes: Iterable[str]) -> dict[str, CapStanding]:
    """Those of the limit accounts that are open, by code."""
    ids = {ledger.account_id(book_id, code): code for code in codes}
    if not ids:
        return {}
    level = and_(CapLevel.book_id == Account.book_id, CapLevel.account_id == Account.id)
    wanted = select(Account.id, _BALANCE, CapLevel.level_fen).outerjoin(CapLevel, level)
    rows: list[Any] = [*db.session.execute(wanted.where(Account.book_id == book_id, Account.id.in_(ids)))]  # without a level: from before
    caps = {account_id for account_id, code in ids.items() if chart.place_of(code).scope}
    older = _brought(book_id, [account_id for account_id, _left, fen in rows if fen is None and account_id in caps])
    levels = {account_id: older.get(account_id) if fen is None else Fen(fen) for account_id, _left, fen in rows}
    return {ids[account_id]: CapStanding(Fen(left), levels[account_id]) for account_id, left, _fen in rows}


def _brought(book_id: UUID, account_ids: Collection[UUID]) -> dict[UUID, Fen]:
    """The same of accounts from before it was kept beside them: what opened and lifted them."""
    if not account_ids:
        return {}
    rows = db.session.execute(
        select(Transfer.credit_account_id, func.sum(Transfer.amount_fen))
        .join(Entry, and_(Entry.book_id == Transfer.book_id, Entry.id == Transfer.entry_id))
        .where(Transfer.book_id == book_id, Transfer.credit_account_id.in_(account_ids), Entry.verb.in_(("limit.open", "limit.lift")))
        .group_by(Transfer.credit_account_id)
    )
    return dict.fromkeys(account_ids, Fen(0)) | {account_id: Fen(int(fen)) for account_id, fen in rows}
