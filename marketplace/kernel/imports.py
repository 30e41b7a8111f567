"""An Excel file brought in: what it was and what came of it. Each capability stores its own rows; the record is the same for all."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model


class Import(HasId, Model):
    """An Excel file brought in: what it was, what came of it. The same file twice changes nothing."""

    __tablename__ = "imports"
    __table_args__ = (Index(None, "kind", "checksum"),)

    kind: Mapped[str] = mapped_column(String(40))  # enterprises, providers, experts, titles, services, supplies …
    name: Mapped[str] = mapped_column(String(200))
    checksum: Mapped[str] = mapped_column(String(64))
    file_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"))
    row_count: Mapped[int]
    stored_count: Mapped[int] = mapped_column(default=0)
    unchanged_count: Mapped[int] = mapped_column(default=0)
    errors: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    dry_run: Mapped[bool] = mapped_column(default=True)
    actor_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    stored_at: Mapped[datetime | None]
