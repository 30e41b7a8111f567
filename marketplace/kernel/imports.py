"""Excel files brought in: one mechanism for every list (firms, titles, providers, needs, supplies, past services …).

A capability declares an `Importer`: its sheet and one function that stores one row, through its own service, and says whether
anything changed. The function refuses a row with a DomainError whose `field` is the column's key; its sentence becomes the reason
beside the cell. Nothing else is asked of it:

    def store_row(row: Mapping[str, Any], context: ImportContext) -> Outcome: ...
    FIRMS = Importer(kind="enterprises", title=N_("企业"), spec=SPEC, store_row=store_row)

A dry run is the same work, rolled back: what it promises is what storing does. Rows are taken in chunks of CHUNK, each chunk a
transaction and each row a savepoint in it; a file of one chunk is therefore stored whole or not at all when its user asks for "all".
`web.importing.add_pages` gives an importer its five pages.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model, db, found_by, in_transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.sheets import CellError, Row, SheetResult, SheetSpec
from marketplace.kernel.turns import Turns

CHUNK = 200  # rows in one transaction: long enough to be quick, short enough that others may write in between


class Import(HasId, Model):
    """An Excel file brought in: what it was, what came of it. The same file twice changes nothing."""

    __tablename__ = "imports"
    __table_args__ = (Index(None, "kind", "checksum"),)

    kind: Mapped[str] = mapped_column(String(40))  # enterprises, providers, experts, titles, services, supplies …
    name: Mapped[str] = mapped_column(String(200))
    checksum: Mapped[str] = mapped_column(String(64))
    file_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"))
    options: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # what was chosen beside the file: a chain, a year …
    row_count: Mapped[int]  # rows with something in them
    stored_count: Mapped[int] = mapped_column(default=0)  # rows that change something: in a dry run, would
    unchanged_count: Mapped[int] = mapped_column(default=0)  # rows the platform knows already
    errors: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # CellError as a dict, by row
    overview: Mapped[Mapping[str, object] | None] = mapped_column(JSON(none_as_null=True))  # Overview as a dict; None: this list has none
    unread: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # what of the book was not read: {message, params}
    dry_run: Mapped[bool] = mapped_column(default=True)
    actor_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    stored_at: Mapped[datetime | None]

    @property
    def good_count(self) -> int:
        """Rows without an error."""
        return self.stored_count + self.unchanged_count

    @property
    def bad_count(self) -> int:
        """Rows with an error."""
        return self.row_count - self.good_count


class RowOutcome(StrEnum):
    """What became of a row."""

    STORED = "stored"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportContext:
    """Who brings rows in, for what, when."""

    import_id: UUID
    actor_id: UUID
    organisation_id: UUID
    areas: tuple[str, ...]  # the actor's areas of authority; empty for a firm's own lists
    options: Mapping[str, str]
    now: datetime
    gathered: list[Any] = field(default_factory=list)  # what the good rows of a chunk leave for its end; empty when a chunk begins

    @property
    def today(self) -> date:
        """The day on which they are brought in."""
        return clock.civil_date(self.now)


@dataclass(frozen=True, slots=True)
class CountedSum:
    """How many rows say something, and how much money they are about, in the smallest unit of each currency."""

    label: str  # Chinese, marked with N_
    count: int
    sums: Mapping[str, int] = field(default_factory=dict)  # by currency


@dataclass(frozen=True, slots=True)
class Overview:
    """What a book says as a whole, before anything is stored."""

    figures: tuple[CountedSum, ...]
    differences: tuple[Sentence, ...] = ()

    def as_kept(self) -> Mapping[str, object]:
        """As the table keeps it."""
        figures = [{"label": one.label, "count": one.count, "sums": dict(one.sums)} for one in self.figures]
        said = [one.__composite_values__() for one in self.differences]
        return {"figures": figures, "differences": [{"message": message, "params": params} for message, params in said]}


StoreRow = Callable[[Mapping[str, Any], ImportContext], RowOutcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """A list that can be brought in."""

    kind: str  # word in addresses and in the table
    title: str  # Chinese, marked with N_: "企业"
    spec: SheetSpec
    store_row: StoreRow
    spec_in: Callable[[tuple[str, ...]], SheetSpec] | None = None  # the sheet as some areas call its columns; else `spec`
    # What is wrong with the file as a whole, for somebody's areas and what was chosen beside it, before anything of it is kept.
    check: Callable[[SheetResult, tuple[str, ...], Mapping[str, str]], None] | None = None
    overview: Callable[[SheetResult, ImportContext], Overview] | None = None  # what it says as a whole, by rows that can be read
    # Before the rows of each chunk, in its transaction: e.g. make the list the rows belong to, unless it is there. May refuse the file.
    begin: Callable[[ImportContext, SheetResult], None] | None = None
    # After the rows of each chunk, in its transaction: e.g. post their money together. What it refuses, it refuses for the whole chunk.
    end_chunk: Callable[[ImportContext], None] | None = None
    finish: Callable[[ImportContext, "Report"], None] | None = None  # after the last stored row, in its transaction: e.g. the trail

    def sheet_in(self, areas: tuple[str, ...]) -> SheetSpec:
        """The sheet as somebody of some areas fills it in."""
        return self.spec_in(areas) if self.spec_in else self.spec


@dataclass(frozen=True, slots=True)
class Report:
    """What came of the rows."""

    stored: int = 0
    unchanged: int = 0
    errors: tuple[CellError, ...] = ()


@dataclass(slots=True)
class _Tally:
    stored: int = 0
    unchanged: int = 0
    errors: list[CellError] = field(default_factory=list)

    def report(self, more: "_Tally | None" = None) -> Report:
        stored, unchanged, errors = (more.stored, more.unchanged, more.errors) if more else (0, 0, [])
        return Report(self.stored + stored, self.unchanged + unchanged, (*self.errors, *errors))


class _Undo(Exception):
    """Takes a dry run back."""


def run(
    importer: Importer,
    sheet: SheetResult,
    context: ImportContext,
    *,
    keep: bool,
    whole: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Store the sheet's good rows, or only find out what would happen.

    Args:
        keep: False for a dry run: everything is rolled back.
        whole: a chunk with a refused row is rolled back and nothing after it is tried.

    Raises: DomainError: the importer's `begin` refuses the file as a whole.
    """
    job, total, turns = _Storing(importer, sheet, context, keep, whole), _Tally(), Turns()
    starts = range(0, len(sheet.rows), CHUNK) or range(1)
    for start in starts:
        chunk = sheet.rows[start : start + CHUNK]
        tally = _chunk(job, chunk, before=total, last=start == starts[-1])
        total.errors += tally.errors
        if whole and keep and tally.errors:
            break
        total.stored += tally.stored
        total.unchanged += tally.unchanged
        if progress:
            progress(start + len(chunk), len(sheet.rows))
        else:
            turns.give()  # a job does so when it says how far it is
    return total.report()


