"""One reader for every policy file: it walks the keys that frozen dataclasses declare and notes a complaint per place.

A root dataclass names its `FORMAT`, and the `EARLIER` versions of it that it reads as well: a key with `since` was not in those before.
A format of another shape is a second root beside the first. Fields are declared by `key(kind)`: a plain value (`kinds`), a decision with
its provenance (`decision`, `one`), decisions by name (`NamedTables`), a list of tables (`ListedTables`), values by name (`Each`),
or a mere `section` of these.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.kinds import LONGEST_ECHO, MISSING, Choice, Field
from marketplace.kernel.policyfiles.problems import Complaint, PolicyFileError
from marketplace.kernel.policyfiles.provenance import (
    CONTRADICTION,
    HALF_CONTRADICTION,
    MISSING_PROVENANCE,
    ORIGIN_KEYS,
    PRINTED,
    PROVENANCE,
    SIGNED_IN_FILE,
    TWO_PROVENANCES,
    Decision,
    Setting,
    provenance_of,
    to_sign,
)

CONFIG = Path(__file__).resolve().parents[3] / "config"
LARGEST_FILE = 200_000  # bytes; the largest of ours is a fifth of this
NAME_PATTERN = r"[a-z][a-z0-9_]{0,39}"
NAME_HINT = N_("小写字母开头，只含小写字母、数字和下划线，最多 40 个字符")

STRANGER = Complaint(N_("不认识的项。"), N_("请核对拼写，或删去这一项。"))
LATER = N_("“%(name)s”从第 %(format)s 版格式起才有，本文件是较早的格式。")
LATER_REMEDY = N_("请用 flask programme upgrade 把文件转成新格式，或删去这一项。")


class Root:
    """The dataclass of a whole file."""

    FORMAT: ClassVar[str]
    EARLIER: ClassVar[tuple[str, ...]] = ()  # versions of the format that are read as well, the oldest first
    NATIONAL: ClassVar[frozenset[str]] = frozenset()  # of operating settings: tables that no area sets for itself


R = TypeVar("R", bound=Root)


class Reading:
    """One file and the problems found in it so far."""

    error: ClassVar[type[PolicyFileError]] = PolicyFileError

    def __init__(self, file: str, *, signed_allowed: bool = False) -> None:
        self.file = file
        self.signed_allowed = signed_allowed  # signing happens in the application: a frozen version may hold it, a file may not
        self.found: list[tuple[str, Complaint]] = []
        self.to_come: frozenset[str] = frozenset()  # versions of the format after the file's own

    def note(self, path: str, complaint: Complaint) -> None:
        """Something is wrong at a place."""
        self.found.append((path, complaint))

    def barred(self, path: str, given: object) -> Complaint | None:
        """What this file does not take at a place, whatever its kind."""

    @property
    def before_contradictions(self) -> str:
        """The version of the format since which a decision may say that its document contradicts itself, in a file from before it."""
        return ""

    def asks(self, path: str) -> bool:
        """Whether this file must have what its schema demands at a place: what else it says may leave it without use."""
        return True

    def stranger(self, path: str, given: object) -> Complaint:
        """What is said of a key that nothing reads: misspelt, it would silently not count."""
        return STRANGER

    def settle(self) -> None:
        """Raises: PolicyFileError with every problem found."""
        if self.found:
            raise self.error([complaint.at(self.file, path) for path, complaint in self.found])

    def open(self, path: Path) -> dict[str, Any]:
        """The document of a file. Raises: PolicyFileError."""
        try:
            content = path.read_bytes()
        except OSError:
            complaint = Complaint(N_("文件打不开。"), N_("请核对路径，并确认文件存在、可以读取。"))
            raise self.error([complaint.at(str(path), "")]) from None
        return self.parse(content)

    def parse(self, content: bytes) -> dict[str, Any]:
        """The document of a content, unchecked but well-formed. Raises: PolicyFileError."""
        if len(content) > LARGEST_FILE:
            raise self._refused(Complaint(N_("文件超过 %(size)s 字节。"), N_("请确认选对了文件。"), {"size": LARGEST_FILE}))
        try:
            return tomllib.loads(content.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise self._refused(Complaint(N_("文件不是 UTF-8 编码。"), N_("请另存为 UTF-8 编码。"))) from None
        except (ValueError, RecursionError) as error:  # a number of thousands of digits is a plain ValueError
            remedy, params = N_("请检查该处的引号、括号和等号。"), {"error": str(error)[:200]}
            raise self._refused(Complaint(N_("不是合格的 TOML 文件：%(error)s。"), remedy, params)) from None

    def _refused(self, complaint: Complaint) -> PolicyFileError:
        return self.error([complaint.at(self.file, "")])

    def root(self, document: Mapping[str, Any], *roots: type[R]) -> R:
        """The whole of a document, by the root of its format; without a format we know, the rest is read as the last.

        Raises: PolicyFileError with every problem found.
        """
        formats = {name: one for one in roots for name in (*one.EARLIER, one.FORMAT)}
        kind = Choice(N_("文件格式"), formats)
        said = kind.read(document["format"], "format", self) if "format" in document else kind.missing("format", self)
        body = {name: inner for name, inner in document.items() if name != "format"}
        made_as = formats.get(said, roots[-1])
        versions = (*made_as.EARLIER, made_as.FORMAT)
        self.to_come = frozenset(versions[versions.index(said) + 1 :] if said in versions else ())
        made: Any = section(made_as).read(body, "", self)
        self.settle()
        root: R = made
        return root


def load(path: Path, *roots: type[R]) -> R:
    """Read a file of the application itself. Raises: PolicyFileError with every problem found."""
    reading = Reading(path.name)
    return reading.root(reading.open(path), *roots)


class Kind(Protocol):
    """What a key may hold."""

    def read(self, given: object, path: str, notes: Reading, /) -> Any:
        """The value; what is wrong is noted."""

    def missing(self, path: str, notes: Reading, /) -> Any:
        """What stands for a key that is left out; where it may not be, that is noted."""

    @property
    def empty(self) -> Any:
        """What stands for a key that the file's format did not have."""


