"""A bureau's spot checks: planned, drawn, looked at one by one."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import queries as identity
from marketplace.identity import regions
from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import NotFound
from marketplace.kernel.files import StoredFile, checksum
from marketplace.moves import presenter
from marketplace.moves.service import By
from marketplace.settlement.spot_rules import SpotFinding
from marketplace.supervision import queries, service
from marketplace.supervision.forms import ItemForm, PlanForm
from marketplace.supervision.lifecycle import SPOT_DRAW, CaseSide, DrawState
from marketplace.supervision.models import SpotItem
from marketplace.supervision.queries import checks as reads
from marketplace.supervision.queries import social
from marketplace.supervision.service import SpotResult
from marketplace.supervision.views.blueprint import bp
from marketplace.web import uploads
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, carried_out, choices
from marketplace.web.paging import paged


@bp.get("/checks")
@requires("checks.see")
def checks() -> ResponseReturnValue:
    state = request.args.get("state", "")
    chosen = DrawState(state) if state in set(DrawState) else None
    page = paged(reads.draws(current_user.areas_read("checks.see"), chosen))
    return render_template(
        "supervision/checks.html",
        page=page,
        chosen=chosen,
        state_choices=choices(DrawState),
        tally=reads.tally(one.id for one in page.items),
    )


@bp.route("/checks/new", methods=["GET", "POST"])
@requires("checks.plan")
def new_check() -> ResponseReturnValue:
    form, actor_id = PlanForm(), current_user.id
    form.area.choices = [(code, regions.region(code).full_name) for code in current_user.areas_for("checks.plan")]
    key = form.key()
    if form.validate_on_submit():
        wanted, title = form.said(), form.title.data or ""
        if done := carried_out(
            form, lambda: service.plan(key, title, wanted, actor_id=actor_id, now=clock.now()), _("方案已定，种子已封存。")
        ):
            return redirect(url_for("supervision.check", draw_id=done.answer.id))
    return render_template("supervision/new_check.html", form=form), form.status


@bp.get("/checks/<uuid:draw_id>")
@requires("checks.see")
def check(draw_id: UUID) -> ResponseReturnValue:
    row = reads.draw_in(draw_id, current_user.areas_read("checks.see"))
    is_planned = SPOT_DRAW.move("draw_sample") in SPOT_DRAW.offered(CaseSide.OFFICER, row.state)
    page = paged(reads.items_of(draw_id))
    return render_template(
        "supervision/check.html",
        row=row,
        page=page,
        may_draw=is_planned and current_user.may_act("checks.plan", row.area_code),
        form=CommandForm(),
        history=presenter.history(draw_id, [SPOT_DRAW], lambda details: str(details.get("reason", ""))),
        tally=reads.tally([draw_id]).get(draw_id, (0, 0, 0)),
        names=identity.names_of(one.checked_by for one in page.items),
    )


@bp.route("/checks/<uuid:draw_id>/draw", methods=["GET", "POST"])
@requires("checks.plan")
def draw_sample(draw_id: UUID) -> ResponseReturnValue:
    row, form = reads.own_draw(draw_id, current_user.areas_for("checks.plan")), CommandForm()
    key = form.key()
    if form.validate_on_submit():
        by = By(current_user.id, clock.now(), key, {})
        if carried_out(form, lambda: service.draw_sample(draw_id, asked=by), _("已抽取，请安排检查。")):
            return redirect(url_for("supervision.check", draw_id=draw_id))
    return render_template("supervision/draw_sample.html", row=row, form=form), form.status


@bp.route("/check-items/<uuid:drawn_id>", methods=["GET", "POST"])
@requires("checks.do")
def check_item(drawn_id: UUID) -> ResponseReturnValue:
    item, form, actor_id = reads.item_in(drawn_id, current_user.areas_for("checks.do")), ItemForm(), current_user.id
    key, draw_id = form.key(), item.draw_id

    def work(store: object) -> SpotItem:
        assert callable(store), "what `uploads.chosen` answers"
        file_id = store()
        found = SpotResult(finding=SpotFinding(form.finding.data), report=form.report.data or "", store=lambda: file_id)
        content = {"item": drawn_id, "finding": found.finding.value, "report": found.report, "file": checksum(file_id)}
        return service.check_item(drawn_id, found, asked=By(actor_id, clock.now(), key, content))

    if form.validate_on_submit() and carried_out(form, work, _("检查结果已登记。"), before=lambda: uploads.chosen(form.file)):
        return redirect(url_for("supervision.check", draw_id=draw_id))
    case = queries.case_of_source(drawn_id)
    return render_template("supervision/check_item.html", item=item, form=form, case=case, visits=social.visits_to(drawn_id)), form.status


@bp.get("/check-items/<uuid:drawn_id>/file")
@requires("checks.see")
def check_file(drawn_id: UUID) -> ResponseReturnValue:
    item = reads.item_in(drawn_id, current_user.areas_read("checks.see"))
    if item.file_id is None:
        raise NotFound
    return uploads.send(by_id(StoredFile, item.file_id))
