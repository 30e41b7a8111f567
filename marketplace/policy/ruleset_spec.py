"""What a rule set of an evaluation is (评价规则), as config/evaluation/*.toml declares it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from marketplace.kernel import typed
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.policyfiles.groups import Each, ListedTables
from marketplace.kernel.policyfiles.kinds import Choice, Either, Flag, ShortText, Whole, texts
from marketplace.kernel.policyfiles.provenance import Assumed, Decision, Source
from marketplace.kernel.policyfiles.reading import NAME_HINT, NAME_PATTERN, Root, key, section

Threshold = int | bool | tuple[str, ...] | None
SettingValue = int | str

NAME = ShortText("", 40, pattern=NAME_PATTERN, hint=NAME_HINT)
LINE = ShortText("", 600)
MAY_LINE = ShortText("", 600, required=False)
WHOLE_COUNTRY = "000000"
LEAST = Whole("", 1, 100, required=False, empty=1)


class CriterionKind(StrEnum):
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
class Call:
    """A measure with its parameters: what has to be found out."""

    measure: str
    params: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """activities(function=finance,kind=lecture): the name under which its answer is handed in."""
        inside = ",".join(f"{name}={value}" for name, value in self.params)
        return f"{self.measure}({inside})" if inside else self.measure


@dataclass(frozen=True, kw_only=True)
class Criterion(Decision):
    """One condition, or a part of one. Which of its keys count depends on its kind."""

    id: str = key(NAME)
    group: str = key(LINE)
    parent: str = key(MAY_LINE)  # a composite or any_of above it; empty: none
    kind: CriterionKind = key(Choice("", CriterionKind))
    label: str = key(LINE)  # short name for lists
    text: str = key(LINE)  # the wording as printed
    own_clause: str = key(MAY_LINE, name="clause")  # of one that is assumed; others name it in their source
    measure: str = key(MAY_LINE)
    params: Mapping[str, str] = key(Each("", LINE, required=False))
    item: str = key(MAY_LINE)  # of the dossier
    compared: Operator | None = key(Choice("", Operator, required=False), name="operator")
    limit: Threshold = key(Either("", (Whole("", 0, 10**15), texts()), required=False), name="threshold")
    counted_in: str = key(MAY_LINE, name="unit")
    minimum: int = key(LEAST, name="min")  # any_of: how many parts are enough
    condition: str = key(MAY_LINE, name="applies_when")  # an item of the dossier; "no" makes the criterion not applicable

    @property
    def clause(self) -> str:
        """Where the condition is printed."""
        return self.provenance.clause if isinstance(self.provenance, Source) else self.own_clause

    @cached_property
    def call(self) -> Call | None:
        """What has to be found out; None for composite and any_of."""
        if self.kind is CriterionKind.MEASURE:
            return Call(self.measure, tuple(sorted(self.params.items())))
        if self.kind is CriterionKind.DOSSIER:
            return Call("dossier", (("item", self.item),))
        return Call("opinion", (("criterion", self.id),)) if self.kind is CriterionKind.MANUAL else None

    @property
    def applies_when(self) -> Call | None:
        """A yes-or-no question."""
        return Call("dossier", (("item", self.condition),)) if self.condition else None

    @property
    def operator(self) -> Operator | None:
        """How the answer is compared: facts and opinions are yes or no."""
        return self.compared if self.kind is CriterionKind.MEASURE else Operator.YES if self.call else None

    @property
    def threshold(self) -> Threshold:
        """What the answer is compared with."""
        return True if self.operator is Operator.YES else self.limit

    @property
    def unit(self) -> str:
        """Code of a unit."""
        return self.counted_in if self.kind is CriterionKind.MEASURE else "yes_no" if self.call else "items"


@dataclass(frozen=True, kw_only=True)
class Group:
    """Criteria that count together."""

    id: str = key(NAME)
    name: str = key(LINE)
    logic: Logic = key(Choice("", Logic))
    minimum: int = key(LEAST, name="min")  # any: how many are enough
    clause: str = key(LINE)


@dataclass(frozen=True, kw_only=True)
class Option:
    """One choice of a setting."""

    value: str = key(LINE)
    label: str = key(LINE)


@dataclass(frozen=True, kw_only=True)
class Interpretation(Decision):
    """A way of reading the text that the text leaves open: choices, or a whole number between low and high."""

    id: str = key(NAME)
    name: str = key(LINE)
    options: tuple[Option, ...] = key(ListedTables(Option, by="value", required=False), name="option")
    low: int = key(Whole("", 0, 10**6, required=False))
    high: int = key(Whole("", 0, 10**6, required=False))
    default: SettingValue = key(Either("", (Whole("", 0, 10**6), LINE)))

    def complaint(self, value: object) -> str | None:
        """What is wrong with a value, as a %-template over `name`, `low`, `high`, `allowed`."""
        if self.options:
            return None if value in {o.value for o in self.options} else N_("“%(name)s”只能选：%(allowed)s。")
        whole = isinstance(value, int) and not isinstance(value, bool)
        return None if whole and self.low <= int(str(value)) <= self.high else N_("“%(name)s”应为 %(low)s 到 %(high)s 之间的整数。")

    def label_of(self, value: SettingValue) -> str:
        """How a value reads on the page."""
        return next((o.label for o in self.options if o.value == value), str(value))


@dataclass(frozen=True, kw_only=True)
class ProcedureStep(Decision):
    """A step of the procedure. One that the source does not print is off and says so."""

    id: str = key(NAME)
    name: str = key(LINE)
    actor: str = key(LINE)
    on: bool = key(Flag(""))
    working_days: int | None = key(Whole("", 1, 365, required=False))


@dataclass(frozen=True, kw_only=True)
class Defect:
    """What is wrong or unclear in the printed text, and how ours reads it."""

    clause: str = key(LINE)
    printed: str = key(LINE)
    reading: str = key(LINE)


@dataclass(frozen=True, kw_only=True)
class Document:
    """The act a rule set comes from."""

    name: str = key(LINE)
    number: str = key(LINE)
    printed_in: str = key(MAY_LINE)
    region: str = key(LINE)  # six digits; 000000: the whole country
    effective_from: str = key(MAY_LINE)  # ISO date; empty: not printed
    effective_until: str = key(MAY_LINE)  # the last day

    @property
    def is_national(self) -> bool:
        """Whether it holds in the whole country."""
        return self.region == WHOLE_COUNTRY

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day; where no day is printed, nothing ends it."""
        after = not self.effective_from or date.fromisoformat(self.effective_from) <= day
        return after and (not self.effective_until or day <= date.fromisoformat(self.effective_until))