def key(kind: Kind, *, name: str = "", since: str = "") -> Any:
    """A field of a dataclass that is read from a file.

    Args:
        name: how the file calls it, if not like the field (dotted: in a section).
        since: the first version of the format that has it.
    """
    return field(metadata={"kind": kind, "name": name, "since": since})


def walk(
    content: Mapping[str, Any], path: str, kinds: Mapping[str, Kind], reading: Reading, beside: Collection[str] = ()
) -> dict[str, Any]:
    """Each value by its kind, in the order of the file; then what is missing."""
    values: dict[str, Any] = {}
    for name, given in content.items():
        where = place(path, name)
        if name in kinds:
            values[name] = kinds[name].read(given, where, reading)
        elif name not in beside:
            reading.note(where, reading.stranger(where, given))
    return values | {name: kind.missing(place(path, name), reading) for name, kind in kinds.items() if name not in content}


def _opened(content: Mapping[str, Any], sections: Collection[str], path: str, reading: Reading) -> dict[str, Any]:
    """The keys of sections that have no dataclass of their own stand beside the others, by their dotted names."""
    found: dict[str, Any] = {}
    for name, given in content.items():
        if name in sections and not isinstance(given, dict):
            reading.note(place(path, name), no_tables(place(path, name)))
        else:
            found |= {f"{name}.{inner}": value for inner, value in given.items()} if name in sections else {name: given}
    return found


