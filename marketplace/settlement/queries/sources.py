"""Of which source of money payments took how much, and what a round's sources have left."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, cast, func, select

from marketplace.kernel.db import db
from marketplace.settlement.bounce_models import PaymentBounce
from marketplace.settlement.lifecycle import LineState
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.settlement.recovery_models import Recovery, RecoveryInstalment
from marketplace.settlement.recovery_rules import ReturnsTo
from marketplace.vouchers.models import SOURCES, Appropriation


def sources_left(round_id: UUID) -> dict[str, int]:
    """What is left of what a round received, by source of money: payments that were made or are under way have taken their part."""
    rows = db.session.execute(
        select(Appropriation.source, func.sum(Appropriation.amount_fen))
        .where(Appropriation.round_id == round_id)
        .group_by(Appropriation.source)
    )
    left = {source: int(amount) for source, amount in rows}
    taken = PaymentLine.state.in_((LineState.WAITING, LineState.PAID))
    paid = paid_by_source(taken, Claim.round_id == round_id)
    back = _recovered(Claim.round_id == round_id, RecoveryInstalment.returned_to == ReturnsTo.POOL)
    return {source: max(0, amount - paid.get(source, 0) + back.get(source, 0)) for source, amount in left.items()}


def recoverable_by_source(claim_id: UUID) -> dict[str, int]:
    """What the sources paid of a claim and did not get back, neither from the bank nor from the payee."""
    back = _recovered(Claim.id == claim_id)
    paid = paid_by_source(PaymentLine.state == LineState.PAID, Claim.id == claim_id)
    return {source: amount - back.get(source, 0) for source, amount in paid.items()}


def _recovered(*conditions: ColumnElement[bool]) -> dict[str, int]:
    """What was paid back, by the sources that it had come from; conditions on instalments and claims."""
    rows = (
        _by_source(RecoveryInstalment.split).select_from(RecoveryInstalment).join(Recovery, Recovery.id == RecoveryInstalment.recovery_id)
    )
    sums = db.session.execute(rows.join(Claim, Claim.id == Recovery.claim_id).where(*conditions)).one()
    return {source: int(amount) for source, amount in zip(SOURCES, sums, strict=True) if amount}


def paid_by_source(*conditions: ColumnElement[bool]) -> dict[str, int]:
    """What some payment lines took of each source of money, less what came back of them, by the split that each carries.

    Args:
        conditions: on lines and claims.
    """
    lines = _by_source(PaymentLine.split).select_from(PaymentLine).join(Claim, Claim.id == PaymentLine.claim_id)
    came_back = _by_source(PaymentBounce.split).select_from(PaymentBounce).join(PaymentLine, PaymentLine.id == PaymentBounce.line_id)
    came_back = came_back.join(Claim, Claim.id == PaymentLine.claim_id)
    sums, back = (db.session.execute(one.where(*conditions)).one() for one in (lines, came_back))
    left = {source: int(taken or 0) - int(less or 0) for source, taken, less in zip(SOURCES, sums, back, strict=True)}
    return {source: amount for source, amount in left.items() if amount}


def _by_source(split: Any) -> Any:
    return select(*(func.sum(cast(split[source].as_string(), BigInteger)) for source in SOURCES))
