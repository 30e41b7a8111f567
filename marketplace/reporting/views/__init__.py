"""The public front page, homes per role, the counts for monitoring."""

import hmac
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import queries as identity
from marketplace.identity.roles import Role
from marketplace.kernel import clock
from marketplace.kernel.calendar import WorkingCalendar
from marketplace.kernel.errors import NotFound
from marketplace.kernel.locales import said
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.tasks import Line
from marketplace.ledger import checking
from marketplace.policy.queries import working_calendar
from marketplace.reporting import queries
from marketplace.reporting.queries import figures, tasks
from marketplace.reporting.queries import reruns as played
from marketplace.reporting.registration_state import Registration, registration
from marketplace.reporting.service import public_figures
from marketplace.reporting.views import disclosure, matrix, spending
from marketplace.reporting.views.blueprint import bp
from marketplace.reporting.views.spending import seen_areas
from marketplace.supervision.queries import social
from marketplace.vouchers.queries.reruns import reruns, simulated_among
from marketplace.vouchers.rules.states import RESULTS_KNOWN
from marketplace.web.access import may_open, permission_of, public, requires
from marketplace.web.layouts import own_layout
from marketplace.web.paging import paged

__all__ = ["bp", "disclosure", "matrix", "spending"]


@bp.get("/front")
@public
def front() -> ResponseReturnValue:
    told = public_figures.front(now=clock.now())
    return render_template(
        "reporting/front.html",
        counts=told.counts,
        as_of=told.as_of,
        notices=queries.newest_notices(5),
        rounds=queries.open_rounds(clock.now()),
    )


@bp.get("/reruns")
@public
def reruns_page() -> ResponseReturnValue:
    """Simulated rounds with their figures, which stand nowhere else."""
    page = paged(reruns())
    with_results = {row.id for row in page.items if row.state in RESULTS_KNOWN}
    standings = played.of_rounds(page.items)
    return render_template("reporting/reruns.html", layout=own_layout(), page=page, standings=standings, with_results=with_results)


def _shown(task: Line, calendar: WorkingCalendar, simulated: set[UUID]) -> dict[str, Any]:
    left = calendar.working_days_left(clock.today(), task.due_on, current_user.region_code) if task.due_on else None
    return {
        "title": said(Sentence(task.sentence, {**task.params, "kind": task.kind})),
        "url": url_for(task.endpoint, **task.arguments),
        "who": task.who,
        "note": _("期限为暂定") if task.provisional else "",
        "due_on": task.due_on,
        "days_left": left,
        "simulated": task.round_id in simulated,
    }


def _pile(pile: tasks.Pile, calendar: WorkingCalendar) -> dict[str, Any]:
    left = calendar.working_days_left(clock.today(), pile.due_on, current_user.region_code) if pile.due_on else None
    note = _("最早一项") if pile.due_on else ""
    if pile.task.endpoint == "policy.calendar":
        note = _("%(count)s 个期限等它确认", count=tasks.waiting_terms())
    return {
        "title": _("%(what)s：%(count)s 项", what=_(pile.task.sentence), count=pile.count),
        "url": url_for(pile.task.endpoint, **pile.task.arguments),
        "who": "",
        "note": note,
        "due_on": pile.due_on,
        "days_left": left,
    }


def _said(standing: Registration | None) -> dict[str, str] | None:
    if standing is None:
        return None
    said = {key: _(value) for key, value in standing.params.items()}
    return {"tone": standing.tone, "title": _(standing.title, **said), "text": _(standing.text, **said)}


def _firm_home() -> tuple[list[Line], list[figures.Figure]]:
    own, roles, today = current_user.organisation_id, current_user.roles, clock.today()
    shown: list[figures.Figure] = []
    if Role.SME in roles:
        shown += figures.of_enterprise(own, today)
    if Role.PROVIDER in roles:
        shown += figures.of_provider(own, today)
    if Role.CHAIN_LEADER in roles:
        shown += figures.of_leader(own)
    waiting = tasks.of_organisation(own, may_open, today)
    return sorted(waiting, key=lambda one: (one.due_on is None, one.due_on or date.max)), shown


def _supervises() -> bool:
    """Whether who looks is a social supervisor today: the way to what they were invited to."""
    return current_user.can("social.own") and social.of_user(current_user.id, clock.today()) is not None


@bp.get("/home")
@requires("home.see")
def home() -> ResponseReturnValue:
    calendar = working_calendar()
    if not current_user.is_staff:
        waiting, shown = _firm_home()
        standing = registration(identity.organisation(current_user.organisation_id), frozenset(current_user.roles))
        first = [standing.task] if standing and standing.task else []  # nothing else can be done before it
        simulated = simulated_among(*(task.round_id for task in waiting))
        tasks_shown = [_shown(task, calendar, simulated) for task in (*first, *waiting)]
        known = {"registration": _said(standing), "supervises": _supervises()}
        return render_template("reporting/firm_home.html", tasks=tasks_shown, figures=shown, **known)
    stands = queries.by_programme(seen_areas()) if current_user.can("spending.see") else []
    return render_template(
        "reporting/staff_home.html",
        tasks=[_pile(pile, calendar) for pile in tasks.waiting_for(current_user, permission_of)],
        spending=[row for row in stands if row.standing.appropriated],
        supervises=_supervises(),
    )


@bp.get("/metrics")
@public
def metrics() -> Response:
    """What the worker counted last in the ledger, as Prometheus reads it. Not there without the token: a stranger learns nothing."""
    token = current_app.config["METRICS_TOKEN"]
    if not token or not hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()):
        raise NotFound
    last = checking.last()
    lines = [
        "# HELP quanlian_ledger_violations Rows that break an invariant of the ledger; 0 while it is whole.",
        "# TYPE quanlian_ledger_violations gauge",
        *(f'quanlian_ledger_violations{{invariant="{name}"}} {count}' for name, count in sorted(last.counts.items())),
        "# HELP quanlian_ledger_counted_timestamp_seconds When the worker counted them last, all books and what is new; 0: never.",
        "# TYPE quanlian_ledger_counted_timestamp_seconds gauge",
        *(f'quanlian_ledger_counted_timestamp_seconds{{of="{kind}"}} {_seconds(last.at.get(kind))}' for kind in checking.KINDS),
    ]
    return Response("\n".join(lines) + "\n", mimetype="text/plain; version=0.0.4")


def _seconds(instant: datetime | None) -> int:
    return int(instant.timestamp()) if instant else 0
