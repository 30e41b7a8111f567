"""A list of the platform as an Excel file."""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from marketplace.kernel.clock import CST
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.sheets.cells import EXCEL_DIGITS, visible
from marketplace.kernel.sheets.schema import DAY_FORMAT, EXCEL_ROWS, EXCEL_TEXT, HEADING_STYLE, MONEY_FORMAT, TEXT_FORMAT, CellKind, Column

XLSX_MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
_HEADING_ROW = 3
_FORMATS = {
    "text": {"num_format": TEXT_FORMAT, "valign": "top"},
    # Shown as typed; the apostrophe keeps it text even after somebody edits the cell in Excel.
    "risky": {"num_format": TEXT_FORMAT, "valign": "top", "quote_prefix": True},
    "money": {"num_format": MONEY_FORMAT},
    "integer": {"num_format": "0"},
    "decimal": {},
    "percent": {"num_format": "0.00%"},
    "day": {"num_format": DAY_FORMAT},
    "minute": {"num_format": "yyyy-mm-dd hh:mm"},
}


@dataclass(frozen=True, slots=True)
class SheetPage:
    """One worksheet of an exported book."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[object]]  # values in the order of the columns
    filters: str = ""  # what the list was narrowed to, in words; "" when it is whole


def export(title: str, columns: Sequence[Column], rows: Iterable[Sequence[object]], *, filters: str, at: datetime) -> bytes:
    """A list as .xlsx with one worksheet. See `export_book`."""
    return export_book([SheetPage(title, columns, rows, filters)], at=at)


def export_book(pages: Sequence[SheetPage], *, at: datetime) -> bytes:
    """Lists as .xlsx, held in memory. See `write_book`."""
    target = io.BytesIO()
    write_book(target, pages, at=at)
    return target.getvalue()


def write_book(target: BinaryIO, pages: Sequence[SheetPage], *, at: datetime, folder: str | None = None) -> None:
    """Lists as .xlsx, a worksheet each: title, filter in words and time on top, then the rows, streamed to disk and from there.

    No cell is ever a formula. Fen become exact decimal yuan; dates stay dates; codes stay text.

    Args:
        at: when the lists were read.
        folder: where the parts of the book wait until it is closed; left to the system unless said.

    Raises:
        RuleViolation: more rows than Excel holds.
    """
    import xlsxwriter  # loaded by whoever writes a book

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(target, {**options, "tmpdir": folder})
    formats = {name: book.add_format(look) for name, look in _FORMATS.items()}
    formats |= {"heading": book.add_format(HEADING_STYLE), "title": book.add_format({"bold": True, "font_size": 14})}
    for page in pages:
        _write_page(book.add_worksheet(_page_name(page.title)), page, formats, at)
    book.close()


def _write_page(sheet: Any, page: SheetPage, formats: Mapping[str, Any], at: datetime) -> None:
    _lay_out(sheet, page.columns)
    sheet.write_string(0, 0, visible(page.title), formats["title"])
    narrowed = visible(page.filters) or "全部"
    sheet.write_string(1, 0, N_("筛选：%(filters)s    导出时间：%(at)s（北京时间）", filters=narrowed, at=_minute(at)))
    for place, column in enumerate(page.columns):
        sheet.write_string(_HEADING_ROW, place, _heading(column), formats["heading"])
    last = _HEADING_ROW
    for last, row in enumerate(page.rows, start=_HEADING_ROW + 1):
        if last >= EXCEL_ROWS:
            raise RuleViolation(N_("记录超过 Excel 的行数上限。请先筛选，再分次导出。"), code="sheet.too_long")
        for place, (column, value) in enumerate(zip(page.columns, row, strict=True)):
            _write(sheet, (last, place), column, value, formats)
    sheet.autofilter(_HEADING_ROW, 0, last, len(page.columns) - 1)


def _lay_out(page: Any, columns: Sequence[Column]) -> None:
    """Streaming: all that concerns the page as a whole comes before the first row."""
    page.freeze_panes(_HEADING_ROW + 1, 0)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(_HEADING_ROW)
    page.set_footer("&C第 &P 页，共 &N 页")
    for place, column in enumerate(columns):
        page.set_column(place, place, column.shown_width)


def _heading(column: Column) -> str:
    return column.title + ("（元）" if column.kind is CellKind.YUAN and "元" not in column.title else "")


def _write(page: Any, place: tuple[int, int], column: Column, value: object, formats: Mapping[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        page.write_datetime(*place, _china(value).replace(tzinfo=None), formats["minute"])
    elif isinstance(value, date):
        page.write_datetime(*place, value, formats["day"])
    elif column.kind in _NUMBERS and isinstance(value, int | Decimal) and not isinstance(value, bool):
        look, exact = _NUMBERS[column.kind]
        number = exact(value)
        if len(number.as_tuple().digits) > EXCEL_DIGITS:  # Excel would round it: better exact text
            _write_text(page, place, f"{number:f}", formats)
        else:
            page.write_number(*place, number, formats[look])
    else:
        _write_text(page, place, _words(column, value), formats)


_NUMBERS: dict[CellKind, tuple[str, Callable[[int | Decimal], Decimal]]] = {
    CellKind.YUAN: ("money", lambda fen: Decimal(fen).scaleb(-2)),
    CellKind.PERCENT: ("percent", lambda basis_points: Decimal(basis_points).scaleb(-4)),
    CellKind.INTEGER: ("integer", Decimal),
    CellKind.DECIMAL: ("decimal", Decimal),
    CellKind.AMOUNT: ("decimal", Decimal),
}


def _write_text(page: Any, place: tuple[int, int], text: str, formats: Mapping[str, Any]) -> None:
    shown = visible(text)[:EXCEL_TEXT]
    page.write_string(*place, shown, formats["risky" if text.startswith(_RISKY) else "text"])


def _words(column: Column, value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(column.choices.get(str(value), value))


def _china(instant: datetime) -> datetime:
    return instant.astimezone(CST) if instant.tzinfo else instant


def _minute(instant: datetime) -> str:
    return _china(instant).strftime("%Y-%m-%d %H:%M")


def _page_name(title: str) -> str:
    """Excel allows 31 characters, and not all of them."""
    return visible(title).translate(dict.fromkeys(map(ord, "[]:*?/\\'\n\t"), " "))[:31].strip() or "Sheet1"
