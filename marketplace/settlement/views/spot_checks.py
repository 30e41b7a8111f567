"""The second officer's page of a drawn claim; and for everybody the draw of a round, to be recomputed when it is over."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import NotFound
from marketplace.settlement import queries, service
from marketplace.settlement.forms import SpotCheckForm
from marketplace.settlement.queries import draws
from marketplace.settlement.spot_rules import MIN_WORDS, DrawnBy, SpotFinding
from marketplace.settlement.views.blueprint import bp
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries import spending
from marketplace.vouchers.rules.states import RoundState
from marketplace.web.access import public, requires
from marketplace.web.forms import carried_out
from marketplace.web.layouts import own_layout
from marketplace.web.paging import paged


@bp.route("/claims/<uuid:claim_id>/spot-check", methods=["GET", "POST"])
@requires("claims.review")
def spot_check(claim_id: UUID) -> ResponseReturnValue:
    claim, form, actor_id = queries.in_area(claim_id, current_user.areas_for("claims.review")), SpotCheckForm(), current_user.id
    if form.validate_on_submit():
        finding, report = SpotFinding(form.finding.data), form.report.data
        if carried_out(
            form, lambda: service.record_spot_check(claim_id, finding=finding, report=report, actor_id=actor_id, now=clock.now())
        ):
            flash(_("抽查结果已登记，请由另一位工作人员审核。"), "success")
            return redirect(url_for("settlement.claim", claim_id=claim_id))
    why = DrawnBy(claim.drawn_by).label if claim.drawn_by else ""
    page = render_template("settlement/spot_check.html", claim=claim, form=form, why=why, least=MIN_WORDS)
    return page, form.status


@bp.get("/rounds/<uuid:round_id>/draw")
@public
def round_draw(round_id: UUID) -> ResponseReturnValue:
    """The commitment from the announcement on; seed, claims and recipe when the round is over."""
    row = by_id(Round, round_id)
    if row.draw_commitment is None or row.state is RoundState.DRAFT:
        raise NotFound
    is_over = row.state is RoundState.FINISHED
    page = paged(draws.in_draw_order(round_id)) if is_over else None
    return render_template(
        "settlement/round_draw.html", layout=own_layout(), row=row, rule=spending.spec_of(row.version_id).sample, page=page,
        seed=row.draw_seed if is_over else None, labels=DrawnBy.labels(),
    )  # fmt: skip
