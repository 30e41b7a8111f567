"""Needs lists: the chain leader's pages, and what staff see of them."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.jobs import Job, JobState
from marketplace.matching import queries, service
from marketplace.matching.forms import GoForm, NeedForm, NeedsListForm, NeedsUploadForm
from marketplace.matching.lifecycle import NEEDS
from marketplace.matching.lines import need_line
from marketplace.matching.models import NeedsList
from marketplace.matching.rules import NeedsState, Party
from marketplace.matching.service import chains, needs
from marketplace.matching.service.market import line_text
from marketplace.matching.service.needs import ListFacts
from marketplace.matching.views import bp
from marketplace.matching.views.which_line import which_lines
from marketplace.moves import presenter
from marketplace.web import importing
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, once


def _chain_choices() -> list[tuple[str, str]]:
    return [(str(row.chain_id), row.chain.name) for row in chains.led_by(current_user.organisation_id, clock.today())]


def _upload_form() -> NeedsUploadForm:
    form = NeedsUploadForm()
    form.chain_id.choices = _chain_choices()
    return form


def _made(import_id: UUID) -> str:
    """The list an import made carries the import's id; it still waits to be published."""
    return url_for("matching.needs_list", list_id=import_id)


importing.add_pages(bp, importing.Pages(needs.IMPORTER, permission="needs.own", back="matching.needs", form=_upload_form, shows=_made))


@bp.get("/needs", endpoint="needs")
@requires("needs.own")
def needs_lists() -> ResponseReturnValue:
    return render_template(
        "matching/needs.html",
        rows=needs.all_of(current_user.organisation_id),
        leads=chains.led_by(current_user.organisation_id, clock.today()),
    )


@bp.route("/needs/new", methods=["GET", "POST"])
@requires("needs.own")
def new_needs() -> ResponseReturnValue:
    form = NeedsListForm()
    form.chain_id.choices = _chain_choices()
    if form.validate_on_submit():
        key, actor_id, chain_id = form.key(), current_user.id, UUID(form.chain_id.data)
        facts = ListFacts(current_user.organisation_id, chain_id, form.title.data, form.direction.data)
        if done := carried_out(form, lambda: needs.new_list(key, facts, actor_id=actor_id, today=clock.today())):
            return redirect(url_for("matching.needs_list", list_id=done.answer.id))
    return render_template("matching/new_needs.html", form=form), form.status


def _seen_list(list_id: UUID) -> NeedsList:
    """A leader's own list; staff see published ones of chains that touch their areas. Raises: NotFound."""
    if current_user.can("needs.own"):
        with suppress(NotFound):
            return needs.of_leader(list_id, current_user.organisation_id)
    return queries.list_in_area(list_id, current_user.areas_for("matching.run"))


def _side(row: NeedsList) -> Party | None:
    """Its leader, or the bureau of the chain's area: that of a lower one only reads."""
    if current_user.can("needs.own") and row.leader_id == current_user.organisation_id:
        return Party.LEADER
    return Party.BUREAU if current_user.may_act("matching.run", row.chain.area_code) else None


def _doable(row: NeedsList, *, is_running: bool) -> list[dict[str, str]]:
    """What whoever looks may do: nothing is published without a line, and one run is made at a time."""
    barred = {"publish_needs": not row.needs, "run_matching": is_running}
    side = _side(row)
    offered = [move for move in NEEDS.offered(side, row.state) if not barred.get(move.verb)] if side else []
    return presenter.buttons(NEEDS, offered, blueprint="matching", list_id=row.id)


def _note(details: Mapping[str, Any]) -> str:
    return _("第 %(n)s 版", n=details["version"]) if "version" in details else ""


@bp.get("/needs/<uuid:list_id>")
@requires("matching.run")
def needs_list(list_id: UUID) -> ResponseReturnValue:
    return _page(_seen_list(list_id), NeedForm())


def _page(row: NeedsList, form: NeedForm) -> ResponseReturnValue:
    own, job = row.leader_id == current_user.organisation_id, queries.running_job(row.id)
    return render_template(
        "matching/needs_list.html",
        row=row,
        form=form,
        go=GoForm(),
        own=own,
        is_open=own and row.state is NeedsState.DRAFT,
        runs=queries.runs_of(row.id),
        job=job,
        asked=_asked(row),
        actions=_doable(row, is_running=job is not None),
        history=presenter.history(row.id, [NEEDS], _note),
    ), form.status


