"""Finance: money of a round arrives by a document, or is called back."""

from uuid import UUID

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import NotFound
from marketplace.kernel.files import StoredFile
from marketplace.vouchers.forms import SOURCES, AppropriationForm, RecallForm
from marketplace.vouchers.models import Appropriation
from marketplace.vouchers.queries import funds as reads
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.amounts import CARRIED_OVER
from marketplace.vouchers.service import funds as service
from marketplace.vouchers.views.common import bp, managed_round, seen_round
from marketplace.web import uploads
from marketplace.web.access import requires
from marketplace.web.formats import yuan
from marketplace.web.forms import carried_out


@bp.route("/office/rounds/<uuid:round_id>/appropriations/new", methods=["GET", "POST"])
@requires("appropriations.record")
def appropriate(round_id: UUID) -> ResponseReturnValue:
    row, form = managed_round(round_id, "appropriations.record"), AppropriationForm()
    known = {one.value for one in spec_of(row.version_id).appropriations.value} | {CARRIED_OVER}
    form.source.choices = [(value, _(label) if isinstance(label, str) else label) for value, label in SOURCES if value in known]
    if form.validate_on_submit():
        paper, key, actor_id = form.paper(), form.key(), current_user.id
        if done := carried_out(
            form,
            lambda file: service.record_appropriation(
                round_id, paper, actor_id=actor_id, request_key=key, today=clock.today(), file_id=file()
            ),
            before=lambda: uploads.chosen(form.scan),
        ):
            entry = done.answer
            flash(_("已登记 %(amount)s 元，编号 %(number)s。", amount=yuan(entry.amount_fen), number=entry.number), "success")
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
    row, form = managed_round(round_id, "appropriations.record"), RecallForm()
    if form.validate_on_submit():
        amount, reason, actor_id, key = form.amount.data or 0, str(form.reason.data), current_user.id, form.key()
        if carried_out(
            form, lambda: service.recall(round_id, amount, reason=reason, actor_id=actor_id, request_key=key, today=clock.today())
        ):
            flash(_("已收回 %(amount)s 元。", amount=yuan(amount)), "success")
            return redirect(url_for("vouchers.round_page", round_id=round_id))
    return render_template("vouchers/recall.html", row=row, form=form, free_fen=reads.free_fen(row)), form.status
