"""Money of a round: it arrives by a document or is called back (finance), and is moved between the parts of a budget (officers)."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import N_, NotFound
from marketplace.kernel.files import StoredFile
from marketplace.kernel.locales import said
from marketplace.moves.service import By
from marketplace.vouchers.forms import PartShiftForm
from marketplace.vouchers.fund_forms import SOURCES, AppropriationForm, CarryForm, PartCarryForm, PartRecallForm, RecallForm
from marketplace.vouchers.models import Appropriation, Round
from marketplace.vouchers.queries import funds as reads
from marketplace.vouchers.queries import parts
from marketplace.vouchers.queries.parts import PartStanding
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.amounts import CARRIED_OVER
from marketplace.vouchers.rules.parts import COMMON, ShiftWanted
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.service import funds as service
from marketplace.vouchers.service import parts as part_service
from marketplace.vouchers.views.common import bp, managed_round, seen_round
from marketplace.web import uploads
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, in_currency


@bp.route("/office/rounds/<uuid:round_id>/appropriations/new", methods=["GET", "POST"])
@requires("appropriations.record")
def appropriate(round_id: UUID) -> ResponseReturnValue:
    row = managed_round(round_id, "appropriations.record")
    form = in_currency(AppropriationForm, row.currency)()
    known = {one.value for one in spec_of(row.version_id).appropriations.value} | {CARRIED_OVER}
    form.source.choices = [(value, _(label) if isinstance(label, str) else label) for value, label in SOURCES if value in known]
    if form.validate_on_submit():
        paper, key, actor_id = form.paper(), form.key(), current_user.id
        if done := carried_out(
            form,
            lambda file: service.record_appropriation(
                round_id, paper, actor_id=actor_id, request_key=key, today=row.day_of(clock.now()), file_id=file()
            ),
            before=lambda: uploads.chosen(form.scan),
        ):
            entry = done.answer
            flash(
                said(
                    N_("已登记 %(amount)s 元，编号 %(number)s。", amount=format_money(entry.amount_fen, row.currency), number=entry.number)
                ),
                "success",
            )
            return redirect(url_for("vouchers.round_page", round_id=round_id))
    return render_template("vouchers/appropriate.html", row=row, form=form), form.status


@bp.get("/office/appropriations/<uuid:appropriation_id>/scan")
@requires("rounds.see")
def appropriation_scan(appropriation_id: UUID) -> Response:
    entry = by_id(Appropriation, appropriation_id)
    seen_round(entry.round_id)
    if entry.file_id is None:
        raise NotFound
    return uploads.send(by_id(StoredFile, entry.file_id))


@bp.route("/office/rounds/<uuid:round_id>/recall", methods=["GET", "POST"])
@requires("appropriations.record")
def recall(round_id: UUID) -> ResponseReturnValue:
    row = managed_round(round_id, "appropriations.record")
    standing = parts.standing(row) if row.state is not RoundState.DRAFT else []
    shape: type[RecallForm] = PartRecallForm if standing else RecallForm
    form = in_currency(shape, row.currency)()
    if isinstance(form, PartRecallForm):
        form.part.choices = part_choices(standing, row.currency)
    if form.validate_on_submit():
        part = str(form.part.data) if isinstance(form, PartRecallForm) else ""
        wanted = service.Recall(amount_fen=form.amount.data or 0, reason=str(form.reason.data), part=part)
        actor_id, key = current_user.id, form.key()
        if carried_out(form, lambda: service.recall(round_id, wanted, actor_id=actor_id, request_key=key, today=row.day_of(clock.now()))):
            flash(said(N_("已收回 %(amount)s 元。", amount=format_money(wanted.amount_fen, row.currency))), "success")
            return redirect(url_for("vouchers.round_page", round_id=round_id))
    return render_template("vouchers/recall.html", row=row, form=form, free_fen=reads.free_fen(row)), form.status


@bp.route("/office/rounds/<uuid:round_id>/carry", methods=["GET", "POST"])
@requires("appropriations.record")
def carry_over(round_id: UUID) -> ResponseReturnValue:
    """Finance lets a round that hands out again have what the earlier one did not use (补发)."""
    row = managed_round(round_id, "appropriations.record")
    if row.supplements_id is None:
        return redirect(url_for("vouchers.appropriate", round_id=round_id))
    earlier = by_id(Round, row.supplements_id)
    standing = parts.standing(earlier)
    shape: type[CarryForm] = PartCarryForm if standing else CarryForm
    form = in_currency(shape, row.currency)()
    if isinstance(form, PartCarryForm):
        form.part.choices = part_choices(standing, row.currency)
    if form.validate_on_submit():
        wanted = service.Carry(
            amount_fen=form.amount.data or 0,
            document_number=str(form.document_number.data),
            reason=str(form.reason.data),
            part=str(form.part.data) if isinstance(form, PartCarryForm) else "",
        )
        actor_id, key = current_user.id, form.key()
        if carried_out(
            form, lambda: service.carry_over(round_id, wanted, actor_id=actor_id, request_key=key, today=row.day_of(clock.now()))
        ):
            flash(said(N_("已结转 %(amount)s 元。", amount=format_money(wanted.amount_fen, row.currency))), "success")
            return redirect(url_for("vouchers.round_page", round_id=round_id))
    return render_template("vouchers/carry_over.html", row=row, earlier=earlier, form=form, free_fen=reads.free_fen(earlier)), form.status


def part_choices(standing: Sequence[PartStanding], currency: str, *, to_give: bool = False) -> list[tuple[str, str]]:
    """The parts of a budget with what is free in them; money is given to a part, never back to what belongs to none."""
    shown = [one for one in standing if not (to_give and one.name == COMMON)]
    free = [(one, format_money(one.free_fen, currency)) for one in shown]
    return [(one.name, said(N_("%(part)s（可用 %(free)s 元）", part=one.label, free=amount))) for one, amount in free]


@bp.route("/office/rounds/<uuid:round_id>/parts", methods=["GET", "POST"])
@requires("rounds.manage")
def shift_part(round_id: UUID) -> ResponseReturnValue:
    """Officers move money between the parts of a running round's budget (调剂)."""
    row = managed_round(round_id, "rounds.manage")
    form = in_currency(PartShiftForm, row.currency)()
    standing = parts.standing(row) if row.state is not RoundState.DRAFT else []
    form.source.choices, form.target.choices = part_choices(standing, row.currency), part_choices(standing, row.currency, to_give=True)
    if form.validate_on_submit():
        wanted = ShiftWanted(
            source=str(form.source.data), target=str(form.target.data), amount_fen=form.amount.data or 0, reason=str(form.reason.data)
        )
        by = By(current_user.id, clock.now(), form.key())
        if carried_out(form, lambda: part_service.shift(round_id, wanted, by)):
            flash(said(N_("已调剂 %(amount)s 元。", amount=format_money(wanted.amount_fen, row.currency))), "success")
            return redirect(url_for("vouchers.round_page", round_id=round_id))
    return render_template("vouchers/shift_part.html", row=row, form=form, spec=spec_of(row.version_id)), form.status
