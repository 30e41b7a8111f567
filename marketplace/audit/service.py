"""The one way into the trail."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from marketplace.audit.leaves import LEAF_FORMAT, canonical_json, event_leaf
from marketplace.audit.models import AuditEvent
from marketplace.kernel import clock
from marketplace.kernel.db import db, table_of
from marketplace.kernel.ids import uuid7

_INSERT = insert(table_of(AuditEvent))
_waiting: ContextVar[list[dict[str, Any]] | None] = ContextVar("waiting_events", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Write the events recorded within in one statement at the end of the block, in their order."""
    waiting: list[dict[str, Any]] = []
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    if waiting:
        db.session.connection().execute(_INSERT, waiting)


def record(
    action: str, *, actor_id: UUID | None, subject_type: str, subject_id: UUID | None, book_id: UUID | None = None, **details: Any
) -> None:
    """Write one event, in the caller's transaction, at once: a row without an object costs half as much.

    Args:
        action: "<noun>.<what happened>", e.g. "order.redeemed".
        actor_id: the user, or None for the system itself.
        details: plain values; ids, dates and enums are written as text.
    """
    event: dict[str, Any] = {
        "id": uuid7(), "at": clock.now(), "action": action, "actor_id": actor_id, "subject_type": subject_type, "subject_id": subject_id,
        "book_id": book_id, "details": canonical_json(details), "leaf_format": LEAF_FORMAT,
    }  # fmt: skip
    event["leaf_hash"] = event_leaf(event)
    waiting = _waiting.get()
    if waiting is None:
        db.session.connection().execute(_INSERT, event)
    else:
        waiting.append(event)
