"""Steps of a match of which more is told than that they were taken: the day, the amount, the quantity."""

from collections.abc import Callable
from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.kernel.money import Fen
from marketplace.matching import service
from marketplace.matching.forms import CorrectForm, MessageForm, StepForm
from marketplace.matching.lifecycle import MATCH
from marketplace.matching.models import Match
from marketplace.matching.service import contracts, steps, talk
from marketplace.matching.service.steps import StepFacts
from marketplace.matching.views import bp
from marketplace.matching.views.contract_pages import contract_of, own_match
from marketplace.matching.views.match_pages import actable, page_of
from marketplace.web.access import requires
from marketplace.web.forms import carried_out


@bp.route("/matches/<uuid:match_id>/quote", methods=["GET", "POST"])
@requires("matching.follow")
def quote(match_id: UUID) -> ResponseReturnValue:
    return _step(actable(match_id), "quote", steps.quote)


@bp.route("/matches/<uuid:match_id>/deliver", methods=["GET", "POST"])
@requires("matching.sign")
def deliver(match_id: UUID) -> ResponseReturnValue:
    return _step(own_match(match_id), "deliver", steps.deliver)


@bp.post("/matches/<uuid:match_id>/messages", endpoint="message")
@requires("matching.follow")
def message(match_id: UUID) -> ResponseReturnValue:
    match, form = actable(match_id), MessageForm()
    key, actor_id, by = form.key(), current_user.id, current_user.organisation_id
    if form.validate_on_submit() and carried_out(
        form, lambda: talk.write(key, match_id, form.body.data or "", actor_id=actor_id, by=by, now=clock.now()), _("留言已发出。")
    ):
        return redirect(url_for("matching.match", match_id=match_id))
    return page_of(match, form), form.status


@bp.route("/matches/<uuid:match_id>/contracts/<uuid:contract_id>/correct", methods=["GET", "POST"])
@requires("matching.void")
def correct_contract(match_id: UUID, contract_id: UUID) -> ResponseReturnValue:
    match, form = service.in_area(match_id, current_user.areas_for("matching.void")), CorrectForm()
    row, key, actor_id = contract_of(match_id, contract_id), form.key(), current_user.id
    if form.validate_on_submit():
        facts = StepFacts(None, form.amount_fen.data, form.quantity.data, form.unit.data or "")
        if carried_out(
            form,
            lambda: contracts.correct(key, row.id, facts, reason=form.reason.data or "", actor_id=actor_id, now=clock.now()),
            _("已更正，并已告知双方。"),
        ):
            return redirect(url_for("matching.match", match_id=match_id))
    elif not form.is_submitted():
        form.amount_fen.data = Fen(match.contract_fen) if match.contract_fen else None
        form.quantity.data, form.unit.data = match.contract_quantity, match.contract_unit
    return render_template("matching/correct.html", match=match, form=form, contract=row), form.status


def _step(match: Match, verb: str, take: Callable[..., Match]) -> ResponseReturnValue:
    form, page = StepForm(), url_for("matching.match", match_id=match.id)
    key, actor_id, by = form.key(), current_user.id, current_user.organisation_id
    if form.validate_on_submit():
        told = StepFacts(form.happened_on.data, form.amount_fen.data, form.quantity.data, form.unit.data or "")
        if carried_out(form, lambda: take(key, match.id, told, actor_id=actor_id, by=by, now=clock.now()), _("已登记，并已通知对方。")):
            return redirect(page)
    elif not form.is_submitted():
        form.happened_on.data = clock.today()
        form.amount_fen.data = Fen(match.contract_fen) if match.contract_fen else None
        form.quantity.data = match.contract_quantity or match.planned_quantity
        form.unit.data = match.contract_unit or match.planned_unit or match.need.unit
    move = MATCH.move(verb)
    action = f"{page}/{verb}"
    return render_template("matching/step.html", match=match, form=form, heading=_(move.label), action=action), form.status
