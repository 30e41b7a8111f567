"""Social supervisors: whom a bureau appoints and invites, and what they read and say themselves."""

from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import queries as identity
from marketplace.identity import regions
from marketplace.kernel import clock
from marketplace.kernel.counting import first_of
from marketplace.supervision.forms import AppointForm, EndTermForm, InviteForm, ObserveForm
from marketplace.supervision.queries import checks as reads
from marketplace.supervision.queries import social
from marketplace.supervision.service import Appointment
from marketplace.supervision.service import social as service
from marketplace.supervision.views.blueprint import bp
from marketplace.web.access import requires
from marketplace.web.forms import carried_out
from marketplace.web.layouts import own_layout
from marketplace.web.paging import paged


@bp.get("/social-supervisors")
@requires("social.appoint")
def social_supervisors() -> ResponseReturnValue:
    page = paged(social.supervisors(current_user.areas_for("social.appoint")))
    names = identity.names_of(one.appointed_by for one in page.items)
    return render_template("supervision/social_supervisors.html", page=page, names=names, today=clock.today())


@bp.route("/social-supervisors/new", methods=["GET", "POST"])
@requires("social.appoint")
def appoint_supervisor() -> ResponseReturnValue:
    form, actor_id, today = AppointForm(), current_user.id, clock.today()
    form.area.choices = [(code, regions.region(code).full_name) for code in current_user.areas_for("social.appoint")]
    key = form.key()
    if form.validate_on_submit():
        wanted = Appointment(
            login=form.login.data or "",
            area_code=form.area.data,
            capacity=form.capacity.data or "",
            from_on=form.since.data or today,
            until_on=form.until.data or today,
        )
        if carried_out(form, lambda: service.appoint(key, wanted, actor_id=actor_id, now=clock.now()), _("已聘任，并已通知本人。")):
            return redirect(url_for("supervision.social_supervisors"))
    return render_template("supervision/appoint_supervisor.html", form=form), form.status


@bp.route("/social-supervisors/<uuid:supervisor_id>/end", methods=["GET", "POST"])
@requires("social.appoint")
def end_supervisor(supervisor_id: UUID) -> ResponseReturnValue:
    row, form, actor_id = social.supervisor_in(supervisor_id, current_user.areas_for("social.appoint")), EndTermForm(), current_user.id
    if form.validate_on_submit():
        reason = form.reason.data or ""
        if carried_out(form, lambda: service.end(supervisor_id, reason, actor_id=actor_id, now=clock.now()), _("聘任已结束。")):
            return redirect(url_for("supervision.social_supervisors"))
    return render_template("supervision/end_supervisor.html", row=row, form=form), form.status


@bp.route("/check-items/<uuid:drawn_id>/invite", methods=["GET", "POST"])
@requires("social.appoint")
def invite_supervisor(drawn_id: UUID) -> ResponseReturnValue:
    areas, actor_id = current_user.areas_for("social.appoint"), current_user.id
    item, form = reads.item_in(drawn_id, areas), InviteForm()
    running = first_of(social.supervisors(areas, running_on=clock.today()), social.MOST)
    form.supervisor.choices = [("", _("请选择")), *((str(one.id), f"{one.user.name} · {one.capacity}") for one in running)]
    if form.validate_on_submit():
        chosen = UUID(form.supervisor.data)
        if carried_out(form, lambda: service.invite(drawn_id, chosen, actor_id=actor_id, now=clock.now()), _("已邀请，并已通知本人。")):
            return redirect(url_for("supervision.check_item", drawn_id=drawn_id))
    return render_template("supervision/invite_supervisor.html", item=item, form=form, running=running), form.status


@bp.get("/supervising")
@requires("social.own")
def supervising() -> ResponseReturnValue:
    return render_template(
        "supervision/supervising.html",
        layout=own_layout(),
        row=social.of_user(current_user.id, clock.today()),
        page=paged(social.visits_of(current_user.id)),
    )


@bp.route("/supervising/<uuid:visit_id>", methods=["GET", "POST"])
@requires("social.own")
def observe(visit_id: UUID) -> ResponseReturnValue:
    visit, form, actor_id = social.own_visit(visit_id, current_user.id), ObserveForm(), current_user.id
    if form.validate_on_submit():
        text = form.observation.data or ""
        if carried_out(form, lambda: service.observe(visit_id, text, actor_id=actor_id, now=clock.now()), _("所见已登记。")):
            return redirect(url_for("supervision.observe", visit_id=visit_id))
    return render_template("supervision/observe.html", layout=own_layout(), visit=visit, form=form), form.status
