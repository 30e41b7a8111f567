"""The trail's one table. Rows are never changed or deleted: triggers on both engines refuse it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.append_only import ROWS
from marketplace.kernel.db import HasId, Model


class AuditEvent(HasId, Model):
    """Who did what to which row, when. The leaf hash covers every column."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index(None, "at", "id"),  # the order of the trail
        Index(None, "subject_id"),
        Index(None, "actor_id"),
        Index(None, "book_id"),
        Index(None, "action"),
        {"info": {"kept": ROWS}},
    )

    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(64))  # "<capability noun>.<verb>", e.g. order.redeemed
    actor_id: Mapped[UUID | None]  # None: the system itself
    subject_type: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[UUID | None]
    book_id: Mapped[UUID | None]
    details: Mapped[str] = mapped_column(Text)  # canonical JSON: sorted keys, no spaces
    leaf_format: Mapped[int] = mapped_column(SmallInteger)
    leaf_hash: Mapped[str] = mapped_column(String(64))  # hex sha256
