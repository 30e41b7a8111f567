"""Small real files for the demo: a one-page PDF with a few words, a one-colour PNG. Valid, tiny, the same bytes every time."""

import struct
import zlib
from uuid import UUID

from marketplace.kernel.files import StoredFile
from marketplace.web import uploads
from marketplace.web.uploads import Upload


def pdf(lines: list[str]) -> bytes:
    """A page of A4 in a font every reader has; Chinese stands as UTF-16 (STSong-Light, as PDF viewers know it by name)."""
    text = "\n".join(f"1 0 0 1 72 {770 - 26 * n} Tm <{_hex(line)}> Tj" for n, line in enumerate(lines))
    page = f"BT /F1 14 Tf\n{text}\nET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 7 0 R"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880"
        b" /Descent -120 /CapHeight 880 /StemV 93 >>",
    ]
    return _assembled(objects)


def _hex(line: str) -> str:
    return line.encode("utf-16-be").hex()


def _assembled(objects: list[bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def png(shade: int, *, width: int = 320, height: int = 200) -> bytes:
    """A grey picture, where a photograph of a delivery would stand."""
    rows = b"".join(b"\x00" + bytes([shade % 200 + 40]) * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def keep(name: str, content: bytes, *, organisation_id: UUID | None, actor_id: UUID) -> Upload:
    """Check and keep a file, as an upload is."""
    return uploads.keep(name, content, organisation_id=organisation_id, actor_id=actor_id)


def store_paper(title: str, lines: list[str], *, organisation_id: UUID | None, actor_id: UUID) -> StoredFile:
    """A PDF with its row, in the caller's transaction."""
    return uploads.store(keep(f"{title}.pdf", pdf([title, *lines]), organisation_id=organisation_id, actor_id=actor_id))
