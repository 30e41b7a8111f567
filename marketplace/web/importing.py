"""Five pages for every Excel import: the template, the upload, what a dry run found, storing, the same book back with its errors.

In a capability's views:

    importing.add_pages(bp, FIRMS, permission="enterprises.import", back="enterprises.imports")

makes `<bp>.import_<kind>` (upload), `…_template`, `…_result`, `…_store` and `…_book` under /imports/<kind>. `form` may be a function
answering an `UploadForm` with more fields (a chain, a year): they arrive as `context.options`, by name, as text. A file longer than
kernel.imports.CHUNK rows is examined and stored by a job whose progress the result page shows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf.file import FileField
from sqlalchemy import select

from marketplace.kernel import clock, imports, jobs, sheets
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.kernel.errors import N_, Conflict, DomainError
from marketplace.kernel.files import StoredFile
from marketplace.kernel.imports import CHUNK, Import, ImportContext, Importer, Overview
from marketplace.web import downloads, uploads
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm

SHOWN_ERRORS = 200


class UploadForm(CommandForm):
    """A book to bring in. Subclasses add what else must be chosen."""

    book = FileField(_l("填好的 Excel 文件"))

    def options(self) -> dict[str, str]:
        """What was chosen beside the file, by field name."""
        return {f.name: str(f.data or "") for f in self if f.name not in {"book", "request_key", "csrf_token"}}


class StoreForm(CommandForm):
    """The decision to store; the button says whether every row must be good."""


@dataclass(frozen=True, slots=True)
class Pages:
    """An importer with what its pages need. `IMPORTERS` lists them for the page of all imports."""

    importer: Importer
    permission: str
    back: str  # endpoint of the page above
    form: Callable[[], UploadForm] = UploadForm
    lead: str = ""
    shows: Callable[[UUID], str] | None = None  # address of what an import made, where that is one page
    endpoint: str = ""  # of the upload page, as its blueprint names it; the others add a word


IMPORTERS: dict[str, Pages] = {}


def add_pages(bp: Blueprint, given: Pages) -> None:
    """Give an importer its pages."""
    rule, name = f"/imports/{given.importer.kind}", f"import_{given.importer.kind}"
    pages = IMPORTERS[given.importer.kind] = replace(given, endpoint=f"{bp.name}.{name}")
    guarded = requires(pages.permission)
    bp.add_url_rule(rule, name, guarded(lambda: _upload(pages)), methods=["GET", "POST"])
    bp.add_url_rule(f"{rule}/template", f"{name}_template", guarded(lambda: _template(pages)))
    bp.add_url_rule(f"{rule}/<uuid:import_id>", f"{name}_result", guarded(lambda import_id: _result(pages, import_id)))
    bp.add_url_rule(
        f"{rule}/<uuid:import_id>/store", f"{name}_store", guarded(lambda import_id: _store(pages, import_id)), methods=["POST"]
    )
    bp.add_url_rule(f"{rule}/<uuid:import_id>/book", f"{name}_book", guarded(lambda import_id: _book(pages, import_id)))


def _upload(pages: Pages) -> ResponseReturnValue:
    form = pages.form()
    if form.validate_on_submit():
        try:
            row = _receive(pages, form)
        except DomainError as refusal:
            refusal.field = refusal.field if refusal.field in form else "book"
            form.refuse(refusal)
        else:
            return redirect(url_for(f"{pages.endpoint}_result", import_id=row.id))
    return render_template("importing/upload.html", pages=pages, form=form), form.status


def _receive(pages: Pages, form: UploadForm) -> Import:
    """Read the book, keep it, and find out what storing it would do. Raises: RuleViolation: it cannot be read as a whole."""
    name, content = uploads.content_of(form.book.data, field="book")
    spec = pages.importer.sheet_in(_areas(pages))
    content = sheets.as_workbook(content) if spec.takes_text else content
    sheet = sheets.read(spec, content)
    if pages.importer.check:
        pages.importer.check(sheet, _areas(pages), form.options())
    organisation_id, actor_id, key, options = current_user.organisation_id, current_user.id, form.key(), form.options()
    said = {"checksum": sheet.checksum, "options": options}
    in_transaction(lambda: begin(Command(key, pages.endpoint, actor_id, key, said)))
    known = db.session.get(Import, key) or imports.stored_before(pages.importer.kind, sheet.checksum, organisation_id, options)
    if known is not None:
        if known.stored_at:
            flash(
                _("这份文件已于 %(at)s 导入过，内容没有变化，不再重复导入。", at=clock.civil_date(known.stored_at).isoformat()), "warning"
            )
        return known
    upload = uploads.keep_sheet(name, content, organisation_id=organisation_id, actor_id=actor_id)
    is_long = len(sheet.rows) > CHUNK
    row = in_transaction(lambda: _add(pages, key, upload, sheet, options, is_long=is_long))
    if not is_long:
        examine(row.id, pages.importer, sheet, _areas(pages))
    return by_id(Import, row.id)


def _add(pages: Pages, key: UUID, upload: uploads.Upload, sheet: sheets.SheetResult, options: dict[str, str], *, is_long: bool) -> Import:
    assert upload.actor_id is not None and upload.organisation_id is not None
    row = Import(
        id=key,
        kind=pages.importer.kind,
        name=upload.facts.safe_name,
        checksum=sheet.checksum,
        file_id=uploads.store(upload).id,
        options=options,
        row_count=imports.rows_in(sheet),
        errors=imports.as_dicts(sheet.errors),
        unread=[{"message": one.message, "params": dict(one.params)} for one in sheet.unread],
        actor_id=upload.actor_id,
        organisation_id=upload.organisation_id,
    )
    db.session.add(row)
    db.session.flush()
    if is_long:
        _ask_for("import.examine", row, pages, whole=False)
    return row


def _ask_for(kind: str, row: Import, pages: Pages, *, whole: bool) -> None:
    payload = {"import_id": str(row.id), "kind": row.kind, "areas": list(_areas(pages)), "whole": whole}
    jobs.enqueue(kind, payload, title=pages.importer.title, owner_id=current_user.id, dedupe_key=f"{kind}:{row.id}")


def _areas(pages: Pages) -> tuple[str, ...]:
    areas: tuple[str, ...] = current_user.areas_for(pages.permission)
    return areas


def _context(row: Import, areas: tuple[str, ...]) -> ImportContext:
    return ImportContext(
        import_id=row.id,
        actor_id=row.actor_id,
        organisation_id=row.organisation_id,
        areas=areas,
        options=dict(row.options),
        now=clock.now(),
    )


def content_of(row: Import) -> bytes:
    """The bytes of the book as it was uploaded."""
    with uploads.blobs().open(by_id(StoredFile, row.file_id).sha256) as file:
        return file.read()


def examine(
    import_id: UUID,
    importer: Importer,
    sheet: sheets.SheetResult,
    areas: tuple[str, ...],
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Find out what storing would do, and write it down."""
    context = _context(by_id(Import, import_id), areas)
    overview = importer.overview(sheet, context) if importer.overview else None
    report = imports.run(importer, sheet, context, keep=False, progress=progress)
    _write_down(import_id, sheet, report, overview=overview)


