"""Recomputation: started here, shown with its progress, its result in words with links to the rows."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity.queries import names_of
from marketplace.identity.scope import may_see
from marketplace.kernel.db import in_transaction
from marketplace.kernel.jobs import Job, JobState
from marketplace.recomputing import service
from marketplace.recomputing.forms import RecomputeForm
from marketplace.recomputing.rules.outcome import DecisionKind
from marketplace.recomputing.service import KeptDifference
from marketplace.web.access import requires
from marketplace.web.query_string import asked_key

bp = Blueprint("recomputing", __name__, url_prefix="/oversight/recompute")


def _shown(runs: Sequence[Job]) -> Job | None:
    """The run asked for in the URL, else the newest."""
    asked = asked_key("job")
    return next((job for job in runs if job.id == asked), runs[0] if runs else None)


def _mine(job: Job | None) -> list[KeptDifference]:
    """The differences of a run in the areas of whoever looks."""
    areas = current_user.areas_for("decisions.recompute")
    kept = (job.result or {}).get("differences", ()) if job else ()
    return [KeptDifference(**one) for one in kept if may_see(areas, one["area"])]


@bp.route("", methods=["GET", "POST"])
@requires("decisions.recompute")
def recompute() -> ResponseReturnValue:
    form = RecomputeForm()
    if form.validate_on_submit():
        actor_id, key = current_user.id, form.key()
        job = in_transaction(lambda: service.ask(actor_id=actor_id, request_key=key))
        flash(_("复算已开始，完成后本页显示结果。"), "success")
        return redirect(url_for("recomputing.recompute", job=job.id))
    runs = service.runs()
    shown = _shown(runs)
    return render_template(
        "recomputing/run.html",
        form=form,
        runs=runs,
        job=shown,
        kinds=DecisionKind.labels(),
        differences=_mine(shown),
        is_over=shown is not None and shown.state in {JobState.DONE, JobState.FAILED},
        is_own=shown is not None and shown.owner_id == current_user.id,
        actors=names_of(run.owner_id for run in runs),
    ), form.status
