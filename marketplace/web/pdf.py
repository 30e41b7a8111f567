"""A printed paper as PDF/A, for the file (归档)."""

import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import segno

from marketplace.kernel.errors import N_, RuleViolation

MOST_NAMED = 8  # characters that one sentence names
_UNDRAWN = re.compile(r'the text `"(.*?)"` could not be displayed')
_CODE_POINT = re.compile(r"\\u\{([0-9a-f]+)\}")
TABLE_PAPER = Path(__file__).with_name("table_paper.typ")  # a heading, one table with its sum, boxes for seals


def made(source: Path, data: Mapping[str, Any], address: str) -> bytes:
    """The sheet of some data, with a QR code that leads to an address.

    Args:
        source: the Typst file that lays it out; all data reaches it as JSON, never as source.

    Raises: RuleViolation: this server has no Chinese font, or none that draws a character. PDF/A takes no sheet with holes in it.
    """
    import typst  # 7 MB that only whoever prints needs

    drawn = io.BytesIO()
    segno.make(address, micro=False).save(drawn, kind="svg", scale=4, border=1)
    inputs = {"data": json.dumps({**data, "qr": drawn.getvalue().decode()}, ensure_ascii=False)}
    try:
        content = typst.compile(str(source), format="pdf", sys_inputs=inputs, pdf_standards=["a-2b"])
    except typst.TypstError as error:
        undrawn = _UNDRAWN.findall(str(error.diagnostic))
        if not undrawn:  # a fault of the sheet, which no font mends
            raise
        raise _refused(undrawn) from error
    assert isinstance(content, bytes)
    return content


def _refused(undrawn: Sequence[str]) -> RuleViolation:
    """Which characters of a sheet no font draws, from texts as Typst writes them."""
    told = dict.fromkeys(json.loads(_CODE_POINT.sub(_as_json, f'"{one}"')) for one in undrawn)
    missing = [character for text in told for character in text if character.isprintable() or character > " "]
    if not missing or {"公", "的", "编", "第"} & set(missing):
        return RuleViolation(
            N_("服务器没有中文字体，不能生成 PDF。请改用网页上的“打印”，并请系统管理员安装中文字体（fonts-noto-cjk）。"),
            code="no_font",
        )
    named = "、".join(f"{one}（U+{ord(one):04X}）" for one in dict.fromkeys(missing[:MOST_NAMED]))
    return RuleViolation(
        N_("服务器的字体里没有这些字符：%(characters)s，不能生成 PDF。请改用网页上的“打印”，并请系统管理员安装相应文字的字体。"),
        code="no_glyph",
        characters=named,
    )


def _as_json(found: re.Match[str]) -> str:
    """A code point as Typst writes it, as JSON does."""
    return json.dumps(chr(int(found[1], 16)))[1:-1]
