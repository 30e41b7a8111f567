"""One measure of spending, by one way down and by another across, in one statement; each total is that of the ledger's rows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word
from marketplace.reporting.queries import Span, kept
from marketplace.reporting.queries.dimensions import Dimension
from marketplace.reporting.queries.spent import Sum


class Measure(Word):
    """What is added up."""

    REDEEMED = "redeemed", N_("已核销或核定")
    CUT = "cut", N_("核减和失效")
    PAID = "paid", N_("已兑付")
    WAITS = "waits", N_("待审核或待付")
    ORDERS = "orders", N_("订单和补助笔数")

    @property
    def is_money(self) -> bool:
        """Whether it is an amount, not a count."""
        return self is not Measure.ORDERS

    def of(self, one: Sum) -> int:
        """Its value in a sum."""
        if self is Measure.WAITS:
            return one.redeemed_fen - one.cut_fen - one.paid_fen
        return {Measure.REDEEMED: one.redeemed_fen, Measure.CUT: one.cut_fen, Measure.PAID: one.paid_fen}.get(self, one.orders)


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """A value, and the keys of what it is of: empty for everything, and for what stands together under one name."""

    value: int
    key: str = ""
    across: str = ""


@dataclass(frozen=True, slots=True)
class MatrixLine:
    """A line: what it is called, its cells, what they come to."""

    label: str
    cells: Sequence[MatrixCell]
    total: MatrixCell


@dataclass(frozen=True, slots=True)
class Matrix:
    """Lines down, columns across, the totals of both."""

    heads: Sequence[str]
    lines: Sequence[MatrixLine]
    totals: MatrixLine


REST = N_("其余 %(count)s 项")
_Keyed = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class MatrixSide:
    """The keys of a way that are shown by themselves, and how many stand together."""

    shown: Sequence[str]
    labels: Mapping[str, str]
    rest: int

    def place(self, key: str) -> str:
        """The key of its line; empty: of the others."""
        return key if key in self.labels else ""

    @property
    def keys(self) -> list[str]:
        """Of all lines, the others last."""
        return [*self.shown, *([""] if self.rest else [])]


def matrix(span: Span, down: Dimension, across: Dimension, measure: Measure, *, most: tuple[int, int], rest: str) -> Matrix:
    """A span by two ways; where nothing is, there is no line.

    Args:
        most: lines and columns that are shown by themselves, those that come to most; the others stand together.
        rest: what those are called, with their `count`.
    """
    found = {(one.key, one.across): measure.of(one) for one in kept(span, down.column, across.column) if measure.of(one)}
    lines, columns = _keys_of(found, 0, down, span, most[0]), _keys_of(found, 1, across, span, most[1])
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for (row, column), value in found.items():
        sums[lines.place(row), columns.place(column)] += value
    rows = [_line(sums, key, columns, lines.labels.get(key, rest % {"count": lines.rest})) for key in lines.keys]
    return Matrix([columns.labels.get(key, rest % {"count": columns.rest}) for key in columns.keys], rows, _totals(rows, columns))


def _keys_of(found: _Keyed, place: int, way: Dimension, span: Span, most: int) -> MatrixSide:
    sums: dict[str, int] = defaultdict(int)
    for keys, value in found.items():
        sums[keys[place]] += value
    largest = sorted(sums, key=lambda key: (-abs(sums[key]), key))[:most]
    called = way.labels(largest, span)
    labels = {key: called.get(key, key) for key in largest}
    return MatrixSide(sorted(largest, key=labels.__getitem__) if way.in_order else largest, labels, len(sums) - len(largest))


def _line(sums: _Keyed, key: str, columns: MatrixSide, label: str) -> MatrixLine:
    cells = [MatrixCell(sums.get((key, column), 0), key, column) for column in columns.keys]
    return MatrixLine(label, cells, MatrixCell(sum(one.value for one in cells), key))


def _totals(rows: Sequence[MatrixLine], columns: MatrixSide) -> MatrixLine:
    below = [sum(line.cells[at].value for line in rows) for at in range(len(columns.keys))]
    cells = [MatrixCell(value, "", key) for value, key in zip(below, columns.keys, strict=True)]
    return MatrixLine("", cells, MatrixCell(sum(below)))
