"""The public front page, homes per role, spending with its Excel, the counts for monitoring."""

import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.exports.offers import ExportedList, offer, rows_of, short_list
from marketplace.identity import queries as identity
from marketplace.identity.roles import Role
from marketplace.kernel import clock, typed
from marketplace.kernel.calendar import WorkingCalendar
from marketplace.kernel.currencies import in_sheet
from marketplace.kernel.errors import N_, NotFound
from marketplace.kernel.locales import called, said
from marketplace.kernel.money import CNY
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.sheets import CellKind, Column
from marketplace.kernel.tasks import Line
from marketplace.ledger import checking
from marketplace.ledger.models import Entry
from marketplace.policy.queries import working_calendar
from marketplace.reporting import queries
from marketplace.reporting.queries import Span, behind, figures, moving, spent, tasks
from marketplace.reporting.queries import reruns as played
from marketplace.reporting.registration_state import Registration, registration
from marketplace.reporting.service import public_figures
from marketplace.reporting.views import disclosure
from marketplace.reporting.views.blueprint import bp
from marketplace.vouchers.queries.reruns import reruns, simulated_among
from marketplace.vouchers.rules.states import RESULTS_KNOWN
from marketplace.vouchers.trail import SOURCES
from marketplace.web.access import may_open, permission_of, public, requires
from marketplace.web.formats import amount, moment
from marketplace.web.layouts import own_layout
from marketplace.web.paging import paged
from marketplace.web.query_string import asked_day, asked_text

__all__ = ["bp", "disclosure"]


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
        total=queries.total(span),
        months=_pictured(queries.by_month(span), span.currency),
        groups=[(_(grouping.title), name, grouping.rows(span)) for name, grouping in GROUPINGS.items()],
    )


@dataclass(frozen=True, slots=True)
class MonthBar:
    """A month in a picture: what decides its length, and what is read."""

    label: str
    value: int
    text: str


@dataclass(frozen=True, slots=True)
class MonthPicture:
    """What was redeemed and paid month by month, in bars of one measure."""

    redeemed: list[MonthBar]
    paid: list[MonthBar]
    most: int


def _pictured(months: list[queries.Spent], currency: str) -> MonthPicture:
    redeemed = [MonthBar(row.label, row.redeemed_fen, amount(row.redeemed_fen, currency)) for row in months]
    paid = [MonthBar(row.label, max(0, row.paid_fen), amount(row.paid_fen, currency)) for row in months]
    return MonthPicture(redeemed, paid, max((1, *(bar.value for bar in (*redeemed, *paid)))))


def _named(rows: list[queries.Spent]) -> list[queries.Spent]:
    """With what stands for no category or no provider in the reader's language."""
    return [replace(row, label=_(row.label)) for row in rows]


SHOWN = 50  # providers on the page; the table to take away has all


@dataclass(frozen=True, slots=True)
class Grouping:
    """A way to look at spending: its title, what a line of it is called, its column, and its lines."""

    title: str
    name: str
    column: str
    every: Callable[[Span], list[queries.Spent]]
    most: int | None = None

    def rows(self, span: Span) -> list[queries.Spent]:
        """As many lines as a page shows."""
        return _named(self.every(span)[: self.most])


GROUPINGS = {
    "month": Grouping(N_("按月份"), N_("月份"), moving.MONTH, queries.by_month),
    "region": Grouping(N_("按地区"), N_("地区"), "region_code", queries.by_region),
    "class": Grouping(N_("按企业类别"), N_("企业类别"), moving.CLASS, queries.by_class),
    "category": Grouping(N_("按服务类别"), N_("服务类别"), "category", queries.by_category),
    "provider": Grouping(N_("按服务机构"), N_("服务机构"), "provider_id", queries.by_provider, SHOWN),
}


def _within(span: Span) -> Span:
    """A span narrowed to the line that the address names, if it names one."""
    grouping = GROUPINGS.get(request.args.get("of", ""))
    return span if grouping is None else replace(span, within=(grouping.column, asked_text("key")))


