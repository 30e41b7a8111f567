"""An uploaded book handed back with its errors, so that they are mended where they were made."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from marketplace.kernel.sheets.cells import is_blank, visible
from marketplace.kernel.sheets.loading import Limits, LoadedSheet, load
from marketplace.kernel.sheets.reading import ERROR_TITLE, CellError, narrow_heading, read_together
from marketplace.kernel.sheets.schema import EXCEL_ROWS, EXCEL_TEXT, SheetSpec

if TYPE_CHECKING:  # loaded by whoever hands a book back
    import openpyxl
    from openpyxl.worksheet.worksheet import Worksheet


def with_errors(spec: SheetSpec, content: bytes, errors: Sequence[CellError], limits: Limits | None = None) -> bytes:
    """The same book with its bad cells coloured and their reasons in a last column 错误说明; nothing else changes.

    An .xls comes back as .xlsx with its values only, since nothing writes the old format.

    Raises:
        RuleViolation: as `read` does, if the file as a whole cannot be read.
    """
    limits = limits or Limits()
    pages = load(content, limits)
    book = _opened(content, pages)
    for number, (page, heading_row, _places) in enumerate(read_together(spec, pages, limits)):
        sheet = book[page.name]
        assert hasattr(sheet, "column_dimensions"), "a sheet of cells, not a chart"
        at = _reason_column(sheet, heading_row + 1, page)
        by_row: dict[int, list[CellError]] = {}
        for error in errors:
            if error.row // EXCEL_ROWS == number:
                by_row.setdefault(error.row % EXCEL_ROWS, []).append(error)
        for row, found in by_row.items():
            _write_reason(sheet, row, at, found)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _opened(content: bytes, pages: list[LoadedSheet]) -> "openpyxl.Workbook":
    """The book itself, or its values where openpyxl cannot open it (.xls, and oddities of other programs)."""
    import openpyxl

    if content.startswith(b"PK"):
        try:
            book = openpyxl.load_workbook(io.BytesIO(content))
            if all(page.name in book.sheetnames for page in pages):
                return book
        except Exception:  # noqa: S110 - openpyxl raises anything; the values are still worth handing back
            pass
    return _rebuilt(pages)


def _rebuilt(pages: list[LoadedSheet]) -> "openpyxl.Workbook":
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for page in pages:
        sheet = book.create_sheet(page.name)
        for row, cells in enumerate(page.rows, start=1):
            for column, value in enumerate(cells, start=1):
                if not is_blank(value):
                    _put(sheet, row, column, visible(value) if isinstance(value, str) else value)
        sheet.sheet_state = "visible" if page.visible else "hidden"
    return book


def _reason_column(sheet: "Worksheet", heading_row: int, page: LoadedSheet) -> int:
    """Number of the reasons' column: the one of an earlier round, emptied, or a new one after the last."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    headings = page.rows[heading_row - 1]
    earlier = [at for at, cell in enumerate(headings, start=1) if isinstance(cell, str) and narrow_heading(cell) == ERROR_TITLE]
    column = earlier[0] if earlier else max(page.width, sheet.max_column) + 1
    if earlier:
        for row in range(heading_row + 1, page.height + 1):
            _put(sheet, row, column, None)
    _put(sheet, heading_row, column, ERROR_TITLE)
    sheet.cell(heading_row, column).font = Font(bold=True, color="9C0006")
    sheet.column_dimensions[get_column_letter(column)].width = 48
    return column


def _write_reason(sheet: "Worksheet", row: int, column: int, found: list[CellError]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    _put(sheet, row, column, visible("\n".join(f"{error.title}：{error.message}{error.remedy}" for error in found)))
    cell = sheet.cell(row, column)
    cell.font, cell.alignment = Font(color="9C0006"), Alignment(wrap_text=True, vertical="top")
    for error in found:
        if error.column:
            sheet[f"{error.column}{row}"].fill = PatternFill("solid", fgColor="FFC7CE")


def _put(sheet: "Worksheet", row: int, column: int, value: object) -> None:
    """A value as it is: never a formula. The covered part of a merged cell takes none."""
    from openpyxl.cell.cell import Cell

    cell = sheet.cell(row, column)
    if isinstance(cell, Cell):
        cell.value = value[:EXCEL_TEXT] if isinstance(value, str) else value  # type: ignore[assignment]
        if isinstance(value, str):
            cell.data_type = "s"
