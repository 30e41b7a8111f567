"""Reads of the register: the records that count, and those close to one another."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import aliased

from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.records.models import ServiceRecord
from marketplace.records.rules import NEAR_DAYS, FunctionKind, Neighbour, RecordSource


def is_current() -> ColumnElement[bool]:
    """SQL condition: the record counts: nothing corrects it, and it does not only take another away."""
    later = aliased(ServiceRecord)
    return ~ServiceRecord.is_void & ~exists().where(later.corrects_id == ServiceRecord.id)


def current() -> Select[ServiceRecord]:
    """The records that count, as a statement to narrow down."""
    return select(ServiceRecord).where(is_current())


def by_source(source_kind: str, source_id: UUID) -> ServiceRecord | None:
    """The record that an order, match, report row or attendance wrote, if it did."""
    return db.session.scalars(
        select(ServiceRecord).where(ServiceRecord.source_kind == source_kind, ServiceRecord.source_id == source_id)
    ).one_or_none()


def record(record_id: UUID) -> ServiceRecord:
    """Raises: NotFound."""
    row = db.session.get(ServiceRecord, record_id)
    if row is None:
        raise NotFound
    return row


def records_near(provider_id: UUID, enterprise_id: UUID, function: FunctionKind, day: date) -> Sequence[ServiceRecord]:
    """The records that count of a provider for a firm and function within NEAR_DAYS of a day."""
    span = timedelta(days=NEAR_DAYS)
    return db.session.scalars(
        current()
        .where(ServiceRecord.provider_id == provider_id, ServiceRecord.enterprise_id == enterprise_id)
        .where(ServiceRecord.function == function.value, ServiceRecord.delivered_on.between(day - span, day + span))
        .order_by(ServiceRecord.delivered_on, ServiceRecord.id)
    ).all()


def neighbour(row: ServiceRecord) -> Neighbour:
    """A record as the duplicate check sees it; it is named by its order's or report's printed number."""
    return Neighbour(row.source_number or str(row.id), RecordSource(row.source_kind), row.delivered_on, row.category, row.activity)
