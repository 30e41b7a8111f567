"""What reading a firm's own list took to decide: each kind of choice is told once, with its rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from marketplace.kernel.errors import N_
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.sheets.cells import is_blank, is_ditto
from marketplace.kernel.sheets.loading import Cell
from marketplace.kernel.sheets.unread import some

REPEATED = N_("与前面某行完全相同的有 %(n)s 行，只读了一次：第 %(rows)s 行。")
DITTO = N_("写“同上”的有 %(n)s 行，按上一行的内容：第 %(rows)s 行。")


@dataclass(slots=True)
class ReadingChoices:
    """ReadingChoices made in a book, by sentence: the rows they were made in."""

    rows: dict[str, list[str]] = field(default_factory=dict)
    above: dict[str, Cell] = field(default_factory=dict)  # the row before, as it was typed
    seen: set[tuple[str, ...]] = field(default_factory=set)

    def begin(self) -> None:
        """A sheet begins: nothing stands above its first row."""
        self.above, self.seen = {}, set()

    def is_repeat(self, cells: Sequence[Cell], shown: str) -> bool:
        """Whether the very same row stood on this sheet before; it is left out and told."""
        key = tuple(map(str, cells))
        if key in self.seen and not any(map(is_ditto, cells)):
            self.keep([REPEATED], shown)
            return True
        self.seen.add(key)
        return False

    def make(self, eases: Callable[[dict[str, Cell]], list[str]], cells: dict[str, Cell]) -> list[str]:
        """Fill in ditto marks and ease the cells. Answers what is to be told of the row."""
        told = []
        for key, cell in cells.items():
            if is_ditto(cell) and not is_blank(self.above.get(key, "")):
                cells[key], told = self.above[key], [DITTO]
        self.above = dict(cells)
        return [*told, *eases(cells)]

    def keep(self, told: Sequence[str], shown: str) -> None:
        """Note what was told of a row."""
        for one in dict.fromkeys(told):
            self.rows.setdefault(one, []).append(shown)

    def told(self) -> list[Sentence]:
        """One sentence for all rows of a kind."""
        return [Sentence(message, {"n": len(rows), "rows": some(rows)}) for message, rows in self.rows.items()]


def joined(names: Sequence[str]) -> list[Sentence]:
    """That several sheets were read as one list."""
    if len(names) < 2:
        return []
    return [Sentence(N_("%(n)s 个工作表合并读成一张清单：%(names)s。"), {"n": len(names), "names": some(f"“{one}”" for one in names)})]
