"""Officers: whom a round pays where its programme pays neither the provider nor the firm."""

from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.vouchers.forms import PayeeConfirmForm, PayeeForm
from marketplace.vouchers.payee_models import RoundPayee
from marketplace.vouchers.queries import payees as reads
from marketplace.vouchers.service import payees as service
from marketplace.vouchers.views.common import bp, managed_round, may_manage, seen_round
from marketplace.web.access import requires
from marketplace.web.forms import carried_out
from marketplace.web.paging import paged


@bp.get("/office/rounds/<uuid:round_id>/payees")
@requires("rounds.see")
def payees(round_id: UUID) -> ResponseReturnValue:
    row = seen_round(round_id)
    may_name = current_user.can("rounds.manage") and may_manage("rounds.manage", row.programme, row)
    page = paged(reads.of_round(round_id))
    return render_template("vouchers/payees.html", row=row, page=page, may_name=may_name)


@bp.route("/office/rounds/<uuid:round_id>/payees/new", methods=["GET", "POST"])
@requires("rounds.manage")
def name_payee(round_id: UUID) -> ResponseReturnValue:
    """Name who is paid, with the account."""
    row, form, actor_id = managed_round(round_id, "rounds.manage"), PayeeForm(), current_user.id
    if form.validate_on_submit():
        said = form.said()
        if carried_out(
            form,
            lambda: service.name_payee(round_id, said, actor_id=actor_id, now=clock.now()),
            _("已登记，请另一位人员核对账号后确认。"),
        ):
            return redirect(url_for("vouchers.payees", round_id=round_id))
    return render_template("vouchers/payee_form.html", row=row, form=form), form.status


@bp.route("/office/payees/<uuid:payee_id>/confirm", methods=["GET", "POST"])
@requires("rounds.manage")
def confirm_payee(payee_id: UUID) -> ResponseReturnValue:
    """A second person confirms the account."""
    payee = by_id(RoundPayee, payee_id)
    row, form, actor_id = managed_round(payee.round_id, "rounds.manage"), PayeeConfirmForm(seen=payee.bank_account), current_user.id
    if form.validate_on_submit():
        seen = form.seen.data or ""
        if carried_out(
            form,
            lambda: service.confirm_payee(payee_id, seen_account=seen, actor_id=actor_id, now=clock.now()),
            _("已确认，可以向这个账号付款。"),
        ):
            return redirect(url_for("vouchers.payees", round_id=row.id))
    return render_template("vouchers/payee_confirm.html", row=row, payee=payee, form=form), form.status
