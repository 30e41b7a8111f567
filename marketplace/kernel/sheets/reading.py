"""Reading a filled-in sheet: where its headings are, what its rows say, what is wrong where."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.sheets.cells import Unreadable, Value, convert, is_blank, narrow
from marketplace.kernel.sheets.choices import ReadingChoices, joined
from marketplace.kernel.sheets.loading import Cell, Limits, LoadedSheet, load
from marketplace.kernel.sheets.schema import EXCEL_ROWS, NUMBERS, Column, SheetSpec
from marketplace.kernel.sheets.unread import Leftover, unknown_columns, unread

HEADING_ROWS = 30  # a title, a note and a unit line may stand above the headings
ORDER_TITLE = "序号"
SAMPLE_MARK = "示例"
ERROR_TITLE = "错误说明"
_OURS = frozenset({ORDER_TITLE, ERROR_TITLE})


@dataclass(frozen=True, slots=True)
class Row:
    """A row without errors. `number` is the one Excel shows at the left; rows of the n-th further sheet read begin at n × EXCEL_ROWS."""

    number: int
    values: Mapping[str, Value | None]  # every key of the sheet's columns


@dataclass(frozen=True, slots=True)
class CellError:
    """One thing to mend, in Chinese, with its place."""

    row: int
    column: str  # letter; "" when the whole row is meant
    title: str
    message: str
    remedy: str

    @property
    def shown_row(self) -> str:
        """The row as people look for it: 5, or 表2-5 on a second sheet."""
        sheet, row = divmod(self.row, EXCEL_ROWS)
        return f"表{sheet + 1}-{row}" if sheet else str(row)

    def text(self) -> str:
        place = f"第 {self.shown_row} 行" + (f" {self.column} 列“{self.title}”" if self.column else "")
        return f"{place}：{self.message}{self.remedy}"


@dataclass(frozen=True, slots=True)
class SheetResult:
    """What a file says. A row with an error is not among `rows`."""

    page: str  # name of the worksheet that was read
    heading_row: int
    rows: tuple[Row, ...]
    errors: tuple[CellError, ...]
    unread: tuple[Sentence, ...]  # what was not read, or read although it was hidden: to be said before anything is stored
    letters: Mapping[str, str]  # column key → letter in this file
    titles: Mapping[str, str]
    checksum: str = field(default="")  # SHA-256 of the file: the same file twice is recognised

    def refuse(self, row: int, key: str, message: str, remedy: str) -> CellError:
        """An error that a later check found, with its place in this file."""
        return CellError(row, self.letters.get(key, ""), self.titles.get(key, ""), message, remedy)


def read(spec: SheetSpec, content: bytes, limits: Limits | None = None) -> SheetResult:
    """Read a filled-in sheet.

    Raises:
        RuleViolation: the file as a whole cannot be read (type, size, no such sheet, no such column).
    """
    limits = limits or Limits()
    pages = load(content, limits)
    together = read_together(spec, pages, limits)
    page, heading_row, places = together[0]
    taken = _Taken()
    said = [_take(spec, *one, taken, shift=at * EXCEL_ROWS) for at, one in enumerate(together)]
    rows, repeated = _without_repeats(spec, taken.rows, places)
    rest = [other for other in pages if other not in [one[0] for one in together]]
    told = [
        one
        for at, (unknown, numbers) in enumerate(said)
        for one in unread(together[at][0], rest if at == 0 else [], unknown, numbers, taken.left if at == 0 else Leftover())
    ]
    return SheetResult(
        page=page.name,
        heading_row=heading_row + 1,
        rows=tuple(rows),
        errors=tuple(sorted(taken.errors + repeated, key=lambda error: error.row)),
        unread=(*joined([one[0].name for one in together]), *dict.fromkeys(told), *taken.choices.told()),
        letters={key: letter(at) for key, at in places.items()},
        titles={column.key: column.title for column in spec.columns},
        checksum=hashlib.sha256(content).hexdigest(),
    )


@dataclass(slots=True)
class _Taken:
    rows: list[Row] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)
    left: Leftover = field(default_factory=Leftover)
    choices: ReadingChoices = field(default_factory=ReadingChoices)


def read_together(spec: SheetSpec, pages: list[LoadedSheet], limits: Limits) -> list[tuple[LoadedSheet, int, dict[str, int]]]:
    """The sheet that is read, with further visible ones of a firm's own book that carry the headings: a list is often split."""
    page, heading_row, places = locate(spec, pages, limits)
    first = (page, heading_row, places)
    if spec.eases is None or narrow(page.name) == narrow(spec.title):
        return [first]
    wanted = {column.key for column in spec.columns if column.required}
    found = [(other, *_heading_row(spec, other)) for other in pages if other is not page and other.visible and other.fits and other.height]
    return [first, *(one for one in found if wanted <= set(one[2]))]