def _asked(row: NeedsList) -> list[dict[str, object]]:
    """Lines of one's own draft that the leader has to tell apart."""
    if row.state is not NeedsState.DRAFT or row.leader_id != current_user.organisation_id:
        return []
    old = needs.earlier_lines(row)[0]
    return which_lines(
        needs.joined(row)[0],
        [*old, *map(line_text, row.needs)],
        lambda line_id: url_for("matching.choose_need", list_id=row.id, need_id=line_id),
    )


@bp.post("/needs/<uuid:list_id>/lines/<uuid:need_id>/continues")
@requires("needs.own")
def choose_need(list_id: UUID, need_id: UUID) -> ResponseReturnValue:
    needs.of_leader(list_id, current_user.organisation_id)
    leader_id, choice = current_user.organisation_id, request.form.get("choice", "")[:36]
    if GoForm().validate_on_submit():
        in_transaction(once(lambda: needs.choose(need_id, leader_id, choice)))
    return redirect(url_for("matching.needs_list", list_id=list_id))


@bp.post("/needs/<uuid:list_id>/lines")
@requires("needs.own")
def add_need(list_id: UUID) -> ResponseReturnValue:
    row, form = needs.of_leader(list_id, current_user.organisation_id), NeedForm()
    if form.validate_on_submit():
        form.called = {"share_cap_bp": "share_percent"}
        if carried_out(form, lambda: needs.add_need(list_id, need_line(form.values()))):
            return redirect(url_for("matching.needs_list", list_id=list_id))
    return _page(row, form)


@bp.post("/needs/<uuid:list_id>/lines/<uuid:need_id>/remove")
@requires("needs.own")
def remove_need(list_id: UUID, need_id: UUID) -> ResponseReturnValue:
    needs.of_leader(list_id, current_user.organisation_id)
    leader_id = current_user.organisation_id
    if GoForm().validate_on_submit():
        in_transaction(once(lambda: needs.remove_need(need_id, leader_id)))
    return redirect(url_for("matching.needs_list", list_id=list_id))


def _moved(list_id: UUID, work: Callable[[], NeedsList], said: str) -> ResponseReturnValue:
    """A leader's own list after a move, or with why it was refused."""
    row, page = needs.of_leader(list_id, current_user.organisation_id), NeedForm(formdata=None)
    if GoForm().validate_on_submit() and not carried_out(page, work, said):
        return _page(row, page)
    return redirect(url_for("matching.needs_list", list_id=list_id))


@bp.post("/needs/<uuid:list_id>/publish")
@requires(NEEDS.move("publish_needs").permission)
def publish_needs(list_id: UUID) -> ResponseReturnValue:
    actor_id = current_user.id
    return _moved(list_id, lambda: needs.publish(list_id, actor_id=actor_id, now=clock.now()), _("清单已发布，可以开始匹配。"))


@bp.post("/needs/<uuid:list_id>/withdraw")
@requires(NEEDS.move("withdraw_needs").permission)
def withdraw_needs(list_id: UUID) -> ResponseReturnValue:
    actor_id = current_user.id
    return _moved(list_id, lambda: needs.withdraw(list_id, actor_id=actor_id, now=clock.now()), _("清单已撤回。"))


@bp.post("/needs/<uuid:list_id>/run")
@requires(NEEDS.move("run_matching").permission)
def run_matching(list_id: UUID) -> ResponseReturnValue:
    row, form, page, actor_id = _seen_list(list_id), GoForm(), NeedForm(formdata=None), current_user.id
    side = _side(row)
    if side is None:
        raise NotFound
    if form.validate_on_submit():
        key = form.row_id()
        if not carried_out(page, lambda: service.ask_for_run(list_id, key=key, actor_id=actor_id, side=side)):
            return _page(row, page)
        return redirect(url_for("matching.run_progress", list_id=list_id, run_id=key))
    return redirect(url_for("matching.needs_list", list_id=list_id))


@bp.get("/needs/<uuid:list_id>/run/<uuid:run_id>")
@requires("matching.run")
def run_progress(list_id: UUID, run_id: UUID) -> ResponseReturnValue:
    row = _seen_list(list_id)
    found = queries.job_of_run(run_id, list_id)
    if found is None:
        raise NotFound
    job = by_id(Job, found)
    if job.state is JobState.DONE:
        return redirect(url_for("matching.run", run_id=run_id))
    return render_template("matching/run_progress.html", row=row, job=job)
