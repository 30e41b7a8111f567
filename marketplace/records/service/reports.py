"""Providers' own reports: written, submitted, looked at by an officer, corrected by another report. Records are written on acceptance."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, func, select

from marketplace.identity import queries as identity
from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.files import checksum
from marketplace.kernel.ids import printed_number
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import checked_reason
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.notices import service as notices
from marketplace.records import queries, rules
from marketplace.records.delivered import Delivered
from marketplace.records.lifecycle import REPORT
from marketplace.records.models import ReportRow, ServiceRecord, ServiceReport
from marketplace.records.rules import Claimed, EvidenceGrade, RecordSource, ReportState, Side
from marketplace.records.service.checking import Finding, claimed_of, examine, examine_report
from marketplace.records.service.register import write


def start(request_key: UUID, *, provider_id: UUID, title: str, actor_id: UUID) -> ServiceReport:
    """A provider begins a report, whose id is the request's key: a repeat answers the same report.

    Raises: Conflict: the key was used for something else.
    """
    if not begin(Command(request_key, "report.created", actor_id, request_key, {"provider": provider_id, "title": title})):
        return by_id(ServiceReport, request_key)
    return create(request_key, provider_id=provider_id, title=title, actor_id=actor_id)


def create(report_id: UUID, *, provider_id: UUID, title: str, actor_id: UUID, imported: bool = False) -> ServiceReport:
    """Begin a report under an id of the caller's, unless an import that is taken up again has begun it."""
    known = db.session.get(ServiceReport, report_id)
    if known is not None:
        return known
    number = printed_number("TB")
    report = ServiceReport(id=report_id, number=number, provider_id=provider_id, title=title, imported=imported, created_by=actor_id)
    db.session.add(report)
    moves.done(moves.begun(REPORT, "create", report, Side.PROVIDER, By(actor_id)), provider_id=provider_id)
    return report


def _opened(
    verb: str, report_id: UUID, side: Side, *, actor_id: UUID, now: datetime | None = None, shown: str | None = None
) -> Act[ServiceReport]:
    """Begin a move of a report, under its lock. Its party is checked by the page."""
    return moves.begun(REPORT, verb, locked(ServiceReport, report_id), side, By(actor_id, now, shown=shown))


def put_row(
    report_id: UUID,
    row_id: UUID,
    claimed: Claimed,
    *,
    today: date,
    file_id: UUID | None = None,
    is_void: bool = False,
) -> ReportRow:
    """Add a row under an id of the caller's, or change the one that has it. A row keeps its evidence unless it gets another.

    Raises: RuleViolation: what is wrong with the row, beside its field; the report is under review or decided.
    """
    report = locked(ServiceReport, report_id)
    rules.check_editable(report.state)
    found = examine(report, [(row_id, claimed, is_void)], today=today)[row_id]
    if found.refusal is not None:
        raise found.refusal
    row = db.session.get(ReportRow, row_id)
    if row is None:
        last = db.session.scalar(select(func.max(ReportRow.position)).where(ReportRow.report_id == report_id)) or 0
        row = ReportRow(id=row_id, report_id=report_id, position=last + 1)
        db.session.add(row)
    elif row.report_id != report_id:
        raise Conflict(N_("页面已失效，请刷新后重新提交。"))
    _fill(row, claimed)
    row.is_void = is_void
    row.file_id = file_id or row.file_id
    db.session.flush()
    return row


def _fill(row: ReportRow, claimed: Claimed) -> None:
    for name in ("enterprise_id", "delivered_on", "person_times", "fee_fen", "title", "category", "activity"):
        setattr(row, name, getattr(claimed, name))
    row.function, row.mode, row.fee_kind = claimed.function, claimed.mode, claimed.fee_kind
    row.activity_kind = claimed.activity_kind.value if claimed.activity_kind else ""


def remove_row(report_id: UUID, row_id: UUID) -> None:
    """Take a row out of a report that is not submitted. A repeat does nothing."""
    report = locked(ServiceReport, report_id)
    rules.check_editable(report.state)
    db.session.execute(delete(ReportRow).where(ReportRow.id == row_id, ReportRow.report_id == report_id))


