"""An asker appeals against a refusal or a cut; an officer answers."""

from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity.page_mark import mark
from marketplace.kernel import clock
from marketplace.settlement import queries, service
from marketplace.settlement.forms import AnswerClaimForm
from marketplace.settlement.queries.appeals import of_asker
from marketplace.settlement.service import ClaimAnswer
from marketplace.settlement.views import presenter
from marketplace.settlement.views.blueprint import bp
from marketplace.vouchers.forms import AppealForm
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, in_currency
from marketplace.web.layouts import own_layout


@bp.route("/claims/<uuid:claim_id>/appeal", methods=["GET", "POST"])
@requires("claims.appeal")
def appeal(claim_id: UUID) -> ResponseReturnValue:
    claim, form = of_asker(claim_id, current_user.organisation_id), AppealForm()
    if form.validate_on_submit():
        text, whose = str(form.appeal.data), {"organisation_id": current_user.organisation_id, "actor_id": current_user.id}
        key = form.key()
        if carried_out(
            form,
            lambda: service.appeal(claim_id, text, **whose, now=clock.now(), request_key=key),
            _("申诉已提交，将由另一位审核人员答复。"),
        ):
            return redirect(url_for("settlement.claim", claim_id=claim_id))
    return render_template("settlement/appeal.html", layout=own_layout(), claim=claim, form=form), form.status


@bp.route("/claims/<uuid:claim_id>/answer", methods=["GET", "POST"])
@requires("claims.review")
def answer_appeal(claim_id: UUID) -> ResponseReturnValue:
    claim = queries.in_area(claim_id, current_user.areas_for("claims.review"))
    form, actor_id = in_currency(AnswerClaimForm, claim.currency)(shown=mark(claim_id)), current_user.id
    most = claim.requested_fen if claim.deserved_fen is None else min(claim.requested_fen, claim.deserved_fen)
    if form.validate_on_submit():
        said = ClaimAnswer(upheld=form.upheld.data == "yes", answer=str(form.answer.data), approved_fen=form.approved.data)
        key, seen = form.key(), form.seen()
        if carried_out(
            form,
            lambda: service.answer_appeal(claim_id, said, actor_id=actor_id, now=clock.now(), shown=seen, request_key=key),
            _("申诉 %(number)s 已答复。", number=claim.number),
        ):
            return redirect(url_for("settlement.claim", claim_id=claim_id))
    return render_template(
        "settlement/answer_appeal.html", claim=claim, form=form, checks=presenter.checks(claim), most_fen=most
    ), form.status
