"""Reads of notices."""

from uuid import UUID

from sqlalchemy import bindparam, func, select

from marketplace.kernel.db import db
from marketplace.notices.models import Notice

# Each page asks it, so it is put together once.
_UNREAD = select(func.count()).select_from(Notice).where(Notice.user_id == bindparam("user_id"), Notice.read_at.is_(None))


def unread_count(user_id: UUID) -> int:
    """How many notices a user has not read."""
    return db.session.scalar(_UNREAD, {"user_id": user_id}) or 0


def of_user(user_id: UUID, limit: int = 100) -> list[Notice]:
    """A user's notices, newest first."""
    statement = select(Notice).where(Notice.user_id == user_id).order_by(Notice.created_at.desc(), Notice.id.desc()).limit(limit)
    return list(db.session.scalars(statement))
