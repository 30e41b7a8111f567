"""The two pages of a list that is decided on together: what would be done, and what was.

pages.add_pages(bp, "/enterprises/together", VERIFY)          # makes <bp>.together_<…> and …_run
render_template(…, pile=pages.offered(VERIFY))                # for templates/components/pile.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock, typed
from marketplace.kernel.db import by_id
from marketplace.kernel.jobs import Job, JobState
from marketplace.kernel.locales import said
from marketplace.piles import queries, service
from marketplace.piles.forms import PileForm
from marketplace.piles.models import LEFT_OUT, PileRun
from marketplace.piles.work import PILES, PileAsk, PileWork
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, carried_out
from marketplace.web.paging import paged

_OVER = {JobState.DONE, JobState.FAILED}
_OF_PAGES = {"page", "after", "before", "sort"}
TICKED = 200  # at most so many by hand


@dataclass(frozen=True, slots=True)
class Offered:
    """What the list needs to have its rows decided on together."""

    work: PileWork
    key: str
    url: str


def add_pages(bp: Blueprint, rule: str, work: PileWork) -> None:
    """Give a list its pages. The first is named as the kind says, the second adds `_run`."""
    PILES[work.kind] = work
    name, guarded = _name(work), requires(work.permission)
    bp.add_url_rule(rule, name, guarded(lambda: _list(work)), methods=["POST"])
    bp.add_url_rule(f"{rule}/<uuid:pile_id>", f"{name}_run", guarded(lambda pile_id: _run(work, pile_id)), methods=["GET", "POST"])


def _name(work: PileWork) -> str:
    return work.kind.rpartition(".")[2] + "_together"


def _endpoint(work: PileWork) -> str:
    return f"{work.kind.rpartition('.')[0]}.{_name(work)}"


def endpoint_of_run(work: PileWork) -> str:
    """The page of one list that somebody asked for."""
    return f"{_endpoint(work)}_run"


def offered(work: PileWork) -> Offered | None:
    """What the page of the list shows; None: the reader may not decide."""
    if not current_user.can(work.permission):
        return None
    return Offered(work, str(CommandForm().request_key.data), _address(_endpoint(work), narrowed()))


def narrowed() -> Mapping[str, str]:
    """To what the list is narrowed by the address."""
    return {name: value for name, value in request.args.items() if value and name not in _OF_PAGES}


def _address(endpoint: str, said_of: Mapping[str, str]) -> str:
    return url_for(endpoint) + (f"?{urlencode(said_of)}" if said_of else "")


def _ask(work: PileWork, run_id: UUID, decision: str) -> PileAsk:
    areas = current_user.areas_for(work.permission)
    return PileAsk(run_id=run_id, actor_id=current_user.id, areas=areas, decision=decision, reason="", now=clock.now())


def _list(work: PileWork) -> ResponseReturnValue:
    """Pin down what was ticked, or all that match."""
    form, words = CommandForm(), narrowed()
    ticked = None if request.form.get("rows") == "all" else typed.keys(request.form.getlist("picks")[:TICKED])
    ask = _ask(work, form.row_id(), _decision(work))
    if form.validate_on_submit() and carried_out(form, lambda: service.list_rows(work, ticked, ask, words)):
        return redirect(url_for(endpoint_of_run(work), pile_id=ask.run_id))
    if form.refusal and form.refusal.code not in {"none_listed", "no_decision"}:
        raise form.refusal
    for messages in form.errors.values():
        flash(messages[0], "warning")
    return redirect(_address(work.back, words))


def _decision(work: PileWork) -> str:
    """What was chosen; where there is one thing to be done, that."""
    return next(iter(work.decisions)) if len(work.decisions) == 1 else request.form.get("decision", "")


def _run(work: PileWork, pile_id: UUID) -> ResponseReturnValue:
    """What would be done; after it was asked for, how far it is and what was left out."""
    run, form, actor_id = queries.run_of(pile_id, work.kind, current_user.id), PileForm(), current_user.id
    if form.validate_on_submit() and carried_out(
        form, lambda: service.ask_run(pile_id, reason=form.reason.data or "", actor_id=actor_id, now=clock.now())
    ):
        return redirect(url_for(endpoint_of_run(work), pile_id=pile_id))
    return _shown(work, run, form), form.status


def _shown(work: PileWork, run: PileRun, form: PileForm) -> str:
    job = by_id(Job, run.job_id) if run.job_id else None
    decision = work.decisions[run.decision]
    outcomes, is_over = queries.outcomes_of(run.id), job is not None and job.state in _OVER
    page = paged(queries.lines_of(run.id, left_out=is_over and bool(outcomes.get(LEFT_OUT))))
    return render_template(
        "piles/run.html",
        work=work,
        run=run,
        decision=decision,
        form=form,
        job=job,
        is_over=is_over,
        outcomes=outcomes,
        sums=queries.sums_of(run.id),
        page=page,
        page_total=sum(outcomes.values()),
        columns=[{"label": _(one)} for one in work.columns],
        effects=[_(one) for one in decision.effects],
        rows=work.rows([one.row_id for one in page.items], run.decision),
        why={one.row_id: said(one.why) for one in page.items if one.why},
        action=url_for(endpoint_of_run(work), pile_id=run.id),
        back=_address(work.back, run.narrowed),
    )
