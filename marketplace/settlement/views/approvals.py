"""Approve together what is green: list it, read it, say why, follow it."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.kernel.counting import counted
from marketplace.kernel.db import by_id
from marketplace.kernel.jobs import Job, JobState
from marketplace.kernel.locales import said
from marketplace.settlement import service
from marketplace.settlement.approval_models import ApprovalRun
from marketplace.settlement.forms import ApproveRunForm
from marketplace.settlement.queries import approvals
from marketplace.settlement.views.blueprint import bp
from marketplace.settlement.views.filters import carried, filters_of
from marketplace.settlement.views.onward import reviewer
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, carried_out
from marketplace.web.paging import paged

_OVER = {JobState.DONE, JobState.FAILED}


def green_button(kind: str = "") -> dict[str, object] | None:
    """How many of the list may be approved together, and what lists them; None: nobody here may, or there are none."""
    if not current_user.can("claims.review"):
        return None
    count = counted(approvals.green_for(reviewer(), filters_of(kind)))
    key, url = CommandForm().request_key.data, url_for("settlement.new_approval_run", **carried(kind))
    return {"count": count, "key": key, "url": url} if count else None


@bp.post("/claims/approval-runs")
@requires("claims.review")
def new_approval_run() -> ResponseReturnValue:
    form = CommandForm()
    run_id, filters, narrowed = form.row_id(), filters_of(), carried()
    if form.validate_on_submit() and carried_out(
        form, lambda: service.list_green(run_id, reviewer(), filters, narrowed=narrowed, now=clock.now())
    ):
        return redirect(url_for("settlement.approval_run", approval_id=run_id))
    if form.refusal and form.refusal.code != "none_green":
        raise form.refusal
    for messages in form.errors.values():
        flash(messages[0], "danger")
    return redirect(url_for("settlement.review_queue", **narrowed))


@bp.route("/claims/approval-runs/<uuid:approval_id>", methods=["GET", "POST"])
@requires("claims.review")
def approval_run(approval_id: UUID) -> ResponseReturnValue:
    """What would be approved; after it was asked for, how far it is and what was left out."""
    run, form = approvals.run_of(approval_id, current_user.id), ApproveRunForm()
    actor_id = current_user.id
    if form.validate_on_submit() and carried_out(
        form, lambda: service.ask_run(approval_id, reason=form.reason.data or "", actor_id=actor_id, now=clock.now())
    ):
        return redirect(url_for("settlement.approval_run", approval_id=approval_id))
    return _shown(run, form), form.status


def _shown(run: ApprovalRun, form: ApproveRunForm) -> str:
    job = by_id(Job, run.job_id) if run.job_id else None
    outcomes = approvals.outcomes_of(run.id)
    page = paged(approvals.claims_of(run.id, left_out=bool(outcomes.get("left_out")) and job is not None and job.state in _OVER))
    lines = approvals.lines_by_claim(run.id, [one.id for one in page.items])
    return render_template(
        "settlement/approval_run.html",
        run=run,
        form=form,
        job=job,
        is_over=job is not None and job.state in _OVER,
        sums=approvals.sums_of(run.id),
        outcomes=outcomes,
        page=page,
        lines=lines,
        why={one.claim_id: said(one.why) for one in lines.values() if one.why},
        is_narrowed=bool(run.narrowed),
    )
