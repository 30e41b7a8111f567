"""Zip containers (xlsx, docx, ofd) looked at before any parser sees them.

The sizes a zip declares are checked first, so a bomb costs nothing; then every part is inflated in small pieces to see that it
told the truth, because other zip readers do not stop at the declared size.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.parsers import expat

from marketplace.kernel.errors import N_, RuleViolation

ZIP_MAGIC = b"PK\x03\x04"
XML_SUFFIXES = frozenset({".xml", ".rels", ".vml", ".svg", ".xhtml"})

_END_MAGIC = b"PK\x05\x06"
_UTF8_NAME = 0x800  # flag of an entry
_CHUNK = 64 * 1024
_PROLOG_LIMIT = 1024 * 1024  # an honest part names its root element long before this
_BROKEN = N_("文件已损坏，无法打开。请用 Excel、WPS 等软件打开后另存一份再上传。")


@dataclass(frozen=True, slots=True)
class ZipLimits:
    """How much an archive may unfold to."""

    total_bytes: int = 150 * 1024 * 1024
    ratio: int = 150  # unfolded / packed; looked at only above ratio_from_bytes: small repetitive sheets pack far better
    ratio_from_bytes: int = 20 * 1024 * 1024
    parts: int = 2_000


def check_zip(content: bytes, limits: ZipLimits | None = None) -> frozenset[str]:
    """Names of the parts of a harmless archive.

    Raises:
        RuleViolation: broken, encrypted, a bomb, odd names, something before or after the archive, a DTD in an XML part.
    """
    limits = limits or ZipLimits()
    infos = _directory(content)
    _check_names(infos)
    _check_declared_sizes(infos, len(content), limits)
    for info in infos:
        _check_part(content, info)
    return frozenset(info.filename for info in infos)


def read_part(content: bytes, name: str) -> bytes:
    """One part of an archive that check_zip let through."""
    return b"".join(piece for info in _directory(content) if info.filename == name for piece in _inflated(content, info))


def part_contains(content: bytes, pattern: bytes) -> bool:
    """Whether any unpacked part of an archive that check_zip let through holds the bytes."""
    for info in _directory(content):
        tail = b""
        for piece in _inflated(content, info):
            if pattern in tail + piece:
                return True
            tail = (tail + piece)[-len(pattern) :]
    return False


def refuse_dtd(pieces: Iterator[bytes]) -> None:
    """Read an XML prolog up to the root element.

    A DTD is where entities and outside references are declared; no office format needs one.

    Raises: RuleViolation for a DTD, or when the prolog is not XML.
    """
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _on_doctype
    parser.StartElementHandler = _on_root
    seen = 0
    try:
        for piece in pieces:
            seen += len(piece)
            parser.Parse(piece, False)
            if seen > _PROLOG_LIMIT:
                raise RuleViolation(_BROKEN, code="file.broken")
    except _RootSeen:
        return
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise RuleViolation(_BROKEN, code="file.broken") from error


class _RootSeen(Exception):
    """The root element has begun: a DTD can no longer come."""


def _on_root(_name: str, _attributes: object) -> None:
    raise _RootSeen


def _on_doctype(*_declaration: object) -> None:
    raise RuleViolation(N_("文件内含有外部引用声明（DTD），为安全起见不能接收。请另存为普通文档后再上传。"), code="file.dtd")


def _directory(content: bytes) -> list[zipfile.ZipInfo]:
    end = content.rfind(_END_MAGIC)
    if not content.startswith(ZIP_MAGIC) or end < 0 or end + 22 > len(content):
        raise RuleViolation(_BROKEN, code="file.broken")
    comment_length = int.from_bytes(content[end + 20 : end + 22], "little")
    if end + 22 + comment_length != len(content):
        raise RuleViolation(N_("文件末尾附有多余内容，不能接收。请另存一份后再上传。"), code="file.polyglot")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
    # zipfile lets many kinds of error through on hostile input.
    except (zipfile.BadZipFile, NotImplementedError, struct.error, ValueError, OverflowError, EOFError, OSError) as error:
        raise RuleViolation(_BROKEN, code="file.broken") from error
    if not infos or min(info.header_offset for info in infos) != 0:
        raise RuleViolation(_BROKEN, code="file.broken")
    return infos


def _check_names(infos: list[zipfile.ZipInfo]) -> None:
    names = [info.filename for info in infos]
    odd = any(name.startswith("/") or "\\" in name or ":" in name or ".." in PurePosixPath(name).parts for name in names)
    if odd or len({name.casefold() for name in names}) != len(names):
        raise RuleViolation(_BROKEN, code="file.broken")
    if any(info.flag_bits & 0x1 for info in infos):
        raise RuleViolation(N_("文件设有密码，无法读取。请取消密码后另存一份再上传。"), code="file.encrypted")
    if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
        raise RuleViolation(_BROKEN, code="file.broken")


def _check_declared_sizes(infos: list[zipfile.ZipInfo], packed: int, limits: ZipLimits) -> None:
    total = sum(info.file_size for info in infos)
    too_dense = total > limits.ratio_from_bytes and total > packed * limits.ratio
    if total > limits.total_bytes or too_dense or len(infos) > limits.parts:
        raise RuleViolation(
            N_("文件解压后过大（约 %(size)s MB），不能接收。请删去多余的空白行、图片和工作表，或拆成几个文件。"),
            code="file.bomb",
            size=total // (1024 * 1024),
        )


def _check_part(content: bytes, info: zipfile.ZipInfo) -> None:
    size = checksum = 0
    for piece in _inflated(content, info):
        size += len(piece)
        checksum = zlib.crc32(piece, checksum)
    if size != info.file_size or checksum != info.CRC:
        raise RuleViolation(_BROKEN, code="file.broken")
    if size and PurePosixPath(info.filename).suffix.lower() in XML_SUFFIXES:
        refuse_dtd(_inflated(content, info))


def _inflated(content: bytes, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes a part really unfolds to, piece by piece, never more than one byte past what it declares."""
    header = content[info.header_offset : info.header_offset + 30]
    if len(header) < 30 or not header.startswith(ZIP_MAGIC):
        raise RuleViolation(_BROKEN, code="file.broken")
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    name_at = info.header_offset + 30
    if content[name_at : name_at + name_length] != info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8_NAME else "cp437"):
        raise RuleViolation(_BROKEN, code="file.broken")  # another reader would see another part
    start = name_at + name_length + extra_length
    packed = memoryview(content)[start : start + info.compress_size]
    if info.compress_type == zipfile.ZIP_STORED:
        for at in range(0, len(packed), _CHUNK):
            yield bytes(packed[at : at + _CHUNK])
        return
    left = info.file_size + 1
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    waiting = b""
    try:
        for at in range(0, len(packed), _CHUNK):
            waiting = bytes(packed[at : at + _CHUNK])
            while waiting and left > 0 and not inflater.eof:
                piece = inflater.decompress(waiting, min(left, _CHUNK))
                waiting = inflater.unconsumed_tail
                left -= len(piece)
                yield piece
        if left > 0 and not inflater.eof:
            yield inflater.flush()[:left]
    except zlib.error as error:
        raise RuleViolation(_BROKEN, code="file.broken") from error
