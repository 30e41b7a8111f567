"""What was recorded wrongly of a line's bank result, and what is right."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.settlement.lifecycle import CorrectionKind


class LineCorrection(HasId, Model):
    """A bank result that was recorded wrongly (更正): once for a line, by another person. The line says what is right."""

    __tablename__ = "line_corrections"
    __table_args__ = (
        UniqueConstraint("line_id"),  # a correction is not corrected
        CheckConstraint("length(reason) > 0", name="reason_said"),
        CheckConstraint("recorded_by IS NULL OR recorded_by <> corrected_by", name="two_people"),
        {"info": {"kept": ROWS}},
    )

    line_id: Mapped[UUID] = mapped_column(ForeignKey("payment_lines.id"))
    kind: Mapped[CorrectionKind] = mapped_column(state_enum(CorrectionKind, "kind_known"))
    old_reference: Mapped[str] = mapped_column(String(60), default="")
    old_paid_on: Mapped[date | None]
    old_failure: Mapped[str] = mapped_column(String(300), default="")
    reason: Mapped[str] = mapped_column(String(300))
    recorded_by: Mapped[UUID | None]  # who had recorded what was wrong
    corrected_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
