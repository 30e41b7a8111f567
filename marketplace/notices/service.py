"""Tell users something, and mark it read. A sentence with what fills it (N_) is said in the language of whoever reads it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, literal, update

from marketplace.kernel import outbox
from marketplace.kernel.db import db, new_uuid, table_of
from marketplace.kernel.ids import uuid7
from marketplace.kernel.locales import said_to
from marketplace.kernel.sentences import Sentence
from marketplace.notices.models import Notice

AT_ONCE = 500  # messages in one statement


def tell(user_ids: Iterable[UUID], title: str, body: str = "", url: str = "") -> None:
    """Put a message before each user, in the caller's transaction."""
    for user_id in sorted(set(user_ids)):
        db.session.add(Notice(user_id=user_id, title=kept(title, 200), body=kept(body, 1000), url=url[:300]))


def kept(words: str, most: int) -> Sentence:
    """What is kept of words: a template as it is, else as much as there is room for."""
    sentence = Sentence(words)
    return sentence if sentence.params else Sentence(words[:most])


def columns_of(title: str, body: str, url: str) -> dict[str, Any]:
    """The columns of a message, for statements that write many."""
    (head, filling), (text, fillings) = kept(title, 200).__composite_values__(), kept(body, 1000).__composite_values__()
    return {"title": head, "title_values": filling, "body": text, "body_values": fillings, "url": url[:300]}


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody is told."""

    title: str
    body: str = ""
    url: str = ""


def tell_each(messages: Iterable[tuple[UUID, Message]]) -> None:
    """Put a message of its own before each of many users: a statement for some hundreds."""
    rows = [{"id": uuid7(), "user_id": user_id, **columns_of(one.title, one.body, one.url)} for user_id, one in messages]
    for start in range(0, len(rows), AT_ONCE):
        db.session.connection().execute(insert(table_of(Notice)).values(rows[start : start + AT_ONCE]))


def tell_those(users: Select[Any], title: str, body: str = "", url: str = "") -> None:
    """Put a message before each user whose id a query answers, in one statement, however many they are."""
    table, columns = table_of(Notice), columns_of(title, body, url)
    values = [literal(value, table.c[name].type) for name, value in columns.items()]
    told = users.with_only_columns(new_uuid(), *users.selected_columns, *values)
    db.session.connection().execute(insert(table).from_select(("id", "user_id", *columns), told))


def mail(address: str, locale: str | None, title: str, body: str) -> None:
    """Ask for an e-mail in the receiver's language; it leaves by the outbox after the transaction. Nothing personal goes into it."""
    outbox.put("email", address, said_to(locale, title), said_to(locale, body))


def mark_read(user_id: UUID, *, now: datetime, notice_id: UUID | None = None) -> None:
    """Mark one notice, or all of a user's, as read."""
    statement = update(Notice.__table__).where(Notice.user_id == user_id, Notice.read_at.is_(None)).values(read_at=now)  # type: ignore[arg-type]
    if notice_id is not None:
        statement = statement.where(Notice.id == notice_id)
    db.session.execute(statement)
