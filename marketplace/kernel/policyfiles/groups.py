"""Values and decisions of which a file may have several: by name, in a list, or for each of the names that are known."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.kinds import MISSING, Field
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.kernel.policyfiles.reading import NAME_PATTERN, Reading, Table, no_tables, place, section, walk

_ROW_NAME = r"[\w-]{1,60}"  # of a row, in its place

MISNAMED = Complaint(N_("名称写法不对。"), N_("名称以小写字母开头，只含小写字母、数字和下划线，最多 40 个字符。"))
NOT_TABLES = Complaint(N_("这里应是一组或多组设置。"), N_("请写成 [[名称]] 的形式，至少一组。"))
TWICE = Complaint(N_("名称重复。"), N_("请换一个没有用过的名称。"))


@dataclass(frozen=True, slots=True)
class NamedTables:
    """Decisions of one shape, each under a name of its own: [rates.small]. Read in the order of their names."""

    table: Table
    empty = ()

    def read(self, given: object, path: str, reading: Reading) -> tuple[Any, ...]:
        """Every decision."""
        if not isinstance(given, dict):
            reading.note(path, no_tables(path))
            return ()
        if not given:
            self.missing(path, reading)
        read = {name: self._named(name, given[name], place(path, name), reading) for name in given}
        return tuple(read[name] for name in sorted(read))

    def _named(self, name: str, given: object, path: str, reading: Reading) -> Any:
        if re.fullmatch(NAME_PATTERN, name):
            return self.table.read(given, path, reading)
        return reading.note(path, MISNAMED)

    def missing(self, path: str, reading: Reading) -> tuple[Any, ...]:
        """None; where there must be one, that is noted."""
        if self.table.required and reading.asks(path):
            params = {"label": self.table.label, "path": path}
            reading.note(path, Complaint(MISSING, N_("请至少写一组 [%(path)s.名称]。"), params))
        return ()


@dataclass(frozen=True, slots=True)
class ListedTables:
    """A list of tables: [[criterion]]. Each is named in its place by the key that tells it from the others."""

    made: type[Any]
    by: str = "id"
    required: bool = True
    empty = ()

    def read(self, given: object, path: str, reading: Reading) -> tuple[Any, ...]:
        """Every row, in the order of the file."""
        if not isinstance(given, list) or (self.required and not given):
            reading.note(path, NOT_TABLES)
            return ()
        table, names = section(self.made), [self._name(position, row) for position, row in enumerate(given, start=1)]
        for name in {name for name in names if names.count(name) > 1}:
            reading.note(f"{path}[{name}].{self.by}", TWICE)
        return tuple(table.read(row, f"{path}[{name}]", reading) for name, row in zip(names, given, strict=True))

    def _name(self, position: int, row: object) -> str:
        name = row.get(self.by) if isinstance(row, dict) else None
        return name if isinstance(name, str) and re.fullmatch(_ROW_NAME, name) else str(position)

    def missing(self, path: str, reading: Reading) -> tuple[Any, ...]:
        """None; where there must be one, that is noted."""
        if self.required:
            reading.note(path, NOT_TABLES)
        return ()


@dataclass(frozen=True, slots=True)
class Each(Field):
    """A value of one kind for each of several names, those that are known or any."""

    label: str
    kind: Field
    names: Collection[str] | None = None
    required: bool = True
    empty = MappingProxyType({})

    def read(self, given: object, path: str, reading: Any) -> Mapping[str, Any]:
        """The values by name."""
        if not isinstance(given, dict):
            reading.note(path, no_tables(path))
            return {}
        return walk(given, path, {name: self.kind for name in given if self.names is None or name in self.names}, reading)


def tables(*roots: type[Any]) -> tuple[dict[str, Table], dict[str, Table]]:
    """Every decision of a file by its path, and those that are named, by their group."""
    single: dict[str, Table] = {}
    named: dict[str, Table] = {}
    for name, (_attribute, kind) in [pair for root in roots for pair in section(root).keys.items()]:
        if isinstance(kind, NamedTables):
            named[name] = kind.table
        elif isinstance(kind, Table):
            inside = {name: kind} if kind.is_decision else {f"{name}.{inner}": one for inner, one in tables(kind.made)[0].items()}
            single |= inside
    return single, named
