"""Tell users something, and mark it read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, literal, update

from marketplace.kernel import outbox
from marketplace.kernel.db import db, new_uuid, table_of
from marketplace.kernel.ids import uuid7
from marketplace.notices.models import Notice

AT_ONCE = 500  # messages in one statement


def tell(user_ids: Iterable[UUID], title: str, body: str = "", url: str = "") -> None:
    """Put a message before each user, in the caller's transaction."""
    for user_id in sorted(set(user_ids)):
        db.session.add(Notice(user_id=user_id, title=title[:200], body=body[:1000], url=url[:300]))


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody is told."""

    title: str
    body: str = ""
    url: str = ""


def tell_each(messages: Iterable[tuple[UUID, Message]]) -> None:
    """Put a message of its own before each of many users: a statement for some hundreds."""
    rows = [
        {"id": uuid7(), "user_id": user_id, "title": one.title[:200], "body": one.body[:1000], "url": one.url[:300]}
        for user_id, one in messages
    ]
    for start in range(0, len(rows), AT_ONCE):
        db.session.connection().execute(insert(table_of(Notice)).values(rows[start : start + AT_ONCE]))


def tell_those(users: Select[Any], title: str, body: str = "", url: str = "") -> None:
    """Put a message before each user whose id a query answers, in one statement, however many they are."""
    told = users.with_only_columns(new_uuid(), *users.selected_columns, literal(title[:200]), literal(body[:1000]), literal(url[:300]))
    db.session.connection().execute(insert(table_of(Notice)).from_select(("id", "user_id", "title", "body", "url"), told))


def mail(address: str, title: str, body: str) -> None:
    """Ask for an e-mail; it leaves by the outbox after the transaction. Nothing personal goes into it."""
    outbox.put("email", address, title, body)


def mark_read(user_id: UUID, *, now: datetime, notice_id: UUID | None = None) -> None:
    """Mark one notice, or all of a user's, as read."""
    statement = update(Notice.__table__).where(Notice.user_id == user_id, Notice.read_at.is_(None)).values(read_at=now)  # type: ignore[arg-type]
    if notice_id is not None:
        statement = statement.where(Notice.id == notice_id)
    db.session.execute(statement)
