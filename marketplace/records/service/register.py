"""The register's one way in. Orders, matches, attendances and reviewed reports write through `write`."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, literal, select

from marketplace.audit import service as audit
from marketplace.enterprises import queries as enterprises
from marketplace.enterprises.rules import kinds_held
from marketplace.identity import queries as identity
from marketplace.kernel.db import by_id, db, in_turn
from marketplace.records import queries
from marketplace.records.delivered import Delivered
from marketplace.records.models import ServiceRecord
from marketplace.records.platform_models import RecordPlatform
from marketplace.records.queries import memberships_on, years
from marketplace.records.rules import ActivityKind, RecordSource, is_same_service
from marketplace.records.service.checking import claimed_of
from marketplace.records.service.closing import turn_of

_REPORTED = frozenset({RecordSource.REPORT, RecordSource.IMPORT})


def write(told: Delivered, *, today: date, actor_id: UUID | None = None) -> ServiceRecord:
    """Count one service delivered to one firm: once per (source_kind, source_id), a repeat answers the same record.

    An order's record takes the place of a reported one of the same service on the same day: the order is the better evidence, and
    the service must not count twice. A simulated order's does not: nothing was served.
    """
    replaces = told.source_kind is RecordSource.ORDER and told.corrects_id is None and not told.simulated
    near = queries.of_source_or_near(told, or_near=replaces)
    known = next((one for one in near if (one.source_kind, one.source_id) == (told.source_kind, told.source_id)), None)
    if known is not None:
        return known
    row = _new_row(told, today)
    if replaces:
        row.corrects_id = _reported_before(row, near)
    if told.delivered_on.year < today.year or _corrects_a_past_year(row, today):
        row.after_close = _after_close(row)
    db.session.add(row)
    db.session.flush()
    _count_to_platforms(row)
    audit.record(
        "record.written",
        actor_id=actor_id,
        subject_type="service_record",
        subject_id=row.id,
        source=row.source_kind,
        number=row.source_number,
        provider_id=row.provider_id,
        enterprise_id=row.enterprise_id,
        delivered_on=row.delivered_on,
        corrects_id=row.corrects_id,
        is_void=row.is_void,
    )
    return row


def _corrects_a_past_year(row: ServiceRecord, today: date) -> bool:
    return row.corrects_id is not None and by_id(ServiceRecord, row.corrects_id).delivered_on.year < today.year


def _after_close(row: ServiceRecord) -> bool:
    """Whether a row comes when its year, or that of what it corrects, is closed: it then stands beside the figures that were frozen."""
    touched = {row.delivered_on.year} | ({by_id(ServiceRecord, row.corrects_id).delivered_on.year} if row.corrects_id else set())
    for year in sorted(touched):
        in_turn(turn_of(year))  # nothing of a year is written while it is being closed
    return years.is_closed(row.provider_id, touched)


def _count_to_platforms(row: ServiceRecord) -> None:
    """Keep to whose platforms a record counts: those of which its provider was a member body on the day. A correction keeps what stood."""
    replaced = by_id(ServiceRecord, row.corrects_id) if row.corrects_id else None
    if replaced is not None and replaced.delivered_on == row.delivered_on:
        one = RecordPlatform
        kept = select(one.platform_id, one.member_id, one.known_from).where(one.record_id == replaced.id)
    else:
        kept = memberships_on(row.provider_id, row.delivered_on)
    lines = select(literal(row.id, ServiceRecord.id.type), *kept.subquery().c)
    db.session.execute(insert(RecordPlatform).from_select(["record_id", "platform_id", "member_id", "known_from"], lines))


def take_back(record: ServiceRecord, source_id: UUID, *, today: date, actor_id: UUID | None) -> ServiceRecord | None:
    """Say by a new row that a service should not have been counted; None where what corrected it since was taken away already."""
    last = queries.chain_of(record)[-1]
    return None if last.is_void else write(_again(last, source_id, is_void=True), today=today, actor_id=actor_id)


def count_again(record: ServiceRecord, source_id: UUID, *, today: date, actor_id: UUID | None) -> ServiceRecord | None:
    """Say by a new row that a service counts after all; None where it does already."""
    last = queries.chain_of(record)[-1]
    return write(_again(last, source_id, is_void=False), today=today, actor_id=actor_id) if last.is_void else None


def _again(last: ServiceRecord, source_id: UUID, *, is_void: bool) -> Delivered:
    told = {one.name: getattr(last, one.name) for one in fields(Delivered)}
    kind = ActivityKind(last.activity_kind) if last.activity_kind else None
    return Delivered(**(told | {"activity_kind": kind, "source_id": source_id, "corrects_id": last.id, "is_void": is_void}))


def _new_row(told: Delivered, today: date) -> ServiceRecord:
    replaced = db.session.get(ServiceRecord, told.corrects_id) if told.corrects_id else None
    firm = _kept_facts(replaced, told.enterprise_id) or _firm_facts(told.enterprise_id, told.delivered_on, today)
    row = ServiceRecord(**asdict(told), **firm)
    row.title, row.activity_kind = told.title[:200], told.activity_kind.value if told.activity_kind else ""
    if replaced is not None:
        row.simulated = replaced.simulated  # a correction makes nothing real
    return row


_FIRM = ("region_code", "firm_size", "firm_titles", "firm_facts_on", "firm_facts_from")


def _kept_facts(replaced: ServiceRecord | None, enterprise_id: UUID) -> dict[str, Any] | None:
    """A correction keeps what was known of the firm at the time; None where it corrects nothing, or names another firm."""
    if replaced is None or replaced.enterprise_id != enterprise_id:
        return None
    return {name: getattr(replaced, name) for name in _FIRM}


def _firm_facts(enterprise_id: UUID, on: date, today: date) -> dict[str, Any]:
    """What decides whether and where the service counts, as it is known now: kept with the record, whatever the firm becomes."""
    firm = enterprises.profile(enterprise_id)
    titles = kinds_held(enterprises.register_of(enterprise_id), on)
    return {
        "region_code": identity.organisation(enterprise_id).region_code,
        "firm_size": firm.size_class if firm else "unknown",
        "firm_titles": sorted(kind.value for kind in titles),
        "firm_facts_on": today,
        "firm_facts_from": "record",
    }


def _reported_before(row: ServiceRecord, near: Sequence[ServiceRecord]) -> UUID | None:
    """The reported record of the same service and day, which the order's record replaces."""
    claimed = claimed_of(row)
    for other in near:
        reported = other.source_kind in _REPORTED
        if reported and other.delivered_on == row.delivered_on and is_same_service(claimed, queries.neighbour(other)):
            return other.id
    return None
