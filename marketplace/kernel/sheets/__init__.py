"""Excel in and out: a declared sheet is read, offered as a template, handed back with its errors, or written as an export."""

from marketplace.kernel.sheets.cells import narrow
from marketplace.kernel.sheets.exporting import XLSX_MIME, SheetPage, export, export_book, write_book
from marketplace.kernel.sheets.guard import check_workbook
from marketplace.kernel.sheets.loading import Cell, Limits
from marketplace.kernel.sheets.marked_errors import with_errors
from marketplace.kernel.sheets.reading import CellError, Row, SheetResult, read
from marketplace.kernel.sheets.schema import CellKind, Column, SheetSpec
from marketplace.kernel.sheets.templates import template
from marketplace.kernel.sheets.text_tables import as_workbook

__all__ = [
    "XLSX_MIME",
    "Cell",
    "CellError",
    "CellKind",
    "Column",
    "Limits",
    "Row",
    "SheetPage",
    "SheetResult",
    "SheetSpec",
    "as_workbook",
    "check_workbook",
    "export",
    "export_book",
    "narrow",
    "read",
    "template",
    "with_errors",
    "write_book",
]
