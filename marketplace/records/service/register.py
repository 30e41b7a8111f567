"""The register's one way in. Orders, matches, attendances and reviewed reports write through `write`."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Required, TypedDict, Unpack
from uuid import UUID

from marketplace.audit import service as audit
from marketplace.enterprises import queries as enterprises
from marketplace.enterprises.rules import kinds_held
from marketplace.identity import queries as identity
from marketplace.kernel.db import db
from marketplace.policy.fees import FeeKind
from marketplace.policy.vocabulary import ServiceFunction
from marketplace.records import queries
from marketplace.records.models import ServiceRecord
from marketplace.records.rules import ActivityKind, EvidenceGrade, Mode, RecordSource, is_same_service
from marketplace.records.service.checking import claimed_of

_REPORTED = frozenset({RecordSource.REPORT, RecordSource.IMPORT})


class Service(TypedDict, total=False):
    """What `write` is told of a service."""

    provider_id: Required[UUID]
    enterprise_id: Required[UUID]
    function: Required[ServiceFunction | str]
    title: Required[str]
    mode: Required[Mode | str]
    fee_kind: Required[FeeKind | str]
    delivered_on: Required[date]
    category: str
    fee_fen: int  # what the service cost, the subsidised part included
    subsidised: bool
    person_times: int
    activity: str  # name of the event, where it was one
    activity_kind: ActivityKind | str
    source_number: str  # printed number of the order, match or report: a provider who reports the service again is told it
    accepted_by: str  # of an order: firm, default (it said nothing in time) or officer
    evidence_grade: EvidenceGrade | str  # system (the platform saw it), reviewed or imported
    file_id: UUID | None
    corrects_id: UUID | None
    is_void: bool
    simulated: bool  # of a simulated round: counted nowhere


def write(
    *, source_kind: RecordSource | str, source_id: UUID, today: date, actor_id: UUID | None = None, **facts: Unpack[Service]
) -> ServiceRecord:
    """Count one service delivered to one firm: once per (source_kind, source_id), a repeat answers the same record.

    An order's record takes the place of a reported one of the same service on the same day: the order is the better evidence, and
    the service must not count twice. A simulated order's does not: nothing was served.
    """
    source = RecordSource(source_kind)
    replaces = source is RecordSource.ORDER and facts.get("corrects_id") is None and not facts.get("simulated")
    near = queries.of_source_or_near(source, source_id, facts if replaces else None)
    known = next((one for one in near if (one.source_kind, one.source_id) == (source.value, source_id)), None)
    if known is not None:
        return known
    row = _new_row(source, source_id, facts, today)
    if replaces:
        row.corrects_id = _reported_before(row, near)
    db.session.add(row)
    db.session.flush()
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


def _new_row(source: RecordSource, source_id: UUID, facts: Service, today: date) -> ServiceRecord:
    kind = facts.get("activity_kind", "")
    known: dict[str, Any] = {
        **facts,
        "function": ServiceFunction(facts["function"]),
        "mode": Mode(facts["mode"]),
        "fee_kind": FeeKind(facts["fee_kind"]),
        "activity_kind": ActivityKind(kind).value if kind else "",
        "title": facts["title"][:200],
    }
    defaults = {"category": "", "activity": "", "source_number": "", "fee_fen": 0, "subsidised": False, "person_times": 1}
    replaced = db.session.get(ServiceRecord, facts["corrects_id"]) if facts.get("corrects_id") else None
    if replaced is not None:
        known["simulated"] = replaced.simulated  # a correction makes nothing real
    firm = _kept_facts(replaced, facts["enterprise_id"]) or _firm_facts(facts["enterprise_id"], facts["delivered_on"], today)
    return ServiceRecord(**{**defaults, "is_void": False, **known}, **firm, source_kind=source, source_id=source_id)


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
