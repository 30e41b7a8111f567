"""How a sheet is declared: its columns, what may stand in them, and a sample for the template."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from marketplace.kernel.sheets.loading import Cell


class CellKind(StrEnum):
    """What a cell holds; in brackets the Python value a reader receives."""

    TEXT = "text"  # str, full-width punctuation kept: it belongs to registered names
    CODE = "code"  # str; a number is refused, Excel has already changed it
    INTEGER = "integer"  # int
    DECIMAL = "decimal"  # Decimal
    AMOUNT = "amount"  # Decimal; typed in the currency of its book, which may stand before it
    YUAN = "yuan"  # typed in yuan, read as integer fen
    PERCENT = "percent"  # typed as 50%, read as basis points: 5000
    DATE = "date"  # date
    CHOICE = "choice"  # the key of a choice
    YES_NO = "yes_no"  # bool
    USCC = "uscc"  # str, 统一社会信用代码, check character verified
    REGION = "region"  # str, six digits; whether the region exists is for the caller


NUMBERS = frozenset({CellKind.INTEGER, CellKind.DECIMAL, CellKind.AMOUNT, CellKind.YUAN, CellKind.PERCENT})
EXCEL_ROWS = 1_048_576
EXCEL_TEXT = 32_767  # characters in a cell

FALLBACK_WIDTH = {CellKind.TEXT: 24, CellKind.USCC: 22, CellKind.CODE: 20, CellKind.YUAN: 16}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet, to be read or written."""

    key: str
    title: str
    kind: CellKind = CellKind.TEXT
    required: bool = False
    max_length: int = 200
    choices: Mapping[str, str] = field(default_factory=dict)  # key → what the user reads
    negative: bool = False  # may a number be below zero
    help: str = ""
    width: int = 0  # in characters; 0: by kind
    digits: int = 0  # of a code that always has so many: a number with all of them is taken
    aliases: tuple[str, ...] = ()  # other headings people use
    is_unchecked: bool = False  # a credit code whose check character fails is taken; whoever declares it tells so

    @property
    def shown_width(self) -> int:
        return self.width or max(FALLBACK_WIDTH.get(self.kind, 12), 2 * len(self.title) + 4)


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """A sheet people fill in."""

    name: str  # for machines, e.g. "enterprises"
    title: str  # Chinese, also the worksheet's name: at most 31 characters
    columns: tuple[Column, ...]
    sample: tuple[Mapping[str, str], ...] = ()  # rows as a person would type them; ignored when they come back unchanged
    notes: tuple[str, ...] = ()  # lines of the 填写说明 page
    unique: tuple[str | tuple[str, ...], ...] = ()  # keys that may not repeat in one file; a tuple counts as one key
    beside: tuple[str, ...] = ()  # headings that may stand there and are not read: of our own list that people add columns to
    takes_text: bool = False  # also as CSV, in which banks hand out their statements
    # What a row's cells can only mean, by column key, before they are read; answers a sentence for each choice it made, with %(n)s and
    # %(rows)s, which is told once for all its rows. Such a list is also read from several sheets, with ditto marks and repeated rows.
    eases: Callable[[dict[str, Cell]], list[str]] | None = None
    is_strict: bool = False  # a column that nobody knows is refused, because a column that is not read may say the opposite

    def __post_init__(self) -> None:
        keys = {column.key for column in self.columns}
        assert len(keys) == len(self.columns), "a key appears once"
        assert len(self.title) <= 31, "Excel allows 31 characters"
        assert not set(self.title) & set("[]:*?/\\"), "Excel forbids these in a worksheet's name"
        assert all(set(row) <= keys for row in self.sample), "a sample uses known columns"
        assert all(set(group) <= keys for group in self.unique_groups), "unique names known columns"

    @property
    def unique_groups(self) -> tuple[tuple[str, ...], ...]:
        return tuple((entry,) if isinstance(entry, str) else entry for entry in self.unique)


# One look for every sheet that leaves the house.
TEXT_FORMAT = 49  # Excel's built-in "@"; by name xlsxwriter would add a custom format beside it
MONEY_FORMAT = "#,##0.00"
DAY_FORMAT = "yyyy-mm-dd"
HEADING_STYLE = {"bold": True, "bg_color": "#1F4E79", "font_color": "#FFFFFF", "border": 1, "text_wrap": True, "valign": "vcenter"}
