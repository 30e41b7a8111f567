"""What somebody saw listed before deciding on it together, and what became of each row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model

DONE, LEFT_OUT, SKIPPED = "done", "left_out", "skipped"


class PileRun(HasId, Model):
    """A list pinned down; asked for once, with its reason."""

    __tablename__ = "pile_runs"
    __table_args__ = (CheckConstraint("(asked_at IS NULL) = (job_id IS NULL)", name="asked_with_job"),)

    kind: Mapped[str] = mapped_column(String(40))  # which list
    actor_id: Mapped[UUID]
    decision: Mapped[str] = mapped_column(String(20))
    narrowed: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # to what the list was narrowed
    reason: Mapped[str] = mapped_column(String(1000), default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    asked_at: Mapped[datetime | None]
    job_id: Mapped[UUID | None]


class PileLine(Model):
    """A row of a list as it was shown, and what became of it."""

    __tablename__ = "pile_lines"
    __table_args__ = (
        CheckConstraint("outcome IS NULL OR outcome IN ('done', 'left_out', 'skipped')", name="outcome_known"),
        CheckConstraint("outcome IS NULL OR outcome = 'done' OR why IS NOT NULL", name="left_out_with_reason"),
        CheckConstraint("(amount_fen IS NULL) = (currency IS NULL)", name="amount_has_currency"),
        Index(None, "run_id", "place"),
    )

    run_id: Mapped[UUID] = mapped_column(ForeignKey("pile_runs.id"), primary_key=True)
    row_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int]  # from 1
    mark: Mapped[str] = mapped_column(String(20))  # how far the row's trail had come
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    outcome: Mapped[str | None] = mapped_column(String(10))  # None: not reached yet
    why: Mapped[Mapping[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # of one that was not decided on: {message, params}
