"""Read a policy document table by table, collecting what is wrong instead of stopping at the first thing."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.problems import Complaint, Problem

LONGEST_TEXT = 600
LONGEST_LIST = 200
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,59}")

MISSING = Complaint(N_("缺少这一项。"), N_("请补上。"))
NOT_TEXT = Complaint(N_("这里应是文字。"), N_("请写在引号内，不能为空，最多 600 个字，不含换行。"))
NOT_TABLE = Complaint(N_("这里应是一组设置。"), N_("请写成 [名称] 或 { 键 = 值 } 的形式。"))
NOT_TABLES = Complaint(N_("这里应是一组或多组设置。"), N_("请写成 [[名称]] 的形式，至少一组。"))
NOT_FLAG = Complaint(N_("这里只能是 true 或 false。"), N_("请写 true（是）或 false（否），不加引号。"))
NOT_LIST = Complaint(N_("这里应是文字的列表。"), N_('请写成 ["甲", "乙"] 的形式，至少一项，不重复。'))
STRANGER = Complaint(N_("不认识的项。"), N_("请核对拼写，或删去这一项。"))
NOT_IDENTIFIER = Complaint(N_("名称写法不对。"), N_("请以小写字母开头，只用小写字母、数字和下划线，最多 60 个字符。"))


class Reader:
    """One file and the problems found in it so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []


class Table:
    """One table of a document. A getter that finds something wrong notes it and answers with an empty value."""

    def __init__(self, reader: Reader, data: object, path: str) -> None:
        self._reader = reader
        self._path = path
        self._data: Mapping[str, Any] = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            self.complain("", NOT_TABLE)

    def complain(self, key: str, complaint: Complaint) -> None:
        """Note what is wrong with a key of this table."""
        place = ".".join(part for part in (self._path, key) if part)
        self._reader.problems.append(complaint.at(self._reader.file, place))

    def only(self, allowed: Collection[str]) -> None:
        """Refuse keys that nothing reads: a misspelt key would silently not count."""
        for key in self._data:
            if key not in allowed:
                self.complain(str(key)[:LONGEST_LIST], STRANGER)

    def has(self, key: str) -> bool:
        """Whether a key is there."""
        return key in self._data

    def names(self) -> Sequence[str]:
        """The keys of this table."""
        return tuple(self._data)

    def text(self, key: str, *, required: bool = True) -> str:
        """A line of text; empty when it is optional and not there."""
        if key not in self._data:
            return self._missing(key, required)
        value = self._data[key]
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_TEXT or not value.isprintable():
            self.complain(key, NOT_TEXT)
            return ""
        return value.strip()

    def identifier(self, key: str) -> str:
        """A name for machines; it becomes part of this table's place in later problems."""
        value = self.text(key)
        if value and not _IDENTIFIER.fullmatch(value):
            self.complain(key, NOT_IDENTIFIER)
        if value:
            self._path = f"{self._path.split('[')[0]}[{value[:60]}]"
        return value

    def whole(self, key: str, low: int, high: int, *, default: int | None = None) -> int:
        """A whole number within bounds."""
        value = self._data.get(key, default)
        if value is None:
            self.complain(key, MISSING)
            return low
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            remedy = N_("请写 %(low)s 到 %(high)s 之间的整数，不写小数点和引号；金额以分计，比例以基点计（8000 即 80%%）。")
            self.complain(key, Complaint(N_("这里应是整数。"), remedy, {"low": low, "high": high}))
            return low
        return value

    def flag(self, key: str) -> bool:
        """Yes or no."""
        value = self._data.get(key)
        if not isinstance(value, bool):
            self.complain(key, NOT_FLAG if key in self._data else MISSING)
            return False
        return value

    def choice(self, key: str, allowed: Collection[str]) -> str:
        """One of several words; empty when it is none of them."""
        value = self.text(key)
        if value and value not in allowed:
            complaint = Complaint(
                N_("取值 %(value)s 不在可选范围内。"), N_("可选：%(allowed)s。"), {"value": value[:60], "allowed": "、".join(allowed)}
            )
            self.complain(key, complaint)
            return ""
        return value

    def texts(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """Several different lines of text."""
        if key not in self._data and not required:
            return ()
        value = self._data.get(key)
        good = isinstance(value, list) and 0 < len(value) <= LONGEST_LIST and all(isinstance(v, str) and v.strip() for v in value)
        if not good or value is None or len(set(value)) != len(value):
            self.complain(key, NOT_LIST if key in self._data else MISSING)
            return ()
        return tuple(value)

    def table(self, key: str, *, required: bool = True) -> Table:
        """A table inside this one."""
        if key not in self._data:
            self._missing(key, required)
            return Table(self._reader, {}, f"{self._path}.{key}".lstrip("."))
        return Table(self._reader, self._data[key], f"{self._path}.{key}".lstrip("."))

    def tables(self, key: str, *, required: bool = True) -> list[Table]:
        """Several tables; each is named by its position until its identifier is read."""
        value = self._data.get(key, [])
        if not isinstance(value, list) or not (value or not required):
            self.complain(key, NOT_TABLES)
            return []
        place = ".".join(part for part in (self._path, key) if part)
        return [Table(self._reader, entry, f"{place}[{position}]") for position, entry in enumerate(value, start=1)]

    def _missing(self, key: str, required: bool) -> str:
        if required:
            self.complain(key, MISSING)
        return ""
