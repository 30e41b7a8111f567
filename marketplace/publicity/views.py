"""Public notices for everybody, objections against them, and the officer's decision."""

import io
from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import queries as identity
from marketplace.identity.regions import full_name
from marketplace.kernel import clock
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.locales import said
from marketplace.kernel.typed import key
from marketplace.piles import pages
from marketplace.publicity import papers, queries, rules, service
from marketplace.publicity.forms import DecisionForm, ObjectionForm, SupplementForm
from marketplace.publicity.models import Objection, ObjectionState, PublicNotice, PublicNoticeKind, PublicNoticeState
from marketplace.publicity.queries import NoticeFilter
from marketplace.publicity.service import NamedObjection, ObjectionProof, Supplement
from marketplace.publicity.together import ANSWER
from marketplace.web import uploads
from marketplace.web.access import public, requires
from marketplace.web.forms import carried_out, choices
from marketplace.web.paging import paged

bp = Blueprint("publicity", __name__)
pages.add_pages(bp, "/objections/together", ANSWER)


@bp.get("/publicity")
@public
def index() -> ResponseReturnValue:
    kind, state, text, year, area = (request.args.get(name, "").strip() for name in ("kind", "state", "q", "year", "area"))
    page = paged(queries.notices(NoticeFilter(kind, state, text, year, area)))
    years, areas = queries.years_and_areas()
    may_decide = current_user.is_authenticated and current_user.can("publicity.manage")
    waiting = queries.waiting_objections(current_user.areas_for("publicity.manage")) if may_decide else 0
    return render_template(
        "publicity/index.html",
        page=page,
        kinds=choices(PublicNoticeKind),
        states=choices(PublicNoticeState),
        years=[(one, one) for one in years],
        areas=[(one, full_name(one)) for one in areas],
        may_decide=may_decide,
        waiting=waiting,
        today=clock.today(),
    )


@bp.get("/publicity/<uuid:notice_id>")
@public
def show(notice_id: UUID) -> ResponseReturnValue:
    notice = queries.notice(notice_id)
    objections = queries.objections_of(notice_id)
    is_open = rules.takes_objections(notice.state, notice.published_on, notice.last_day, today=notice.day_of(clock.now()))
    may_add = notice.state is PublicNoticeState.OPEN and _may_add(notice)
    known = {"facts": papers.facts_of(notice), "files": queries.files_of(notice_id), "may_add": may_add}
    known |= {"page": paged(queries.rows_of(notice_id)), "lines": queries.rows_by_id(row.row_id for row in objections)}
    return render_template("publicity/show.html", notice=notice, objections=objections, is_open=is_open, **known)


def _may_add(notice: PublicNotice) -> bool:
    """Whether whoever looks writes on notices of the place."""
    return bool(current_user.is_authenticated and current_user.may_act("publicity.manage", notice.area_code))


@bp.get("/publicity/<uuid:notice_id>.pdf")
@public
def printed(notice_id: UUID) -> ResponseReturnValue:
    notice = queries.notice(notice_id)
    try:
        content = papers.printed(notice, queries.files_of(notice_id), queries.all_rows(notice_id))
    except RuleViolation as refusal:
        flash(said(refusal), "warning")
        return redirect(url_for("publicity.show", notice_id=notice_id))
    return send_file(io.BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=f"{notice.number}.pdf")


@bp.get("/publicity/<uuid:notice_id>/files/<uuid:file_id>")
@public
def notice_file(notice_id: UUID, file_id: UUID) -> ResponseReturnValue:
    return uploads.send(queries.notice_file(notice_id, file_id))


@bp.route("/publicity/<uuid:notice_id>/supplement", methods=["GET", "POST"])
@requires("publicity.manage")
def supplement(notice_id: UUID) -> ResponseReturnValue:
    """The document number, titles in other languages and files of an open notice."""
    notice = queries.notice_in(notice_id, current_user.areas_for("publicity.manage"))
    form = SupplementForm(data={name: getattr(notice, name) for name in Supplement.__slots__})
    if form.validate_on_submit():
        given, key, actor_id = Supplement(**form.given()), form.key(), current_user.id

        def work(store: Callable[[], UUID | None]) -> PublicNotice:
            return service.supplement(notice_id, given, file_id=store(), actor_id=actor_id, request_key=key, now=clock.now())

        if carried_out(form, work, _("已补充到公示中。"), before=lambda: uploads.chosen(form.file)):
            return redirect(url_for("publicity.show", notice_id=notice_id))
    return render_template("publicity/supplement.html", notice=notice, form=form, files=queries.files_of(notice_id)), form.status


