"""Messages to users."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, composite, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model
from marketplace.kernel.sentences import Sentence


class Notice(HasId, Model):
    """A message to one user, shown in the application."""

    __tablename__ = "notices"
    __table_args__ = (Index(None, "user_id", "read_at"),)

    user_id: Mapped[UUID]
    title_message: Mapped[str] = mapped_column("title", String(200))
    title_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what fills the title in the reader's language
    title: Mapped[Sentence] = composite("title_message", "title_values")
    body_message: Mapped[str] = mapped_column("body", String(1000), default="")
    body_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    body: Mapped[Sentence] = composite("body_message", "body_values")
    url: Mapped[str] = mapped_column(String(300), default="")  # path inside the application
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    read_at: Mapped[datetime | None]


class Reminder(HasId, Model):
    """That whoever must act was reminded of a last day: once for each thing, day and step. A day that moves is another day."""

    __tablename__ = "reminders"
    __table_args__ = (UniqueConstraint("kind", "subject_id", "due_on", "step"), CheckConstraint("step > 0", name="step_positive"))

    kind: Mapped[str] = mapped_column(String(20))  # what lapses: voucher, appeal, order_delivery …
    subject_id: Mapped[UUID]
    due_on: Mapped[date]
    step: Mapped[int]  # so many days before
    at: Mapped[datetime]
    told: Mapped[bool]  # no: the term is shorter than the step, or nothing is lost any more


class ReminderDay(Model):
    """The day for which a room has reminded everybody."""

    __tablename__ = "reminder_days"

    room: Mapped[str] = mapped_column(String(40), primary_key=True)
    done_on: Mapped[date]
