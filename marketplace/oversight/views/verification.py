"""Verification: started here, shown with its progress, its result in words."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity.queries import names_of
from marketplace.kernel.db import in_transaction
from marketplace.kernel.jobs import Job, JobState
from marketplace.oversight import verification
from marketplace.oversight.forms import VerifyForm
from marketplace.oversight.views import bp
from marketplace.oversight.words import TABLES
from marketplace.web.access import requires
from marketplace.web.query_string import asked_key


def _shown(runs: list[Job]) -> Job | None:
    """The run asked for in the URL, else the newest."""
    asked = asked_key("job")
    return next((job for job in runs if job.id == asked), runs[0] if runs else None)


def fault_text(fault: dict[str, Any]) -> str:
    """A fault in the user's language."""
    params = fault["params"]
    return str(_(fault["message"], **params)) if params else str(_(fault["message"]))


@bp.route("/verify", methods=["GET", "POST"])
@requires("ledger.verify")
def verify() -> ResponseReturnValue:
    form = VerifyForm()
    if form.validate_on_submit():
        actor_id, key = current_user.id, form.key()
        job = in_transaction(lambda: verification.ask(actor_id=actor_id, request_key=key))
        flash(_("核验已开始，完成后本页显示结果。"), "success")
        return redirect(url_for("oversight.verify", job=job.id))
    runs = verification.runs()
    shown = _shown(runs)
    return render_template(
        "oversight/verify.html", form=form, runs=runs, job=shown, tables=TABLES, fault_text=fault_text,
        is_over=shown is not None and shown.state in {JobState.DONE, JobState.FAILED},
        is_own=shown is not None and shown.owner_id == current_user.id,
        actors=names_of(run.owner_id for run in runs),
    ), form.status  # fmt: skip
