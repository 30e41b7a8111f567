"""The kinds of value a policy file may hold: what is wrong with one, what is made of it, and how it reads in Chinese."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.money import CNY, MAX_AMOUNT_FEN, Currency, format_named, percent
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.kernel.sentences import filled

LONGEST_LIST = 200
LONGEST_ECHO = 60  # of a wrong value that is shown back
Names = Mapping[
    str, str
]  # what an identifier used in this file is called in Chinese; one of a field that says whose, as "whose/identifier"; and its "currency"


MISSING = N_("缺少“%(label)s”。")
NOT_WHOLE = N_("“%(label)s”不是整数。")


class Notes(Protocol):
    """Where complaints are noted while a file is read."""

    def note(self, path: str, complaint: Complaint) -> None:
        """Something is wrong at a place."""

    def barred(self, path: str, given: object) -> Complaint | None:
        """What the file as a whole does not take at a place, whatever its kind."""


class Field:
    """One key of a table that holds a plain value. An empty label: it is called by its key."""

    __slots__ = ()
    label: str
    required: bool
    empty: Any = None  # what stands for a key that is left out

    def complaint(self, value: object) -> Complaint | None:
        """What is wrong with the value, if anything."""
        raise NotImplementedError

    def text(self, value: Any, names: Names) -> str:
        """The value as people read it; empty if it goes without saying."""
        return str(value)

    def value(self, given: Any) -> Any:
        """What is made of a value that is right."""
        return given

    def read(self, given: object, path: str, notes: Notes) -> Any:
        """The value; what is wrong is noted."""
        if complaint := notes.barred(path, given) or self.complaint(given):
            notes.note(path, complaint)
            return self.empty
        return self.value(given)

    def missing(self, path: str, notes: Notes) -> Any:
        """What stands for a key that is left out; where it may not be, that is noted."""
        if self.required:
            notes.note(path, Complaint(MISSING, N_("请补上这一项。"), {"label": self.label}))
        return self.empty


@dataclass(frozen=True, slots=True)
class Whole(Field):
    """A whole number within bounds."""

    label: str
    low: int
    high: int
    required: bool = True
    show: Callable[[int], str] = str
    empty: int | None = None

    def complaint(self, value: object) -> Complaint | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return Complaint(
                NOT_WHOLE,
                N_("金额以分为单位写整数（2_000_000 即 20,000 元），比例用基点（3000 即 30%%），不写小数点和引号。"),
                {"label": self.label},
            )
        bounds: dict[str, object] = {"label": self.label, "low": self.low, "high": self.high}
        remedy = N_("请核对单位，填写 %(low)s 到 %(high)s 之间的整数。")
        if value < self.low:
            return Complaint(N_("“%(label)s”不能小于 %(low)s。"), remedy, bounds)
        if value > self.high:
            return Complaint(N_("“%(label)s”超过了上限 %(high)s。"), remedy, bounds)
        return None

    def text(self, value: object, names: Names) -> str:
        assert isinstance(value, int)
        return self.show(value)


@dataclass(frozen=True, slots=True)
class Amount(Whole):
    """An amount in the smallest unit of the file's currency; what people read may be more than the amount."""

    say: str = "%(amount)s 元"

    def text(self, value: object, names: Names) -> str:
        assert isinstance(value, int)
        currency = names.get("currency", CNY)
        assert isinstance(currency, Currency)
        return filled(self.say, {"amount": format_named(value, currency)})


def amount(label: str, *, low: int = 1, required: bool = True, say: str = "%(amount)s 元") -> Amount:
    """An amount in fen, or whatever the smallest unit of the file's currency is."""
    return Amount(label, low, MAX_AMOUNT_FEN, required, lambda value: filled(say, {"amount": format_named(value, CNY)}), say=say)


def rate(label: str, *, required: bool = True) -> Whole:
    """A share in basis points."""
    return Whole(label, 1, 10_000, required, percent)


