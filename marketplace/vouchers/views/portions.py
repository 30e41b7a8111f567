"""Amounts of a voucher by kind of service: the firm, or its officer, moves some from one to another."""

from collections.abc import Sequence
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.money import Fen
from marketplace.policy.programme_words import PortionMove, PortionMover
from marketplace.vouchers.forms import ShiftForm
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.portions import parts_of
from marketplace.vouchers.queries.spending import of_enterprise, spec_of
from marketplace.vouchers.rules.portions import PortionStanding, Shift
from marketplace.vouchers.rules.states import SPENDABLE
from marketplace.vouchers.service import portions as service
from marketplace.vouchers.views.common import bp, managed_round
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, in_currency


def may_shift(row: Voucher, by: PortionMover) -> bool:
    """Whether the rules let a side move amounts of a voucher that can be used."""
    rule = spec_of(row.round.version_id).portion_moves
    return rule is not None and rule.rule is not PortionMove.NONE and rule.by is by and row.state in SPENDABLE


@bp.route("/wallet/<uuid:voucher_id>/portions", methods=["GET", "POST"])
@requires("vouchers.own")
def move_portion(voucher_id: UUID) -> ResponseReturnValue:
    row = of_enterprise(voucher_id, current_user.organisation_id)
    return _page(row, "firm", url_for("vouchers.voucher", voucher_id=voucher_id), current_user.organisation_id)


@bp.route("/office/vouchers/<uuid:voucher_id>/portions", methods=["GET", "POST"])
@requires("rounds.manage")
def office_move_portion(voucher_id: UUID) -> ResponseReturnValue:
    row = by_id(Voucher, voucher_id)
    identity.organisation_in_area(row.enterprise_id, current_user.areas_for("rounds.manage"))
    managed_round(row.round_id, "rounds.manage")
    return _page(row, "officer", url_for("vouchers.office_voucher", voucher_id=voucher_id), None)


def _page(row: Voucher, layout: str, back: str, enterprise_id: UUID | None) -> ResponseReturnValue:
    parts, form, voucher_id = parts_of(row), in_currency(ShiftForm, row.currency)(), row.id
    form.source.choices = form.target.choices = _offered(parts)
    if form.validate_on_submit():
        shift = Shift(str(form.source.data), str(form.target.data), Fen(form.amount.data or 0), str(form.reason.data))
        asked = {"enterprise_id": enterprise_id, "actor_id": current_user.id, "now": clock.now()}
        if carried_out(form, lambda: service.move(voucher_id, shift, **asked)):
            flash(_("分类额度已调整。"), "success")
            return redirect(back)
    shown = {"row": row, "form": form, "parts": parts, "back": back, "rule": spec_of(row.round.version_id).portion_moves}
    return render_template("vouchers/move_portion.html", layout=f"layouts/{layout}.html", **shown), form.status


def _offered(parts: Sequence[PortionStanding]) -> list[tuple[str, str]]:
    return [(one.name, one.label) for one in parts]