def discard(report_id: UUID, *, actor_id: UUID) -> None:
    """Throw a draft away with its rows.

    Raises: RuleViolation: it was submitted once; from then on it stays.
    """
    act = _opened("discard_report", report_id, Side.PROVIDER, actor_id=actor_id)
    moves.done(act, provider_id=act.row.provider_id)
    db.session.execute(delete(ReportRow).where(ReportRow.report_id == report_id))
    db.session.execute(delete(ServiceReport).where(ServiceReport.id == report_id))


def submit(report_id: UUID, *, actor_id: UUID, now: datetime) -> ServiceReport:
    """Hand a report in for review.

    Raises: Conflict: it was handed in already. RuleViolation: it has no rows, or rows that cannot count.
    """
    act = _opened("submit_report", report_id, Side.PROVIDER, actor_id=actor_id, now=now)
    report = act.row
    if not report.rows:
        raise RuleViolation(N_("填报里还没有内容，请先添加服务。"))
    _check_rows(report, act.today)
    moves.entered(act)
    report.state_reason, report.submitted_by = "", actor_id
    report.decided_by = report.decided_at = None
    provider = identity.organisation(report.provider_id)
    notices.tell(
        identity.user_ids_with("reports.review", provider.region_code, provider.park_code),
        Sentence(act.move.message, {"name": provider.name}),
        N_("%(number)s %(title)s，共 %(rows)s 行。", number=report.number, title=report.title, rows=len(report.rows)),
        REPORT.address % report.id,
    )
    moves.done(act, provider_id=report.provider_id, rows=len(report.rows))
    return report


def _check_rows(report: ServiceReport, today: date) -> dict[UUID, Finding]:
    findings = examine_report(report, today=today)
    bad = [(row.position, refusal) for row in report.rows if (refusal := findings[row.id].refusal) is not None]
    if bad:
        position, refusal = bad[0]
        raise RuleViolation(
            N_("有 %(count)s 行需要修改。第 %(position)s 行：%(reason)s"),
            code=refusal.code,
            count=len(bad),
            position=position,
            reason=Sentence(refusal.message, refusal.params),
        )
    return findings


def accept(report_id: UUID, *, actor_id: UUID, now: datetime, shown: str | None = None) -> ServiceReport:
    """Count the rows of a report: each becomes a record.

    Raises: Conflict: decided already. RuleViolation: one's own report; not under review; a row is in the register by now.
    """
    act = _opened("decide", report_id, Side.OFFICER, actor_id=actor_id, now=now, shown=shown)
    report = act.row
    rules.check_decider(actor_id, report.submitted_by)
    locked(Organisation, report.provider_id)  # nothing of this provider is written while the check is being made
    findings = _check_rows(report, act.today)
    replaced = _still_counted(report)
    for row in report.rows:
        row.findings = [{"message": s.message, "params": dict(s.params)} for s in findings[row.id].near]
        _count(report, row, replaced, actor_id, act.today)
    return _decided(act, "")


def obstacle(report: ServiceReport, *, actor_id: UUID) -> Sentence | None:
    """Why somebody could not decide on a report, before it is tried; its rows are looked at when it is."""
    if report.state is not ReportState.SUBMITTED:
        return N_("当前为“%(state)s”，不需要审核。", state=report.state.label)
    try:
        rules.check_decider(actor_id, report.submitted_by)
    except RuleViolation as refusal:
        return Sentence(refusal.message, refusal.params)
    return None


def _still_counted(report: ServiceReport) -> ServiceRecord | None:
    """The record that a correction replaces. Raises: RuleViolation: something else replaced it by now."""
    if report.corrects_record_id is None:
        return None
    replaced = db.session.scalars(queries.correctable().where(ServiceRecord.id == report.corrects_record_id)).one_or_none()
    if replaced is None:
        raise RuleViolation(N_("要更正的记录已被另一条更正替换，请退回，让机构按最新的记录更正。"))
    return replaced