@dataclass(frozen=True, slots=True)
class Wholes(Field):
    """A short list of whole numbers within bounds, each once."""

    label: str
    low: int
    high: int
    most: int
    required: bool = True
    empty = ()

    def complaint(self, value: object) -> Complaint | None:
        each = isinstance(value, list) and all(type(item) is int and self.low <= item <= self.high for item in value)
        if isinstance(value, list) and each and len(value) <= self.most and len(set(value)) == len(value):
            return None
        params: dict[str, object] = {"label": self.label, "low": self.low, "high": self.high, "most": self.most}
        remedy = N_("请写成 [30, 10] 的形式，最多 %(most)s 个 %(low)s 到 %(high)s 之间的整数，不重复。")
        return Complaint(N_("“%(label)s”应是整数的列表。"), remedy, params)

    def value(self, given: Any) -> tuple[int, ...]:
        return tuple(given)


@dataclass(frozen=True, slots=True)
class Number(Field):
    """A number within bounds, with or without decimals: a weight, never money."""

    label: str
    low: float
    high: float
    required: bool = True

    def complaint(self, value: object) -> Complaint | None:
        if isinstance(value, int | float) and not isinstance(value, bool) and self.low <= value <= self.high:
            return None
        params: dict[str, object] = {"label": self.label, "low": self.low, "high": self.high}
        return Complaint(N_("“%(label)s”应是 %(low)s 到 %(high)s 之间的数。"), N_("请填写数字，不加引号。"), params)

    def value(self, given: Any) -> float:
        return float(given)


@dataclass(frozen=True, slots=True)
class Flag(Field):
    """Yes or no."""

    label: str
    required: bool = True
    yes: str = "是"
    no: str = "否"
    empty = False

    def complaint(self, value: object) -> Complaint | None:
        if isinstance(value, bool):
            return None
        return Complaint(N_("“%(label)s”只能是 true 或 false。"), N_("请写 true（是）或 false（否），不加引号。"), {"label": self.label})

    def text(self, value: object, names: Names) -> str:
        return self.yes if value else self.no


@dataclass(frozen=True, slots=True)
class ShortText(Field):
    """A short text."""

    label: str
    longest: int
    required: bool = True
    pattern: str = ""
    hint: str = ""
    empty = ""

    def complaint(self, value: object) -> Complaint | None:
        if not isinstance(value, str) or not value.strip():
            return Complaint(N_("“%(label)s”没有填写文字。"), N_("请在引号内填写文字。"), {"label": self.label})
        if len(value) > self.longest:
            params: dict[str, object] = {"label": self.label, "longest": self.longest}
            return Complaint(N_("“%(label)s”超过 %(longest)s 个字。"), N_("请缩短到 %(longest)s 个字以内。"), params)
        if not value.isprintable():
            return Complaint(N_("“%(label)s”含有换行或不可见字符。"), N_("请删去换行和不可见字符。"), {"label": self.label})
        if self.pattern and not re.fullmatch(self.pattern, value):
            return _misspelt(self.label, value, self.hint)
        return None


def _misspelt(label: str, value: str, hint: str) -> Complaint:
    params: dict[str, object] = {"label": label, "value": value[:LONGEST_ECHO], "hint": hint}
    return Complaint(N_("“%(label)s”中的 %(value)s 写法不对。"), N_("正确写法：%(hint)s。"), params)


@dataclass(frozen=True, slots=True)
class Choice(Field):
    """One word out of a vocabulary."""

    label: str
    words: Iterable[Any]
    required: bool = True
    hint: str = ""  # what holds without it

    def complaint(self, value: object) -> Complaint | None:
        allowed = list(self.words)
        params: dict[str, object] = {
            "label": self.label,
            "value": value[:LONGEST_ECHO] if isinstance(value, str) else type(value).__name__,
            "allowed": "、".join(f"{word}（{word.label}）" if getattr(word, "label", "") else str(word) for word in allowed),
        }
        if isinstance(value, str) and value in allowed:
            return None
        return Complaint(N_("“%(label)s”的取值 %(value)s 不在可选范围内。"), N_("可选：%(allowed)s。"), params)

    def text(self, value: object, names: Names) -> str:
        return str(self.value(value).label)

    def value(self, given: Any) -> Any:
        return next(word for word in self.words if word == given)