def store(
    import_id: UUID,
    importer: Importer,
    sheet: sheets.SheetResult,
    areas: tuple[str, ...],
    *,
    whole: bool,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Store the rows, or with `whole` every one of them.

    Raises: Conflict: a row was refused that the dry run had found good, and all were wanted.
    """
    report = imports.run(importer, sheet, _context(by_id(Import, import_id), areas), keep=True, whole=whole, progress=progress)
    if whole and report.errors:
        _write_down(import_id, sheet, report)
        raise Conflict(N_("检查之后资料有了变化，有的行已不能导入。请看下面的原因，改好后重新上传。"))
    _write_down(import_id, sheet, report, stored=True)


def _write_down(
    import_id: UUID, sheet: sheets.SheetResult, report: imports.Report, *, stored: bool = False, overview: Overview | None = None
) -> None:
    def work() -> None:
        row = by_id(Import, import_id)
        row.overview = overview.as_kept() if overview else row.overview
        row.stored_count, row.unchanged_count = report.stored, report.unchanged
        row.errors = imports.as_dicts([*sheet.errors, *report.errors])
        if stored:
            row.dry_run, row.stored_at = False, clock.now()

    in_transaction(work)


@jobs.handler("import.examine")
def _examine_job(payload: Mapping[str, Any], progress: jobs.Progress) -> Mapping[str, Any]:
    importer, row, sheet = _reopened(payload)
    examine(row.id, importer, sheet, tuple(payload["areas"]), progress)
    return {}


@jobs.handler("import.store")
def _store_job(payload: Mapping[str, Any], progress: jobs.Progress) -> Mapping[str, Any]:
    importer, row, sheet = _reopened(payload)
    store(row.id, importer, sheet, tuple(payload["areas"]), whole=payload["whole"], progress=progress)
    return {}


def _reopened(payload: Mapping[str, Any]) -> tuple[Importer, Import, sheets.SheetResult]:
    importer = IMPORTERS[payload["kind"]].importer
    row = by_id(Import, UUID(payload["import_id"]))
    return importer, row, sheets.read(importer.sheet_in(tuple(payload["areas"])), content_of(row))


def _job_of(row: Import) -> jobs.Job | None:
    """The job at work on an import, or the one that failed; None when the page tells it all."""
    keys = [f"import.store:{row.id}", f"import.examine:{row.id}"]
    found = db.session.scalars(select(jobs.Job).where(jobs.Job.dedupe_key.in_(keys)).order_by(jobs.Job.created_at.desc())).first()
    return found if found is not None and found.state is not jobs.JobState.DONE else None


def _result(pages: Pages, import_id: UUID) -> ResponseReturnValue:
    row = imports.of_organisation(import_id, pages.importer.kind, current_user.organisation_id)
    return _show(pages, row, StoreForm())


def _show(pages: Pages, row: Import, form: StoreForm) -> ResponseReturnValue:
    errors = imports.as_errors(row.errors[:SHOWN_ERRORS])
    return render_template("importing/result.html", pages=pages, row=row, form=form, errors=errors, job=_job_of(row)), form.status


def _store(pages: Pages, import_id: UUID) -> ResponseReturnValue:
    row = imports.of_organisation(import_id, pages.importer.kind, current_user.organisation_id)
    form = StoreForm()
    if row.stored_at or not form.validate_on_submit():
        return redirect(url_for(f"{pages.endpoint}_result", import_id=row.id))
    whole = request.form.get("rows") != "good"
    try:
        _decide(pages, row, whole=whole)
    except DomainError as refusal:
        form.refuse(refusal)
        return _show(pages, by_id(Import, import_id), form)
    return redirect(url_for(f"{pages.endpoint}_result", import_id=row.id))


def _decide(pages: Pages, row: Import, *, whole: bool) -> None:
    if row.unread and request.form.get("seen") != "yes":
        raise Conflict(N_("这份文件有没有读入的内容。请看过下面的说明，再决定是否导入。"))
    if whole and row.errors:
        raise Conflict(N_("还有没改好的行，不能全部导入。请先改好，或只导入没有错误的行。"))
    if row.row_count > CHUNK:
        in_transaction(lambda: _ask_for("import.store", row, pages, whole=whole))
        return
    store(row.id, pages.importer, sheets.read(pages.importer.sheet_in(_areas(pages)), content_of(row)), _areas(pages), whole=whole)
    flash(_("已导入 %(stored)s 行。", stored=by_id(Import, row.id).stored_count), "success")


def _template(pages: Pages) -> Response:
    return downloads.excel(sheets.template(pages.importer.sheet_in(_areas(pages))), _("%(title)s导入模板", title=_(pages.importer.title)))


def _book(pages: Pages, import_id: UUID) -> Response:
    row = imports.of_organisation(import_id, pages.importer.kind, current_user.organisation_id)
    content = sheets.with_errors(pages.importer.sheet_in(_areas(pages)), content_of(row), imports.as_errors(row.errors))
    return downloads.excel(content, _("%(name)s（错误说明）", name=row.name.rpartition(".")[0]))


def offered() -> list[Pages]:
    """What the user may bring in."""
    return [p for p in IMPORTERS.values() if current_user.can(p.permission) and p.endpoint in current_app.view_functions]
