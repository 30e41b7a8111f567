"""Small files as people upload them."""

import io
from collections.abc import Sequence

import openpyxl

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def a_pdf(name: str = "evidence.pdf") -> tuple[io.BytesIO, str]:
    """A file field's value for the test browser."""
    return io.BytesIO(PDF), name


def a_drawable_pdf(pages: int = 1, trailer: bytes = b"") -> bytes:
    """A PDF with so many pages that say something; `trailer`: more entries of its trailer."""
    text = b"BT /F1 24 Tf 40 100 Td (Invoice) Tj ET"
    kids = b" ".join(b"%d 0 R" % (5 + one) for one in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        *[b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F1 3 0 R >> >> >>"] * pages,
    ]
    content, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    size = b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, len(content))
    return content + head + table + size


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
