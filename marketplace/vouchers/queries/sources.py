"""What documents brought for a round, and what of it no payment has taken: read off the ledger."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from marketplace.kernel.db import db, uuid_text
from marketplace.ledger.models import Account
from marketplace.vouchers import chart
from marketplace.vouchers.models import Appropriation, Programme

_BALANCE = Account.credits_fen - Account.debits_fen


def left_of(*conditions: ColumnElement[bool]) -> Sequence[tuple[Appropriation, int | None]]:
    """Some appropriations, the oldest first, with what is left of each and planned for nothing; None: its book is not opened for it yet."""
    on = (Account.book_id == Programme.book_id) & (Account.code == chart.FUND.around(uuid_text(Appropriation.id)))
    wanted = select(Appropriation, _BALANCE).join(Programme, Programme.id == Appropriation.programme_id).outerjoin(Account, on)
    rows: Any = db.session.execute(wanted.where(*conditions).order_by(Appropriation.dated_on, Appropriation.id))
    return [(one, left if left is None else int(left)) for one, left in rows]


def left_of_round(round_id: UUID) -> Sequence[tuple[Appropriation, int | None]]:
    """The same of a round."""
    return left_of(Appropriation.round_id == round_id)


def left_fen(appropriation_id: UUID) -> int:
    """What is left of one and planned for nothing."""
    return next((left or 0 for _one, left in left_of(Appropriation.id == appropriation_id)), 0)
