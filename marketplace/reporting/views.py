"""The public front page, homes per role, spending with its Excel, the counts for monitoring."""

import hmac
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.exports.offers import ExportedList, offer, short_list
from marketplace.identity import queries as identity
from marketplace.identity.roles import Role
from marketplace.kernel import clock, typed
from marketplace.kernel.calendar import WorkingCalendar
from marketplace.kernel.currencies import in_sheet
from marketplace.kernel.errors import NotFound
from marketplace.kernel.locales import called, said
from marketplace.kernel.money import CNY
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.sheets import CellKind, Column
from marketplace.kernel.tasks import Line
from marketplace.ledger import checking
from marketplace.policy.queries import working_calendar
from marketplace.reporting import queries
from marketplace.reporting.queries import Span, behind, figures, spent, tasks
from marketplace.reporting.queries import reruns as played
from marketplace.reporting.registration_state import Registration, registration
from marketplace.reporting.service import public_figures
from marketplace.vouchers.queries.reruns import reruns, simulated_among
from marketplace.vouchers.rules.states import RESULTS_KNOWN
from marketplace.vouchers.trail import SOURCES
from marketplace.web.access import may_open, permission_of, public, requires
from marketplace.web.formats import moment
from marketplace.web.layouts import own_layout
from marketplace.web.paging import paged
from marketplace.web.query_string import asked_day

bp = Blueprint("reporting", __name__)


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


def _seen() -> tuple[str, ...] | None:
    """The areas whose programmes the user sees; None for auditors, who read everything."""
    found: tuple[str, ...] | None = current_user.areas_read("spending.see")
    return found


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
        return render_template("reporting/firm_home.html", tasks=tasks_shown, figures=shown, registration=_said(standing))
    spending = queries.by_programme(_seen()) if current_user.can("spending.see") else []
    return render_template(
        "reporting/staff_home.html",
        tasks=[_pile(pile, calendar) for pile in tasks.waiting_for(current_user, permission_of)],
        spending=[row for row in spending if row.standing.appropriated],
    )


def _asked() -> Span:
    """The span asked for in the URL; this year where nothing sensible is asked."""
    today = clock.today()
    first, last = typed.in_order(asked_day("from") or date(today.year, 1, 1), asked_day("until") or today)
    assert first is not None and last is not None, "each has a fallback"
    wanted = request.args.get("programme", "")
    chosen = next((row for row in queries.programmes(_seen()) if str(row.id) == wanted), None)
    areas = current_user.areas_for("spending.see")
    return Span(first, last, areas, chosen.id, chosen.currency) if chosen else Span(first, last, areas)


def _misread(name: str, used: date) -> str:
    """What to say beside a date of the URL that was not taken as it stands."""
    given = request.args.get(name, "").strip()
    if not given or typed.day(given) == used:
        return ""
    if typed.day(given) is None:
        return _("“%(given)s”不是日期，应写成 2026-03-16。现按 %(day)s 统计。", given=given[:20], day=used.isoformat())
    return _("起止日期写反了，已对调。")


@bp.get("/spending")
@requires("spending.see")
def spending() -> ResponseReturnValue:
    span = _asked()
    rows = [row for row in queries.by_programme(_seen()) if span.programme_id in {None, row.programme.id}]
    return render_template(
        "reporting/spending.html",
        span=span,
        misread={"from": _misread("from", span.first), "until": _misread("until", span.last)},
        programmes=queries.programmes(_seen()),
        rows=rows,
        sources=queries.by_source([row.programme.id for row in rows if row.programme.currency == span.currency]),
        is_apart=any(row.programme.currency != span.currency for row in rows),
        source_words=SOURCES,
        as_of=spent.as_of() or clock.now(),
        groups=[
            (_("按月份"), "month", queries.by_month(span)),
            (_("按地区"), "region", queries.by_region(span)),
            (_("按企业类别"), "class", queries.by_class(span)),
            (_("按服务类别"), "category", _named(queries.by_category(span))),
            (_("按服务机构"), "provider", _named(queries.by_provider(span, SHOWN))),
        ],
    )


def _named(rows: list[queries.Spent]) -> list[queries.Spent]:
    """With what stands for no category or no provider in the reader's language."""
    return [replace(row, label=_(row.label)) for row in rows]


SHOWN = 50  # providers on the page; the table to take away has all
GROUPS = {
    "month": queries.by_month,
    "region": queries.by_region,
    "class": queries.by_class,
    "category": queries.by_category,
    "provider": queries.by_provider,
}
_COLUMNS = {"region": "region_code", "provider": "provider_id"}  # the others are called as their group is


@bp.get("/spending/rows")
@requires("spending.see")
def spending_rows() -> ResponseReturnValue:
    """The orders and applications behind one line of the spending page. Raises: NotFound: there is no such line."""
    span, by, key = _asked(), request.args.get("by", ""), request.args.get("key", "")
    line = next((one for one in _named(GROUPS[by](span)) if one.key == key), None) if by in GROUPS else None
    if line is None:
        raise NotFound
    page = paged(behind.entries(span, _COLUMNS.get(by, by), key))
    return render_template("reporting/spending_rows.html", span=span, line=line, page=page, rows=behind.rows_behind(page.items, span))


@offer(bp, "/spending.xlsx", permission="spending.see", areas=lambda who: who.areas_read("spending.see"))
def spending_excel() -> ExportedList:
    span = _asked()
    asked = request.args.get("by", "")
    group = asked if asked in GROUPS else "region"
    rows = _named(GROUPS[group](span))
    columns = (
        Column("label", _("名称"), width=40),
        Column("orders", _("订单和补助笔数"), kind=CellKind.INTEGER),
        Column("redeemed", _("已核销或核定（元）"), kind=CellKind.YUAN),
        Column("paid", _("已兑付（元）"), kind=CellKind.YUAN),
    )
    filters = _("记账日期 %(first)s 至 %(last)s", first=span.first.isoformat(), last=span.last.isoformat())
    filters += "；" + _("币种：%(currency)s", currency=called(span.currency)) if span.currency != CNY else ""
    filters += "；" + _("数据截至 %(at)s", at=moment(spent.as_of() or clock.now()))
    lines = short_list(
        [(row.label, row.orders, in_sheet(row.redeemed_fen, span.currency), in_sheet(row.paid_fen, span.currency)) for row in rows]
    )
    return ExportedList(_("资金统计"), columns, lines, f"{_('资金统计')}-{group}-{span.last.isoformat()}", filters)


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
