"""The one door through which lists leave as Excel files.

A capability's view says what the list is, and nothing about how it leaves:

    @offer(bp, "/orders/export", permission="orders.see")
    def export() -> Book:
        return Book(title, COLUMNS, stored(queries.seen(viewer(), filters), each(_row)), name=…, filters=…)

A list of up to EXPORT_ROWS rows is answered at once. A longer one, or one that takes too long to read, is offered as a file that the
worker writes: it opens the same view as the same user, so permission, areas and what the view itself refuses hold there as here.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar, TypeVar

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
from marketplace.kernel.errors import N_
from marketplace.kernel.sheets import XLSX_MIME, Column, SheetPage
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm

T = TypeVar("T")
E = TypeVar("E", bound="Exported")
Cells = Sequence[object]

PIECE = 500  # rows in memory at once
IN_MEMORY = 4 * 1024 * 1024  # of a file that is answered at once; the rest waits on the disk


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

    suffix: ClassVar = ".xlsx"
    mime: ClassVar = XLSX_MIME
    counts: ClassVar = N_("行数")

    def count(self, most: int) -> Total:
        """How many rows it has, counted no further than told."""
        return self.lines.count(most)

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
class ExportedArchive:
    """Files that leave together as ZIP: at once, or written by the worker where they are too big to wait for."""

    title: str
    name: str  # of the file, without suffix
    files: int
    is_long: bool  # too big to be answered at once
    pack: Callable[[BinaryIO, Callable[[int], None]], int]  # writes it, tells how many files are done; how many there are
    filters: str = ""

    suffix: ClassVar = ".zip"
    mime: ClassVar = "application/zip"
    counts: ClassVar = N_("文件数")

    def count(self, most: int) -> Total:
        """How many files it holds; marked where it has to be asked for."""
        return Total.above(self.files) if self.is_long else Total(self.files)

    def write(self, target: BinaryIO, *, told: Callable[[int], None] | None = None, folder: str | None = None) -> int:
        """Write the archive; how many files it holds."""
        return self.pack(target, told or (lambda _done: None))


Exported = ExportedList | ExportedArchive


@dataclass(frozen=True, slots=True)
class Offer:
    """A list that can be taken away."""

    permission: str
    build: Callable[..., Exported]
    areas: Callable[[SignedIn], Areas]  # for which somebody sees the list


OFFERS: dict[str, Offer] = {}  # by endpoint


def offer(
    bp: Blueprint, rule: str, *, permission: str, areas: Callable[[SignedIn], Areas] | None = None
) -> Callable[[Callable[..., E]], Callable[..., E]]:
    """Let a list be taken away at an address: GET answers with the file or offers to have it written, POST asks for that.

    Args:
        areas: for which areas a user sees the list; those of the permission unless said.
    """

    def decorate(build: Callable[..., E]) -> Callable[..., E]:
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
            total = book.count(current_app.config["EXPORT_ROWS"])
            if not total.is_more:
                return as_file(book)
        except DBAPIError as error:
            if not is_cut(error):
                raise
            db.session.rollback()
    days = current_app.config["EXPORT_DAYS"]
    return render_template("exports/ask.html", book=book, total=total, form=form, days=days, address=request.full_path), form.status


def as_file(book: Exported) -> ResponseReturnValue:
    """A short list as the workbook itself: for a page of everybody, who has no account in which a written file waits."""
    target: Any = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 – the answer reads it
    book.write(target)
    target.seek(0)
    return send_file(target, mimetype=book.mime, as_attachment=True, download_name=f"{book.name}{book.suffix}")


def _ask(endpoint: str, view_args: dict[str, Any], book: Exported, form: CommandForm) -> ResponseReturnValue:
    wanted = service.WantedList(
        endpoint=endpoint,
        view_args={key: str(value) for key, value in view_args.items()},
        query=request.query_string.decode("utf-8", "replace"),
        locale=str(get_locale()),
        permission=OFFERS[endpoint].permission,
        title=book.title,
        name=f"{book.name}{book.suffix}",
        filters=book.filters,
    )
    key, actor_id, organisation_id, now = form.key(), current_user.id, current_user.organisation_id, clock.now()
    export = in_transaction(lambda: service.ask(key, wanted, actor_id=actor_id, organisation_id=organisation_id, now=now))
    return redirect(url_for("exports.show", export_id=export.id))
