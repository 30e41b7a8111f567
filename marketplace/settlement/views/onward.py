"""From one claim to the next that waits for whoever looks, within what the queue was narrowed to."""

from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.settlement import queries
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries.waiting import QueuePlace, Reviewer, how_many, next_after, place_of
from marketplace.settlement.views.blueprint import bp
from marketplace.settlement.views.filters import carried, filters_of
from marketplace.web.access import requires


def reviewer() -> Reviewer:
    """Who looks at this page."""
    return Reviewer(current_user.id, current_user.organisation_id, current_user.areas_for("claims.review"))


def waiting_line(claim: Claim) -> dict[str, object]:
    """How many wait for whoever looks, and where the next one is."""
    label = _("跳过，看下一件") if claim.state is ClaimState.SUBMITTED else _("看下一件")
    url = url_for("settlement.next_claim", claim_id=claim.id, **carried())
    return {"left": how_many(reviewer(), filters_of()), "label": label, "url": url}


def to_next(place: QueuePlace) -> ResponseReturnValue:
    """The next claim that waits; where none does, the one that was decided on."""
    found = next_after(place, reviewer(), filters_of())
    return redirect(url_for("settlement.claim", claim_id=found.id if found else place.claim_id, **carried()))


@bp.get("/claims/<uuid:claim_id>/next")
@requires("claims.review")
def next_claim(claim_id: UUID) -> ResponseReturnValue:
    """Skip a claim: it goes on waiting."""
    claim = queries.in_area(claim_id, current_user.areas_for("claims.review"))
    found = next_after(place_of(claim), reviewer(), filters_of())
    if found is None:
        flash(_("没有别的申请等您审核。"), "info")
        return redirect(url_for("settlement.review_queue", **carried()))
    return redirect(url_for("settlement.claim", claim_id=found.id, **carried()))
