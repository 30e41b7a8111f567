"""Decide on providers' reports together: those that were ticked, or all of the list that wait for it."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Select

from marketplace.kernel.errors import N_
from marketplace.kernel.locales import said
from marketplace.kernel.sentences import Sentence
from marketplace.piles import pages
from marketplace.piles.work import PileAsk, PileDecision, PileRow, PileWork
from marketplace.records import queries, service
from marketplace.records.lifecycle import REPORT
from marketplace.records.models import ServiceReport
from marketplace.records.rules import ReportState
from marketplace.records.views import bp


def asked_reports(areas: Iterable[str]) -> Select[ServiceReport]:
    """The list as the address narrows it."""
    not_by = current_user.id if request.args.get("by") == "others" else None
    return queries.reports_in(areas, request.args.get("state", ReportState.SUBMITTED), not_by=not_by)


def _matching(ticked: Sequence[UUID] | None) -> Select[ServiceReport]:
    areas = current_user.areas_for("reports.review")
    if ticked is not None:
        return queries.reports_in(areas).where(ServiceReport.id.in_(ticked))
    return asked_reports(areas).where(ServiceReport.state == ReportState.SUBMITTED)


def _rows(ids: Sequence[UUID], decision: str) -> Mapping[UUID, PileRow]:
    return {one.id: _row(one, decision) for one in queries.some_reports(ids)}


def _row(row: ServiceReport, decision: str) -> PileRow:
    then = REPORT.move(decision).to[0] if row.state is ReportState.SUBMITTED else row.state
    cells = row.provider.name, row.title, _("%(n)s 行", n=len(row.rows)), said(row.state.label), said(then.label)
    return PileRow(row.number, url_for("records.report", report_id=row.id), cells)


def _why_not(ids: Sequence[UUID], ask: PileAsk) -> Mapping[UUID, Sentence]:
    found = {one.id: service.obstacle(one, actor_id=ask.actor_id) for one in queries.some_reports(ids)}
    return {key: why for key, why in found.items() if why is not None}


def _decide(report_id: UUID, mark: str, ask: PileAsk) -> None:
    queries.report_in_area(report_id, ask.areas)
    if ask.decision == "decide":
        service.accept(report_id, actor_id=ask.actor_id, now=ask.now, shown=mark)
        return
    turn_down = service.send_back if ask.decision == "send_back" else service.refuse
    turn_down(report_id, reason=ask.reason, actor_id=ask.actor_id, now=ask.now, shown=mark)


REVIEW = PileWork(
    kind="records.review",
    permission="reports.review",
    title=N_("批量审核机构填报"),
    columns=(N_("服务机构"), N_("名称"), N_("行数"), N_("现在"), N_("办理后")),
    decisions={
        "decide": PileDecision(
            N_("计入台账"), N_("已计入台账"), (N_("每份填报逐行核对，有一行不能计入的，整份留下单独处理。"),), needs_reason=None
        ),
        "send_back": PileDecision(N_("退回修改"), N_("已退回修改"), (N_("机构收到理由，修改后可以再次提交。"),)),
        "refuse": PileDecision(N_("不予计入"), N_("已不予计入"), (N_("机构收到理由，这些填报不再办理。"),)),
    },
    back="records.reports",
    key=ServiceReport.id,
    matching=_matching,
    rows=_rows,
    why_not=_why_not,
    decide=_decide,
    reason_help=N_("同一理由写给每一家机构。"),
)
pages.add_pages(bp, "/records/reports/together", REVIEW)
