"""A provider's own offerings: draft, submit, change the price, take off the shelf."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.catalogue import queries
from marketplace.catalogue.forms import OfferingForm, PriceForm, ReasonForm, SubmitForm
from marketplace.catalogue.lifecycle import OfferingState
from marketplace.catalogue.models import Offering
from marketplace.catalogue.rules import offerings as rules
from marketplace.catalogue.rules.offerings import OfferingFacts
from marketplace.catalogue.service import admission
from marketplace.catalogue.service import offerings as service
from marketplace.catalogue.service.offerings import NewPrice
from marketplace.catalogue.views.blueprint import bp, history
from marketplace.kernel import clock
from marketplace.kernel.currencies import currencies, format_money
from marketplace.kernel.errors import Conflict
from marketplace.kernel.money import CNY, Fen
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, choices, in_currency
from marketplace.web.paging import paged


@bp.get("/provider/offerings")
@requires("offerings.own")
def my_offerings() -> ResponseReturnValue:
    page = paged(queries.offerings_of(current_user.organisation_id, state=request.args.get("state", "")))
    provider = queries.provider_of(current_user.organisation_id)
    waiting = queries.waiting_prices(row.id for row in page.items)
    return render_template("catalogue/my_offerings.html", page=page, states=choices(OfferingState), provider=provider, waiting=waiting)


@bp.route("/provider/offerings/new", methods=["GET", "POST"])
@requires("offerings.own")
def add_offering() -> ResponseReturnValue:
    form = _form(CNY)()
    form.offer()
    if form.validate_on_submit():
        provider_id, actor_id, key, facts = current_user.organisation_id, current_user.id, form.key(), form.facts()

        def work() -> Offering:
            admission.open_file(provider_id, actor_id=actor_id)
            return service.write(provider_id, facts, actor_id=actor_id, request_key=key)

        if done := carried_out(form, work, _("草稿已保存。核对无误后提交上架审核。")):
            return redirect(url_for("catalogue.my_offering", offering_id=done.answer.id))
    return render_template("catalogue/edit_offering.html", form=form, row=None, changes=[]), form.status


@bp.get("/provider/offerings/<uuid:offering_id>")
@requires("offerings.own")
def my_offering(offering_id: UUID) -> ResponseReturnValue:
    return _offering_page(*_own_with_form(offering_id))


def _offering_page(row: Offering, form: SubmitForm) -> ResponseReturnValue:
    return render_template(
        "catalogue/my_offering.html", row=row, form=form, prices=queries.prices_of(row.id), history=history(row.id, is_public=True),
        editable=row.state in rules.EDITABLE, waiting=queries.waiting_prices([row.id]).get(row.id),
    ), form.status  # fmt: skip


@bp.route("/provider/offerings/<uuid:offering_id>/edit", methods=["GET", "POST"])
@requires("offerings.own")
def edit_offering(offering_id: UUID) -> ResponseReturnValue:
    row = queries.own_offering(offering_id, current_user.organisation_id)
    form = _form(row.currency)(obj=row, price=row.price_fen, voucher_cap=row.voucher_cap_fen)
    form.offer()
    changes: list[tuple[str, str]] = []
    if form.validate_on_submit():
        provider_id, actor_id, key, facts, seen = row.provider_id, current_user.id, form.key(), form.facts(), form.seen_version()
        if carried_out(
            form, lambda: service.change(offering_id, provider_id, facts, seen_version=seen, actor_id=actor_id, request_key=key)
        ):
            flash(_("已保存。"), "success")
            return redirect(url_for("catalogue.my_offering", offering_id=offering_id))
        if isinstance(form.refusal, Conflict):
            row = queries.own_offering(offering_id, provider_id)
            changes = _differences(form, facts, service.facts_of(row))
            form.version.data = str(row.version)  # whoever submits again has seen the newest
    return render_template("catalogue/edit_offering.html", form=form, row=row, changes=changes), form.status


def _form(now: str) -> type[OfferingForm]:
    """The form with its amounts in the currency that is chosen on it, or is it now."""
    asked = request.form.get("currency", now)
    return in_currency(OfferingForm, asked if asked in currencies() else now)


def _differences(form: OfferingForm, typed: OfferingFacts, stored: OfferingFacts) -> list[tuple[str, str]]:
    """What stands in the row where it is not what was typed: field label and stored value."""
    found = []
    for name in service.FACTS:
        value = getattr(stored, name)
        if value != getattr(typed, name):
            field, is_money = form[name.removesuffix("_fen")], name.endswith("_fen") and value is not None
            found.append((str(field.label.text), format_money(value, stored.currency) if is_money else str(value or "—")))
    return found


def _own_with_form(offering_id: UUID) -> tuple[Offering, SubmitForm]:
    row = queries.own_offering(offering_id, current_user.organisation_id)
    return row, SubmitForm(version=str(row.version))


@bp.route("/provider/offerings/<uuid:offering_id>/submit", methods=["GET", "POST"])
@requires("offerings.own")
def submit_offering(offering_id: UUID) -> ResponseReturnValue:
    row, form = _own_with_form(offering_id)
    if form.validate_on_submit():
        provider_id, actor_id, key, seen = row.provider_id, current_user.id, form.key(), form.seen_version()
        work = lambda: service.submit(  # noqa: E731
            offering_id, provider_id, seen_version=seen, actor_id=actor_id, request_key=key, today=clock.today()
        )
        if carried_out(form, work):
            flash(_("已提交上架审核，结果会通知您。"), "success")
            return redirect(url_for("catalogue.my_offering", offering_id=offering_id))
        row = queries.own_offering(offering_id, provider_id)
        form.version.data = str(row.version)
    return _offering_page(row, form)


@bp.route("/provider/offerings/<uuid:offering_id>/delist", methods=["GET", "POST"])
@requires("offerings.own")
def delist_offering(offering_id: UUID) -> ResponseReturnValue:
    row, form = queries.own_offering(offering_id, current_user.organisation_id), ReasonForm()
    if form.validate_on_submit():
        provider_id, actor_id, key, reason = row.provider_id, current_user.id, form.key(), form.reason.data
        if carried_out(
            form,
            lambda: service.delist(
                offering_id, provider_id=provider_id, reason=reason, actor_id=actor_id, request_key=key, now=clock.now()
            ),
        ):
            flash(_("服务已下架。需要时可以修改后重新提交上架。"), "success")
            return redirect(url_for("catalogue.my_offering", offering_id=offering_id))
    return render_template(
        "catalogue/delist.html", row=row, form=form, layout="layouts/firm.html",
        back=url_for("catalogue.my_offering", offering_id=offering_id),
        action=url_for("catalogue.delist_offering", offering_id=offering_id),
    ), form.status  # fmt: skip


@bp.route("/provider/offerings/<uuid:offering_id>/price", methods=["GET", "POST"])
@requires("offerings.own")
def propose_price(offering_id: UUID) -> ResponseReturnValue:
    row = queries.own_offering(offering_id, current_user.organisation_id)
    form = in_currency(PriceForm, row.currency)()
    if form.validate_on_submit():
        provider_id, wanted = row.provider_id, NewPrice(form.price.data or Fen(0), form.reason.data)
        asked = {"actor_id": current_user.id, "request_key": form.key()}
        if carried_out(form, lambda: service.propose_price(offering_id, provider_id, wanted, **asked, now=clock.now())):
            flash(_("调价申请已提交。审核通过前，仍按现价接单。"), "success")
            return redirect(url_for("catalogue.my_offering", offering_id=offering_id))
    return render_template("catalogue/propose_price.html", row=row, form=form), form.status
