"""Years of the register that are closed, with their figures on that day (年度台账封存)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model


class ClosedYear(HasId, Model):
    """One officer asks that a year of an area's register be closed, another one closes it."""

    __tablename__ = "closed_years"
    __table_args__ = (
        UniqueConstraint("area_code", "year"),
        CheckConstraint("closed_by IS NULL OR closed_by <> asked_by", name="closed_by_another"),
        CheckConstraint("(closed_by IS NULL) = (closed_at IS NULL)", name="closed_whole"),
        CheckConstraint("(closed_at IS NULL) = (figures IS NULL)", name="closed_with_figures"),
    )

    area_code: Mapped[str] = mapped_column(String(6))  # an area of authority: what its providers did
    year: Mapped[int]
    reason: Mapped[str] = mapped_column(String(300))
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    closed_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None]
    figures: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))  # of the whole area, when it was closed


class YearFigure(HasId, Model):
    """What the register said of a provider's year when it was closed. From then on, what is written for that year stands beside it."""

    __tablename__ = "year_figures"
    __table_args__ = (UniqueConstraint("provider_id", "year"), {"info": {"kept": ROWS}})

    closed_id: Mapped[UUID] = mapped_column(ForeignKey("closed_years.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    year: Mapped[int]
    figures: Mapped[dict[str, int]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
