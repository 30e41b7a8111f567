"""What stands against the rows of a report, and what its reviewer should look at. Two reads for a whole report."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select

from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.sentences import Sentence
from marketplace.policy.programme_words import ServiceFunction
from marketplace.records import queries, rules
from marketplace.records.models import ReportRow, ServiceRecord, ServiceReport
from marketplace.records.rules import NEAR_DAYS, ActivityKind, Claimed, Neighbour, ReportState


@dataclass(frozen=True, slots=True)
class Finding:
    """What the checks say of one row."""

    refusal: RuleViolation | None
    near: tuple[Sentence, ...] = ()


def claimed_of(row: ServiceRecord | ReportRow) -> Claimed:
    """A stored row in the shape that the rules take."""
    return Claimed(
        enterprise_id=row.enterprise_id,
        function=row.function,
        mode=row.mode,
        fee_kind=row.fee_kind,
        delivered_on=row.delivered_on,
        person_times=row.person_times,
        fee_fen=row.fee_fen,
        title=row.title,
        category=row.category,
        activity=row.activity,
        activity_kind=ActivityKind(row.activity_kind) if row.activity_kind else None,
    )


def examine_report(report: ServiceReport, *, today: date) -> dict[UUID, Finding]:
    """What stands against each row of a report, by row id."""
    return examine(report, [(row.id, claimed_of(row), row.is_void) for row in report.rows], today=today)


def examine(report: ServiceReport, rows: Sequence[tuple[UUID, Claimed, bool]], *, today: date) -> dict[UUID, Finding]:
    """What stands against these rows of a report: (row id, what it says, whether it takes a record away)."""
    if not rows:
        return {}
    days = [claimed.delivered_on for _id, claimed, _is_void in rows]
    around = _Around(_records_around(report, min(days), max(days)), _rows_around(report, min(days), max(days)))
    return {row_id: _finding(report, row_id, claimed, is_void, around, today) for row_id, claimed, is_void in rows}


Known = dict[tuple[UUID, ServiceFunction], list[Neighbour]]
Waiting = dict[str, list[tuple[UUID, str]]]


@dataclass(frozen=True, slots=True)
class _Around:
    """What the provider has in the register, and what it has asked for, about the same days."""

    known: Known
    waiting: Waiting


def _finding(report: ServiceReport, row_id: UUID, claimed: Claimed, is_void: bool, around: _Around, today: date) -> Finding:
    is_past_or_correction = report.imported or report.corrects_record_id is not None
    neighbours = around.known.get((claimed.enterprise_id, claimed.function), [])
    try:
        rules.check_row(claimed, today=today, open_from=None if is_past_or_correction else rules.open_from(today))
        if not is_void:
            rules.check_no_duplicate(claimed, neighbours)
            _check_asked_once(report, row_id, claimed, around.waiting)
    except RuleViolation as refusal:
        return Finding(refusal)
    return Finding(None, () if is_void else rules.near_findings(claimed, neighbours))


def _check_asked_once(report: ServiceReport, row_id: UUID, claimed: Claimed, waiting: Waiting) -> None:
    others = [number for other_id, number in waiting.get(_key(report.provider_id, claimed), []) if other_id != row_id]
    if others and others[0] == report.number:
        raise RuleViolation(N_("本次填报里已有同一企业、同一天的同一项服务，请核对是否重复。"), field="delivered_on", code="duplicate_row")
    if others:
        raise RuleViolation(
            N_("同一项服务已在填报 %(number)s 中等待审核，不能重复填报。"), field="delivered_on", code="duplicate_row", number=others[0]
        )


def _key(provider_id: UUID, claimed: Claimed) -> str:
    return rules.service_key(
        provider_id=provider_id,
        enterprise_id=claimed.enterprise_id,
        delivered_on=claimed.delivered_on,
        function=claimed.function,
        category=claimed.category,
        activity=claimed.activity,
    )


def _records_around(report: ServiceReport, first: date, last: date) -> Known:
    """Records that count of the provider, but the one that the report corrects."""
    span = timedelta(days=NEAR_DAYS)
    statement = queries.current().where(
        ServiceRecord.provider_id == report.provider_id, ServiceRecord.delivered_on.between(first - span, last + span)
    )
    found: Known = defaultdict(list)
    for row in db.session.scalars(statement.order_by(ServiceRecord.delivered_on, ServiceRecord.id)):
        if row.id != report.corrects_record_id:
            found[row.enterprise_id, row.function].append(queries.neighbour(row))
    return found


def _rows_around(report: ServiceReport, first: date, last: date) -> Waiting:
    """Rows of this report, and of the provider's other reports that wait for review: by what makes a service the same."""
    waiting = and_(ServiceReport.state == ReportState.SUBMITTED, ServiceReport.corrects_record_id.is_(None))
    statement = (
        select(ReportRow, ServiceReport.number)
        .join(ServiceReport, ServiceReport.id == ReportRow.report_id)
        .where(ServiceReport.provider_id == report.provider_id, ReportRow.delivered_on.between(first, last))
        .where(or_(ServiceReport.id == report.id, waiting))
        .order_by(ReportRow.position, ReportRow.id)
    )
    found: Waiting = defaultdict(list)
    for row, number in db.session.execute(statement).unique():
        found[_key(report.provider_id, claimed_of(row))].append((row.id, number))
    return found
