"""Reads of the trail. Pages that show it are oversight's."""

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, func, select

from marketplace.audit.leaves import event_leaf
from marketplace.audit.models import AuditEvent
from marketplace.kernel.db import db, table_of
from marketplace.kernel.errors import N_
from marketplace.kernel.raw_rows import Fault, Reader, raw, streamed

REQUEST = "request"  # what a refused command is about: the attempt, whatever row it named


def of_subject(subject_id: UUID) -> list[AuditEvent]:
    """Everything that happened to one row, oldest first. Tries that were refused are in the trail, not in the story."""
    return of_subjects([subject_id])


def of_subjects(subject_ids: list[UUID]) -> list[AuditEvent]:
    """The same of several rows."""
    wanted = select(AuditEvent).where(AuditEvent.subject_id.in_(subject_ids), AuditEvent.subject_type != REQUEST)
    return list(db.session.scalars(wanted.order_by(AuditEvent.at, AuditEvent.id)))


def _happened() -> ColumnElement[bool]:
    """What happened to rows: neither attempts that were refused nor days that moved with the calendar."""
    return (AuditEvent.subject_type != "request") & AuditEvent.action.not_like("%.due_moved")


def counts_of(subject_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many things happened to each of several rows. The trail only grows, so an equal count is an equal row."""
    wanted = select(AuditEvent.subject_id, func.count()).where(AuditEvent.subject_id.in_(subject_ids), _happened())
    return {key: count for key, count in db.session.execute(wanted.group_by(AuditEvent.subject_id)) if key is not None}


def newest_of(subject_id: UUID) -> AuditEvent | None:
    """What happened to a row last."""
    wanted = select(AuditEvent).where(AuditEvent.subject_id == subject_id, _happened())
    return db.session.scalars(wanted.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(1)).one_or_none()


def last_of(subject_id: UUID, actions: Collection[str]) -> AuditEvent | None:
    """When one of some things happened to a row last."""
    wanted = select(AuditEvent).where(AuditEvent.subject_id == subject_id, AuditEvent.action.in_(actions))
    return db.session.scalars(wanted.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(1)).one_or_none()


def details_of(event: AuditEvent) -> dict[str, Any]:
    """The stored details as values."""
    loaded: dict[str, Any] = json.loads(event.details)
    return loaded


def newest() -> Select[AuditEvent]:
    """The trail, newest first, for filters and pages."""
    return select(AuditEvent).order_by(AuditEvent.at.desc(), AuditEvent.id.desc())


def touched(connection: Connection, chosen: ColumnElement[bool]) -> Iterator[Fault]:
    """Rows of the trail, all or some, whose leaf no longer fits their columns. Nothing when nobody changed the trail."""
    table = table_of(AuditEvent)
    reader = Reader(table.columns, connection.dialect)
    for row in streamed(connection, select(*reader.selected).where(chosen).order_by(raw(table.c.id))):
        event = reader.read(row)
        if event.unreadable:
            yield Fault("unreadable", table.name, event.key, N_("%(columns)s 的值不合格式。"), {"columns": "、".join(event.unreadable)})
        elif not _fits(event.values):
            yield Fault("leaf", table.name, event.key, N_("这条留痕（%(action)s）被改动过。"), {"action": event.values["action"]})


def _fits(event: dict[str, Any]) -> bool:
    try:
        return event_leaf(event) == str(event["leaf_hash"])
    except (TypeError, ValueError):
        return False


def count_of(actor_id: UUID, action: str, *, since: datetime) -> int:
    """How often somebody did one thing lately."""
    wanted = select(func.count()).select_from(AuditEvent).where(AuditEvent.actor_id == actor_id, AuditEvent.action == action)
    return db.session.scalar(wanted.where(AuditEvent.at > since)) or 0
