"""Industry chains: the bureau's pages."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import regions
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import NotFound
from marketplace.matching.forms import AppointForm, ChainForm, EndForm
from marketplace.matching.models import Chain
from marketplace.matching.service import chains
from marketplace.matching.service.chains import AppointmentFacts
from marketplace.matching.views import bp
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, once


def area_choices(permission: str) -> list[tuple[str, str]]:
    """The areas in which the user may do this, and what lies directly under them."""
    found = {}
    for area in current_user.areas_for(permission):
        found[area] = regions.region(area).full_name
        found |= {child.code: child.full_name for child in regions.children(area)}
    return sorted(found.items())


def _known() -> list[Chain]:
    """The chains that touch the user's areas, and those its organisation leads."""
    near = chains.in_areas(current_user.areas_for("chains.see"))
    led = [row.chain for row in chains.led_by(current_user.organisation_id, clock.today())]
    return near + [chain for chain in led if chain not in near]


def _chain(chain_id: UUID) -> Chain:
    """A chain that touches the user's areas; a leader sees the chains it leads. Raises: NotFound."""
    for chain in _known():
        if chain.id == chain_id:
            return chain
    raise NotFound


def _managed(chain_id: UUID) -> Chain:
    """A chain of the officer's own area; that of a higher one is only read. Raises: NotFound."""
    row = _chain(chain_id)
    if not current_user.may_act("chains.manage", row.area_code):
        raise NotFound
    return row


@bp.get("/chains", endpoint="chains")
@requires("chains.see")
def chain_list() -> ResponseReturnValue:
    shown = [
        {"chain": chain, "area": regions.region(chain.area_code).name, "appointments": chains.appointments(chain.id), "url": _url(chain)}
        for chain in _known()
    ]
    return render_template("matching/chains.html", rows=shown)


def _url(chain: Chain) -> str:
    return url_for("matching.chain", chain_id=chain.id)


@bp.route("/chains/new", methods=["GET", "POST"])
@requires("chains.manage")
def new_chain() -> ResponseReturnValue:
    form = ChainForm()
    form.area_code.choices = area_choices("chains.manage")
    if form.validate_on_submit():
        key, actor_id = form.key(), current_user.id
        if done := carried_out(
            form,
            lambda: chains.create(
                key,
                name=form.name.data,
                area_code=form.area_code.data,
                head_name=form.head_name.data or "",
                head_post=form.head_post.data or "",
                actor_id=actor_id,
            ),
        ):
            flash(_("产业链“%(name)s”已建立，请任命链主企业。", name=done.answer.name), "success")
            return redirect(_url(done.answer))
    return render_template("matching/new_chain.html", form=form), form.status


@bp.route("/chains/<uuid:chain_id>", methods=["GET"])
@requires("chains.see")
def chain(chain_id: UUID) -> ResponseReturnValue:
    return _page(_chain(chain_id), AppointForm())


def _page(row: Chain, form: AppointForm) -> ResponseReturnValue:
    if not form.is_submitted():
        form.from_on.data = clock.today()
    end_form = EndForm()
    if not end_form.is_submitted():
        end_form.until_on.data = clock.today()
    return render_template(
        "matching/chain.html",
        chain=row,
        area=regions.region(row.area_code).full_name,
        appointments=chains.appointments(row.id),
        form=form,
        end_form=end_form,
        today=clock.today(),
        may_manage=current_user.may_act("chains.manage", row.area_code),
    ), form.status


@bp.post("/chains/<uuid:chain_id>/appoint")
@requires("chains.manage")
def appoint(chain_id: UUID) -> ResponseReturnValue:
    row, form, actor_id = _managed(chain_id), AppointForm(), current_user.id
    key = form.key()
    facts = AppointmentFacts(form.uscc.data, form.role.data, form.from_on.data, form.until_on.data, form.document.data)
    work = partial(chains.appoint, key, chain_id, facts, actor_id=actor_id, now=clock.now())
    if form.validate_on_submit() and carried_out(form, work):
        flash(_("已任命。对方下次登录即可发布需求清单。"), "success")
        return redirect(_url(row))
    return _page(row, form)


@bp.post("/chains/<uuid:chain_id>/appointments/<uuid:appointment_id>/end")
@requires("chains.manage")
def end_appointment(chain_id: UUID, appointment_id: UUID) -> ResponseReturnValue:
    row, form, actor_id = _managed(chain_id), EndForm(), current_user.id
    if all(one.id != appointment_id for one in chains.appointments(chain_id)):
        raise NotFound
    if form.validate_on_submit():
        in_transaction(once(lambda: chains.end(appointment_id, until_on=form.until_on.data, actor_id=actor_id)))
        flash(_("任命的截止日期已登记。"), "success")
    return redirect(_url(row))
