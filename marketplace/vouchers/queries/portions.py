"""What is left of a voucher by kind of service (分类额度)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from uuid import UUID

from sqlalchemy import Select, select

from marketplace.kernel.db import db
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger.rules import AccountCode
from marketplace.vouchers.models import PortionMoved, Voucher
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.portions import PortionStanding

SHOWN_MOVES = 50


def portions_left(vouchers: Iterable[Voucher]) -> dict[Voucher, dict[AccountCode, int]]:
    """By voucher, what is left of each part: a question per book."""
    found: dict[Voucher, dict[AccountCode, int]] = {}
    for book_id, some in groupby(sorted((one for one in vouchers if one.portions), key=_book_of), key=_book_of):
        codes = {voucher: tuple(voucher.portion_accounts.values()) for voucher in some}
        balances = ledger_queries.balances_fen(book_id, [code for mine in codes.values() for code in mine])
        found |= {voucher: {code: balances[code] for code in mine} for voucher, mine in codes.items()}
    return found


def _book_of(voucher: Voucher) -> UUID:
    return voucher.programme.book_id


def parts_of(voucher: Voucher) -> list[PortionStanding]:
    """Where each part of a voucher is, in the order of the rules; nothing where they know none."""
    if not voucher.portions:
        return []
    balances = portions_left([voucher])[voucher]
    left = {name: balances[code] for name, code in voucher.portion_accounts.items()}
    gone, come = Counter[str](), Counter[str]()
    for row in db.session.scalars(moved(voucher.id)):
        gone[row.source] += row.amount_fen
        come[row.target] += row.amount_fen
    return [
        PortionStanding(
            name=one.name,
            categories=one.categories,
            granted_fen=(now := voucher.portions.get(one.name, 0)),
            left_fen=left.get(one.name, 0),
            first_fen=now + gone[one.name] - come[one.name],
            moved_out_fen=gone[one.name],
        )
        for one in spec_of(voucher.round.version_id).portions_of(voucher.class_key)
    ]


def moved_on(voucher: Voucher) -> Sequence[PortionMoved]:
    """The newest moves of a voucher, for its page."""
    return db.session.scalars(moved(voucher.id).limit(SHOWN_MOVES)).all() if voucher.portions else ()


def moved(voucher_id: UUID) -> Select[PortionMoved]:
    """What was moved on a voucher, newest first."""
    return select(PortionMoved).where(PortionMoved.voucher_id == voucher_id).order_by(PortionMoved.created_at.desc(), PortionMoved.id)
