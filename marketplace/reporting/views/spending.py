"""Spending of a span: its page, its lines by each way, what is behind a line, each as Excel."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.exports.offers import ExportedList, offer, rows_of, short_list
from marketplace.kernel import clock, typed
from marketplace.kernel.currencies import in_sheet
from marketplace.kernel.errors import NotFound
from marketplace.kernel.locales import called
from marketplace.kernel.money import CNY
from marketplace.kernel.sheets import CellKind, Column
from marketplace.ledger.models import Entry
from marketplace.reporting import queries
from marketplace.reporting.queries import Span, Spent, behind, spent
from marketplace.reporting.queries.dimensions import DIMENSIONS
from marketplace.reporting.views.blueprint import bp
from marketplace.vouchers.trail import SOURCES
from marketplace.web.access import requires
from marketplace.web.formats import amount, moment
from marketplace.web.paging import paged
from marketplace.web.query_string import asked_day, asked_text


def seen_areas() -> tuple[str, ...] | None:
    """The areas whose programmes the user sees; None for auditors, who read everything."""
    found: tuple[str, ...] | None = current_user.areas_read("spending.see")
    return found


def asked_span() -> Span:
    """The span asked for in the URL; this year where nothing sensible is asked."""
    today = clock.today()
    first, last = typed.in_order(asked_day("from") or date(today.year, 1, 1), asked_day("until") or today)
    assert first is not None and last is not None, "each has a fallback"
    wanted = request.args.get("programme", "")
    chosen = next((row for row in queries.programmes(seen_areas()) if str(row.id) == wanted), None)
    areas = current_user.areas_for("spending.see")
    return Span(first, last, areas, chosen.id, chosen.currency) if chosen else Span(first, last, areas)


def misread(name: str, used: date) -> str:
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
    span = asked_span()
    rows = [row for row in queries.by_programme(seen_areas()) if span.programme_id in {None, row.programme.id}]
    return render_template(
        "reporting/spending.html",
        span=span,
        misread={"from": misread("from", span.first), "until": misread("until", span.last)},
        programmes=queries.programmes(seen_areas()),
        rows=rows,
        sources=queries.by_source([row.programme.id for row in rows if row.programme.currency == span.currency]),
        is_apart=any(row.programme.currency != span.currency for row in rows),
        source_words=SOURCES,
        as_of=spent.as_of() or clock.now(),
        total=queries.total(span),
        months=_pictured(_lines(span, "month"), span.currency),
        groups=[(_(DIMENSIONS[name].title), name, _lines(span, name)[:SHOWN]) for name in ON_PAGE],
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


def _pictured(months: list[Spent], currency: str) -> MonthPicture:
    redeemed = [MonthBar(row.label, row.redeemed_fen, amount(row.redeemed_fen, currency)) for row in months]
    paid = [MonthBar(row.label, max(0, row.paid_fen), amount(row.paid_fen, currency)) for row in months]
    return MonthPicture(redeemed, paid, max((1, *(bar.value for bar in (*redeemed, *paid)))))


ON_PAGE = ("month", "region", "class", "size", "category", "provider")  # what else there is, a line's own page and the matrix show
SHOWN = 50  # providers on the page; the table to take away has all


def _lines(span: Span, name: str) -> list[Spent]:
    """The lines of a grouping, with what stands for no category or no provider in the reader's language."""
    return [replace(row, label=_(row.label)) for row in DIMENSIONS[name].spent(span)]


_NARROWS = (("of", "key"), ("and", "and_key"))  # arguments of an address: a way, and the line of it


def _within(span: Span) -> Span:
    """A span narrowed to the line that the address names, or to where two lines cross, if it names any."""
    named = [(DIMENSIONS[request.args[way]].column, asked_text(key)) for way, key in _NARROWS if request.args.get(way) in DIMENSIONS]
    return replace(span, within=tuple(named))


def _line(span: Span) -> tuple[set[str], Spent]:
    """The ways and the line that a span is narrowed to. Raises: NotFound: there is no such line."""
    names = [request.args[way] for way, _key in _NARROWS if request.args.get(way) in DIMENSIONS]
    found = [_lines(span, name) for name in names]
    if not found or any(len(rows) != 1 for rows in found):
        raise NotFound
    return set(names), replace(found[0][0], label=" × ".join(rows[0].label for rows in found))


@bp.get("/spending/rows")
@requires("spending.see")
def spending_rows() -> ResponseReturnValue:
    """What is behind one line of the spending page: its entries, and the line by another grouping."""
    span = _within(asked_span())
    names, line = _line(span)
    others = {key: one for key, one in DIMENSIONS.items() if key not in names}
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
        crossed=_lines(span, by)[:SHOWN] if by in others else [],
    )


@offer(bp, "/spending/rows.xlsx", permission="spending.see", areas=lambda who: who.areas_read("spending.see"))
def spending_rows_excel() -> ExportedList:
    span = _within(asked_span())
    _names, line = _line(span)
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
    return ExportedList(_("资金统计明细"), columns, lines, f"{_('资金统计明细')}-{span.last.isoformat()}", said_of(span, line))


def _amount_columns() -> list[Column]:
    titles = {"redeemed": _("已核销或核定（元）"), "cut": _("核减和失效（元）"), "paid": _("已兑付（元）")}
    return [Column(name, title, CellKind.YUAN) for name, title in titles.items()]


def _amounts(row: Spent | behind.RowBehind, span: Span) -> list[Any]:
    return [in_sheet(fen, span.currency) for fen in (row.redeemed_fen, row.cut_fen, row.paid_fen)]


@offer(bp, "/spending.xlsx", permission="spending.see", areas=lambda who: who.areas_read("spending.see"))
def spending_excel() -> ExportedList:
    span = _within(asked_span())
    by = request.args.get("by", "")
    by = by if by in DIMENSIONS else "region"
    grouping, line, rows = DIMENSIONS[by], _line(span)[1] if span.within else None, _lines(span, by)
    columns = (
        Column("label", _(grouping.name), width=40),
        Column("orders", _("订单和补助笔数"), kind=CellKind.INTEGER),
        *_amount_columns(),
    )
    whole = [replace(queries.total(span), label=_("合计"))] if rows else []
    lines = short_list([(row.label, row.orders, *_amounts(row, span)) for row in [*rows, *whole]])
    title = f"{_('资金统计')}-{_(grouping.title)}"
    return ExportedList(title, columns, lines, f"{title}-{span.last.isoformat()}", said_of(span, line))


def said_of(span: Span, line: Spent | None = None) -> str:
    """What a sheet was narrowed to, and of when it is."""
    named = [row.name for row in queries.programmes(seen_areas()) if row.id == span.programme_id]
    said = [
        _("记账日期 %(first)s 至 %(last)s", first=span.first.isoformat(), last=span.last.isoformat()),
        *(_("政策：%(name)s", name=name) for name in named),
        line.label if line else "",
        _("币种：%(currency)s", currency=called(span.currency)) if span.currency != CNY else "",
        _("数据截至 %(at)s", at=moment(spent.as_of() or clock.now())),
    ]
    return "；".join(one for one in said if one)
