"""Workbooks as people and attackers make them."""

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

import openpyxl

SECTOR = 512
END_OF_CHAIN, FAT_SECTOR, FREE = 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF


def a_book(rows: Sequence[Sequence[object]], *, title: str = "企业", merged: Sequence[str] = (), more: Sequence[str] = ()) -> bytes:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = title
    for row in rows:
        page.append(list(row))
    for area in merged:
        page.merge_cells(area)
    for name in more:
        book.create_sheet(name)["A1"] = "别的内容"
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def with_part(content: bytes, name: str, data: bytes) -> bytes:
    """The same archive with one part replaced or added."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, data)
    return target.getvalue()


def part(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def a_bomb(size: int) -> bytes:
    """A small workbook whose sheet unfolds to `size` bytes, and says so."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(a_book([["名称"]]))) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for name in old.namelist():
            if not name.endswith("sheet1.xml"):
                new.writestr(name, old.read(name))
        with new.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(size // 2**20):
                sheet.write(b" " * 2**20)
    return target.getvalue()


def lying_about_size(content: bytes, name: str, declared: int) -> bytes:
    """The archive with a false unfolded size, and the checksum of the truncated data, in its directory."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        info = archive.getinfo(name)
        truncated = archive.read(name)[:declared]
    changed = bytearray(content)
    at = content.index(b"PK\x01\x02")
    while changed[at + 46 : at + 46 + len(name)] != name.encode():
        at = content.index(b"PK\x01\x02", at + 4)
    struct.pack_into("<I", changed, at + 16, zlib.crc32(truncated))
    struct.pack_into("<I", changed, at + 24, declared)
    struct.pack_into("<I", changed, info.header_offset + 14, zlib.crc32(truncated))
    struct.pack_into("<I", changed, info.header_offset + 22, declared)
    return bytes(changed)


def an_xls(rows: Sequence[Sequence[str | float]], *, title: str = "企业") -> bytes:
    """An Excel 97 / WPS .et file, byte by byte: nothing at hand writes one."""
    return _compound(_biff(rows, title))


def _biff(rows: Sequence[Sequence[str | float]], title: str) -> bytes:
    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def begin(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 1996, 0, 6))

    name = struct.pack("<BB", len(title), 1) + title.encode("utf-16-le")
    cells = b""
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(value, str):
                cells += record(0x0204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
            else:
                cells += record(0x0203, place + struct.pack("<d", value))
    sheet = begin(0x0010) + cells + record(0x000A, b"")
    end = record(0x000A, b"")
    start = len(begin(0x0005)) + len(record(0x0085, b"\0" * 6 + name)) + len(end)
    return begin(0x0005) + record(0x0085, struct.pack("<IBB", start, 0, 0) + name) + end + sheet


def _compound(stream: bytes) -> bytes:
    """A compound file: header, one sector of FAT, one of directory, then the stream (at least 4096 bytes, else it goes elsewhere)."""
    stream = stream.ljust(max(4096, -(-len(stream) // SECTOR) * SECTOR), b"\0")
    sectors = len(stream) // SECTOR
    assert sectors <= 126, "one FAT sector is enough for a test"
    fat = [FAT_SECTOR, END_OF_CHAIN, *range(3, 2 + sectors), END_OF_CHAIN]
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 16
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + b"\0" * 6
        + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END_OF_CHAIN, 0, END_OF_CHAIN, 0)
        + struct.pack("<I", 0)
        + struct.pack("<I", FREE) * 108
    )
    directory = _entry("Root Entry", 5, END_OF_CHAIN, 0, child=1) + _entry("Workbook", 2, 2, len(stream)) + b"\0" * 256
    return header + struct.pack("<128I", *fat, *[FREE] * (128 - len(fat))) + directory + stream


def _entry(name: str, kind: int, start: int, size: int, child: int = FREE) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    return (
        text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, FREE, FREE, child) + b"\0" * 36 + struct.pack("<IQ", start, size)
    )
