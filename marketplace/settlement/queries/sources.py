"""Of which source of money payments took how much, and what a round's sources have left."""

from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, cast, func, select

from marketplace.kernel.db import db
from marketplace.orders.models import Order
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.vouchers.models import SOURCES, Appropriation


def sources_left(round_id: UUID) -> dict[str, int]:
    """What is left of what a round received, by source of money: payments that were made or are under way have taken their part."""
    rows = db.session.execute(
        select(Appropriation.source, func.sum(Appropriation.amount_fen))
        .where(Appropriation.round_id == round_id)
        .group_by(Appropriation.source)
    )
    left = {source: int(amount) for source, amount in rows}
    paid = paid_by_source(PaymentLine.live_claim_id.is_not(None), Order.round_id == round_id)
    return {source: max(0, amount - paid.get(source, 0)) for source, amount in left.items()}


def paid_by_source(*conditions: ColumnElement[bool]) -> dict[str, int]:
    """What some payment lines took of each source of money, by the split that each carries; conditions on lines, claims and orders."""
    parts = [func.sum(cast(PaymentLine.split[source].as_string(), BigInteger)) for source in SOURCES]
    wanted = select(*parts).select_from(PaymentLine).join(Claim, Claim.id == PaymentLine.claim_id).join(Order, Order.id == Claim.order_id)
    sums = db.session.execute(wanted.where(*conditions)).one()
    return {source: int(amount) for source, amount in zip(SOURCES, sums, strict=True) if amount}
