"""An officer says at a level before the last what a claim deserves."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity.page_mark import mark
from marketplace.kernel import clock
from marketplace.kernel.money import Fen
from marketplace.settlement import queries, service
from marketplace.settlement.forms import OpinionForm
from marketplace.settlement.queries import causes, levels
from marketplace.settlement.queries.waiting import place_of
from marketplace.settlement.service import SaidOfClaim
from marketplace.settlement.views import presenter
from marketplace.settlement.views.blueprint import bp
from marketplace.settlement.views.files import files_shown
from marketplace.settlement.views.filters import carried
from marketplace.settlement.views.onward import to_next
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, in_currency


@bp.route("/claims/<uuid:claim_id>/opinion", methods=["GET", "POST"])
@requires("claims.review")
def give_opinion(claim_id: UUID) -> ResponseReturnValue:
    claim = queries.in_area(claim_id, current_user.areas_for("claims.review"))
    form, actor_id = in_currency(OpinionForm, claim.currency)(shown=mark(claim_id)), current_user.id
    key, place = form.key(), place_of(claim)
    found = levels.levels_of(claim)
    if not form.is_submitted():
        most = [one.amount_fen for one in found.opinions[-1:]]
        form.amount.data = Fen(min(claim.requested_fen, causes.deserved_of(claim), *most))
    elif form.validate_on_submit():
        said = SaidOfClaim(amount_fen=form.amount.data or Fen(0), opinion=form.opinion.data or "")
        asked = {"actor_id": actor_id, "now": clock.now(), "shown": form.seen(), "request_key": key}
        if carried_out(form, lambda: service.give_opinion(claim_id, said, **asked)):
            flash(_("审核意见已记录，转下一级办理。"), "success")
            return to_next(place)
    return render_template(
        "settlement/give_opinion.html",
        claim=claim,
        form=form,
        carried=carried(),
        files=files_shown(claim),
        checks=presenter.checks(claim),
        levels=presenter.levels_shown(claim, found),
        one_more=presenter.why_one_more(claim),
        turn=found.turn.label if found.turn else "",
    ), form.status
