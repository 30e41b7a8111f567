"""Ordering: choose a voucher and see what it bears, check, confirm."""

from dataclasses import replace
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.agreements import queries as agreements
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import Offering
from marketplace.kernel import clock
from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import DomainError
from marketplace.kernel.locales import said
from marketplace.orders import rules, service
from marketplace.orders.forms import NONE, PlaceForm
from marketplace.orders.models import Order
from marketplace.orders.queries import frequency
from marketplace.orders.service import Purchase, as_printed
from marketplace.orders.views.blueprint import bp
from marketplace.vouchers.queries import spending
from marketplace.vouchers.queries.barred import why_unpaid
from marketplace.vouchers.queries.spending import Quote, VoucherOption
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, in_currency


@bp.route("/place/<uuid:offering_id>", methods=["GET", "POST"])
@requires("orders.place")
def place(offering_id: UUID) -> ResponseReturnValue:
    offering = catalogue.orderable(offering_id)
    form = in_currency(PlaceForm, offering.currency)()
    options = frequency.options(current_user.organisation_id, sale=agreements.sale_at(offering, clock.now()), now=clock.now())
    form.voucher_id.choices = offered = _choices(options)
    if not form.voucher_id.data:
        asked, keys = request.args.get("voucher", ""), [key for key, _label in offered]
        form.voucher_id.data = asked if asked in keys else keys[0]
    step = request.form.get("step", "") if form.validate_on_submit() else ""
    if step == "confirm":
        key = form.key()
        if done := carried_out(form, lambda: _placed(key, form, offering_id)):
            flash(_("订单 %(number)s 已提交，券额已占用，等服务机构接单。", number=done.answer.number), "success")
            return redirect(url_for("orders.show", order_id=done.answer.id))
        step = "check" if form.refusal and form.refusal.code in {"price_changed", "subsidy_changed"} else ""
    return _page(form, offering, options, step)


def _placed(key: UUID, form: PlaceForm, offering_id: UUID) -> Order:
    chosen = None if form.voucher_id.data == NONE else UUID(form.voucher_id.data)
    requested, in_kind = (form.requested.data, form.in_kind.data) if chosen else (None, None)
    shown = {"seen_price_fen": form.seen(form.seen_price), "seen_subsidy_fen": form.seen(form.seen_subsidy)}
    wanted = Purchase(offering_id, chosen, requested, form.requirement.data or "", **shown, in_kind_fen=in_kind)
    return service.place(key, wanted, enterprise_id=current_user.organisation_id, actor_id=current_user.id, now=clock.now())


def _page(form: PlaceForm, offering: Offering, options: list[VoucherOption], step: str) -> ResponseReturnValue:
    """Choosing, or checking what was chosen when it holds together."""
    offer = None
    if not form.voucher_id.errors:
        try:
            offer = _quote(form, offering)
        except DomainError as refusal:
            if not form.errors:
                form.refuse(refusal)
            step, offer = "", _best(form, options)
    form.seen_price.data = str(offer.price_fen if offer else offering.price_fen)
    form.seen_subsidy.data = str(offer.preview.subsidy_fen if offer else 0)
    refused = [(one.voucher, said(one.refusal)) for one in options if one.refusal is not None]
    template = "orders/check.html" if step in {"check", "confirm"} else "orders/place.html"
    printed = as_printed(offer) if offer else None
    return render_template(
        template,
        form=form,
        offering=offering,
        offer=offer,
        printed=printed,
        refused=refused,
        asks_in_kind=_asks_in_kind(options),
        unpaid=why_unpaid(offer.voucher.round, offering.category, offering.title) if offer else None,
        may_pool=any(one.quote is not None and one.quote.spec.pooling is not None for one in options),
    ), form.status


def _asks_in_kind(options: list[VoucherOption]) -> bool:
    """Whether one of the vouchers lets a part of the firm's own share be in kind."""
    shares = (one.quote.spec.own_share for one in options if one.quote is not None)
    return any(share is not None and share.in_kind_bp is not None for share in shares)


def _best(form: PlaceForm, options: list[VoucherOption]) -> Quote | None:
    """What the chosen voucher bears at most: shown beside a refusal, so that no page says the voucher bears nothing."""
    return next((one.quote for one in options if str(one.voucher.id) == form.voucher_id.data), None)


def _quote(form: PlaceForm, offering: Offering) -> Quote | None:
    """What the chosen voucher bears; None without one. Raises: RuleViolation."""
    if form.voucher_id.data == NONE:
        return None
    voucher = spending.of_enterprise(UUID(form.voucher_id.data), current_user.organisation_id)
    enterprise_id, today, wanted = voucher.enterprise_id, voucher.day_of(clock.now()), form.requested.data
    sale = replace(agreements.sale_of(offering, today), in_kind_fen=form.in_kind.data)
    offer = spending.quote(voucher.id, enterprise_id=enterprise_id, sale=sale, today=today, requested_fen=wanted)
    frequency.check_count(offer, offering.category, today=today)
    rules.check_requested(wanted, offer.preview.subsidy_fen, because=offer.preview.binding_cap, currency=offer.spec.currency)
    return offer


def _choices(options: list[VoucherOption]) -> list[tuple[str, str]]:
    """The vouchers that can be used here, each with what it bears, and none."""
    usable = [(one.voucher, one.quote) for one in options if one.quote is not None and one.quote.preview.subsidy_fen]
    return [
        (
            str(voucher.id),
            _(
                "%(programme)s（%(number)s）：可抵 %(subsidy)s 元，自付 %(own)s 元",
                programme=voucher.programme.name + (_("（模拟）") if voucher.round.simulated else ""),
                number=voucher.number,
                subsidy=format_money(quote.preview.subsidy_fen, quote.spec.currency),
                own=format_money(quote.preview.own_share_fen, quote.spec.currency),
            ),
        )
        for voucher, quote in usable
    ] + [(NONE, _("不用券，全部自付"))]