@dataclass(frozen=True, slots=True)
class _Storing:
    importer: Importer
    sheet: SheetResult
    context: ImportContext
    keep: bool
    whole: bool


def _chunk(job: _Storing, chunk: Sequence[Row], *, before: _Tally, last: bool) -> _Tally:
    importer, context = job.importer, job.context
    tallies: list[_Tally] = []

    def work() -> None:
        tally = _Tally()
        tallies.append(tally)
        context.gathered.clear()  # the transaction may run again
        if importer.begin:
            importer.begin(context, job.sheet)
        for row in chunk:
            _row(job, row, tally)
        if importer.end_chunk:
            importer.end_chunk(context)
        if not job.keep or (job.whole and tally.errors):
            raise _Undo
        if last and importer.finish:
            importer.finish(context, before.report(tally))

    with suppress(_Undo):
        in_transaction(work)
    return tallies[-1]


def _row(job: _Storing, row: Row, tally: _Tally) -> None:
    try:
        with db.session.begin_nested():
            outcome = job.importer.store_row(row.values, job.context)
    except DomainError as refusal:
        tally.errors.append(job.sheet.refuse(row.number, refusal.field or "", refusal.text(), ""))
    else:
        if outcome is RowOutcome.STORED:
            tally.stored += 1
        else:
            tally.unchanged += 1


def rows_in(sheet: SheetResult) -> int:
    """How many rows of the sheet say something, good or not."""
    return len({row.number for row in sheet.rows} | {error.row for error in sheet.errors})


def as_dicts(errors: Sequence[CellError]) -> list[dict[str, Any]]:
    """Errors as the table keeps them, by row."""
    return [
        {"row": e.row, "column": e.column, "title": e.title, "message": e.message, "remedy": e.remedy}
        for e in sorted(errors, key=lambda e: (e.row, e.column))
    ]


def as_errors(dicts: Sequence[Mapping[str, Any]]) -> list[CellError]:
    """The other way round."""
    return [CellError(d["row"], d["column"], d["title"], d["message"], d["remedy"]) for d in dicts]


def of_organisation(import_id: UUID, kind: str, organisation_id: UUID) -> Import:
    """One of an organisation's own imports of a kind.

    Raises: NotFound: no such import, or another's.
    """
    statement = select(Import).where(Import.id == import_id, Import.kind == kind, Import.organisation_id == organisation_id)
    return found_by(statement)


def stored_before(kind: str, checksum: str, organisation_id: UUID, options: Mapping[str, str]) -> Import | None:
    """The import that brought in this very file without an error, if one did."""
    statement = select(Import).where(Import.kind == kind, Import.checksum == checksum, Import.organisation_id == organisation_id)
    found = db.session.scalars(statement.where(Import.stored_at.is_not(None)).order_by(Import.stored_at.desc())).all()
    return next((row for row in found if not row.errors and dict(row.options) == dict(options)), None)


def newest(organisation_id: UUID, kinds: Sequence[str], limit: int = 20) -> list[Import]:
    """An organisation's last imports of some kinds, newest first."""
    statement = select(Import).where(Import.organisation_id == organisation_id, Import.kind.in_(kinds))
    return list(db.session.scalars(statement.order_by(Import.created_at.desc(), Import.id.desc()).limit(limit)))
