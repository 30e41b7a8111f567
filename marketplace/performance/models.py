"""Targets of a programme for a year, the values that were read, and who signed them. What was read once is never changed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.kernel import clock
from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model, only, state_enum
from marketplace.performance.indicators import Indicator
from marketplace.performance.lifecycle import PlanState, ReadingKind
from marketplace.vouchers.models import Programme


class PerformancePlan(HasId, Model):
    """What a programme should reach in a year (绩效目标). Its targets are rows that never change: other ones are another plan."""

    __tablename__ = "performance_plans"
    __table_args__ = (
        CheckConstraint("year BETWEEN 2000 AND 2199", name="year_near"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> entered_by", name="confirmed_by_another"),
        CheckConstraint("state IN ('entered', 'returned') OR confirmed_by IS NOT NULL", name="confirmed_by_somebody"),
        CheckConstraint("state <> 'returned' OR length(answer) > 0", name="return_says_why"),
        Index("uq_performance_plans_standing", "programme_id", "year", unique=True, **only("state <> 'returned'")),
        Index(None, "year", "id"),  # the order of the list
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programmes.id"))
    year: Mapped[int]
    state: Mapped[PlanState] = mapped_column(state_enum(PlanState, "state_known"), default=PlanState.ENTERED)
    answer: Mapped[str] = mapped_column(String(300), default="")  # why it was returned
    entered_by: Mapped[UUID]
    entered_at: Mapped[datetime] = mapped_column(default=clock.now)
    confirmed_by: Mapped[UUID | None]
    confirmed_at: Mapped[datetime | None]

    programme: Mapped[Programme] = relationship(lazy="joined")


class PerformanceTarget(HasId, Model):
    """One measure of a plan."""

    __tablename__ = "performance_targets"
    __table_args__ = (
        CheckConstraint("value > 0", name="value_positive"),
        CheckConstraint("weight BETWEEN 1 AND 100", name="weight_range"),
        UniqueConstraint("plan_id", "indicator"),
        {"info": {"kept": ROWS}},
    )

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("performance_plans.id"))
    indicator: Mapped[Indicator] = mapped_column(state_enum(Indicator, "indicator_known"))
    value: Mapped[int] = mapped_column(BigInteger)  # in the indicator's unit: fen, a count, basis points
    weight: Mapped[int]  # of a hundred


class PerformanceReading(HasId, Model):
    """The values of a plan as they were counted: in the middle of its year, or to be signed."""

    __tablename__ = "performance_readings"
    __table_args__ = (
        CheckConstraint("(kind = 'correction') = (length(reason) > 0)", name="correction_says_why"),
        CheckConstraint("most >= sure AND sure >= 0 AND most <= 10000", name="points_range"),
        Index(None, "plan_id", "taken_at"),
        {"info": {"kept": ROWS}},
    )

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("performance_plans.id"))
    kind: Mapped[ReadingKind] = mapped_column(state_enum(ReadingKind, "kind_known"))
    until_on: Mapped[date]  # last day that was counted
    sure: Mapped[int]  # points, in hundredths
    most: Mapped[int]  # the most it can be: more than the sure ones where something is unknown
    level: Mapped[str] = mapped_column(String(12), default="")  # empty: what is unknown may decide it, or the year is not over
    scale: Mapped[dict[str, int]] = mapped_column(JSON)  # the rule by which it was scored
    reason: Mapped[str] = mapped_column(String(300), default="")  # of a correction
    taken_by: Mapped[UUID]
    taken_at: Mapped[datetime] = mapped_column(default=clock.now)


class PerformanceValue(HasId, Model):
    """One measure of a reading."""

    __tablename__ = "performance_values"
    __table_args__ = (
        CheckConstraint("(value IS NULL) = (points IS NULL)", name="unknown_earns_nothing_known"),
        UniqueConstraint("reading_id", "indicator"),
        {"info": {"kept": ROWS}},
    )

    reading_id: Mapped[UUID] = mapped_column(ForeignKey("performance_readings.id"))
    indicator: Mapped[Indicator] = mapped_column(state_enum(Indicator, "indicator_known"))
    value: Mapped[int | None] = mapped_column(BigInteger)  # None: nothing says what it is
    expected: Mapped[int] = mapped_column(BigInteger)
    points: Mapped[int | None]  # in hundredths
    reason: Mapped[str] = mapped_column(String(300), default="")  # why it is behind, and what is done about it


class PerformanceDecision(HasId, Model):
    """A second person signed a reading, or gave it back."""

    __tablename__ = "performance_decisions"
    __table_args__ = (
        CheckConstraint("decided_by <> taken_by", name="decided_by_another"),
        CheckConstraint("signed OR length(reason) > 0", name="refusal_says_why"),
        UniqueConstraint("reading_id"),
        {"info": {"kept": ROWS}},
    )

    reading_id: Mapped[UUID] = mapped_column(ForeignKey("performance_readings.id"))
    signed: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(300), default="")
    taken_by: Mapped[UUID]  # of the reading: not who decides
    decided_by: Mapped[UUID]
    decided_at: Mapped[datetime] = mapped_column(default=clock.now)