def _line(span: Span) -> tuple[str, queries.Spent]:
    """The grouping and the line that a span is narrowed to. Raises: NotFound: there is no such line."""
    name = request.args.get("of", "")
    found = GROUPINGS[name].rows(span) if name in GROUPINGS else []
    if len(found) != 1:
        raise NotFound
    return name, found[0]


@bp.get("/spending/rows")
@requires("spending.see")
def spending_rows() -> ResponseReturnValue:
    """What is behind one line of the spending page: its entries, and the line by another grouping."""
    span = _within(_asked())
    name, line = _line(span)
    others = {key: one for key, one in GROUPINGS.items() if key != name}
    by = request.args.get("by", "")
    page = paged(behind.entries(span))
    return render_template(
        "reporting/spending_rows.html",
        span=span,
        line=line,
        page=page,
        rows=behind.rows_behind(page.items, span),
        others=[(key, _(one.title)) for key, one in others.items()],
        by=by if by in others else "",
        name=_(others[by].name) if by in others else "",
        crossed=others[by].rows(span) if by in others else [],
    )


@offer(bp, "/spending/rows.xlsx", permission="spending.see", areas=lambda who: who.areas_read("spending.see"))
def spending_rows_excel() -> ExportedList:
    span = _within(_asked())
    _name, line = _line(span)
    columns = (
        Column("day", _("记账日期"), CellKind.DATE),
        Column("number", _("订单或申请")),
        Column("firm", _("企业"), width=40),
        Column("provider", _("服务机构"), width=40),
        *_amount_columns(),
    )

    def cells(entries: Sequence[Entry]) -> Iterator[tuple[object, ...]]:
        return ((one.day, one.number, one.firm, one.provider, *_amounts(one, span)) for one in behind.rows_behind(entries, span))

    lines = rows_of(behind.entries(span), cells)
    return ExportedList(_("资金统计明细"), columns, lines, f"{_('资金统计明细')}-{span.last.isoformat()}", _said_of(span, line))


def _amount_columns() -> list[Column]:
    titles = {"redeemed": _("已核销或核定（元）"), "cut": _("核减和失效（元）"), "paid": _("已兑付（元）")}
    return [Column(name, title, CellKind.YUAN) for name, title in titles.items()]


def _amounts(row: queries.Spent | behind.RowBehind, span: Span) -> list[Any]:
    return [in_sheet(fen, span.currency) for fen in (row.redeemed_fen, row.cut_fen, row.paid_fen)]


@offer(bp, "/spending.xlsx", permission="spending.see", areas=lambda who: who.areas_read("spending.see"))
def spending_excel() -> ExportedList:
    span = _within(_asked())
    by = request.args.get("by", "")
    by = by if by in GROUPINGS else "region"
    grouping, line = GROUPINGS[by], _line(span)[1] if span.within else None
    rows = _named(grouping.every(span))
    columns = (
        Column("label", _(grouping.name), width=40),
        Column("orders", _("订单和补助笔数"), kind=CellKind.INTEGER),
        *_amount_columns(),
    )
    whole = [replace(queries.total(span), label=_("合计"))] if rows else []
    lines = short_list([(row.label, row.orders, *_amounts(row, span)) for row in [*rows, *whole]])
    title = f"{_('资金统计')}-{_(grouping.title)}"
    return ExportedList(title, columns, lines, f"{title}-{span.last.isoformat()}", _said_of(span, line))


def _said_of(span: Span, line: queries.Spent | None) -> str:
    """What a sheet was narrowed to, and of when it is."""
    named = [row.name for row in queries.programmes(_seen()) if row.id == span.programme_id]
    said = [
        _("记账日期 %(first)s 至 %(last)s", first=span.first.isoformat(), last=span.last.isoformat()),
        *(_("政策：%(name)s", name=name) for name in named),
        line.label if line else "",
        _("币种：%(currency)s", currency=called(span.currency)) if span.currency != CNY else "",
        _("数据截至 %(at)s", at=moment(spent.as_of() or clock.now())),
    ]
    return "；".join(one for one in said if one)


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
