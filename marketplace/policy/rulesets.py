"""What a rule set of an evaluation is: frozen values, as read from a checked file (评价规则)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from marketplace.kernel import typed
from marketplace.kernel.errors import N_, RuleViolation

Threshold = int | bool | tuple[str, ...] | None
SettingValue = int | str


class Kind(StrEnum):
    """How a criterion finds its verdict."""

    MEASURE = "measure"  # a figure over rows
    DOSSIER = "dossier"  # an item of the yearly dossier, yes or no
    MANUAL = "manual"  # the experts' opinion
    COMPOSITE = "composite"  # all of its parts
    ANY_OF = "any_of"  # at least `minimum` of its parts


class Operator(StrEnum):
    """How a value is held against its threshold. 以上 and 不少于 include the number: at least."""

    AT_LEAST = ">="
    MORE = ">"
    AT_MOST = "<="
    LESS = "<"
    YES = "yes"
    ONE_OF = "in"


class Logic(StrEnum):
    """How a group finds its verdict."""

    ALL = "all"
    ANY = "any"


class Value(StrEnum):
    """What a measure answers."""

    NUMBER = "number"
    YES_NO = "yes_no"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number is printed."""

    document: str
    clause: str


@dataclass(frozen=True, slots=True)
class Assumed:
    """Who set a number that is printed nowhere, and why."""

    author: str
    reason: str


Basis = Source | Assumed


@dataclass(frozen=True, slots=True)
class Call:
    """A measure with its parameters: what has to be found out."""

    measure: str
    params: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """activities(function=finance,kind=lecture): the name under which its answer is handed in."""
        inside = ",".join(f"{name}={value}" for name, value in self.params)
        return f"{self.measure}({inside})" if inside else self.measure


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition, or a part of one."""

    id: str
    group: str
    parent: str | None  # a composite or any_of above it
    kind: Kind
    label: str  # short name for lists
    text: str  # the wording as printed
    clause: str
    call: Call | None  # None for composite and any_of
    operator: Operator | None
    threshold: Threshold
    unit: str  # code of a unit
    minimum: int  # any_of: how many parts are enough
    applies_when: Call | None  # a yes-or-no question; "no" makes the criterion not applicable
    basis: Basis


@dataclass(frozen=True, slots=True)
class Group:
    """Criteria that count together."""

    id: str
    name: str
    logic: Logic
    minimum: int  # any: how many are enough
    clause: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a setting."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A way of reading the text that the text leaves open: choices, or a whole number between low and high."""

    id: str
    name: str
    options: tuple[Option, ...]
    low: int
    high: int
    default: SettingValue
    basis: Basis

    def complaint(self, value: object) -> str | None:
        """What is wrong with a value, as a %-template over `name`, `low`, `high`, `allowed`."""
        if self.options:
            return None if value in {o.value for o in self.options} else N_("“%(name)s”只能选：%(allowed)s。")
        whole = isinstance(value, int) and not isinstance(value, bool)
        return None if whole and self.low <= int(str(value)) <= self.high else N_("“%(name)s”应为 %(low)s 到 %(high)s 之间的整数。")

    def label_of(self, value: SettingValue) -> str:
        """How a value reads on the page."""
        return next((o.label for o in self.options if o.value == value), str(value))


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the procedure. One that the source does not print is off and says so."""

    id: str
    name: str
    actor: str
    on: bool
    working_days: int | None
    basis: Basis


@dataclass(frozen=True, slots=True)
class Defect:
    """What is wrong or unclear in the printed text, and how ours reads it."""

    clause: str
    printed: str
    reading: str


@dataclass(frozen=True, slots=True)
class Document:
    """The act a rule set comes from."""

    name: str
    number: str
    printed_in: str
    region: str  # six digits
    effective_from: str  # ISO date; empty: not printed
    effective_until: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything an evaluation goes by."""

    id: str
    name: str
    title: str  # the title it leads to
    authority: str
    times_a_year: int
    document: Document
    groups: tuple[Group, ...]
    criteria: tuple[Criterion, ...]  # a part always stands after what it is part of
    settings: tuple[Setting, ...]
    workflow: tuple[Step, ...]
    materials: tuple[str, ...]
    defects: tuple[Defect, ...]

    def parts_of(self, criterion_id: str) -> tuple[Criterion, ...]:
        """The parts of a composite or any_of."""
        return tuple(c for c in self.criteria if c.parent == criterion_id)

    def heads_of(self, group_id: str) -> tuple[Criterion, ...]:
        """The criteria of a group that are part of no other."""
        return tuple(c for c in self.criteria if c.group == group_id and c.parent is None)

    def calls(self) -> tuple[Call, ...]:
        """Every answer an assessment needs, each once."""
        wanted = [call for c in self.criteria for call in (c.applies_when, c.call) if call is not None]
        return tuple(dict.fromkeys(wanted))

    def assumed(self) -> tuple[tuple[str, Assumed], ...]:
        """What somebody has to sign or replace before a round opens: (name, why)."""
        bases = [(c.label, c.basis) for c in self.criteria] + [(s.name, s.basis) for s in self.settings]
        bases += [(s.name, s.basis) for s in self.workflow if s.on]
        return tuple((name, basis) for name, basis in bases if isinstance(basis, Assumed))

    def check_settings(self, given: Mapping[str, object]) -> dict[str, SettingValue]:
        """Every setting with its value: the given one, or the default.

        Raises:
            RuleViolation: a setting this rule set does not have, or a value it does not allow.
        """
        strangers = set(given) - {s.id for s in self.settings}
        if strangers:
            raise RuleViolation(N_("这套评价规则没有设置项：%(names)s。"), field="settings", names="、".join(sorted(strangers)))
        return {s.id: self._checked(s, given.get(s.id, s.default)) for s in self.settings}

    @staticmethod
    def _checked(setting: Setting, value: object) -> SettingValue:
        if not setting.options and isinstance(value, str) and typed.is_digits(value):
            value = int(value)  # stored settings and form fields are text
        complaint = setting.complaint(value)
        if complaint is None:
            return value if isinstance(value, int) else str(value)
        allowed = "、".join(f"{o.value}（{o.label}）" for o in setting.options)
        raise RuleViolation(complaint, field=setting.id, name=setting.name, low=setting.low, high=setting.high, allowed=allowed)


@dataclass(frozen=True, slots=True)
class MeasureSpec:
    """What a measure is called, what it answers, and which parameters and settings it heeds."""

    name: str
    label: str
    value: Value
    unit: str
    remedy: str  # what somebody does to better or complete it
    params: Mapping[str, frozenset[str]]
    settings: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a rule set file may speak of. It comes from above: this package knows no measure."""

    measures: Mapping[str, MeasureSpec]
    settings: Mapping[str, frozenset[str] | None]  # allowed values; None for a whole number
    words: frozenset[str]  # what a word measure may answer
    units: frozenset[str]
