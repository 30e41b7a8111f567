"""What a specification says, term by term, and whether another one meets it. Pure.

A term is a parameter with what it may be: "壁厚≥3mm", "22±0.5克", "C30", "甲级", "28口或30口", "GB/T 3880". What one side names and the
other does not is unknown, never wrong. Several values of one parameter are alternatives; "至少" and "至多" of one make a range.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from functools import lru_cache

from marketplace.matching import units


class SpecState(IntEnum):
    """How far a specification is met; the better the greater."""

    CONTRADICTS = 0
    UNKNOWN = 1
    MEETS = 2


@dataclass(frozen=True, slots=True)
class Term:
    """One thing a specification asks for: numbers between two ends, or one of some words."""

    name: str  # 壁厚, C, 级; empty where only the unit tells
    unit: str  # base of the unit, empty for words
    low: Fraction | None = None
    high: Fraction | None = None
    word: str = ""
    told: str = ""  # as it was written

    def comparable(self, other: "Term") -> bool:
        """Whether the two speak of one parameter: of one name, or of one unit where a side gives no name."""
        if bool(self.word) != bool(other.word) or self.unit != other.unit:
            return False
        if self.word and not (self.name and other.name):
            return self.word == other.word
        return self.name == other.name if self.name and other.name else bool(self.unit)

    def meets(self, wanted: "Term") -> bool:
        """Whether some value is allowed by both."""
        if wanted.word:
            return self.word == wanted.word
        ends = ((self.low, wanted.high), (wanted.low, self.high))
        return all(low is None or high is None or low <= high for low, high in ends)


@dataclass(frozen=True, slots=True)
class SpecFit:
    """What became of the terms that were asked for."""

    state: SpecState
    met: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    against: tuple[tuple[str, str], ...] = ()  # wanted, offered


_NUMBER = r"\d+(?:\.\d+)?(?:/(?:2|3|4|8|16|32|64)(?!\d))?"
_SIGN = r"≥|≤|>=|<=|>|<|=|:|不低于|不小于|不少于|至少|大于等于|大于|不高于|不大于|不超过|至多|小于等于|小于|约"
_UNIT = r"(?:[a-zμφ℃°%ω]+[23]?|(?:(?![或和及以至到])[一-鿿]){1,3})?"
_STANDARD = re.compile(
    r"\b(gb|jb|hg|yb|yy|qb|jc|jt|dl|nb|sh|cj|jg|ny|ly|iso|iec|en|astm|din|jis|bs)(?:/[tz])?\s*[a-z]?(\d+(?:\.\d+)*)(?:[-—:](?:19|20)\d\d)?"
)
_SIZES = re.compile(rf"({_NUMBER})({_UNIT})\s*[x×*]\s*({_NUMBER})({_UNIT})(?:\s*[x×*]\s*({_NUMBER})({_UNIT}))?")
_AMOUNT = re.compile(
    rf"(?P<name>[一-鿿]{{1,6}}?|[φ])?\s*(?P<sign>{_SIGN})?\s*(?P<first>{_NUMBER})\s*(?P<unit>(?:{_UNIT}))"
    rf"(?:\s*(?:[-~—至到]|±)\s*(?P<last>{_NUMBER})\s*(?P<unit2>{_UNIT}))?"
)
_CODE = re.compile(r"(?<![a-z0-9])([a-z]{1,4})-?(\d+(?:\.\d+)?)([a-z]{0,3})(?![a-z0-9])")
_GRADE = re.compile(r"(?P<rank>[特甲乙丙丁一二三四五]|[一-鿿]{2}|[a-e])(?P<kind>[级等])(?P<more>(?:及|或)?以上)?")
_SCALES = ("特甲乙丙丁", "特一二三四五", "abcde")
_PARAMETER = tuple("径厚长宽高深重度率压量容数距号温流φ")
_LEAST = {"≥", ">=", ">", "不低于", "不小于", "不少于", "至少", "大于等于", "大于"}
_MOST = {"≤", "<=", "<", "不高于", "不大于", "不超过", "至多", "小于等于", "小于"}
_AFTER = re.compile(r"\s*(?:及|或)?(以上|以下|以内)")
_BETWEEN = re.compile(r"[\s,，;；、/|。()（）或和及]+")
_COLOURS = re.compile(r"(?:[红黄蓝绿白黑紫灰青棕橙银金]|透明|本)色")


@lru_cache(maxsize=1 << 14)
def read(text: str, *, words: bool = True) -> tuple[Term, ...]:
    """The terms of a specification. Without words: only what can be told from a name that goes around it."""
    rest = unicodedata.normalize("NFKC", text).casefold().replace("直径", "φ").replace("￠", "φ").replace("Φ", "φ")
    found: list[Term] = []
    for pattern, take in (
        (_STANDARD, _standard),
        (_SIZES, _sizes),
        (_CODE, _code),
        (_GRADE, _grades),
        (_COLOURS, _colour),
        (_AMOUNT, _amount),
    ):
        for match in list(pattern.finditer(rest)):
            after = _AFTER.match(rest, match.end())
            found += take(match, after[1] if after else "")
        rest = pattern.sub(lambda match: " " * len(match[0]), rest)
    if words:
        rest = _AFTER.sub(" ", rest)
        found += [Term("", "", word=word, told=word) for word in _BETWEEN.split(rest) if len(word) > 1]
    return tuple(_ranges(found))


def compare(wanted: str, offered: str, *, offered_name: str = "") -> SpecFit | None:
    """Whether what is offered meets what is wanted; None where nothing is wanted."""
    asked = read(wanted)
    if not asked:
        return None
    told = (*read(offered), *read(offered_name, words=False))
    plain = units.squeezed(f"{offered} {offered_name}")
    met, unknown, against = [], [], []
    for wish in _alternatives(asked):
        same = [term for term in told if any(one.comparable(term) for one in wish)]
        if any(term.meets(one) for one in wish for term in same if one.comparable(term)) or any(
            one.word and one.word in plain for one in wish
        ):
            met.append(_told(wish))
        elif same:
            against.append((_told(wish), _told(same)))
        else:
            unknown.append(_told(wish))
    state = SpecState.CONTRADICTS if against else SpecState.UNKNOWN if unknown else SpecState.MEETS
    return SpecFit(state, tuple(met), tuple(unknown), tuple(against))


def _told(terms: Sequence[Term]) -> str:
    return " / ".join(dict.fromkeys(term.told for term in terms))


def _alternatives(terms: Sequence[Term]) -> list[list[Term]]:
    """Terms of one parameter stand together: any of them will do."""
    groups: list[list[Term]] = []
    for term in terms:
        group = next((one for one in groups if (term.name or term.unit) and one[0].comparable(term)), None)
        if group is None:
            groups.append([term])
        else:
            group.append(term)
    return groups


def _ranges(terms: Sequence[Term]) -> Iterator[Term]:
    """A least and a most of one parameter are one range."""
    open_ends: dict[tuple[str, str], list[Term]] = defaultdict(list)
    for term in terms:
        if not term.word and (term.low is None) != (term.high is None):
            open_ends[term.name, term.unit].append(term)
        else:
            yield term
    for (name, unit), ends in open_ends.items():
        lows, highs = ([end for end in ends if getattr(end, side) is not None] for side in ("low", "high"))
        if len(lows) == len(highs) == 1:
            yield Term(name, unit, lows[0].low, highs[0].high, told=" ".join(end.told for end in ends))
        else:
            yield from ends


def _standard(match: re.Match[str], _: str) -> list[Term]:
    """Standards are compared by number; another standard contradicts nothing."""
    return [Term("", "", word=f"{match[1]}{match[2]}", told=match[0].strip().upper())]


def _sizes(match: re.Match[str], _: str) -> list[Term]:
    """长×宽×高, each a parameter by its place; the last unit counts for those without."""
    numbers, given = match.groups()[::2], match.groups()[1::2]
    last = next((one for one in reversed(given) if one), "")
    return [
        term
        for at, (number, unit) in enumerate(zip(numbers, given, strict=True), start=1)
        if number
        for term in [_between(f"尺寸{at}/{sum(map(bool, numbers))}", _fraction(number), _fraction(number), unit or last, match[0])]
    ]


def _code(match: re.Match[str], _: str) -> list[Term]:
    if units.is_known(match[1]):
        return []
    return [Term(match[1], "", word=f"{match[1]}{match[2]}{match[3]}", told=match[0].upper())]


def _grades(match: re.Match[str], after: str) -> list[Term]:
    rank, kind = match["rank"], match["kind"]
    ranks = [rank]
    if match["more"] or after == "以上":
        scale = next((one for one in _SCALES if rank in one), rank)
        ranks = list(scale[: scale.index(rank) + 1]) if rank in scale else [rank]
    return [Term(kind if len(rank) == 1 else f"{kind}别", "", word=f"{one}{kind}", told=match[0]) for one in reversed(ranks)]


def _colour(match: re.Match[str], _: str) -> list[Term]:
    return [Term("色", "", word=match[0], told=match[0])]


def _amount(match: re.Match[str], after: str) -> list[Term]:
    name, sign = match["name"] or "", match["sign"] or ""
    if name and not (sign or name.endswith(_PARAMETER)):
        name = ""
    first, told = _fraction(match["first"]), match[0].strip()
    low = high = first
    unit = match["unit"]
    if not (unit or name or sign or match["last"]):
        return [Term("", "", word=match["first"], told=told)]
    if match["last"] and "±" in match[0]:
        spread = _fraction(match["last"]) * (first / 100 if match["unit2"] == "%" and unit != "%" else 1)
        low, high = first - spread, first + spread
        unit = unit or match["unit2"]
    elif match["last"]:
        high, unit = _fraction(match["last"]), match["unit2"] or unit
    if sign in _LEAST or after == "以上":
        return [_between(name, low, None, unit, told)]
    if sign in _MOST or after in ("以下", "以内"):
        return [_between(name, None, high, unit, told)]
    return [_between(name, low, high, unit, told)]


def _between(name: str, low: Fraction | None, high: Fraction | None, unit: str, told: str) -> Term:
    """Ends in the base of the unit; of a unit that goes on (克装), the part that is one."""
    short = next((unit[:size] for size in range(len(unit), 0, -1) if units.is_known(unit[:size])), unit)
    known = units.read(short)
    factor, base = (known.factor, known.base) if known else (Fraction(1), "")
    name = name.removesuffix("度").removesuffix("为") if len(name) > 1 else name
    return Term(name, base or name, low if low is None else low * factor, high if high is None else high * factor, told=told)


def _fraction(text: str) -> Fraction:
    whole, _, part = text.partition("/")
    return Fraction(whole) / Fraction(part) if part and Fraction(part) else Fraction(whole)