def _take(
    spec: SheetSpec, page: LoadedSheet, heading_row: int, places: dict[str, int], into: _Taken, *, shift: int
) -> tuple[dict[str, str], set[int]]:
    """Take a sheet's rows; those of further sheets are numbered on from `shift`. Answers its unknown columns and the rows taken."""
    grid = _filled_down(page, heading_row)
    unknown = _unknown(spec, grid, heading_row, places)
    if spec.is_strict and unknown:
        raise _not_ours(unknown)
    torn = _torn_numbers(page, heading_row)
    numbers = set[int]()
    samples = [_sample_values(spec, sample) for sample in spec.sample]
    order = next((at for at, cell in enumerate(grid[heading_row]) if _heading(cell) == ORDER_TITLE), None)
    into.choices.begin()
    for at in range(heading_row + 1, len(grid)):
        cells = {column.key: _at(grid[at], places.get(column.key)) for column in spec.columns}
        if all(is_blank(cell) for cell in cells.values()):
            continue
        shown = f"{page.name}!{at + 1}" if shift else str(at + 1)
        if into.left.takes(grid[at], shown) or (spec.eases and into.choices.is_repeat(grid[at], shown)):
            continue
        choices = into.choices.make(spec.eases, cells) if spec.eases else []
        values, wrong = _row(spec, at, cells, places, torn, from_1904=page.from_1904)
        if not wrong and values in samples:
            continue
        numbers.add(at + 1)
        into.choices.keep(choices, shown)
        if order is not None and narrow(str(_at(grid[at], order))).startswith(SAMPLE_MARK):
            wrong.append(_still_marked(at, order))
        into.errors += [replace(error, row=error.row + shift) for error in wrong] if shift else wrong
        if not wrong:
            into.rows.append(Row(at + 1 + shift, values))
    return unknown, numbers


