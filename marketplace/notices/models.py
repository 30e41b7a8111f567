"""Messages to users."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model


class Notice(HasId, Model):
    """A message to one user, shown in the application."""

    __tablename__ = "notices"
    __table_args__ = (Index(None, "user_id", "read_at"),)

    user_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(String(1000), default="")
    url: Mapped[str] = mapped_column(String(300), default="")  # path inside the application
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    read_at: Mapped[datetime | None]
