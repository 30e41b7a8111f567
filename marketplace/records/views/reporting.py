"""A provider writes and submits its own reports."""

from collections.abc import Mapping
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import N_, NotFound
from marketplace.kernel.files import StoredFile
from marketplace.kernel.locales import said
from marketplace.records import importers, queries, service
from marketplace.records.forms import ReportForm, RowForm
from marketplace.records.models import ReportRow, ServiceReport
from marketplace.records.views import bp
from marketplace.web import importing, uploads
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, carried_out
from marketplace.web.paging import page_of, paged

ROWS_PER_PAGE = 100


def _own(report_id: UUID) -> ServiceReport:
    return queries.report_of_provider(report_id, current_user.organisation_id)


@bp.get("/records/reports/mine")
@requires("reports.own")
def my_reports() -> ResponseReturnValue:
    page = paged(queries.reports_of(current_user.organisation_id, request.args.get("state", "")))
    return render_template("records/my_reports.html", page=page)


@bp.route("/records/reports/mine/new", methods=["GET", "POST"])
@requires("reports.own")
def new_report() -> ResponseReturnValue:
    form = ReportForm()
    if form.validate_on_submit():
        key, provider_id, title, actor_id = form.key(), current_user.organisation_id, form.title.data, current_user.id
        if done := carried_out(form, lambda: service.start(key, provider_id=provider_id, title=title, actor_id=actor_id)):
            return redirect(url_for("records.add_row", report_id=done.answer.id))
    return render_template("records/new_report.html", form=form), form.status


@bp.get("/records/reports/mine/<uuid:report_id>")
@requires("reports.own")
def my_report(report_id: UUID) -> ResponseReturnValue:
    return _report_page(_own(report_id), CommandForm())


def refusals_in(findings: Mapping[UUID, service.Finding]) -> dict[UUID, str]:
    """Why rows cannot count, by row, in the user's language."""
    return {row_id: said(found.refusal) for row_id, found in findings.items() if found.refusal is not None}


def _report_page(report: ServiceReport, form: CommandForm) -> ResponseReturnValue:
    is_open = report.state.is_editable
    findings = service.examine_report(report, today=clock.today()) if is_open else {}
    return render_template(
        "records/my_report.html", report=report, page=page_of(report.rows, ROWS_PER_PAGE), findings=findings, is_open=is_open,
        form=form, refusals=refusals_in(findings),
    ), form.status  # fmt: skip


@bp.post("/records/reports/mine/<uuid:report_id>/submit")
@requires("reports.own")
def submit_report(report_id: UUID) -> ResponseReturnValue:
    report, form, actor_id = _own(report_id), CommandForm(), current_user.id
    if form.validate_on_submit() and carried_out(
        form,
        lambda: service.submit(report_id, actor_id=actor_id, now=clock.now()),
        _("填报 %(number)s 已提交，审核通过后计入台账。", number=report.number),
    ):
        return redirect(url_for("records.my_report", report_id=report_id))
    return _report_page(_own(report_id), form)


@bp.route("/records/reports/mine/<uuid:report_id>/discard", methods=["GET", "POST"])
@requires("reports.own")
def discard_report(report_id: UUID) -> ResponseReturnValue:
    form, actor_id = CommandForm(), current_user.id

    def work() -> None:
        service.discard(_own(report_id).id, actor_id=actor_id)

    if form.validate_on_submit() and carried_out(form, work, _("草稿已删除。")):
        return redirect(url_for("records.my_reports"))
    return render_template("records/discard.html", report=_own(report_id), form=form), form.status


@bp.route("/records/reports/mine/<uuid:report_id>/rows", methods=["GET", "POST"])
@requires("reports.own")
def add_row(report_id: UUID) -> ResponseReturnValue:
    report, form = _own(report_id), RowForm()
    if form.validate_on_submit() and _put(report_id, form.row_id(), form, _("已添加一行。")):
        again = "more" in request.form
        return redirect(url_for("records.add_row" if again else "records.my_report", report_id=report_id))
    action = url_for("records.add_row", report_id=report_id)
    return render_template("records/row.html", report=report, form=form, action=action, row=None), form.status


@bp.route("/records/reports/mine/<uuid:report_id>/rows/<uuid:row_id>", methods=["GET", "POST"])
@requires("reports.own")
def edit_row(report_id: UUID, row_id: UUID) -> ResponseReturnValue:
    report = _own(report_id)
    row = queries.row_of(report, row_id)
    form = RowForm(data=None if request.method == "POST" else _typed(row))
    if form.validate_on_submit() and _put(report_id, row_id, form, _("这一行已保存。"), is_void=row.is_void):
        return redirect(url_for("records.my_report", report_id=report_id))
    action = url_for("records.edit_row", report_id=report_id, row_id=row_id)
    return render_template("records/row.html", report=report, form=form, action=action, row=row), form.status


def _typed(row: ReportRow) -> dict[str, object]:
    fields = ("title", "function", "category", "delivered_on", "mode", "fee_kind", "person_times", "activity", "activity_kind")
    return {name: getattr(row, name) for name in fields} | {"enterprise": row.enterprise.uscc, "fee": row.fee_fen}


def _put(report_id: UUID, row_id: UUID, form: RowForm, said: str, *, is_void: bool = False) -> object:
    """Store the row; nothing when it was refused, with the reason in the form."""
    return carried_out(
        form,
        lambda file: service.put_row(
            report_id, row_id, form.claimed(queries.find_firm(form.enterprise.data).id), today=clock.today(), file_id=file(),
            is_void=is_void,
        ),
        said, before=lambda: uploads.chosen(form.evidence),
    )  # fmt: skip


@bp.post("/records/reports/mine/<uuid:report_id>/rows/<uuid:row_id>/remove")
@requires("reports.own")
def remove_row(report_id: UUID, row_id: UUID) -> ResponseReturnValue:
    _own(report_id)
    in_transaction(lambda: service.remove_row(report_id, row_id))
    flash(_("已删除一行。"), "success")
    return redirect(url_for("records.my_report", report_id=report_id))


@bp.get("/records/reports/<uuid:report_id>/rows/<uuid:row_id>/evidence")
@requires("records.open")
def row_evidence(report_id: UUID, row_id: UUID) -> Response:
    is_own = current_user.can("reports.own")
    report = _own(report_id) if is_own else queries.report_in_area(report_id, current_user.areas_for("records.open"))
    row = queries.row_of(report, row_id)
    if row.file_id is None:
        raise NotFound
    return uploads.send(by_id(StoredFile, row.file_id))


importing.add_pages(
    bp,
    importing.Pages(
        importers.REPORTS, permission="reports.own", back="records.my_reports", lead=N_("导入后是一份草稿，请打开核对后提交审核。")
    ),
)
importing.add_pages(
    bp,
    importing.Pages(
        importers.PAST, permission="records.import", back="records.reports", lead=N_("往年的服务台账。导入后由另一位审核人员办理，才计入。")
    ),
)
