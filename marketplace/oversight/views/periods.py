"""Statements for a period (期间对账单): opening balance, every movement, closing balance; as page, Excel and PDF."""

import hashlib
import io
import json
from collections.abc import Iterator
from uuid import UUID

from flask import flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.exports.offers import ExportedList, of_length, offer
from marketplace.identity.models import Organisation
from marketplace.identity.queries import names_of
from marketplace.kernel import clock
from marketplace.kernel.currencies import format_money, in_sheet
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.locales import said
from marketplace.kernel.sheets import CellKind, Column
from marketplace.ledger import spans as ledger
from marketplace.ledger.models import Book
from marketplace.ledger.spans import Period, PeriodLine, PeriodSums
from marketplace.oversight.queries import names, periods
from marketplace.oversight.queries.periods import StatementOf, StatementSubject, subject_of
from marketplace.oversight.views import bp
from marketplace.oversight.views.scope import areas
from marketplace.oversight.words import VERBS
from marketplace.web import pdf
from marketplace.web.access import requires
from marketplace.web.addresses import public_url
from marketplace.web.formats import head, moment
from marketplace.web.paging import PER_PAGE, Page, page_number
from marketplace.web.query_string import asked_days

MOST_PRINTED = 2_000  # movements on one paper
PIECE = 500
_KIND = "<any(book, account, firm, provider, appropriation):kind>"


def asked_period() -> Period:
    """The days that were asked for; the month until today."""
    first, last = asked_days("since", "until")
    last = last or clock.today()
    return Period(first or min(last, clock.today()).replace(day=1), last)


def _asked(book_id: UUID, kind: str, subject_id: UUID) -> tuple[StatementSubject, Period, PeriodSums]:
    found, period = subject_of(book_id, StatementOf(kind), subject_id, areas("ledger.see")), asked_period()
    return found, period, ledger.sums_of(found.accounts, period)


