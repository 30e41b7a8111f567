"""What came and went of one's own money in a period: for a firm what its vouchers hold, for who is paid what is owed."""

import io
from uuid import UUID

from flask import flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.exports.offers import ExportedList, of_length, offer
from marketplace.kernel.errors import NotFound, RuleViolation
from marketplace.kernel.locales import said
from marketplace.ledger import spans as ledger
from marketplace.ledger.spans import Period
from marketplace.oversight.queries import names, periods
from marketplace.oversight.queries.periods import StatementOf, StatementSubject
from marketplace.oversight.views import bp
from marketplace.oversight.views import periods as shared
from marketplace.oversight.words import VERBS
from marketplace.web.access import requires
from marketplace.web.addresses import public_url
from marketplace.web.paging import PER_PAGE, Page, page_number

_KIND = "<any(firm, provider):kind>"


def _found(book_id: UUID, kind: str) -> StatementSubject:
    """Raises: NotFound: a book in which one has no money."""
    own = current_user.organisation_id
    if not any(book.id == book_id and one == kind for book, one in periods.statements_of(own, None)):
        raise NotFound
    return periods.subject_of(book_id, StatementOf(kind), own, None)


def _address(name: str, found: StatementSubject, period: Period) -> str:
    first, last = period.first.isoformat(), period.last.isoformat()
    return url_for(f"oversight.{name}", book_id=found.book.id, kind=found.kind.value, since=first, until=last)


@bp.get("/own-statements")
@requires("statements.own")
def own_statements() -> ResponseReturnValue:
    found = periods.statements_of(current_user.organisation_id, None)
    rows = [{**shared.named(*one), "url": url_for("oversight.own_statement", book_id=one[0].id, kind=one[1].value)} for one in found]
    return render_template("oversight/own_statements.html", rows=rows)


@bp.get(f"/own-statements/<uuid:book_id>/{_KIND}")
@requires("statements.own")
def own_statement(book_id: UUID, kind: str) -> ResponseReturnValue:
    found, period = _found(book_id, kind), shared.asked_period()
    sums = ledger.sums_of(found.accounts, period)
    number = min(page_number(), max(1, -(-sums.count // PER_PAGE)))
    lines = list(ledger.lines_of(found.accounts, period, sums.opening_fen, offset=(number - 1) * PER_PAGE, limit=PER_PAGE))
    shown = {
        "subject": found,
        "book": found.book,
        "period": period,
        "sums": sums,
        "page": Page(lines, number, sums.count),
        "verbs": VERBS,
        "names": names.accounts(book_id, {code for line in lines for code in (line.own_code, line.counter_code)}),
    }
    links = {name: _address(name, found, period) for name in ("own_statement_book", "own_statement_pdf")}
    return render_template("oversight/own_statement.html", **shown, **links)


@offer(bp, f"/own-statements/<uuid:book_id>/{_KIND}.xlsx", permission="statements.own")
def own_statement_book(book_id: UUID, kind: str) -> ExportedList:
    found, period = _found(book_id, kind), shared.asked_period()
    sums = ledger.sums_of(found.accounts, period)
    lines = of_length(sums.count + 2, lambda: shared.rows_of(found, period, sums))
    return ExportedList(_("期间对账单"), shared.columns(), lines, shared.file_name(found, period), shared.in_one_line(found, period, sums))


@bp.get(f"/own-statements/<uuid:book_id>/{_KIND}.pdf")
@requires("statements.own")
def own_statement_pdf(book_id: UUID, kind: str) -> ResponseReturnValue:
    found, period = _found(book_id, kind), shared.asked_period()
    here = public_url("oversight.own_statement", book_id=book_id, kind=kind)
    try:
        content = shared.printed(found, period, here)
    except RuleViolation as refusal:
        flash(said(refusal), "warning")
        return redirect(_address("own_statement", found, period))
    name = f"{shared.file_name(found, period)}.pdf"
    return send_file(io.BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name)
