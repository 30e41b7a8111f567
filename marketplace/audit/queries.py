"""Reads of the trail. Pages that show it are oversight's."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from marketplace.audit.models import AuditEvent
from marketplace.audit.service import event_leaf
from marketplace.kernel.db import db


def of_subject(subject_id: UUID) -> list[AuditEvent]:
    """Everything that happened to one row, oldest first."""
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.subject_id == subject_id).order_by(AuditEvent.at, AuditEvent.id)))


def of_subjects(subject_ids: list[UUID]) -> list[AuditEvent]:
    """Everything that happened to several rows, oldest first."""
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.subject_id.in_(subject_ids)).order_by(AuditEvent.at, AuditEvent.id)))


def details_of(event: AuditEvent) -> dict[str, Any]:
    """The stored details as values."""
    loaded: dict[str, Any] = json.loads(event.details)
    return loaded


def newest() -> Select[AuditEvent]:
    """The trail, newest first, for filters and pages."""
    return select(AuditEvent).order_by(AuditEvent.at.desc(), AuditEvent.id.desc())


def touched() -> list[tuple[UUID, str]]:
    """Rows whose leaf no longer fits their columns: (id, action). Empty when nobody changed the trail."""
    rows = db.session.scalars(select(AuditEvent).execution_options(yield_per=1000))
    return [(event.id, event.action) for event in rows if event_leaf(event) != event.leaf_hash]
