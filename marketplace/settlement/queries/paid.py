"""What was paid of claims and did not come back, and what is still to be paid of them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, cast, func, select

from marketplace.kernel.db import db
from marketplace.kernel.money import Fen
from marketplace.settlement.lifecycle import LineState
from marketplace.settlement.models import Claim, PaymentLine

STAYED = PaymentLine.amount_fen - PaymentLine.bounced_fen  # what a paid line really paid


def paid_of_claim() -> ColumnElement[int]:
    """SQL expression: what was paid of a claim and did not come back."""
    paid = select(func.sum(STAYED)).where(PaymentLine.claim_id == Claim.id, PaymentLine.state == LineState.PAID)
    return func.coalesce(cast(paid.correlate(Claim).scalar_subquery(), BigInteger), 0)


def paid_of(claim_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The same of some claims; one of which nothing was paid is missing."""
    paid = select(PaymentLine.claim_id, func.sum(STAYED)).where(PaymentLine.state == LineState.PAID)
    rows = db.session.execute(paid.where(PaymentLine.claim_id.in_(set(claim_ids))).group_by(PaymentLine.claim_id))
    return {claim_id: int(fen) for claim_id, fen in rows}


def open_sum(claim_ids: Iterable[UUID]) -> Fen:
    """What is still to be paid of some approved claims, in sum."""
    whole = cast(func.sum(Claim.approved_fen - paid_of_claim()), BigInteger)
    return Fen(int(db.session.scalar(select(whole).where(Claim.id.in_(set(claim_ids)))) or 0))


def asked_sum(batch_id: UUID, state: LineState | None = None) -> Fen:
    """What a batch asks to pay by its lines: those in a state, else all that were not taken out, or all of one that was turned down."""
    asked, line = PaymentLine.amount_fen + PaymentLine.short_fen, PaymentLine
    if state is not None:
        wanted = select(func.sum(asked)).where(line.state == state)
    else:
        wanted = select(func.coalesce(func.sum(asked).filter(line.state != LineState.DROPPED), func.sum(asked)))
    return Fen(int(db.session.scalar(wanted.where(line.batch_id == batch_id)) or 0))


def open_of(claims: Sequence[Claim]) -> dict[UUID, Fen]:
    """What is still to be paid of each of some approved claims."""
    paid = paid_of(one.id for one in claims)
    return {one.id: Fen((one.approved_fen or 0) - paid.get(one.id, 0)) for one in claims}
