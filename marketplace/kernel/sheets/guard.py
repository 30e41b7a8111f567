"""What an uploaded workbook must be before it is parsed: really Excel, not locked, not a bomb, no macros."""

from typing import Literal

from marketplace.kernel.archives import ZIP_MAGIC, check_zip, read_part
from marketplace.kernel.errors import N_, RuleViolation

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, WPS .et, and also a password-protected .xlsx

_NOT_EXCEL = N_("这不是 Excel 表格。请用 Excel 或 WPS 打开后另存为 .xlsx 格式再上传。")


def check_workbook(content: bytes, max_bytes: int) -> Literal["xlsx", "xls"]:
    """The real type of a workbook, by its content; the file's name is not asked.

    Raises:
        RuleViolation: with a sentence that names the remedy.
    """
    if not content:
        raise RuleViolation(N_("文件是空的。请重新选择填写好的表格。"), code="file.empty")
    if len(content) > max_bytes:
        raise RuleViolation(
            N_("文件超过 %(limit)s MB。请拆成几个文件后分别上传。"), code="file.too_large", limit=max_bytes // (1024 * 1024)
        )
    if content.startswith(OLE_MAGIC):
        return _check_ole(content)
    if content.startswith(ZIP_MAGIC):
        return _check_ooxml(content)
    if is_text_table(content):
        raise RuleViolation(
            N_("这是文本表格（CSV），各列的格式没有保存。请用 Excel 或 WPS 打开，核对编号和日期没有变样，另存为 .xlsx 后再上传。"),
            code="file.csv",
        )
    raise RuleViolation(_NOT_EXCEL, code="file.not_excel")


def is_text_table(content: bytes) -> bool:
    """Whether this is a table of text, in UTF-8 or, as Chinese Excel saves it, GB 18030."""
    head = content[:4096].rsplit(b"\n", 1)[0]
    if b"\x00" in head or not any(mark in head for mark in (b",", b"\t", b";")):
        return False
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return all(sign.isprintable() or sign.isspace() for sign in head.decode(encoding))
        except UnicodeDecodeError:
            continue
    return False


def _check_ole(content: bytes) -> Literal["xls"]:
    """Stream names are UTF-16 in the directory of the container."""
    if _utf16("EncryptedPackage") in content:
        raise RuleViolation(N_("表格设有打开密码，无法读取。请取消密码后另存一份再上传。"), code="file.encrypted")
    if _utf16("_VBA_PROJECT") in content:
        _refuse_macros()
    if _utf16("Workbook") not in content and _utf16("Book") not in content:
        raise RuleViolation(_NOT_EXCEL, code="file.not_excel")
    return "xls"


def _check_ooxml(content: bytes) -> Literal["xlsx"]:
    names = check_zip(content)
    if "[Content_Types].xml" not in names:
        raise RuleViolation(_NOT_EXCEL, code="file.not_excel")
    types = read_part(content, "[Content_Types].xml").lower()
    if b"macroenabled" in types or any(name.lower().endswith("vbaproject.bin") for name in names):
        _refuse_macros()
    if b"spreadsheetml.sheet.main+xml" not in types:
        raise RuleViolation(_NOT_EXCEL, code="file.not_excel")
    return "xlsx"


def _refuse_macros() -> None:
    raise RuleViolation(N_("表格带有宏，为安全起见不能接收。请另存为不带宏的 .xlsx 格式后再上传。"), code="file.macros")


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le")
