"""Buying together (联合用券): propose, confirm with one's own voucher, leave."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.agreements import queries as agreements
from marketplace.catalogue import queries as catalogue
from marketplace.kernel import clock, typed
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.orders.forms import ConfirmJointForm, JointForm, ReasonForm, joint_form
from marketplace.orders.joint_models import JointOrder
from marketplace.orders.joint_rules import JointShare
from marketplace.orders.queries import joint as reads
from marketplace.orders.service import joint
from marketplace.orders.views.blueprint import bp
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries import spending
from marketplace.vouchers.queries.spending import VoucherOption
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, in_currency


@bp.get("/joint")
@requires("orders.place")
def joint_orders() -> ResponseReturnValue:
    """What the firm buys with others and somebody has still to confirm."""
    return render_template("orders/joint_list.html", rows=reads.newest(current_user.organisation_id))


@bp.route("/joint/new/<uuid:offering_id>", methods=["GET", "POST"])
@requires("orders.place")
def propose_joint(offering_id: UUID) -> ResponseReturnValue:
    offering = catalogue.orderable(offering_id)
    sale = agreements.sale_at(offering, clock.now())
    options = spending.pooled(current_user.organisation_id, sale=sale, now=clock.now())
    most = max((one.quote.spec.pooling.most for one in options if one.quote and one.quote.spec.pooling), default=2)
    form = in_currency(joint_form(most - 1), offering.currency)()
    form.voucher_id.choices = _choices(options)
    key = form.key()
    if form.validate_on_submit():
        who = {"enterprise_id": current_user.organisation_id, "actor_id": current_user.id}
        if done := carried_out(form, lambda: joint.propose(key, _wish(form, offering_id, most - 1), **who, now=clock.now())):
            flash(_("联合订单 %(number)s 已发起，等其他企业确认。", number=done.answer.number), "success")
            return redirect(url_for("orders.joint_order", joint_id=done.answer.id))
    rows = [(form[f"uscc_{number}"], form[f"amount_{number}"]) for number in range(1, most)]
    return render_template("orders/joint_new.html", form=form, offering=offering, rows=rows), form.status


def _wish(form: JointForm, offering_id: UUID, partners: int) -> joint.JointWish:
    """Raises: RuleViolation beside the field: no such firm."""
    shares = [JointShare(current_user.organisation_id, form.own_amount.data or 0)]
    for number in range(1, partners + 1):
        code, amount = form[f"uscc_{number}"].data, form[f"amount_{number}"].data
        if code or amount:
            shares.append(JointShare(reads.member_of(code or "", field=f"uscc_{number}").id, amount or 0))
    voucher_id = typed.key(form.voucher_id.data)
    if voucher_id is None:
        raise RuleViolation(N_("请选择用哪张券。"), field="voucher_id")
    return joint.JointWish(offering_id, voucher_id, shares, form.requirement.data or "")


def _choices(options: list[VoucherOption]) -> list[tuple[str, str]]:
    return [(str(one.voucher.id), f"{one.voucher.programme.name}（{one.voucher.number}）") for one in options if one.quote is not None]


@bp.route("/joint/<uuid:joint_id>", methods=["GET", "POST"])
@requires("orders.place")
def joint_order(joint_id: UUID) -> ResponseReturnValue:
    """Who pays what and who has confirmed; the firm's own confirmation."""
    own, form = current_user.organisation_id, ConfirmJointForm()
    row = reads.of_member(joint_id, own)
    form.voucher_id.choices = [(str(one.id), f"{one.programme.name}（{one.number}）") for one in _vouchers(row)]
    key = form.key()
    if form.validate_on_submit():
        chosen = typed.key(form.voucher_id.data)
        if chosen is None:
            raise NotFound
        who = {"enterprise_id": own, "actor_id": current_user.id, "request_key": key}
        if carried_out(form, lambda: joint.confirm(joint_id, chosen, **who, now=clock.now()), _("已确认。")):
            return redirect(url_for("orders.joint_order", joint_id=joint_id))
        row = reads.of_member(joint_id, own)
    mine = next(part for part in row.parts if part.enterprise_id == own)
    may_confirm = row.is_open and mine.confirmed_at is None
    return render_template("orders/joint.html", row=row, mine=mine, form=form, may_confirm=may_confirm), form.status


def _vouchers(row: JointOrder) -> list[Voucher]:
    return spending.of_programme(current_user.organisation_id, row.programme_id)


@bp.route("/joint/<uuid:joint_id>/leave", methods=["GET", "POST"])
@requires("orders.place")
def leave_joint(joint_id: UUID) -> ResponseReturnValue:
    row, form = reads.of_member(joint_id, current_user.organisation_id), ReasonForm()
    who = {"enterprise_id": current_user.organisation_id, "actor_id": current_user.id, "request_key": form.key()}
    if form.validate_on_submit():
        reason = form.reason.data or ""
        if carried_out(form, lambda: joint.leave(joint_id, reason, **who, now=clock.now()), _("联合订单已终止，已告知各方。")):
            return redirect(url_for("orders.joint_order", joint_id=joint_id))
    return render_template("orders/joint_leave.html", row=row, form=form), form.status
