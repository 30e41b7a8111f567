"""Officers look at providers' reports."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity.page_mark import mark
from marketplace.identity.queries import names_of
from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.piles.pages import offered
from marketplace.records import queries, service
from marketplace.records.forms import DecisionForm
from marketplace.records.models import ServiceRecord, ServiceReport
from marketplace.records.rules import ReportState
from marketplace.records.views import bp
from marketplace.records.views.reporting import ROWS_PER_PAGE, refusals_in
from marketplace.records.views.together import REVIEW, asked_reports
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, choices
from marketplace.web.paging import page_of, paged


@bp.get("/records/reports")
@requires("records.see")
def reports() -> ResponseReturnValue:
    state = request.args.get("state", ReportState.SUBMITTED)
    states = choices(state for state in ReportState if state is not ReportState.DRAFT)
    page = paged(asked_reports(current_user.areas_for("records.see")))
    return render_template("records/reports.html", page=page, state=state, states=states, pile=offered(REVIEW))


def _page(report: ServiceReport, form: DecisionForm) -> ResponseReturnValue:
    waits, own = report.state is ReportState.SUBMITTED, report.provider
    mine = current_user.may_act("reports.review", own.region_code, own.park_code)
    findings = service.examine_report(report, today=clock.today()) if waits else {}
    replaced = by_id(ServiceRecord, report.corrects_record_id) if report.corrects_record_id else None
    return render_template(
        "records/report.html", report=report, page=page_of(report.rows, ROWS_PER_PAGE), findings=findings, form=form,
        replaced=replaced,
        names=names_of([report.submitted_by, report.decided_by]),
        may_decide=(waits or bool(form.errors)) and mine and report.submitted_by != current_user.id,
        is_own=report.submitted_by == current_user.id,
        refusals=refusals_in(findings),
    ), form.status  # fmt: skip


@bp.get("/records/reports/<uuid:report_id>")
@requires("records.see")
def report(report_id: UUID) -> ResponseReturnValue:
    form = DecisionForm(shown=mark(report_id))
    return _page(queries.report_in_area(report_id, current_user.areas_for("records.see")), form)


@bp.post("/records/reports/<uuid:report_id>/decide")
@requires("reports.review")
def decide(report_id: UUID) -> ResponseReturnValue:
    report, form, actor_id = queries.report_in_area(report_id, current_user.areas_for("reports.review")), DecisionForm(), current_user.id
    said = _("填报 %(number)s 已办理。", number=report.number)
    if form.validate_on_submit() and carried_out(form, lambda: _decided(report_id, form, actor_id), said):
        return redirect(url_for("records.report", report_id=report_id))
    return _page(queries.report_in_area(report_id, current_user.areas_for("reports.review")), form)


def _decided(report_id: UUID, form: DecisionForm, actor_id: UUID) -> ServiceReport:
    reason, now = form.reason.data or "", clock.now()
    if form.decision.data == "accept":
        return service.accept(report_id, actor_id=actor_id, now=now, shown=form.seen())
    turn_down = service.send_back if form.decision.data == "return" else service.refuse
    return turn_down(report_id, reason=reason, actor_id=actor_id, now=now, shown=form.seen())