@dataclass(frozen=True, slots=True)
class Choices(Field):
    """Several words out of a vocabulary, each once."""

    label: str
    words: Iterable[Word]
    may_be_empty: bool = False
    required: bool = True
    empty = ()

    def complaint(self, value: object) -> Complaint | None:
        wrong = list_complaint(self.label, value, may_be_empty=self.may_be_empty)
        if wrong or not isinstance(value, list):
            return wrong
        one = Choice(self.label, self.words)
        return next((found for item in value if (found := one.complaint(item))), None)

    def text(self, value: Any, names: Names) -> str:
        return "、".join(word.label for word in self.value(value)) or "不限"

    def value(self, given: Any) -> tuple[Word, ...]:
        one = Choice(self.label, self.words)
        return tuple(one.value(item) for item in given)


@dataclass(frozen=True, slots=True)
class Codes(Field):
    """Several codes or names of one pattern, each once."""

    label: str
    pattern: str
    hint: str
    may_be_empty: bool = False
    required: bool = True
    of: str = ""  # whose codes or names they are: two lists may have the same ones
    in_order: bool = False  # the order says something
    spelling: Callable[[str], str] | None = None  # how one is kept, of several ways to write it
    empty = ()

    def complaint(self, value: object) -> Complaint | None:
        wrong = list_complaint(self.label, value, may_be_empty=self.may_be_empty)
        if wrong or not isinstance(value, list):
            return wrong
        return next((_misspelt(self.label, item, self.hint) for item in value if not re.fullmatch(self.pattern, item)), None)

    def text(self, value: Any, names: Names) -> str:
        return "、".join(names.get(self.named(item), item) for item in value) or "不限"

    def named(self, item: str) -> str:
        """How the names that people read are found."""
        return f"{self.of}/{item}" if self.of else item

    def value(self, given: Any) -> tuple[str, ...]:
        return tuple(given)

    def spelt(self, given: Any) -> Any:
        """A list as it is kept, right or not: each once, spelt one way."""
        if self.spelling is None or not isinstance(given, list):
            return given
        told = [self.spelling(one) if isinstance(one, str) else one for one in given]
        return [one for place, one in enumerate(told) if one not in told[:place]]


@dataclass(frozen=True, slots=True)
class Either(Field):
    """A value of one of several kinds."""

    label: str
    kinds: tuple[Field, ...]
    required: bool = True

    def complaint(self, value: object) -> Complaint | None:
        found = [one.complaint(value) for one in self.kinds]
        return found[0] if all(found) else None

    def value(self, given: Any) -> Any:
        return next(one for one in self.kinds if one.complaint(given) is None).value(given)


def texts(label: str = "", *, required: bool = True) -> Codes:
    """Several lines of text."""
    return Codes(label, r".*\S.*", N_("每项一行文字"), required=required)


def list_complaint(label: str, value: object, *, may_be_empty: bool) -> Complaint | None:
    """A list of different words, not too long."""
    params: dict[str, object] = {"label": label, "longest": LONGEST_LIST}
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return Complaint(N_("“%(label)s”应是文字的列表。"), N_('请写成 ["甲", "乙"] 的形式。'), params)
    if not value and not may_be_empty:
        return Complaint(N_("“%(label)s”是空的。"), N_("请至少填写一项。"), params)
    if len(value) > LONGEST_LIST or any(len(item) > LONGEST_LIST for item in value):
        return Complaint(N_("“%(label)s”过长。"), N_("请控制在 %(longest)s 项以内，每项不超过 %(longest)s 个字。"), params)
    if len(set(value)) != len(value):
        return Complaint(N_("“%(label)s”有重复的项。"), N_("请删去重复的项。"), params)
    return None
