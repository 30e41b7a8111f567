"""The trail is sealed like the ledger: one chain, named after the event it began with, so two installations never share a name."""

from sqlalchemy import Connection, select, true
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.kernel.db import db, table_of
from marketplace.kernel.seals import BLOCKS, SealedRows, Stream

_EVENTS = table_of(AuditEvent).c
PREFIX = "audit:"


def stream_named(name: str) -> Stream:
    return Stream(name, (SealedRows("event", _EVENTS.id, _EVENTS.leaf_hash, _EVENTS.id, true()),))


def stream(reads: Session | Connection | None = None) -> Stream | None:
    """The trail's chain; None while nothing has happened."""
    reads = reads or db.session()
    known = reads.scalar(select(BLOCKS.c.stream).where(BLOCKS.c.stream.startswith(PREFIX), BLOCKS.c.number == 1).limit(1))
    if known:
        return stream_named(known)
    first = reads.scalar(select(AuditEvent.id).order_by(AuditEvent.at, AuditEvent.id).limit(1))
    return stream_named(f"{PREFIX}{first}") if first else None