@bp.route("/publicity/<uuid:notice_id>/object", methods=["GET", "POST"])
@public
def object_to(notice_id: UUID) -> ResponseReturnValue:
    """Against the whole notice, or against the row that the address names."""
    notice, form = queries.notice(notice_id), ObjectionForm()
    row_id = key(request.args.get("row"))
    row = queries.row_of(notice_id, row_id) if row_id else None
    if form.validate_on_submit():
        said, address, request_key, now = NamedObjection(**form.typed()), request.remote_addr or "", form.key(), clock.now()

        def work(store: Callable[[], list[UUID]]) -> Objection:
            proof = ObjectionProof(row_id, tuple(store()), str(form.evidence.data or ""))
            return service.raise_objection(notice_id, said, address=address, request_key=request_key, now=now, proof=proof)

        if done := carried_out(form, work, before=lambda: _proofs(form, address)):
            flash(_("异议已收到，编号 %(number)s。请记下编号，处理结果会在本页公布。", number=done.answer.number), "success")
            return redirect(url_for("publicity.show", notice_id=notice_id))
    return render_template("publicity/object_to.html", notice=notice, form=form, row=row), form.status


def _proofs(form: ObjectionForm, address: str) -> Callable[[], list[UUID]]:
    """The files that somebody gives, who need not be signed in: nothing is kept of a flood."""
    service.check_flood(address, now=clock.now())
    received = [uploads.receive(one.data, organisation_id=None, actor_id=None, field=one.short_name) for one in form.files()]
    return lambda: [uploads.store(one).id for one in received]


@bp.get("/objections")
@requires("publicity.manage")
def objections() -> ResponseReturnValue:
    page = paged(queries.objections(current_user.areas_for("publicity.manage"), state=request.args.get("state", "")))
    known, lines = queries.notices_by_id(row.notice_id for row in page.items), queries.rows_by_id(row.row_id for row in page.items)
    shown = {"known": known, "lines": lines, "pile": pages.offered(ANSWER)}
    return render_template("publicity/objections.html", page=page, states=choices(ObjectionState), **shown)


@bp.route("/objections/<uuid:objection_id>", methods=["GET", "POST"])
@requires("publicity.manage")
def objection(objection_id: UUID) -> ResponseReturnValue:
    row = queries.objection_in_areas(objection_id, current_user.areas_for("publicity.manage"))
    notice, form = queries.notice(row.notice_id), DecisionForm()
    if form.validate_on_submit():
        actor_id, key = current_user.id, form.key()
        decision, answer = ObjectionState(form.decision.data), str(form.answer.data)
        if carried_out(
            form,
            lambda: service.decide_objection(objection_id, decision, answer=answer, actor_id=actor_id, request_key=key, now=clock.now()),
            _("处理结果已公布。"),
        ):
            return redirect(url_for("publicity.objections"))
    lines, files = queries.rows_by_id([row.row_id]), queries.objection_files(objection_id)
    known = {"line": lines.get(row.row_id) if row.row_id else None, "files": files, "names": identity.names_of([row.decided_by])}
    is_own = current_user.id in queries.who_published(notice, row)
    return render_template("publicity/objection.html", row=row, notice=notice, form=form, is_own=is_own, **known), form.status


@bp.get("/objections/<uuid:objection_id>/files/<uuid:file_id>")
@requires("publicity.manage")
def objection_file(objection_id: UUID, file_id: UUID) -> ResponseReturnValue:
    queries.objection_in_areas(objection_id, current_user.areas_for("publicity.manage"))
    return uploads.send(queries.objection_file(objection_id, file_id))
