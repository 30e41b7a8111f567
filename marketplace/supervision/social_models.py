"""Social supervisors (社会监督员): whom a bureau appoints from outside, and the checks they are invited to."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.identity.models import User
from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model, only
from marketplace.supervision.models import SpotItem


class SocialSupervisor(HasId, Model):
    """Somebody from outside who watches in a region for a term: reads what everybody may, and sees the checks they are invited to."""

    __tablename__ = "social_supervisors"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days_in_order"),
        CheckConstraint("appointed_by <> user_id", name="appointed_by_another"),
        CheckConstraint("(ended_on IS NULL) = (length(end_reason) = 0)", name="end_says_why"),
        Index("uq_social_supervisors_user_id", "user_id", unique=True, **only("ended_on IS NULL")),  # one appointment at a time
        Index(None, "area_code", "appointed_at"),
        Index(None, "until_on"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    area_code: Mapped[str] = mapped_column(String(6))
    capacity: Mapped[str] = mapped_column(String(60))  # 人大代表、行业协会、媒体……
    from_on: Mapped[date]
    until_on: Mapped[date]  # last day
    appointed_by: Mapped[UUID]
    appointed_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_on: Mapped[date | None]  # the first day without it: the term was over, or an officer ended it before
    end_reason: Mapped[str] = mapped_column(String(300), default="")
    ended_by: Mapped[UUID | None]  # None: the term was over

    user: Mapped[User] = relationship(lazy="joined")

    def runs_on(self, today: date) -> bool:
        """Whether it is in force on a day, whether or not somebody has written its end down yet."""
        return self.from_on <= today <= self.until_on and (self.ended_on is None or today < self.ended_on)


class SocialVisit(HasId, Model):
    """That a social supervisor was invited to a check of one thing, and what they saw there."""

    __tablename__ = "social_visits"
    __table_args__ = (
        UniqueConstraint("item_id", "supervisor_id"),
        CheckConstraint("(observed_at IS NULL) = (length(observation) = 0)", name="observed_says_what"),
        Index(None, "supervisor_id", "invited_at"),
    )

    item_id: Mapped[UUID] = mapped_column(ForeignKey("spot_items.id"))
    supervisor_id: Mapped[UUID] = mapped_column(ForeignKey("social_supervisors.id"))
    invited_by: Mapped[UUID]
    invited_at: Mapped[datetime] = mapped_column(default=clock.now)
    observed_at: Mapped[datetime | None]
    observation: Mapped[str] = mapped_column(String(2000), default="")

    item: Mapped[SpotItem] = relationship(lazy="joined")
    supervisor: Mapped[SocialSupervisor] = relationship(lazy="joined")
