"""Officers and operators look at what providers want to list, and at the prices they want to change."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.catalogue import queries
from marketplace.catalogue.forms import ListingDecisionForm, PriceDecisionForm, ReasonForm
from marketplace.catalogue.lifecycle import OfferingState
from marketplace.catalogue.models import Offering
from marketplace.catalogue.service import offerings as service
from marketplace.catalogue.service.offerings import ListingDecision
from marketplace.catalogue.views.blueprint import bp, history
from marketplace.kernel import clock
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, choices
from marketplace.web.paging import paged


@bp.get("/offering-reviews")
@requires("offerings.review")
def review_queue() -> ResponseReturnValue:
    state = request.args.get("state", "waiting")
    page = paged(queries.offerings_in_areas(current_user.areas_for("offerings.review"), state=state, text=request.args.get("q", "")))
    waiting = queries.waiting_prices(row.id for row in page.items)
    return render_template("catalogue/review_queue.html", page=page, waiting=waiting, state=state, states=choices(OfferingState))


@bp.get("/offering-reviews/<uuid:offering_id>")
@requires("offerings.review")
def review(offering_id: UUID) -> ResponseReturnValue:
    row = queries.offering_in_areas(offering_id, current_user.areas_for("offerings.review"))
    return _review_page(row, _listing_form(row), PriceDecisionForm(formdata=None))


def _listing_form(row: Offering) -> ListingDecisionForm:
    return ListingDecisionForm(formdata=None, version=str(row.version))


def _review_page(row: Offering, form: ListingDecisionForm, price_form: PriceDecisionForm) -> ResponseReturnValue:
    return render_template(
        "catalogue/review.html", row=row, form=form, price_form=price_form, prices=queries.prices_of(row.id), history=history(row.id),
        waiting=queries.waiting_prices([row.id]).get(row.id), others=queries.others_of(row),
    ), max(form.status, price_form.status)  # fmt: skip


@bp.route("/offering-reviews/<uuid:offering_id>/decide", methods=["GET", "POST"])
@requires("offerings.review")
def decide_listing(offering_id: UUID) -> ResponseReturnValue:
    row = queries.offering_in_areas(offering_id, current_user.areas_for("offerings.review"))
    form = ListingDecisionForm(version=str(row.version))
    if form.validate_on_submit():
        actor_id, key, approved = current_user.id, form.key(), form.decision.data == "approve"
        decision = ListingDecision(approved, form.reason.data or "", form.seen_version())
        if carried_out(form, lambda: service.decide(offering_id, decision, actor_id=actor_id, request_key=key, now=clock.now())):
            flash(_("“%(title)s”已上架。", title=row.title) if approved else _("“%(title)s”已退回。", title=row.title), "success")
            return redirect(url_for("catalogue.review_queue"))
        row = queries.offering_in_areas(offering_id, current_user.areas_for("offerings.review"))
        form.version.data = str(row.version)
    return _review_page(row, form, PriceDecisionForm(formdata=None))


@bp.route("/offering-prices/<uuid:price_id>/decide", methods=["GET", "POST"])
@requires("offerings.review")
def decide_price(price_id: UUID) -> ResponseReturnValue:
    price = queries.price_in_areas(price_id, current_user.areas_for("offerings.review"))
    offering_id, form = price.offering_id, PriceDecisionForm()
    if form.validate_on_submit():
        actor_id, approved, answer = current_user.id, form.decision.data == "approve", form.answer.data or ""
        if carried_out(form, lambda: service.decide_price(price_id, approved=approved, answer=answer, actor_id=actor_id, now=clock.now())):
            flash(_("调价已生效。") if approved else _("调价申请已答复。"), "success")
            return redirect(url_for("catalogue.review", offering_id=offering_id))
    row = queries.offering_in_areas(offering_id, current_user.areas_for("offerings.review"))
    return _review_page(row, _listing_form(row), form)


@bp.route("/offering-reviews/<uuid:offering_id>/delist", methods=["GET", "POST"])
@requires("offerings.review")
def take_off(offering_id: UUID) -> ResponseReturnValue:
    row, form = queries.offering_in_areas(offering_id, current_user.areas_for("offerings.review")), ReasonForm()
    if form.validate_on_submit():
        actor_id, key, reason = current_user.id, form.key(), form.reason.data
        if carried_out(form, lambda: service.delist(offering_id, reason=reason, actor_id=actor_id, request_key=key, now=clock.now())):
            flash(_("“%(title)s”已下架。", title=row.title), "success")
            return redirect(url_for("catalogue.review", offering_id=offering_id))
    return render_template(
        "catalogue/delist.html", row=row, form=form, layout="layouts/officer.html",
        back=url_for("catalogue.review", offering_id=offering_id), action=url_for("catalogue.take_off", offering_id=offering_id),
    ), form.status  # fmt: skip