def _count(report: ServiceReport, row: ReportRow, replaced: ServiceRecord | None, actor_id: UUID, today: date) -> None:
    told = Delivered(
        source_kind=RecordSource.IMPORT if report.imported else RecordSource.REPORT,
        source_id=row.id,
        source_number=report.number,
        evidence_grade=EvidenceGrade.IMPORTED if report.imported else EvidenceGrade.REVIEWED,
        provider_id=report.provider_id,
        **asdict(claimed_of(row)),
        subsidised=replaced.subsidised if replaced else False,
        file_id=row.file_id,
        corrects_id=replaced.id if replaced else None,
        is_void=row.is_void,
    )
    write(told, actor_id=actor_id, today=today)


def send_back(report_id: UUID, *, reason: str, actor_id: UUID, now: datetime, shown: str | None = None) -> ServiceReport:
    """Return a report to be mended. Raises: RuleViolation: no reason given, or not under review."""
    return _turned_down(_opened("send_back", report_id, Side.OFFICER, actor_id=actor_id, now=now, shown=shown), reason)


def refuse(report_id: UUID, *, reason: str, actor_id: UUID, now: datetime, shown: str | None = None) -> ServiceReport:
    """Do not count a report. Raises: RuleViolation: no reason given, or not under review."""
    return _turned_down(_opened("refuse", report_id, Side.OFFICER, actor_id=actor_id, now=now, shown=shown), reason)


def _turned_down(act: Act[ServiceReport], reason: str) -> ServiceReport:
    assert act.actor_id is not None, "somebody decides"
    given = checked_reason(reason, N_("请写明理由，让填报机构知道哪里要改。"))
    rules.check_decider(act.actor_id, act.row.submitted_by)
    return _decided(act, given)


def _decided(act: Act[ServiceReport], reason: str) -> ServiceReport:
    report = act.row
    moves.entered(act)
    report.state_reason, report.decided_by = reason, act.actor_id
    name = f"{report.number} {report.title}"
    body = N_("%(report)s。理由：%(reason)s", report=name, reason=reason) if reason else name
    notices.tell(identity.user_ids_of(report.provider_id), act.move.message, body, f"/records/reports/mine/{report.id}")
    moves.done(act, provider_id=report.provider_id, reason=reason)
    return report


@dataclass(frozen=True, slots=True)
class Correction:
    """What a record should say instead, and why, or that it should not count."""

    claimed: Claimed
    reason: str
    is_void: bool = False
    file_id: UUID | None = None


def correct(record_id: UUID, wanted: Correction, *, actor_id: UUID, request_key: UUID, now: datetime) -> ServiceReport:
    """Ask that a record be replaced by another row, or taken away: a report of one row that names the record.

    Raises: RuleViolation: no reason given; a correction waits already; the record was replaced before.
    """
    record = by_id(ServiceRecord, record_id)
    locked(Organisation, record.provider_id)  # not the record: to lock a row takes the right to change it, which nobody has here
    claimed, reason, is_void, file_id = wanted.claimed, wanted.reason, wanted.is_void, wanted.file_id
    content = {"claimed": claimed, "reason": reason, "is_void": is_void, "file": checksum(file_id)}
    if not begin(Command(request_key, "report.created", actor_id, record_id, content), now=now):
        return by_id(ServiceReport, request_key)
    checked_reason(reason, N_("请写明更正的理由。"))
    waiting = queries.correction_waiting(record_id)
    if waiting is not None:
        raise RuleViolation(N_("这条记录已有更正申请 %(number)s 在办理，请等待结果。"), number=waiting.number)
    if db.session.scalars(queries.correctable().where(ServiceRecord.id == record_id)).one_or_none() is None:
        raise RuleViolation(N_("这条记录已被更正，请打开最新的记录再更正。"))
    report = create(request_key, provider_id=record.provider_id, title=f"更正：{reason.strip()}"[:120], actor_id=actor_id)
    report.corrects_record_id = record_id
    db.session.flush()
    put_row(report.id, request_key, claimed, today=clock.civil_date(now), file_id=file_id or record.file_id, is_void=is_void)
    return submit(report.id, actor_id=actor_id, now=now)