def place(path: str, name: str) -> str:
    """A key inside a table."""
    return f"{path}.{name[:LONGEST_ECHO]}" if path else name[:LONGEST_ECHO]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that becomes a dataclass: a decision, or a mere section of decisions."""

    label: str
    made: type[Any]
    keys: Mapping[str, tuple[str, Kind]]  # name in the file → attribute and kind
    main: str = "value"
    required: bool = True
    since: tuple[tuple[str, str], ...] = ()  # name in the file, and the first version of the format that has it
    empty = None

    @property
    def fields(self) -> Mapping[str, Any]:
        """The kinds by their name in the file."""
        return {name: kind for name, (_attribute, kind) in self.keys.items()}

    @property
    def is_decision(self) -> bool:
        """Whether it says where it comes from."""
        return issubclass(self.made, Decision)

    def read(self, given: object, path: str, reading: Reading) -> Any:
        """The dataclass, or None where something is wrong."""
        if not isinstance(given, dict):
            reading.note(path, self._no_table(path))
            return None
        before = len(reading.found)
        opened = _opened(given, {name.partition(".")[0] for name in self.keys if "." in name}, path, reading)
        kinds = dict(self.fields)
        later = {name: kinds.pop(name).empty for name, since in self.since if since in reading.to_come}
        for name in [name for name in opened if name in later]:
            params: dict[str, object] = {"name": name, "format": dict(self.since)[name].rpartition("/")[2]}
            reading.note(place(path, name), Complaint(LATER, LATER_REMEDY, params))
        said = {name: given for name, given in opened.items() if name not in later}
        values = later | walk(said, path, kinds, reading, ORIGIN_KEYS if self.is_decision else ())
        if self.is_decision:
            if len(reading.found) == before and (complaint := self.made.inconsistency(given)):
                reading.note(path, complaint)
            _origin(given, path, reading)
        if len(reading.found) > before:
            return None
        more = {"key": path, "provenance": provenance_of(given)} if self.is_decision else {}
        return self.made(**{self.keys[name][0]: value for name, value in values.items()}, **more)

    def missing(self, path: str, reading: Reading) -> Any:
        """Nothing; a section is still read, for what is missing in it."""
        if not self.is_decision:
            return self.read({}, path, reading)
        if self.required and reading.asks(path):
            reading.note(path, Complaint(MISSING, N_("请补上 [%(path)s] 及其出处。"), {"label": self.label, "path": path}))
        return None

    def _no_table(self, path: str) -> Complaint:
        if not self.is_decision:
            return no_tables(path)
        remedy = N_("请写成 [%(path)s]，下面写值和 source 或 assumed。")
        return Complaint(N_("“%(label)s”要写成带出处的一组。"), remedy, {"label": self.label, "path": path})


def no_tables(path: str) -> Complaint:
    """Something else stands where tables are named."""
    return Complaint(N_("这里应是一组设置。"), N_("请写成 [%(path)s.名称] 的形式。"), {"path": path})


def _origin(content: Mapping[str, Any], path: str, reading: Reading) -> None:
    """Exactly one of source and assumed, complete."""
    given = [name for name in ("source", "assumed") if name in content]
    if len(given) != 1:
        reading.note(place(path, "source"), TWO_PROVENANCES if given else MISSING_PROVENANCE)
    if "signed" in content and not (reading.signed_allowed and to_sign(content)):
        reading.note(place(path, "signed"), SIGNED_IN_FILE)
    for name, kinds in PROVENANCE.items():
        if isinstance(content.get(name), dict):
            walk(content[name], place(path, name), kinds, reading)
        elif name in content:
            reading.note(place(path, name), MISSING_PROVENANCE)
    _contradiction(content, path, reading)


def _contradiction(content: Mapping[str, Any], path: str, reading: Reading) -> None:
    """Of a document that contradicts itself: what is printed at two places or more, each with its clause, and how it is read."""
    given, printed = [name for name in CONTRADICTION if name in content], content.get("printed")
    if given and reading.before_contradictions:
        params: dict[str, object] = {"name": given[0], "format": reading.before_contradictions}
        reading.note(place(path, given[0]), Complaint(LATER, LATER_REMEDY, params))
    elif given:
        rows = [one for one in printed if isinstance(one, dict)] if isinstance(printed, list) else []
        for number, row in enumerate(rows, start=1):
            walk(row, f"{place(path, 'printed')}[{number}]", PRINTED, reading)
        texts = {row.get("text") for row in rows if isinstance(row.get("text"), str)}
        is_whole = isinstance(printed, list) and len(rows) == len(printed) == len(texts) > 1
        if not is_whole or len(given) < len(CONTRADICTION) or "assumed" in content:
            reading.note(place(path, "printed"), HALF_CONTRADICTION)


def section(made: type[Any]) -> Table:
    """The table of a dataclass that has no provenance of its own."""
    return decision("", made)


def decision(label: str, made: type[Any], *, main: str = "value", required: bool = True) -> Table:
    """A decision of several keys, as its dataclass declares them."""
    declared = [one for one in fields(made) if "kind" in one.metadata]
    keys = {one.metadata["name"] or one.name: (one.name, one.metadata["kind"]) for one in declared}
    since = [(one.metadata["name"] or one.name, one.metadata["since"]) for one in declared if one.metadata["since"]]
    return Table(label, made, keys, main, required, tuple(since))


def one(kind: Field, *, main: str = "value", label: str = "", required: bool = True) -> Table:
    """A decision of one value, called like it unless it has a label of its own."""
    return Table(label or kind.label, Setting, {main: ("value", kind)}, main, required)
