"""Cells whose formula has no usable result. The parser reads them as blank, and a blank would pass where a value was meant."""

import re
from posixpath import join, normpath
from xml.etree import ElementTree

from marketplace.kernel.archives import read_part

NO_RESULT = "空"
TREE_BYTES = 2 * 1024 * 1024  # a list of worksheets is a few kB

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(rb"<c\s([^>]*?)(?<!/)>(.*?)</c>", re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_VALUE = re.compile(rb"<v>([^<]+)</v>|<is>|<t[ >]")


class FormulaError(str):
    """What Excel shows in such a cell, e.g. #N/A."""

    __slots__ = ()


def broken_cells(content: bytes) -> dict[str, dict[tuple[int, int], FormulaError]]:
    """Worksheet name → (row, column) from 0 → what stands there. Of an .xlsx that the guard let through."""
    found: dict[str, dict[tuple[int, int], FormulaError]] = {}
    for name, part in _parts(content).items():
        data = read_part(content, part)
        if b't="e"' in data or b"<f" in data:
            found[name] = dict(filter(None, map(_broken, _CELL.finditer(data))))
    return found


def _parts(content: bytes) -> dict[str, str]:
    """Worksheet name → its part of the archive; empty where a book is put together in an unusual way."""
    listing, relations = read_part(content, "xl/workbook.xml"), read_part(content, "xl/_rels/workbook.xml.rels")
    if len(listing) + len(relations) > TREE_BYTES:
        return {}
    try:
        book = ElementTree.fromstring(listing)  # noqa: S314 - the guard has refused every DTD
        links = ElementTree.fromstring(relations)  # noqa: S314
    except ElementTree.ParseError:
        return {}
    # A target is relative to /xl/ unless it begins with a slash.
    targets = {link.get("Id"): normpath(join("/xl", link.get("Target", "")))[1:] for link in links}
    sheets = [(sheet.get("name", ""), sheet.get(_LINK)) for sheet in book.iter(_MAIN + "sheet")]
    return {name: targets[link] for name, link in sheets if link in targets}


def _broken(cell: re.Match[bytes]) -> tuple[tuple[int, int], FormulaError] | None:
    attributes, inner = cell.groups()
    place, value = _PLACE.search(attributes), _VALUE.search(inner)
    if not place:
        return None
    if b't="e"' in attributes and value and value[1]:
        shown = value[1].decode("utf-8", "replace")
    elif b"<f" in inner and not value and b't="str"' not in attributes:
        shown = NO_RESULT
    else:
        return None
    column = 0
    for character in place[1]:
        column = column * 26 + character - 64
    return (int(place[2]) - 1, column - 1), FormulaError(shown)
