"""Small files as people upload them."""

import io
from collections.abc import Sequence

import openpyxl

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def a_pdf(name: str = "evidence.pdf") -> tuple[io.BytesIO, str]:
    """A file field's value for the test browser."""
    return io.BytesIO(PDF), name


def a_book(headings: Sequence[str], *rows: Sequence[object], sheet: str = "Sheet1") -> bytes:
    """An Excel book with one sheet: headings and rows."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    page.append(list(headings))
    for row in rows:
        page.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def an_upload(content: bytes, name: str = "名单.xlsx") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def cells_of(content: bytes) -> list[list[object]]:
    """What a downloaded book's first sheet says."""
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [list(row) for row in page.iter_rows(values_only=True)]
