"""What an uploaded file really is. Its content decides; its name must agree; both are refused with a remedy."""

import hashlib
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.parsers import expat

from marketplace.kernel.archives import ZIP_MAGIC, check_zip, part_contains, read_part, refuse_dtd
from marketplace.kernel.errors import N_, RuleViolation

MAX_BYTES = 20 * 1024 * 1024
NAME_LENGTH = 120  # characters, extension included

_OOXML = "application/vnd.openxmlformats-officedocument."
MIMES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "docx": _OOXML + "wordprocessingml.document",
    "xlsx": _OOXML + "spreadsheetml.sheet",
    "ofd": "application/ofd",
    "xml": "application/xml",
}
ALL_KINDS = frozenset(MIMES)
_EXTENSIONS = {"jpeg": "jpg"} | {kind: kind for kind in MIMES}

# The test signature every virus scanner knows: a real scanner sits in front; this proves on any machine that the refusal works.
_TEST_VIRUS = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_ACTIVE = re.compile(rb"<script|<\?php|<html|<iframe|<svg", re.IGNORECASE)
_SPOILT = re.compile('[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff<>:"/\\\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of an accepted file."""

    kind: str
    mime: str
    size: int
    sha256: str
    safe_name: str


def check_file(name: str, content: bytes, *, allowed: frozenset[str] = ALL_KINDS, max_bytes: int = MAX_BYTES) -> FileFacts:
    """Look at an upload before anything is stored.

    Raises:
        RuleViolation: empty, too large, of another kind than allowed or than its name says, two kinds at once, a bomb, macros,
            a DTD, a virus signature.
    """
    if not content:
        raise RuleViolation(N_("文件是空的。请重新选择文件。"), code="file.empty")
    if len(content) > max_bytes:
        raise RuleViolation(N_("文件超过 %(limit)s MB。请压缩后再上传。"), code="file.too_large", limit=max_bytes // (1024 * 1024))
    extension = PurePosixPath(name.strip()).suffix.lower().lstrip(".")
    claimed = _EXTENSIONS.get(extension)
    if claimed not in allowed:
        raise RuleViolation(N_("不能上传这种文件。请上传 %(kinds)s 格式。"), code="file.kind", kinds="、".join(sorted(allowed)))
    kind = _kind_of(content)
    if kind != claimed:
        raise RuleViolation(
            N_("文件名以 .%(extension)s 结尾，内容却不是。请用原来的软件另存为 %(claimed)s 格式再上传。"),
            code="file.mismatch",
            extension=extension,
            claimed=claimed,
        )
    _CHECKS[kind](content)
    if _TEST_VIRUS in content:
        refuse_virus()
    return FileFacts(kind, MIMES[kind], len(content), hashlib.sha256(content).hexdigest(), safe_name(name, kind))


def safe_name(name: str, kind: str) -> str:
    """The name for showing and downloading: no folders, no control or direction marks, at most 120 characters."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    stem = _SPOILT.sub("_", base).strip()
    stem = (stem.rpartition(".")[0] if "." in stem else stem).strip(". ")
    if not stem.strip("_") or _RESERVED.fullmatch(stem.partition(".")[0]):
        stem = "文件" + stem.strip("_")
    return stem[: NAME_LENGTH - len(kind) - 1].rstrip(". ") + "." + kind


def refuse_virus() -> None:
    raise RuleViolation(N_("文件含有病毒特征，不能接收。请查杀病毒后再上传。"), code="file.virus")


def _kind_of(content: bytes) -> str | None:
    for magic, kind in ((b"%PDF-", "pdf"), (b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png")):
        if content.startswith(magic):
            return kind
    if content.startswith(ZIP_MAGIC):
        return _kind_of_zip(content)
    head = content[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").replace(b"\x00", b"")
    return "xml" if head.startswith(b"<?xml") else None


def _kind_of_zip(content: bytes) -> str | None:
    names = check_zip(content)
    if "OFD.xml" in names:
        return "ofd"
    if "[Content_Types].xml" not in names:
        return None
    types = read_part(content, "[Content_Types].xml").lower()
    if b"macroenabled" in types or any(name.lower().endswith("vbaproject.bin") for name in names):
        raise RuleViolation(N_("文件带有宏，为安全起见不能接收。请另存为不带宏的格式后再上传。"), code="file.macros")
    if b"wordprocessingml.document.main+xml" in types:
        return "docx"
    return "xlsx" if b"spreadsheetml.sheet.main+xml" in types else None


def _check_pdf(content: bytes) -> None:
    if b"%%EOF" not in content[-4096:]:
        raise RuleViolation(N_("PDF 文件不完整。请重新导出或重新扫描后再上传。"), code="file.broken")
    _refuse_second_kind(content)


def _check_image(content: bytes) -> None:
    ending = b"IEND" if content.startswith(b"\x89PNG") else b"\xff\xd9"
    if ending not in content:
        raise RuleViolation(N_("图片不完整。请重新拍照或另存后再上传。"), code="file.broken")
    if _ACTIVE.search(content):
        _refuse_polyglot()
    _refuse_second_kind(content)


def _refuse_second_kind(content: bytes) -> None:
    """An archive hangs behind: opened by another program, the file would be something else."""
    if zipfile.is_zipfile(io.BytesIO(content)):
        _refuse_polyglot()


def _refuse_polyglot() -> None:
    raise RuleViolation(N_("文件里夹带了另一种文件，不能接收。请重新导出后再上传。"), code="file.polyglot")


def _check_archive(content: bytes) -> None:
    """check_zip has run already; what is left is what a scanner sees only unpacked."""
    if part_contains(content, _TEST_VIRUS):
        refuse_virus()


def _check_xml(content: bytes) -> None:
    refuse_dtd(iter([content]))
    parser = expat.ParserCreate(namespace_separator=" ")
    roots: list[str] = []
    parser.StartElementHandler = lambda name, _attributes: roots.append(name) if not roots else None
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise RuleViolation(N_("XML 文件不完整或已损坏。请重新下载后再上传。"), code="file.broken") from error
    if roots[0].split(" ")[-1].lower() in ("html", "svg") or _ACTIVE.search(content):
        _refuse_polyglot()


_CHECKS: dict[str, Callable[[bytes], None]] = {
    "pdf": _check_pdf,
    "jpg": _check_image,
    "png": _check_image,
    "docx": _check_archive,
    "xlsx": _check_archive,
    "ofd": _check_archive,
    "xml": _check_xml,
}


_PDF_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")


def is_blank_pdf(content: bytes) -> bool:
    """Whether a PDF certainly has no page. Pages inside compressed objects cannot be seen, so such a file is believed."""
    return content.startswith(b"%PDF-") and b"/ObjStm" not in content and _PDF_PAGE.search(content) is None
