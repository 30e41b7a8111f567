"""Claims of which every check is green, approved together: what the preview listed, and what became of each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model


class ApprovalRun(HasId, Model):
    """What somebody saw listed before approving it together; asked for once, with a reason."""

    __tablename__ = "approval_runs"
    __table_args__ = (
        CheckConstraint("(asked_at IS NULL) = (job_id IS NULL) AND (asked_at IS NULL OR length(reason) > 0)", name="asked_with_reason"),
    )

    actor_id: Mapped[UUID]
    narrowed: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # to what the queue was narrowed
    reason: Mapped[str] = mapped_column(String(1000), default="")  # the opinion of each approval
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    asked_at: Mapped[datetime | None]
    job_id: Mapped[UUID | None]


class ApprovalLine(Model):
    """A claim of a run as the preview listed it, and what became of it."""

    __tablename__ = "approval_lines"
    __table_args__ = (
        CheckConstraint("outcome IS NULL OR outcome IN ('approved', 'left_out')", name="outcome_known"),
        CheckConstraint("outcome IS NULL OR outcome = 'approved' OR why IS NOT NULL", name="left_out_with_reason"),
        Index(None, "run_id", "place"),
        Index(None, "claim_id"),
    )

    run_id: Mapped[UUID] = mapped_column(ForeignKey("approval_runs.id"), primary_key=True)
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"), primary_key=True)
    place: Mapped[int]  # in the order of the queue, from 1
    submitted_at: Mapped[datetime]  # which hand-in was listed
    requested_fen: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    outcome: Mapped[str | None] = mapped_column(String(10))  # approved, left_out; None: not reached yet
    why: Mapped[Mapping[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # why it was left out, as {message, params}
