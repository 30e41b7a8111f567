"""What banks sent back, and what was recorded wrongly of their results."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import exists, select

from marketplace.kernel.db import db
from marketplace.settlement.bounce_models import PaymentBounce
from marketplace.settlement.correction_models import LineCorrection


def of_line(line_id: UUID) -> PaymentBounce | None:
    """What the bank sent back of a line."""
    return db.session.scalars(select(PaymentBounce).where(PaymentBounce.line_id == line_id)).one_or_none()


def correction_of(line_id: UUID) -> LineCorrection | None:
    """How the recorded result of a line was mended."""
    return db.session.scalars(select(LineCorrection).where(LineCorrection.line_id == line_id)).one_or_none()


def corrected(line_ids: Iterable[UUID]) -> set[UUID]:
    """Which of some lines were corrected."""
    return set(db.session.scalars(select(LineCorrection.line_id).where(LineCorrection.line_id.in_(set(line_ids)))))


def is_used(reference_key: str) -> bool:
    """Whether a number of the bank's was recorded for a return before."""
    return bool(db.session.scalar(select(exists().where(PaymentBounce.reference_key == reference_key))))
