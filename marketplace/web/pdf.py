"""A printed paper as PDF/A, for the file (归档)."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import segno

from marketplace.kernel.errors import N_, RuleViolation


def made(source: Path, data: Mapping[str, Any], address: str) -> bytes:
    """The sheet of some data, with a QR code that leads to an address.

    Args:
        source: the Typst file that lays it out; all data reaches it as JSON, never as source.

    Raises: RuleViolation: this server has no Chinese font. PDF/A takes no sheet with holes in it.
    """
    import typst  # 7 MB that only whoever prints needs

    drawn = io.BytesIO()
    segno.make(address, micro=False).save(drawn, kind="svg", scale=4, border=1)
    inputs = {"data": json.dumps({**data, "qr": drawn.getvalue().decode()}, ensure_ascii=False)}
    try:
        content = typst.compile(str(source), format="pdf", sys_inputs=inputs, pdf_standards=["a-2b"])
    except typst.TypstError as error:
        raise RuleViolation(
            N_("服务器没有中文字体，不能生成 PDF。请改用网页上的“打印”，并请系统管理员安装中文字体（fonts-noto-cjk）。"),
            code="no_font",
        ) from error
    assert isinstance(content, bytes)
    return content
