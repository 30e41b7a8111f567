"""What was uploaded: one row per upload; the bytes lie in a content-addressed store on disk."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model, by_id


class StoredFile(HasId, Model):
    """An uploaded file. The same bytes are stored once; each upload keeps its own row, name and owner."""

    __tablename__ = "stored_files"
    __table_args__ = (
        CheckConstraint("size_bytes > 0", name="not_empty"),
        CheckConstraint("length(sha256) = 64", name="sha256_shape"),
        Index(None, "sha256"),
    )

    sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    mime: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    organisation_id: Mapped[UUID | None]  # whose file it is; no foreign key: the kernel knows no organisations
    uploaded_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


def checksum(file_id: UUID | None) -> str:
    """What is in a file, as it tells one command from another; nothing without a file."""
    return "" if file_id is None else by_id(StoredFile, file_id).sha256
