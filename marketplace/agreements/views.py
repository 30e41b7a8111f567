"""Pages of agreements: those of a round and of a provider, signing, one of them, ending it; which providers everybody may order from."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.agreements import queries, service
from marketplace.agreements.forms import TerminateForm, sign_form
from marketplace.agreements.lifecycle import AGREEMENT, Side
from marketplace.agreements.models import Agreement
from marketplace.agreements.rules import SIGNED_IN
from marketplace.catalogue import queries as catalogue
from marketplace.identity import page_mark
from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import NotFound
from marketplace.moves import presenter
from marketplace.moves.service import By
from marketplace.policy.service_categories import category_names
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.spending import phase_at, spec_of
from marketplace.vouchers.views.common import managed_round, may_manage, may_read_funds, note, seen_round
from marketplace.web.access import public, requires
from marketplace.web.forms import carried_out
from marketplace.web.layouts import own_layout
from marketplace.web.paging import paged

bp = Blueprint("agreements", __name__)


@bp.get("/office/rounds/<uuid:round_id>/agreements")
@requires("rounds.see")
def in_round(round_id: UUID) -> ResponseReturnValue:
    row, page = seen_round(round_id), paged(queries.in_round(round_id))
    return render_template(
        "agreements/in_round.html",
        row=row,
        page=page,
        left=queries.left_fen(page.items),
        categories=category_names(),
        may_sign=_may_sign(row),
    )


@bp.route("/office/rounds/<uuid:round_id>/agreements/new", methods=["GET", "POST"])
@requires("rounds.manage")
def sign(round_id: UUID) -> ResponseReturnValue:
    """First the provider of the register, by name or credit code; then the contract with it."""
    row, text = managed_round(round_id, "rounds.manage"), request.args.get("provider", "").strip()
    provider = queries.admitted(text)
    if provider is None:
        return _choose(row, text)
    spec = spec_of(row.version_id)
    form = sign_form(spec, [one for one in queries.listed(provider.id, spec.currency) if one.category in spec.categories])
    if form.validate_on_submit():
        terms, by = form.terms(), By(current_user.id, clock.now(), form.key())
        if done := carried_out(form, lambda: service.sign(round_id, provider.id, terms, by=by)):
            flash(_("合同 %(number)s 已登记，资金已划出。", number=done.answer.number), "success")
            return redirect(url_for("agreements.show", agreement_id=done.answer.id))
    return render_template("agreements/sign.html", row=row, spec=spec, provider=provider, form=form), form.status


def _choose(row: Round, text: str) -> ResponseReturnValue:
    """Those of the register who are so called; the only one at once, under its code."""
    page = paged(catalogue.admitted(text=text)) if text else None
    if page and page.total == 1:
        return redirect(url_for("agreements.sign", round_id=row.id, provider=page.items[0].organisation.uscc))
    return render_template("agreements/choose.html", row=row, text=text, page=page), 422 if page and not page.total else 200


@bp.get("/agreements/<uuid:agreement_id>")
@requires("agreements.open")
def show(agreement_id: UUID) -> ResponseReturnValue:
    row = _seen(agreement_id)
    manages = _manages(row)
    offered = AGREEMENT.offered(Side.OFFICER, row.state) if manages else ()
    return render_template(
        "agreements/show.html",
        layout=own_layout(),
        row=row,
        money=queries.money_of(row),
        spec=spec_of(row.round.version_id),
        categories=category_names(),
        titles={str(one.offering_id): one.title for one in queries.listed(row.provider_id, row.currency)},
        actions=presenter.buttons(AGREEMENT, offered, blueprint="agreements", agreement_id=row.id),
        history=presenter.history(row.id, [AGREEMENT], note),
        is_office=current_user.can("rounds.see"),
    )


@bp.route("/agreements/<uuid:agreement_id>/terminate", methods=["GET", "POST"])
@requires("rounds.manage")
def terminate(agreement_id: UUID) -> ResponseReturnValue:
    row, form = _seen(agreement_id), TerminateForm(shown=page_mark.mark(agreement_id))
    managed_round(row.round_id, "rounds.manage")
    if form.validate_on_submit():
        reason, by = str(form.reason.data), By(current_user.id, clock.now(), form.key(), shown=form.seen())
        if carried_out(form, lambda: service.terminate(agreement_id, reason=reason, by=by), _("合同已终止，余额已收回。")):
            return redirect(url_for("agreements.show", agreement_id=agreement_id))
    return render_template("agreements/terminate.html", row=row, form=form, left_fen=queries.money_of(row).left_fen), form.status


@bp.get("/my/agreements")
@requires("orders.fulfil")
def mine() -> ResponseReturnValue:
    page = paged(queries.of_provider(current_user.organisation_id))
    return render_template("agreements/mine.html", page=page, left=queries.left_fen(page.items))


@bp.get("/rounds/<uuid:round_id>/providers")
@public
def providers(round_id: UUID) -> ResponseReturnValue:
    """From whom firms may order in a round whose orders the bureau's contracts pay."""
    row = queries.public_round(round_id)
    page = paged(queries.in_round(round_id, running_only=True))
    return render_template("agreements/providers.html", layout=own_layout(), row=row, page=page, categories=category_names())


def _may_sign(row: Round) -> bool:
    """Whether the signed-in user may put a contract down in a round now."""
    mine = current_user.can("rounds.manage") and may_manage("rounds.manage", row.programme, row)
    return bool(mine) and phase_at(row, clock.now()) in SIGNED_IN


def _manages(row: Agreement) -> bool:
    return bool(current_user.can("rounds.manage")) and may_manage("rounds.manage", row.round.programme, row.round)


def _seen(agreement_id: UUID) -> Agreement:
    """Raises: NotFound: no such agreement, another provider's, or of an area that is not the office's."""
    row = by_id(Agreement, agreement_id)
    is_own = current_user.can("orders.fulfil") and row.provider_id == current_user.organisation_id
    if not is_own and not (current_user.can("rounds.see") and may_read_funds(row.round.area_code)):
        raise NotFound
    return row