def letter(index: int) -> str:
    """Excel's name of a column counted from 0."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def locate(spec: SheetSpec, pages: list[LoadedSheet], limits: Limits) -> tuple[LoadedSheet, int, dict[str, int]]:
    """The worksheet, its heading row (from 0) and where each column stands."""
    page = _choose_page(spec, pages)
    if not page.height:
        raise RuleViolation(N_("表格里没有内容。请填写后再上传。"), code="sheet.blank")
    if not page.fits:
        raise RuleViolation(
            N_("“%(name)s”写到了第 %(rows)s 行、%(column)s 列，最多 %(limit)s 行 %(columns)s 列。请删去多余的行列，或拆成几个文件。"),
            code="sheet.too_large",
            name=page.name,
            rows=page.height,
            column=letter(max(page.width - 1, 0)),
            limit=limits.rows,
            columns=limits.columns,
        )
    row, places = _heading_row(spec, page)
    needed = [column for column in spec.columns if column.required] or [column for column in spec.columns if not places]
    missing = [column.title for column in needed if column.key not in places]
    if missing:
        raise RuleViolation(
            N_("工作表“%(name)s”缺少必填的列：%(titles)s。请下载最新模板，把内容复制进去后再上传。"),
            code="sheet.missing_columns",
            name=page.name,
            titles="、".join(missing),
        )
    return page, row, places


def _choose_page(spec: SheetSpec, pages: list[LoadedSheet]) -> LoadedSheet:
    """By name; else the only visible one; else the first that carries the headings."""
    for page in pages:
        if narrow(page.name) == narrow(spec.title):
            return page
    visible = [page for page in pages if page.visible and (page.height or not page.fits)]
    if len(visible) == 1:
        return visible[0]
    wanted = [column.key for column in spec.columns if column.required] or [column.key for column in spec.columns]
    for page in visible:
        if page.fits and set(wanted) <= set(_heading_row(spec, page)[1]):
            return page
    if not visible and pages:
        return pages[0]
    raise RuleViolation(
        N_("没有找到工作表“%(wanted)s”，文件中有：%(names)s。请把要导入的工作表改名为“%(wanted)s”后再上传。"),
        code="sheet.missing",
        wanted=spec.title,
        names="、".join(page.name for page in visible[:10]),
    )


def _heading_row(spec: SheetSpec, page: LoadedSheet) -> tuple[int, dict[str, int]]:
    """The row that carries most known headings; of two equal neighbours the lower, because headings may be merged over two rows."""
    names = {narrow_heading(name): column.key for column in spec.columns for name in (column.title, *column.aliases)}
    grid = _filled_down(page, HEADING_ROWS, only_above=True)
    best = 0
    places: dict[str, int] = {}
    repeated: dict[str, int] = {}
    for at, row in enumerate(grid[:HEADING_ROWS]):
        found: dict[str, int] = {}
        twice: dict[str, int] = {}
        for column, cell in enumerate(row):
            key = names.get(_heading(cell))
            if key and key in found:
                twice[key] = column
            elif key:
                found[key] = column
        below_its_twin = len(found) == len(places) and at == best + 1
        if found and (len(found) > len(places) or below_its_twin):
            best, places, repeated = at, found, twice
    if repeated:
        _refuse_twice(spec, places, repeated)
    return best, places


def _refuse_twice(spec: SheetSpec, places: Mapping[str, int], twice: Mapping[str, int]) -> None:
    key, column = next(iter(twice.items()))
    title = next(column.title for column in spec.columns if column.key == key)
    raise RuleViolation(
        N_("“%(title)s”出现了两次（%(first)s 列和 %(second)s 列）。请只保留一列。"),
        code="sheet.column_twice",
        title=title,
        first=letter(places[key]),
        second=letter(column),
    )


def narrow_heading(text: str) -> str:
    """A heading without spaces, star, colon and the unit our exports add. (万元) stays: it is another column."""
    return narrow(text).replace("(必填)", "").strip("*:").removesuffix("(元)").casefold()


def _heading(cell: Cell) -> str:
    return narrow_heading(cell) if isinstance(cell, str) else ""


def _unknown(spec: SheetSpec, grid: list[list[Cell]], heading_row: int, places: Mapping[str, int]) -> dict[str, str]:
    """Letters of the columns that this sheet does not know, with their headings."""
    found = unknown_columns(grid[heading_row], grid[heading_row + 1 :], set(places.values()))
    known = _OURS | {narrow_heading(title) for title in spec.beside}
    return {letter(at): title for at, title in found.items() if narrow_heading(title) not in known}


def _not_ours(unknown: Mapping[str, str]) -> RuleViolation:
    names = "、".join(f"{at} 列“{title}”" if title else f"{at} 列（没有表头）" for at, title in list(unknown.items())[:8])
    return RuleViolation(
        N_("有 %(n)s 列不认识：%(names)s。请删去这些列，或下载模板，把内容复制到对应的列里再上传；文件没有读入。"),
        code="sheet.unknown_columns",
        n=len(unknown),
        names=names,
    )


def _filled_down(page: LoadedSheet, heading_row: int, *, only_above: bool = False) -> list[list[Cell]]:
    """The cells, with what a merged cell says repeated in each row it covers (never sideways)."""
    grid = [list(row) for row in (page.rows[:HEADING_ROWS] if only_above else page.rows)]
    for (top, left), (bottom, _right) in page.merged:
        if top >= len(grid) or left >= len(grid[top]) or (top <= heading_row < bottom and not only_above):
            continue
        for row in range(top + 1, min(bottom + 1, len(grid))):
            grid[row][left] = grid[top][left]
    return grid


def _torn_numbers(page: LoadedSheet, heading_row: int) -> frozenset[tuple[int, int]]:
    """Cells covered by one merged over several rows: a number there belongs to no single row."""
    tall = [area for area in page.merged if area[1][0] > area[0][0] > heading_row]
    return frozenset((row, left) for (top, left), (bottom, _right) in tall for row in range(top, min(bottom + 1, len(page.rows))))


def _at(row: list[Cell], index: int | None) -> Cell:
    return row[index] if index is not None and index < len(row) else ""


def _row(
    spec: SheetSpec, at: int, cells: Mapping[str, Cell], places: Mapping[str, int], torn: frozenset[tuple[int, int]], *, from_1904: bool
) -> tuple[dict[str, Value | None], list[CellError]]:
    values: dict[str, Value | None] = {}
    wrong: list[CellError] = []
    for column in spec.columns:
        place = places.get(column.key)
        try:
            if column.kind in NUMBERS and place is not None and (at, place) in torn:
                raise Unreadable(N_("数字写在跨行的合并单元格里。"), N_("请取消合并，逐行填写。"))
            is_said = place is not None or not is_blank(cells[column.key])  # easing may find a unit that has no column
            values[column.key] = convert(column, cells[column.key], from_1904=from_1904) if is_said else None
        except Unreadable as refusal:
            wrong.append(CellError(at + 1, letter(place or 0), column.title, refusal.message, refusal.remedy))
    return values, wrong


def _still_marked(at: int, order: int) -> CellError:
    return CellError(at + 1, letter(order), ORDER_TITLE, N_("这一行仍标着“示例”。"), N_("如果是要导入的内容，请把“示例”二字删去。"))


def _sample_values(spec: SheetSpec, sample: Mapping[str, str]) -> dict[str, Value | None]:
    return {column.key: convert(column, sample[column.key]) if sample.get(column.key) else None for column in spec.columns}


def _without_repeats(spec: SheetSpec, rows: list[Row], places: Mapping[str, int]) -> tuple[list[Row], list[CellError]]:
    """Only the first of rows with the same key stays; each repeat names it."""
    titles: dict[str, Column] = {column.key: column for column in spec.columns}
    refused: dict[int, CellError] = {}
    for group in spec.unique_groups:
        first: dict[tuple[Value | None, ...], int] = {}
        for row in rows:
            key = tuple(row.values[name] for name in group)
            if None in key or row.number in refused:
                continue
            seen = first.setdefault(key, row.number)
            if seen != row.number:
                shown = "、".join(titles[name].title for name in group)
                message = N_("与第 %(row)s 行的“%(title)s”重复。", row=seen, title=shown)
                refused[row.number] = CellError(
                    row.number, letter(places[group[0]]), titles[group[0]].title, message, N_("请核对后删去其中一行。")
                )
    return [row for row in rows if row.number not in refused], list(refused.values())
