"""Units of measure as people write them: exact factors into one base per kind, and whole numbers back. Pure.

Quantities of a list are of one year: "吨/年" is 吨, "吨/月" is twelve of them. What is not known is a unit of its own: two sides that
write it the same way mean the same.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: so many of its base."""

    base: str
    factor: Fraction = Fraction(1)


# base → (factor, names); the first name is the one that is printed
_TABLE: dict[str, tuple[tuple[Fraction | int, str], ...]] = {
    "克": (
        (1_000_000, "吨 公吨 噸 t mt"),
        (1_000, "公斤 千克 kg"),
        (500, "斤 市斤"),
        (50, "两 市两"),
        (Fraction(45_359_237, 100_000), "磅 lb"),
        (1, "克 g"),
    ),
    "毫升": ((1_000_000, "立方米 立方 方 立米 m3 立方公尺"), (1_000, "升 公升 l"), (1, "毫升 ml")),
    "毫米": (
        (1_000_000, "千米 公里 km"),
        (1_000, "米 公尺 m"),
        (10, "厘米 公分 cm"),
        (Fraction(254, 10), "英寸 吋 inch"),
        (1, "毫米 mm"),
    ),
    "平方厘米": ((100_000_000, "公顷"), (10_000, "平方米 平米 平方 平 m2"), (1, "平方厘米 cm2")),
    "瓦": ((1_000_000, "兆瓦 mw"), (1_000, "千瓦 kw"), (1, "瓦 w")),
    "伏": ((1_000, "千伏 kv"), (1, "伏 v")),
    "帕": ((1_000_000, "兆帕 mpa"), (100_000, "bar"), (1_000, "千帕 kpa"), (1, "帕 pa")),
    "个": ((1, "个 只 件 枚"),),
    "套": ((1, "套 组"),),
    "台": ((1, "台 辆"),),
}
_KNOWN = {name: Unit(base, Fraction(factor)) for base, rows in _TABLE.items() for factor, names in rows for name in names.split()}
_PRINTED = {base: [(Fraction(factor), names.split()[0]) for factor, names in rows] for base, rows in _TABLE.items()}
_TIMES = (("千万", 10**7), ("百万", 10**6), ("十万", 10**5), ("亿", 10**8), ("万", 10**4), ("千", 10**3), ("百", 10**2), ("十", 10))
_SPANS = {"年": 1, "a": 1, "季": 4, "季度": 4, "半年": 2, "月": 12}
_PER = re.compile(r"^(?P<unit>.+?)(?:/每?|每)(?P<span>半年|年|a|季度|季|月)$|^(?P<unit2>.+?)\((?P<span2>半年|年|季度|季|月)\)$")


def read(text: str) -> Unit | None:
    """The unit that somebody wrote; None where nothing is written."""
    name = squeezed(text)
    if not name:
        return None
    if name in _KNOWN:
        return _KNOWN[name]
    spanned = _PER.match(name)
    if spanned is not None:
        inner = read(spanned["unit"] or spanned["unit2"])
        return inner and Unit(inner.base, inner.factor * _SPANS[spanned["span"] or spanned["span2"]])
    for prefix, times in _TIMES:
        if name.startswith(prefix) and len(name) > len(prefix):
            inner = read(name.removeprefix(prefix))
            return inner and Unit(inner.base, inner.factor * times)
    return Unit(name)


def is_known(text: str) -> bool:
    """Whether this is a unit of the table."""
    return squeezed(text) in _KNOWN


def squeezed(text: str) -> str:
    """One spelling for what reads the same, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def in_base(quantity: int | Fraction, unit: str) -> tuple[Fraction, str]:
    """The quantity in the base of its unit; without a unit the base has no name."""
    known = read(unit)
    return (Fraction(quantity), "") if known is None else (quantity * known.factor, known.base)


def convertible(first: str, second: str) -> bool | None:
    """Whether quantities in the two units can be compared; None: one of them names no unit, so nobody knows."""
    one, other = read(first), read(second)
    return None if one is None or other is None else one.base == other.base


def converted(quantity: int | Fraction, unit: str, into: str) -> Fraction | None:
    """The quantity in another unit, exactly; None where the two cannot be compared. A side without a unit is taken to mean the other's."""
    one, other = read(unit), read(into)
    if one is None or other is None:
        return Fraction(quantity)
    return quantity * one.factor / other.factor if one.base == other.base else None


def printed(amount: Fraction, base: str, preferred: Iterable[str]) -> tuple[int, str]:
    """A quantity of a base as a whole number of some unit: one of the preferred if it comes out whole there, else the largest that does.

    What is whole nowhere loses less than one base unit.
    """
    for text in preferred:
        unit = read(text)
        if unit is not None and unit.base == base and (amount / unit.factor).denominator == 1:
            return int(amount / unit.factor), text
    for factor, name in _PRINTED.get(base, [(Fraction(1), base)]):
        if (amount / factor).denominator == 1:
            return int(amount / factor), name
    return int(amount), base