@dataclass(frozen=True, kw_only=True)
class RuleSet(Root):
    """Everything an evaluation goes by."""

    FORMAT = "ruleset/1"

    id: str = ""  # the file's name
    name: str = key(LINE)
    title: str = key(LINE)  # the title it leads to
    authority: str = key(LINE)
    times_a_year: int = key(Whole("", 1, 12))
    document: Document = key(section(Document))
    groups: tuple[Group, ...] = key(ListedTables(Group), name="group")
    criteria: tuple[Criterion, ...] = key(ListedTables(Criterion), name="criterion")  # a part always stands after what it is part of
    settings: tuple[Interpretation, ...] = key(ListedTables(Interpretation, required=False), name="setting")
    workflow: tuple[ProcedureStep, ...] = key(ListedTables(ProcedureStep, required=False), name="step")
    materials: tuple[str, ...] = key(texts(required=False), name="material")
    defects: tuple[Defect, ...] = key(ListedTables(Defect, by="clause", required=False), name="defect")

    def parts_of(self, criterion_id: str) -> tuple[Criterion, ...]:
        """The parts of a composite or any_of."""
        return tuple(c for c in self.criteria if c.parent == criterion_id)

    def heads_of(self, group_id: str) -> tuple[Criterion, ...]:
        """The criteria of a group that are part of no other."""
        return tuple(c for c in self.criteria if c.group == group_id and not c.parent)

    def calls(self) -> tuple[Call, ...]:
        """Every answer an assessment needs, each once."""
        wanted = [call for c in self.criteria for call in (c.applies_when, c.call) if call is not None]
        return tuple(dict.fromkeys(wanted))

    def assumed(self) -> tuple[tuple[str, Assumed], ...]:
        """What somebody has to sign or replace before a round opens: (name, why)."""
        origins = [(c.label, c.provenance) for c in self.criteria] + [(s.name, s.provenance) for s in self.settings]
        origins += [(s.name, s.provenance) for s in self.workflow if s.on]
        return tuple((name, origin) for name, origin in origins if isinstance(origin, Assumed))

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
    def _checked(setting: Interpretation, value: object) -> SettingValue:
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
