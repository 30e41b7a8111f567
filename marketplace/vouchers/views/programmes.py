"""Officers: programmes, their versions, and the values nobody has published."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import queries as identity
from marketplace.kernel import clock, typed
from marketplace.ledger import queries as ledger
from marketplace.policy.presenter import file_problems
from marketplace.policy.programme_file import as_file
from marketplace.policy.programme_lines import changes, lines_of
from marketplace.vouchers.forms import PressForm, ProgrammeFileForm, SignForm
from marketplace.vouchers.queries import firm_lists, kept_lists
from marketplace.vouchers.queries import programmes as reads
from marketplace.vouchers.queries.drafts import draft_of
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.service import programmes as service
from marketplace.vouchers.views.common import bp, managed_programme, may_manage, may_read_funds, place, signer
from marketplace.web import downloads, uploads
from marketplace.web.access import requires
from marketplace.web.forms import carried_out
from marketplace.web.query_string import asked_number


@bp.get("/office/programmes")
@requires("programmes.see")
def programmes() -> ResponseReturnValue:
    return render_template("vouchers/programmes.html", known=reads.known_programmes(), may_import=current_user.can("programmes.manage"))


@bp.route("/office/programmes/import", methods=["GET", "POST"])
@requires("programmes.manage")
def import_programme() -> ResponseReturnValue:
    form = ProgrammeFileForm()
    form.area_code.choices = [(area, place(area)) for area in current_user.areas_for("programmes.manage")]
    given = lambda: uploads.content_of(form.file.data, field="file")  # noqa: E731
    if form.validate_on_submit() and (result := carried_out(form, lambda file: _bring_in(form, *file), before=given)):
        done = result.answer
        if done is None:
            return redirect(url_for("vouchers.programmes"))
        number = done.version.number
        said = _("已导入第 %(n)s 版。", n=number) if done.is_new else _("文件与现行第 %(n)s 版相同，没有变化。", n=number)
        flash(said, "success" if done.is_new else "warning")
        return redirect(url_for("vouchers.manage_programme", programme_id=done.programme.id))
    return render_template("vouchers/import_programme.html", form=form, problems=file_problems(form)), form.status


def _bring_in(form: ProgrammeFileForm, name: str, content: bytes) -> service.Imported | None:
    """Raises: DomainError."""
    areas = current_user.areas_for("programmes.manage")
    file, area_code = service.GivenFile(content, name, str(form.note.data or "")), str(form.area_code.data)
    return service.import_programme(file, area_code=area_code, areas=areas, actor_id=current_user.id, now=clock.now())


@bp.get("/office/programmes/<uuid:programme_id>")
@requires("programmes.see")
def manage_programme(programme_id: UUID) -> ResponseReturnValue:
    return _page(programme_id, SignForm())


def _page(programme_id: UUID, form: SignForm) -> ResponseReturnValue:
    known = reads.facts_of(programme_id)
    lines = {one.key: one for one in lines_of(known.spec.document)}
    form.keys.choices = [(one.key, lines[one.key].title) for one in known.unsigned]
    form.seen.data = str(known.version.number)
    has_funds = may_read_funds(known.programme.area_code)
    return render_template(
        "vouchers/manage_programme.html", known=known, spec=known.spec, form=form,
        lines=lines,
        rounds=reads.rounds_of(programme_id), versions=reads.versions_of(programme_id),
        standing=ledger.standing(known.programme.book_id) if has_funds else None,
        may_sign=may_manage("programmes.manage", known.programme), may_open=current_user.can("rounds.manage"),
        may_copy=current_user.can("programmes.manage"), draft=draft_of(programme_id), draft_key=PressForm().request_key.data,
        may_read_funds=may_read_funds, lists=kept_lists.kept([programme_id])[programme_id], list_counts=firm_lists.counts(programme_id),
    ), form.status  # fmt: skip


@bp.post("/office/programmes/<uuid:programme_id>/sign")
@requires("programmes.manage")
def sign_values(programme_id: UUID) -> ResponseReturnValue:
    programme = managed_programme(programme_id)
    form = SignForm()
    if form.validate_on_submit():
        shown, reason, who, actor_id, key = _shown(programme_id, form), str(form.reason.data), signer(), current_user.id, form.key()
        if carried_out(
            form, lambda: service.sign_shown(programme.id, shown, signer=who, reason=reason, actor_id=actor_id, request_key=key)
        ):
            flash(_("已签认 %(n)s 项，形成新的版本。", n=len(shown.keys)), "success")
            return redirect(url_for("vouchers.manage_programme", programme_id=programme_id))
    return _page(programme_id, form)


def _shown(programme_id: UUID, form: SignForm) -> service.ShownValues:
    """The values that were picked, or all that the page showed. Raises: NotFound: no such version."""
    seen = typed.number(str(form.seen.data or ""))
    if "all" not in request.form or seen is None:
        return service.ShownValues(list(form.keys.data or ()), seen)
    spec = spec_of(reads.version_of(programme_id, seen).id)
    return service.ShownValues([one.key for one in spec.unsigned_values()], seen)


@bp.get("/office/programmes/<uuid:programme_id>/versions")
@requires("programmes.see")
def versions(programme_id: UUID) -> ResponseReturnValue:
    known, rows = reads.facts_of(programme_id), reads.versions_of(programme_id)
    return render_template(
        "vouchers/versions.html", known=known, versions=rows, may_manage=may_manage("programmes.manage", known.programme),
        names=identity.names_of(row.created_by for row in rows), signatures=reads.signatures_of(programme_id),
    )  # fmt: skip


@bp.get("/office/programmes/<uuid:programme_id>/compare")
@requires("programmes.see")
def compare_versions(programme_id: UUID) -> ResponseReturnValue:
    """Two versions: only what differs."""
    known = reads.facts_of(programme_id)
    numbers = [row.number for row in reads.versions_of(programme_id)]
    after = _number("after", numbers, numbers[0])
    before = _number("before", numbers, max(1, after - 1))
    old, new = (spec_of(reads.version_of(programme_id, number).id) for number in (before, after))
    return render_template(
        "vouchers/compare_versions.html", known=known, before=before, after=after,
        sections=reads.under_headings(changes(old.document, new.document)),
        numbers=[(number, _("第 %(n)s 版", n=number)) for number in numbers],
    )  # fmt: skip


@bp.get("/office/programmes/<uuid:programme_id>/versions/<int:number>/file")
@requires("programmes.see")
def version_file(programme_id: UUID, number: int) -> ResponseReturnValue:
    """A version as a file that can be changed and brought in again."""
    spec = spec_of(reads.version_of(programme_id, number).id)
    return downloads.toml(as_file(spec), f"{spec.slug}-{number}")


def _number(name: str, known: list[int], fallback: int) -> int:
    asked = asked_number(name)
    return asked if asked in known else fallback
