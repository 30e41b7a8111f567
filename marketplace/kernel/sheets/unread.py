"""What of a book was not read, or read although it was hidden: said before anything is stored, so that nothing is dropped in silence."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from marketplace.kernel.errors import N_
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.sheets.cells import is_blank, narrow, tidy
from marketplace.kernel.sheets.loading import Cell, LoadedSheet

OUR_PAGES = frozenset({"填写说明", "选项"})  # of our templates: they hold no rows
SHOWN = 8  # names or numbers in a sentence

_TOTAL = re.compile(
    r"(本页|本表)?(合|小|总|共|累)计[::]?(\(.*\)|[0-9.,]+.{0,3}|[家项种条个件人次]{0,2})|((sub|grand) ?)?total[::]?", re.IGNORECASE
)
_NOTE = re.compile(
    r"(填表|填报|填写|编制)?(说明|备注|注意事项|注)[0-9一二三]?[::、.].*|(填表|填报|填写|编制)?(说明|备注|注意事项|注)"
    r"|(填表|制表|填报|审核|复核|负责|联系|经办|单位负责)(人|时间|日期|单位).{0,40}|(单位|公司)?(\((公|盖)章\)|(公|盖)章)[::]?"
)
FEW_CELLS = 4  # a note has no more cells than these


@dataclass(slots=True)
class Leftover:
    """Rows of a sheet that are no lines of it, by number as Excel shows it."""

    totals: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def takes(self, cells: Sequence[Cell], number: str) -> bool:
        """Whether a row is a total or a note below the table, and is left out."""
        said = [cell for cell in cells if not is_blank(cell)]
        first = narrow(next((cell for cell in said if isinstance(cell, str)), ""))
        if _TOTAL.fullmatch(first):
            self.totals.append(number)
        elif len(said) <= FEW_CELLS and _NOTE.fullmatch(first):
            self.notes.append(number)
        else:
            return False
        return True


def some(items: Iterable[object]) -> str:
    """The first of them in a sentence."""
    listed = [str(one) for one in items]
    return "、".join(listed[:SHOWN]) + ("……" if len(listed) > SHOWN else "")


def unread(
    page: LoadedSheet, pages: Sequence[LoadedSheet], columns: Mapping[str, str], rows: Collection[int], left: Leftover
) -> tuple[Sentence, ...]:
    """What is to be said about a book, in the order of its weight.

    Args:
        columns: letters of the columns that were not read, with their headings ("" for none).
        rows: numbers of the rows that were taken, good or not.
    """
    found: list[Sentence] = []
    if columns:
        names = some(f"{letter} 列“{title}”" if title else f"{letter} 列（没有表头）" for letter, title in columns.items())
        found.append(Sentence(N_("有 %(n)s 列不认识，内容没有读入：%(names)s。"), {"n": len(columns), "names": names}))
    others = [other for other in pages if other is not page and narrow(other.name) not in OUR_PAGES and _says_something(other)]
    if others:
        names = some(f"“{other.name}”" for other in others)
        found.append(
            Sentence(N_("只读了工作表“%(page)s”，另有 %(n)s 个没有读：%(names)s。"), {"page": page.name, "n": len(others), "names": names})
        )
    hidden = sorted(number for number in rows if number - 1 in page.hidden)
    if hidden:
        found.append(Sentence(N_("有 %(n)s 行被隐藏或筛选掉，也已读入：第 %(rows)s 行。"), {"n": len(hidden), "rows": some(hidden)}))
    if left.totals:
        found.append(Sentence(N_("合计行没有读入：第 %(rows)s 行。"), {"rows": some(left.totals)}))
    if left.notes:
        found.append(Sentence(N_("说明和签章行没有读入：第 %(rows)s 行。"), {"rows": some(left.notes)}))
    return tuple(found)


def _says_something(page: LoadedSheet) -> bool:
    return not page.fits or any(not is_blank(cell) for row in page.rows for cell in row)


def unknown_columns(headings: Sequence[Cell], grid: Sequence[Sequence[Cell]], known: Collection[int]) -> dict[int, str]:
    """Columns that no heading of ours names, from 0: their headings, and "" for those that have none but hold something."""
    found: dict[int, str] = {}
    width = max((len(row) for row in grid), default=0)
    for at in range(width):
        title = tidy(str(headings[at])) if at < len(headings) else ""
        if at in known:
            continue
        if title or any(at < len(row) and not is_blank(row[at]) for row in grid):
            found[at] = title
    return found
