"""A file that was asked for: which list, as whom, and what became of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.kernel.db import HasId, Model
from marketplace.kernel.jobs import Job


class Export(HasId, Model):
    """A long list that somebody asked to take away. Its id is the key of the form that asked."""

    __tablename__ = "exports"
    __table_args__ = (
        CheckConstraint(
            "(written_at IS NULL) = (sha256 IS NULL) AND (written_at IS NULL) = (size_bytes IS NULL) "
            "AND (written_at IS NULL) = (row_count IS NULL) AND (written_at IS NULL) = (expires_at IS NULL)",
            name="written_whole",
        ),
        CheckConstraint("lapsed_at IS NULL OR lapsed_at >= expires_at", name="kept_as_promised"),
        CheckConstraint("tries > 0", name="tries_positive"),
        Index(None, "actor_id", "asked_at"),
        Index(None, "expires_at"),
    )

    endpoint: Mapped[str] = mapped_column(String(80))  # of the list's own page of export: it is opened again by whoever writes the file
    view_args: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what stands in that page's address, as text
    query: Mapped[str] = mapped_column(Text, default="")  # what stands behind its question mark: the filters
    locale: Mapped[str] = mapped_column(String(12))  # the language of headings and words
    title: Mapped[str] = mapped_column(String(200))  # what the list is called
    name: Mapped[str] = mapped_column(String(200))  # of the file, with its suffix
    filters: Mapped[str] = mapped_column(Text, default="")  # what the list was narrowed to, in words; empty when it is whole
    fingerprint: Mapped[str] = mapped_column(String(64))  # of endpoint, address, filters and language: the same list asked for again
    permission: Mapped[str] = mapped_column(String(60))  # that the list asks for
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))  # of the actor when asking
    areas: Mapped[list[str] | None] = mapped_column(JSON)  # for which the list was read; none: all of them; empty: the organisation's own
    asked_at: Mapped[datetime]
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"))  # the last one
    tries: Mapped[int] = mapped_column(default=1)  # jobs asked for
    row_count: Mapped[int | None]
    size_bytes: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(String(64))  # names the file in the store of exports
    written_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]  # until then the file is kept
    lapsed_at: Mapped[datetime | None]  # since when it is gone

    job: Mapped[Job] = relationship(lazy="joined")
