"""The register: a provider's own, an area's, one record with what became of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Select

from marketplace.enterprises.rules import FirmSize
from marketplace.exports.offers import ExportedList, each, offer, rows_of
from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import NotFound
from marketplace.kernel.files import StoredFile
from marketplace.policy.programme_words import TitleKind
from marketplace.policy.service_categories import category_names
from marketplace.records import queries, service, sheets
from marketplace.records.forms import CorrectionForm
from marketplace.records.models import ServiceRecord, ServiceReport
from marketplace.records.queries import RecordFilter
from marketplace.records.rules import AcceptedBy, ActivityKind
from marketplace.records.service import Correction
from marketplace.records.views import bp
from marketplace.web import uploads
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, choices
from marketplace.web.layouts import own_layout
from marketplace.web.paging import paged


def _filter_choices(years: list[int]) -> dict[str, list[tuple[str, Any]]]:
    """What the filter bar offers."""
    return {"year": [(str(year), str(year)) for year in years], **{name: choices(words) for name, words in queries.CHOICES.items()}}


@bp.get("/records")
@requires("records.own")
def mine() -> ResponseReturnValue:
    provider_id = current_user.organisation_id
    page = paged(queries.register_of(provider_id, RecordFilter.of(request.args), request.args.get("sort", "")))
    return render_template("records/mine.html", page=page, filter_choices=_filter_choices(queries.years_of(provider_id)))


@offer(bp, "/records/export", permission="records.own")
def export() -> ExportedList:
    chosen = RecordFilter.of(request.args)
    statement = queries.register_of(current_user.organisation_id, chosen, request.args.get("sort", ""))
    return _book(statement, chosen)


@bp.get("/records/all")
@requires("records.see")
def index() -> ResponseReturnValue:
    page = paged(queries.register_in(current_user.areas_for("records.see"), RecordFilter.of(request.args), request.args.get("sort", "")))
    waiting = queries.waiting_reports(current_user.areas_for("records.see"))
    filter_choices = _filter_choices(queries.years_of())
    return render_template("records/index.html", page=page, filter_choices=filter_choices, waiting=waiting)


@offer(bp, "/records/all/export", permission="records.see")
def index_export() -> ExportedList:
    chosen = RecordFilter.of(request.args)
    return _book(queries.register_in(current_user.areas_for("records.see"), chosen, request.args.get("sort", "")), chosen)


def _book(statement: Select[ServiceRecord], chosen: RecordFilter) -> ExportedList:
    title = _("服务台账")
    lines = rows_of(statement, each(sheets.cells))
    return ExportedList(title, sheets.COLUMNS, lines, f"{title}_{clock.today().isoformat()}", "、".join(chosen.words()))


def _visible(record_id: UUID) -> ServiceRecord:
    return queries.visible(record_id, organisation_id=current_user.organisation_id, area_codes=current_user.areas_for("records.open"))


@bp.get("/records/<uuid:record_id>")
@requires("records.open")
def show(record_id: UUID) -> ResponseReturnValue:
    record = _visible(record_id)
    chain = queries.chain_of(record)
    return render_template(
        "records/show.html", layout=own_layout(), record=record, chain=chain, categories=category_names(),
        activities=ActivityKind.labels(), size=FirmSize(record.firm_size).label,
        titles=[TitleKind(kind).label for kind in record.firm_titles],
        file=by_id(StoredFile, record.file_id) if record.file_id else None,
        accepted=AcceptedBy(record.accepted_by).label if record.accepted_by else "",
        may_correct=current_user.can("reports.own") and record.provider_id == current_user.organisation_id and chain[-1].id == record.id,
        waiting=queries.correction_waiting(record.id),
    )  # fmt: skip


@bp.get("/records/<uuid:record_id>/evidence")
@requires("records.open")
def evidence(record_id: UUID) -> Response:
    record = _visible(record_id)
    if record.file_id is None:
        raise NotFound
    return uploads.send(by_id(StoredFile, record.file_id))


def _typed(record: ServiceRecord) -> dict[str, object]:
    """A record as the form shows it."""
    fields = ("title", "function", "category", "delivered_on", "mode", "fee_kind", "person_times", "activity", "activity_kind")
    return {name: getattr(record, name) for name in fields} | {"enterprise": record.enterprise.uscc, "fee": record.fee_fen}


@bp.route("/records/<uuid:record_id>/correct", methods=["GET", "POST"])
@requires("reports.own")
def correct(record_id: UUID) -> ResponseReturnValue:
    record = queries.of_provider(record_id, current_user.organisation_id)
    form = CorrectionForm(data=None if request.method == "POST" else _typed(record))
    key = form.key()

    def work(file: Callable[[], UUID | None]) -> ServiceReport:
        claimed = form.claimed(queries.find_firm(form.enterprise.data).id)
        wanted = Correction(claimed, form.reason.data, form.is_void.data, file())
        return service.correct(record_id, wanted, actor_id=current_user.id, request_key=key, now=clock.now())

    if form.validate_on_submit() and (done := carried_out(form, work, before=lambda: uploads.chosen(form.evidence))):
        flash(_("更正 %(number)s 已提交，审核通过后替换原记录。", number=done.answer.number), "success")
        return redirect(url_for("records.my_report", report_id=done.answer.id))
    return render_template("records/correct.html", record=record, form=form), form.status
