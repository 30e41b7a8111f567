"""Books, their trial balance, account statements, entries."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.exports.offers import PIECE, ExportedList, of_length, offer
from marketplace.identity.queries import names_of
from marketplace.kernel import clock
from marketplace.kernel.currencies import in_sheet
from marketplace.kernel.sheets import CellKind, Column
from marketplace.ledger import queries as ledger
from marketplace.ledger import rules, trial_balance
from marketplace.ledger.models import Account, Book
from marketplace.ledger.rules import AccountKind
from marketplace.oversight import queries
from marketplace.oversight.queries import names
from marketplace.oversight.views import bp
from marketplace.oversight.views.scope import areas
from marketplace.oversight.words import NOUNS, VERBS
from marketplace.web.access import requires
from marketplace.web.forms import choices
from marketplace.web.paging import PER_PAGE, Page, page_number
from marketplace.web.query_string import asked_day


@bp.get("/books")
@requires("ledger.see")
def books() -> ResponseReturnValue:
    return render_template("oversight/books.html", rows=queries.books(areas("ledger.see")))


def _day() -> date | None:
    """The accounting date asked for; None means now."""
    asked = asked_day("on")
    return asked if asked and asked < clock.today() else None


def _kind() -> AccountKind | None:
    text = request.args.get("kind", "")
    return AccountKind(text) if text in set(AccountKind) else None


@bp.get("/books/<uuid:book_id>")
@requires("ledger.see")
def book(book_id: UUID) -> ResponseReturnValue:
    found, day, kind = queries.book(book_id, areas("ledger.see")), _day(), _kind()
    number = page_number()
    lines, total = trial_balance.accounts_on(book_id, day, kind=kind, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    return render_template(
        "oversight/book.html", book=found, day=day, kinds=trial_balance.by_kind(book_id, day), limits=rules.LIMITS,
        standing=trial_balance.standing_on(book_id, day), page=Page(lines, number, total),
        names=names.accounts(book_id, (line.code for line in lines)),
        kind_choices=choices(AccountKind),
    )  # fmt: skip


@offer(bp, "/books/<uuid:book_id>/accounts.xlsx", permission="ledger.see", areas=lambda who: who.areas_read("ledger.see"))
def book_export(book_id: UUID) -> ExportedList:
    found, day, kind = queries.book(book_id, areas("ledger.see")), _day(), _kind()
    columns = (
        Column("kind", _("账户类别"), width=18),
        Column("owner", _("归属"), width=40),
        Column("code", _("账户代码"), width=50),
        Column("debits", _("累计转出（元）"), kind=CellKind.YUAN),
        Column("credits", _("累计转入（元）"), kind=CellKind.YUAN),
        Column("balance", _("余额（元）"), kind=CellKind.YUAN),
    )
    lines = of_length(trial_balance.count_of(book_id, kind), lambda: _account_rows(found, day, kind))
    day_text = (day or clock.today()).isoformat()
    title = _("科目余额表")
    told = _("账本：%(book)s；截至 %(day)s", book=found.name, day=day_text)
    return ExportedList(title, columns, lines, f"{title}_{found.name}_{day_text}", told)


def _account_rows(book: Book, day: date | None, kind: AccountKind | None) -> Iterator[tuple[object, ...]]:
    """The accounts of a book; what they are called is asked for together."""
    for part in trial_balance.all_accounts_on(book.id, day, kind=kind, at_once=PIECE):
        called = names.accounts(book.id, (line.code for line in part))
        for line in part:
            name, amounts = called[line.code], (line.debits_fen, line.credits_fen, line.balance_fen)
            yield _(name.label), name.owner, line.code, *(in_sheet(fen, book.currency) for fen in amounts)


@bp.get("/books/<uuid:book_id>/accounts/<uuid:account_id>")
@requires("ledger.see")
def account(book_id: UUID, account_id: UUID) -> ResponseReturnValue:
    found = queries.account(book_id, account_id, areas("ledger.see"))
    number = min(page_number(), max(1, -(-found.version // PER_PAGE)))
    until = found.version - (number - 1) * PER_PAGE  # newest first; versions have no gaps, so they are line numbers
    lines = ledger.statement(book_id, found.code, after=max(0, until - PER_PAGE), until=until)[::-1]
    return render_template(
        "oversight/account.html", book=queries.book(book_id, areas("ledger.see")), account=found,
        name=names.accounts(book_id, [found.code])[found.code],
        page=Page(lines, number, found.version), names=names.accounts(book_id, {line.counter_code for line in lines}), verbs=VERBS,
        actors=names_of(line.entry.actor_id for line in lines),
    )  # fmt: skip


@offer(bp, "/books/<uuid:book_id>/accounts/<uuid:account_id>.xlsx", permission="ledger.see", areas=lambda who: who.areas_read("ledger.see"))
def account_export(book_id: UUID, account_id: UUID) -> ExportedList:
    found = queries.account(book_id, account_id, areas("ledger.see"))
    name, currency = names.accounts(book_id, [found.code])[found.code], queries.book(book_id, areas("ledger.see")).currency
    columns = (
        Column("version", _("序号"), kind=CellKind.INTEGER),
        Column("day", _("记账日期"), kind=CellKind.DATE),
        Column("why", _("事由"), width=24),
        Column("counter", _("对方账户"), width=44),
        Column("amount", _("发生额（元）"), kind=CellKind.YUAN),
        Column("balance", _("余额（元）"), kind=CellKind.YUAN),
        Column("entry", _("分录编号"), width=40),
    )
    title = _("账户明细")
    lines = of_length(found.version, lambda: _statement_rows(found, currency))
    return ExportedList(title, columns, lines, f"{title}_{_(name.label)}_{name.owner or found.code}", f"{_(name.label)} {name.owner}")


def _statement_rows(account: Account, currency: str) -> Iterator[tuple[object, ...]]:
    """The lines of an account, a thousand at a time."""
    for after in range(0, account.version, PIECE):
        lines = ledger.statement(account.book_id, account.code, after=after, until=after + PIECE)
        called = names.accounts(account.book_id, {line.counter_code for line in lines})
        for line in lines:
            counter = called[line.counter_code]
            yield (
                line.version, line.entry.effective_on, _(VERBS.get(line.entry.verb, line.entry.verb)),
                f"{_(counter.label)} {counter.owner}".strip(), in_sheet(line.amount_fen, currency),
                in_sheet(line.balance_fen, currency), str(line.entry.id),
            )  # fmt: skip


@bp.get("/books/<uuid:book_id>/entries/<uuid:entry_id>")
@requires("ledger.see")
def entry(book_id: UUID, entry_id: UUID) -> ResponseReturnValue:
    found = queries.entry(book_id, entry_id, areas("ledger.see"))
    subject = (found.entry.subject_type, found.entry.subject_id)
    return render_template(
        "oversight/entry.html", book=queries.book(book_id, areas("ledger.see")), entry=found.entry, rows=found.rows, proofs=found.proofs,
        simulated=names.simulated([subject]), reversed_by=found.reversed_by, verbs=VERBS, nouns=NOUNS,
        subject_name=names.subjects([subject]).get(found.entry.subject_id, ""),
        names=names.accounts(book_id, {code for row in found.rows for code in (row.debit_code, row.credit_code)}),
        actor=names_of([found.entry.actor_id]).get(found.entry.actor_id) if found.entry.actor_id else None,
    )  # fmt: skip
