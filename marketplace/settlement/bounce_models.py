"""What a bank sent back of what it had paid."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model


class PaymentBounce(HasId, Model):
    """A paid line that came back from the bank (退汇), whole or in part: reported once for a line, by the bank's own number."""

    __tablename__ = "payment_bounces"
    __table_args__ = (
        UniqueConstraint("line_id"),  # once, and the line says that it is no more than was paid
        UniqueConstraint("reference_key"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("length(reference_key) > 0", name="reference_given"),
        CheckConstraint("length(reason) > 0", name="reason_said"),
        Index(None, "bounced_on", "id"),
        {"info": {"kept": ROWS}},
    )

    line_id: Mapped[UUID] = mapped_column(ForeignKey("payment_lines.id"))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    split: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)  # fen by source of money to which it goes back
    reference: Mapped[str] = mapped_column(String(60))  # the bank's number of the return
    reference_key: Mapped[str] = mapped_column(String(60))  # the same in one spelling
    bounced_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(300))
    recorded_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
