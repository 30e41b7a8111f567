"""A table of text, as banks hand them out (CSV, tab-separated; UTF-8 or GB 18030), as a workbook whose cells are text."""

import csv
import io
from datetime import datetime

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.sheets.guard import is_text_table
from marketplace.kernel.sheets.loading import Limits

_NEVER = datetime(2000, 1, 1)  # noqa: DTZ001 - not an instant: the same table always makes the same bytes
_MARKS = (",", "\t", ";", "|")


def as_workbook(content: bytes, limits: Limits | None = None) -> bytes:
    """The same content, or a table of text as .xlsx: nothing is turned into a number or a day, so no code changes.

    Raises: RuleViolation: in no encoding that we read, or larger than a workbook may be.
    """
    if not is_text_table(content):
        return content
    limits = limits or Limits()
    text = _decoded(content)
    first = next((line for line in text.splitlines() if line.strip()), "")
    mark = max(_MARKS, key=first.count)
    rows = [[cell.strip().removeprefix('="').strip('"\t ') for cell in row] for row in csv.reader(io.StringIO(text), delimiter=mark)]
    if len(rows) > limits.rows or sum(map(len, rows)) > limits.cells:
        raise RuleViolation(N_("表格超过 %(limit)s 行。请拆成几个文件后分别上传。"), code="sheet.too_large", limit=limits.rows)
    return _written(rows)


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RuleViolation(N_("文件的文字编码读不出来。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。"), code="file.encoding")


def _written(rows: list[list[str]]) -> bytes:
    import xlsxwriter  # loaded by whoever needs a book

    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({"created": _NEVER})
    page = book.add_worksheet()
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            page.write_string(at, column, cell[:32_767])
    book.close()
    return target.getvalue()
