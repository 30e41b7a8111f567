"""The one door through which lists leave as Excel files.

A capability's view says what the list is, and nothing about how it leaves:

    @offer(bp, "/orders/export", permission="orders.see")
    def export() -> Book:
        return Book(title, COLUMNS, stored(queries.seen(viewer(), filters), each(_row)), name=…, filters=…)

A list of up to EXPORT_ROWS rows is answered at once. A longer one, or one that takes too long to read, is offered as a file that the
worker writes: it opens the same view as the same user, so permission, areas and what the view itself refuses hold there as here.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

from flask import Blueprint, current_app, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_login import current_user
from sqlalchemy import Select
from sqlalchemy.exc import DBAPIError

from marketplace.exports import service
from marketplace.exports.rules import Areas
from marketplace.identity.sign_in import SignedIn
from marketplace.kernel import clock, sheets
from marketplace.kernel.counting import Total, counted
from marketplace.kernel.db import db, in_transaction
from marketplace.kernel.db_failures import is_cut
from marketplace.kernel.sheets import XLSX_MIME, Column, SheetPage
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm

T = TypeVar("T")
Cells = Sequence[object]

PIECE = 500  # rows in memory at once


@dataclass(frozen=True, slots=True)
class Lines:
    """The rows of a list, not read yet."""

    count: Callable[[int], Total]  # how many, counted no further than told
    read: Callable[[], Iterable[Cells]]


def rows_of(statement: Select[T], cells: Callable[[Sequence[T]], Iterable[Cells]]) -> Lines:
    """The rows of a query, read in pieces; `cells` makes lines of a piece, so that it may ask for more about all of it at once."""

    def read() -> Iterator[Cells]:
        found = db.session.scalars(statement.execution_options(yield_per=PIECE))
        for piece in found.partitions():
            yield from cells(piece)

    return Lines(lambda most: counted(statement, most), read)


def each(row: Callable[[T], Cells]) -> Callable[[Sequence[T]], Iterable[Cells]]:
    """Lines that need no more than their own row."""
    return lambda piece: (row(one) for one in piece)


def of_length(number: int, read: Callable[[], Iterable[Cells]]) -> Lines:
    """Rows whose number is known without asking."""
    return Lines(lambda most: Total.above(most) if number > most else Total(number), read)


def short_list(rows: Sequence[Cells]) -> Lines:
    """A short list that was read already."""
    return of_length(len(rows), lambda: rows)


@dataclass(frozen=True, slots=True)
class ExportedList:
    """A list as it leaves."""

    title: str
    columns: Sequence[Column]
    lines: Lines
    name: str  # of the file, without suffix
    filters: str = ""  # what it was narrowed to, in words

    def write(self, target: BinaryIO, *, told: Callable[[int], None] | None = None, folder: str | None = None) -> int:
        """Write the book; how many rows it has. Raises: RuleViolation: more than Excel holds."""
        number = 0

        def rows() -> Iterator[Cells]:
            nonlocal number
            for number, line in enumerate(self.lines.read(), start=1):
                yield line
                if told and number % PIECE == 0:
                    told(number)

        sheets.write_book(target, [SheetPage(self.title, self.columns, rows(), self.filters)], at=clock.now(), folder=folder)
        return number


@dataclass(frozen=True, slots=True)
class Offer:
    """A list that can be taken away."""

    permission: str
    build: Callable[..., ExportedList]
    areas: Callable[[SignedIn], Areas]  # for which somebody sees the list


OFFERS: dict[str, Offer] = {}  # by endpoint


def offer(
    bp: Blueprint, rule: str, *, permission: str, areas: Callable[[SignedIn], Areas] | None = None
) -> Callable[[Callable[..., ExportedList]], Callable[..., ExportedList]]:
    """Let a list be taken away at an address: GET answers with the file or offers to have it written, POST asks for that.

    Args:
        areas: for which areas a user sees the list; those of the permission unless said.
    """

    def decorate(build: Callable[..., ExportedList]) -> Callable[..., ExportedList]:
        name = f"{bp.name}.{build.__name__}"
        OFFERS[name] = Offer(permission, build, areas or (lambda who: who.areas_for(permission)))

        def answer(**view_args: Any) -> ResponseReturnValue:
            return _answer(name, view_args)

        bp.add_url_rule(rule, build.__name__, requires(permission)(answer), methods=["GET", "POST"])
        return build

    return decorate


def _answer(endpoint: str, view_args: dict[str, Any]) -> ResponseReturnValue:
    book, form = OFFERS[endpoint].build(**view_args), CommandForm()
    if form.validate_on_submit():
        return _ask(endpoint, view_args, book, form)
    total = None
    if not form.errors:
        try:
            total = book.lines.count(current_app.config["EXPORT_ROWS"])
            if not total.is_more:
                return as_file(book)
        except DBAPIError as error:
            if not is_cut(error):
                raise
            db.session.rollback()
    days = current_app.config["EXPORT_DAYS"]
    return render_template("exports/ask.html", book=book, total=total, form=form, days=days, address=request.full_path), form.status


def as_file(book: ExportedList) -> ResponseReturnValue:
    """A short list as the workbook itself: for a page of everybody, who has no account in which a written file waits."""
    target = io.BytesIO()
    book.write(target)
    target.seek(0)
    return send_file(target, mimetype=XLSX_MIME, as_attachment=True, download_name=f"{book.name}.xlsx")


def _ask(endpoint: str, view_args: dict[str, Any], book: ExportedList, form: CommandForm) -> ResponseReturnValue:
    wanted = service.WantedList(
        endpoint=endpoint,
        view_args={key: str(value) for key, value in view_args.items()},
        query=request.query_string.decode("utf-8", "replace"),
        locale=str(get_locale()),
        permission=OFFERS[endpoint].permission,
        title=book.title,
        name=f"{book.name}.xlsx",
        filters=book.filters,
    )
    key, actor_id, organisation_id, now = form.key(), current_user.id, current_user.organisation_id, clock.now()
    export = in_transaction(lambda: service.ask(key, wanted, actor_id=actor_id, organisation_id=organisation_id, now=now))
    return redirect(url_for("exports.show", export_id=export.id))
