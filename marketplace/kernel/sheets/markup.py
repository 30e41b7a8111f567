"""What the parser leaves out of an .xlsx, read from its own markup: formulas without a result, per cents, hidden rows, the epoch.

A parser reads a broken formula as blank, and a blank would pass where a value was meant; it gives 0.6 for a cell that shows 60 %. Where
its numbers and those of the markup differ, nobody knows what the book says, and it is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from posixpath import join, normpath
from xml.etree import ElementTree

from marketplace.kernel.archives import read_part
from marketplace.kernel.errors import N_, RuleViolation

NO_RESULT = "空"
TREE_BYTES = 2 * 1024 * 1024  # a list of worksheets is a few kB

_CELL = re.compile(rb"<(?:\w+:)?c(\s[^>]*?)?(?<!/)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]+)</|<(?:\w+:)?is>|<(?:\w+:)?t[ >]")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_KIND = re.compile(rb'\bt="(\w+)"')
_STYLE = re.compile(rb'\bs="([0-9]{1,6})"')
_ROW = re.compile(rb"<(?:\w+:)?row\s([^>]*)>")
_ROW_NUMBER = re.compile(rb'\br="([0-9]{1,7})"')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')  # in a number format: text, not code
_PERCENT_FORMATS = {"9", "10"}  # built in: 0% and 0.00%

Place = tuple[int, int]


class FormulaError(str):
    """What Excel shows in such a cell, e.g. #N/A."""

    __slots__ = ()


class Share(float):
    """A number that its cell shows as per cent: 0.6 for 60 %."""

    __slots__ = ()


@dataclass(slots=True)
class SheetMarks:
    """What the markup of one worksheet says, by (row, column) from 0."""

    broken: dict[Place, FormulaError] = field(default_factory=dict)
    shares: set[Place] = field(default_factory=set)
    numbers: dict[Place, float] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()


def unlike() -> RuleViolation:
    """The refusal of a book that two readers read differently."""
    return RuleViolation(
        N_("这份表格的内部写法不一致，不同软件读出的内容可能不同。请用 Excel 或 WPS 打开核对，另存为 .xlsx 后再上传。"), code="sheet.unlike"
    )


def marks_of(content: bytes) -> tuple[Mapping[str, SheetMarks], bool]:
    """Per worksheet what its markup says, and whether the book counts its days from 1904. Of an .xlsx that the guard let through.

    Raises: RuleViolation: the book is put together so that it cannot be looked into.
    """
    parts, from_1904 = _parts(content)
    percents = _percent_styles(content)
    return {name: _marks(read_part(content, part), percents) for name, part in parts.items()}, from_1904


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _tree(content: bytes, part: str) -> ElementTree.Element:
    data = read_part(content, part)
    if len(data) > TREE_BYTES:
        raise unlike()
    try:
        return ElementTree.fromstring(data)  # noqa: S314 - the guard has refused every DTD
    except ElementTree.ParseError:
        raise unlike() from None


def _parts(content: bytes) -> tuple[dict[str, str], bool]:
    """Worksheet name → its part of the archive, in books of the strict format too; whether days count from 1904."""
    book, relations = _tree(content, "xl/workbook.xml"), _tree(content, "xl/_rels/workbook.xml.rels")
    # A target is relative to /xl/ unless it begins with a slash.
    targets = {link.get("Id", ""): normpath(join("/xl", link.get("Target", "")))[1:] for link in relations}
    found, from_1904 = {}, False
    for element in book.iter():
        if _local(element) == "sheet":
            links = [value for name, value in element.attrib.items() if name.endswith("}id")]
            if links and links[0] in targets:
                found[element.get("name", "")] = targets[links[0]]
        elif _local(element) == "workbookPr":
            from_1904 = element.get("date1904") in {"1", "true"}
    return found, from_1904


def _percent_styles(content: bytes) -> set[bytes]:
    """Numbers of the cell styles that show per cent."""
    if not read_part(content, "xl/styles.xml"):
        return set()  # a book without any format
    styles = _tree(content, "xl/styles.xml")
    formats = {one.get("numFmtId", ""): _QUOTED.sub("", one.get("formatCode", "")) for one in styles.iter() if _local(one) == "numFmt"}
    wanted = _PERCENT_FORMATS | {number for number, code in formats.items() if "%" in code}
    cells = next((one for one in styles if _local(one) == "cellXfs"), ())
    return {str(at).encode() for at, one in enumerate(cells) if one.get("numFmtId") in wanted}


def _marks(data: bytes, percents: set[bytes]) -> SheetMarks:
    found = SheetMarks(hidden=frozenset(_hidden(data)))
    for cell in _CELL.finditer(data):
        attributes, inner = cell[1] or b"", cell[2]
        place, value, kind = _place(attributes), _VALUE.search(inner), _KIND.search(attributes)
        error = _error(kind[1] if kind else b"n", inner, value)
        if place is None:
            if error:
                raise unlike()  # nobody can say where it stands
            continue
        if error:
            found.broken[place] = error
        elif value and value[1] and (kind is None or kind[1] == b"n"):
            style = _STYLE.search(attributes)
            _note_number(found, place, value[1], is_share=bool(style and style[1] in percents))
    return found


def _note_number(found: SheetMarks, place: Place, text: bytes, *, is_share: bool) -> None:
    try:
        found.numbers[place] = float(text)
    except ValueError:
        raise unlike() from None
    if is_share:
        found.shares.add(place)


def _error(kind: bytes, inner: bytes, value: re.Match[bytes] | None) -> FormulaError | None:
    if kind == b"e" and value and value[1]:
        return FormulaError(value[1].decode("utf-8", "replace"))
    if kind != b"str" and not value and _FORMULA.search(inner):
        return FormulaError(NO_RESULT)
    return None


def _hidden(data: bytes) -> list[int]:
    found, at = [], 0
    for row in _ROW.finditer(data):
        number = _ROW_NUMBER.search(row[1])
        at = int(number[1]) if number else at + 1
        if _HIDDEN.search(row[1]):
            found.append(at - 1)
    return found


def _place(attributes: bytes) -> Place | None:
    place = _PLACE.search(attributes)
    if not place:
        return None
    column = 0
    for character in place[1]:
        column = column * 26 + character - 64
    return int(place[2]) - 1, column - 1
