"""The working-day calendar as an administrator keeps it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model


class CalendarDay(HasId, Model):
    """A day that differs from its weekday: a holiday, or a weekend worked (调休)."""

    __tablename__ = "calendar_days"
    __table_args__ = (UniqueConstraint("day", "layer"), CheckConstraint("layer = '00' OR length(layer) = 6", name="layer_shape"))

    day: Mapped[date]
    layer: Mapped[str] = mapped_column(String(6))  # '00' the whole country, else a region's six digits
    is_working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(String(200), default="")
    changed_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class CalendarYear(Model):
    """A year whose holidays are known for a layer. Dates in other years are provisional."""

    __tablename__ = "calendar_years"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    layer: Mapped[str] = mapped_column(String(6), primary_key=True)
    source: Mapped[str] = mapped_column(String(200), default="")


class CalendarChange(HasId, Model):
    """Days that are counted otherwise since a moment. Terms over them are counted again by the rooms that keep them."""

    __tablename__ = "calendar_changes"
    __table_args__ = (CheckConstraint("last_day >= first_day", name="range_order"), Index(None, "changed_at"))

    layer: Mapped[str] = mapped_column(String(6))
    first_day: Mapped[date]
    last_day: Mapped[date]  # inclusive
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)


class CalendarReader(Model):
    """Up to when a room has counted its terms again."""

    __tablename__ = "calendar_readers"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)  # orders, claims, public_notices
    seen_until: Mapped[datetime]