@bp.get(f"/books/<uuid:book_id>/statements/{_KIND}/<uuid:subject_id>")
@requires("ledger.see")
def period_statement(book_id: UUID, kind: str, subject_id: UUID) -> ResponseReturnValue:
    found, period, sums = _asked(book_id, kind, subject_id)
    number = min(page_number(), max(1, -(-sums.count // PER_PAGE)))
    lines = list(ledger.lines_of(found.accounts, period, sums.opening_fen, offset=(number - 1) * PER_PAGE, limit=PER_PAGE))
    codes = {code for line in lines for code in (line.own_code, line.counter_code)}
    shown = {
        "subject": found,
        "book": found.book,
        "period": period,
        "sums": sums,
        "page": Page(lines, number, sums.count),
        "verbs": VERBS,
        "names": names.accounts(book_id, codes),
        "actors": names_of(line.actor_id for line in lines),
    }
    links = {name: _address(f"oversight.{name}", found, period) for name in ("period_statement_book", "period_statement_pdf")}
    return render_template("oversight/period_statement.html", **shown, **links)


@bp.get("/organisations/<uuid:organisation_id>/statements")
@requires("ledger.see")
def statements_of(organisation_id: UUID) -> ResponseReturnValue:
    """In which books an organisation has money: the way to its statements."""
    seen = areas("ledger.see")
    found = periods.statements_of(organisation_id, seen)
    organisation = by_id(Organisation, organisation_id) if found else periods.check_near(organisation_id, seen)
    page = "oversight.period_statement"
    rows = [{**named(*one), "url": url_for(page, book_id=one[0].id, kind=one[1].value, subject_id=organisation_id)} for one in found]
    return render_template("oversight/statements_of.html", organisation=organisation, rows=rows)


def named(book: Book, kind: StatementOf) -> dict[str, object]:
    """A statement as a list of them shows it."""
    return {"book": book.name, "kind": _(kind.label)}


def _address(endpoint: str, found: StatementSubject, period: Period) -> str:
    first, last = period.first.isoformat(), period.last.isoformat()
    return url_for(endpoint, book_id=found.book.id, kind=found.kind.value, subject_id=found.id, since=first, until=last)


@offer(
    bp,
    f"/books/<uuid:book_id>/statements/{_KIND}/<uuid:subject_id>.xlsx",
    permission="ledger.see",
    areas=lambda who: who.areas_read("ledger.see"),
)
def period_statement_book(book_id: UUID, kind: str, subject_id: UUID) -> ExportedList:
    found, period, sums = _asked(book_id, kind, subject_id)
    lines = of_length(sums.count + 2, lambda: rows_of(found, period, sums))
    return ExportedList(_("期间对账单"), columns(), lines, file_name(found, period), in_one_line(found, period, sums))


def columns() -> tuple[Column, ...]:
    """Of the list as Excel and on paper."""
    return (
        Column("day", _("记账日期"), CellKind.DATE),
        Column("why", _("事由"), width=24),
        Column("own", _("账户"), width=36),
        Column("counter", _("对方账户"), width=36),
        Column("in", _("转入（元）"), CellKind.YUAN),
        Column("out", _("转出（元）"), CellKind.YUAN),
        Column("balance", _("余额（元）"), CellKind.YUAN),
        Column("entry", _("分录编号"), width=40),
    )


def file_name(found: StatementSubject, period: Period) -> str:
    """Of what is taken away."""
    return f"{_('期间对账单')}_{found.name}_{period.first.isoformat()}_{period.last.isoformat()}"


def in_one_line(found: StatementSubject, period: Period, sums: PeriodSums) -> str:
    """Of whom, of when, and how much, in one line."""
    amounts = (format_money(fen, found.book.currency) for fen in (sums.opening_fen, sums.in_fen, sums.out_fen, sums.closing_fen))
    opening, came, went, closing = amounts
    return _(
        "%(name)s；%(first)s 至 %(last)s；期初 %(opening)s，转入 %(came)s，转出 %(went)s，期末 %(closing)s",
        name=found.name,
        first=period.first.isoformat(),
        last=period.last.isoformat(),
        opening=opening,
        came=came,
        went=went,
        closing=closing,
    )


def rows_of(found: StatementSubject, period: Period, sums: PeriodSums) -> Iterator[tuple[object, ...]]:
    """The opening balance, every movement, the closing balance."""
    currency = found.book.currency
    yield (period.first, _("期初余额"), "", "", None, None, in_sheet(sums.opening_fen, currency), "")
    piece: list[PeriodLine] = []
    for line in ledger.lines_of(found.accounts, period, sums.opening_fen):
        piece.append(line)
        if len(piece) == PIECE:
            yield from _cells(found, piece)
            piece.clear()
    yield from _cells(found, piece)
    came, went, closing = (in_sheet(fen, currency) for fen in (sums.in_fen, sums.out_fen, sums.closing_fen))
    yield (period.last, _("期末余额"), "", "", came, went, closing, "")


def _cells(found: StatementSubject, lines: list[PeriodLine]) -> Iterator[tuple[object, ...]]:
    called = names.accounts(found.book.id, {code for line in lines for code in (line.own_code, line.counter_code)})
    told = {code: f"{_(one.label)} {one.owner}".strip() for code, one in called.items()}
    for line in lines:
        came, went = max(line.amount_fen, 0) or None, max(-line.amount_fen, 0) or None
        amounts = (in_sheet(fen, found.book.currency) for fen in (came, went, line.balance_fen))
        yield (line.on, _(VERBS.get(line.verb, line.verb)), told[line.own_code], told[line.counter_code], *amounts, str(line.entry_id))


@bp.get(f"/books/<uuid:book_id>/statements/{_KIND}/<uuid:subject_id>.pdf")
@requires("ledger.see")
def period_statement_pdf(book_id: UUID, kind: str, subject_id: UUID) -> ResponseReturnValue:
    found, period = subject_of(book_id, StatementOf(kind), subject_id, areas("ledger.see")), asked_period()
    here = public_url("oversight.period_statement", book_id=book_id, kind=kind, subject_id=subject_id)
    try:
        content = printed(found, period, here)
    except RuleViolation as refusal:
        flash(said(refusal), "warning")
        return redirect(_address("oversight.period_statement", found, period))
    return send_file(io.BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=f"{file_name(found, period)}.pdf")


def printed(found: StatementSubject, period: Period, here: str) -> bytes:
    """The statement as a paper. Raises: RuleViolation: too long for one."""
    sums = ledger.sums_of(found.accounts, period)
    if sums.count > MOST_PRINTED:
        raise RuleViolation(N_("这一期间有 %(n)s 笔，PDF 最多印 %(most)s 笔。请缩短期间，或导出 Excel。"), n=sums.count, most=MOST_PRINTED)
    return pdf.made(pdf.TABLE_PAPER, _laid_out(found, period, sums), here)


def _laid_out(found: StatementSubject, period: Period, sums: PeriodSums) -> dict[str, object]:
    currency, shown = found.book.currency, columns()[:-1]
    rows = [[_text(cell, one.kind, currency) for cell, one in zip(row, shown, strict=False)] for row in rows_of(found, period, sums)]
    amounts = ((_("期初余额"), sums.opening_fen), (_("转入"), sums.in_fen), (_("转出"), sums.out_fen), (_("期末余额"), sums.closing_fen))
    summary = [
        (_("账本"), found.book.name),
        (_("对账单"), f"{_(found.kind.label)} {found.name}"),
        (_("期间"), _("%(first)s 至 %(last)s", first=period.first.isoformat(), last=period.last.isoformat())),
        *((label, said(N_("%(amount)s 元", amount=format_money(fen, currency)))) for label, fen in amounts),
    ]
    return {
        "issuer": _("券链"),
        "title": _("期间对账单"),
        "number": f"{found.name} {period.first.isoformat()}—{period.last.isoformat()}",
        "qr_says": _("核验二维码"),
        "page": _("第 {n} 页，共 {total} 页"),
        "summary": summary,
        "heads": [head(one.title, currency) for one in shown],
        "wide": [2, 3],
        "money": [one.kind is CellKind.YUAN for one in shown],
        "rows": rows,
        "boxes": [_("制表人"), _("复核人")],
        "day": _("年　　月　　日"),
        "print": hashlib.sha256(json.dumps([summary, rows], ensure_ascii=False).encode()).hexdigest(),
        "notes": [_("摘要（SHA-256）："), _("打印时间 %(at)s", at=moment(clock.now()))],
    }


def _text(cell: object, kind: CellKind, currency: str) -> str:
    if kind is CellKind.YUAN and isinstance(cell, int):
        return format_money(cell, currency)
    return "" if cell is None else str(cell)
