"""A programme's rules as values: frozen, complete, each decision with where it comes from."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Generic, TypeVar

from marketplace.kernel.money import Fen
from marketplace.kernel.policyfiles.kinds import Names
from marketplace.kernel.policyfiles.provenance import Provenance
from marketplace.policy.programme_schema import GROUPS, TABLES, Table, time_text
from marketplace.policy.service_categories import category_names
from marketplace.policy.vocabulary import (
    AllocationMode,
    AppropriationSource,
    Base,
    CapScope,
    DayKind,
    DocumentKind,
    EvidenceStep,
    Instrument,
    NotGranted,
    Payee,
    ProgrammeKind,
    Remainder,
    Silence,
    SizeClass,
    TitleKind,
    UnusedRule,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One decision: its key in the file, its value, where it comes from."""

    key: str
    value: T
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class FirmClass:
    """A group of firms a rate, cap, face or priority may name. A firm belongs if it meets both lists (an empty list asks nothing)."""

    name: str
    label: str
    size_classes: frozenset[SizeClass]
    titles: frozenset[TitleKind]  # any of these
    recognised_from_year: int | None
    recognised_until_year: int | None  # inclusive
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Rate:
    key: str
    rate_bp: int
    classes: frozenset[str]  # empty: every class
    categories: frozenset[str]  # empty: every category
    provenance: Provenance

    def applies(self, firm_class: str, category: str) -> bool:
        """Whether this rate is about such an order."""
        return _about(self.classes, firm_class) and _about(self.categories, category)

    def precision(self) -> int:
        """A rate that names the class goes before one that names the category, and both before one that names neither."""
        return 2 * bool(self.classes) + bool(self.categories)


@dataclass(frozen=True, slots=True)
class Cap:
    key: str
    scope: CapScope
    amount_fen: Fen
    classes: frozenset[str]
    categories: frozenset[str]
    provenance: Provenance

    def applies(self, firm_class: str, category: str | None) -> bool:
        """Whether this cap is about such an order; without a category, only caps that name none."""
        return _about(self.classes, firm_class) and (not self.categories or (category is not None and category in self.categories))


@dataclass(frozen=True, slots=True)
class Face:
    key: str
    amount_fen: Fen
    classes: frozenset[str]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A length of time, a day the round sets, or (all empty) no limit."""

    key: str
    days: int | None
    day_kind: DayKind | None
    months: int | None
    set_by_round: bool
    provenance: Provenance

    @property
    def is_set(self) -> bool:
        """Whether there is a limit at all."""
        return self.set_by_round or self.days is not None or self.months is not None

    @property
    def label(self) -> str:
        """What the limit is called."""
        return TABLES[self.key].label

    def text(self) -> str:
        """As people say it: 5 个工作日."""
        if not self.is_set:
            return time_text({"none": True})
        return time_text({"days": self.days, "day_kind": self.day_kind, "months": self.months, "set_by_round": self.set_by_round})


@dataclass(frozen=True, slots=True)
class Beneficiaries:
    regions: Setting[tuple[str, ...]]
    parks: Setting[tuple[str, ...]] | None
    size_classes: Setting[frozenset[SizeClass]]
    titles: Setting[frozenset[TitleKind]] | None
    operating_months: Setting[int] | None
    industries_include: Setting[tuple[str, ...]] | None
    industries_exclude: Setting[tuple[str, ...]] | None
    sanctions_check: Setting[bool]


@dataclass(frozen=True, slots=True)
class Allocation:
    mode: Setting[AllocationMode]
    priority: tuple[str, ...]  # class names, first served first; a firm in none comes last
    review_levels: int
    waitlist: Setting[bool]
    remainder: Setting[Remainder]
    results: TimeLimit


@dataclass(frozen=True, slots=True)
class Times:
    order: TimeLimit
    accept: TimeLimit
    contract_upload: TimeLimit
    service: TimeLimit
    acceptance: TimeLimit
    evaluation: TimeLimit
    claim_window: TimeLimit
    review: TimeLimit
    notice: TimeLimit

    def all(self) -> tuple[TimeLimit, ...]:
        """In the order of an order's life."""
        return tuple(getattr(self, one.name) for one in fields(self))

    def asked_of_round(self) -> tuple[TimeLimit, ...]:
        """Those whose day the round must give."""
        return tuple(one for one in self.all() if one.set_by_round)


@dataclass(frozen=True, slots=True)
class SampleRule:
    """How many claims are drawn for a spot check (抽查)."""

    rate_bp: int
    minimum: int
    always_above_fen: Fen | None  # claims above this are all checked
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class AssumedValue:
    """One value nobody has published, for the officer's list: replace it or sign it."""

    key: str
    label: str
    value_text: str
    author: str
    reason: str
    signed_by: str | None


@dataclass(frozen=True, kw_only=True)
class ProgrammeSpec:
    """One version of a programme's rules. Dates, budget and area belong to the round, not here."""

    slug: str
    name: str
    name_en: str
    kind: ProgrammeKind
    authority: str
    note: str
    instrument: Setting[Instrument]
    beneficiaries: Beneficiaries
    classes: tuple[FirmClass, ...]  # in the order in which they are tried
    allocation: Allocation
    rates: tuple[Rate, ...]
    caps: tuple[Cap, ...]
    faces: tuple[Face, ...]
    base: Setting[Base]
    partial: Setting[bool]
    lookback: Setting[bool]
    times: Times
    silence: Setting[Silence] | None  # what a firm's silence means; None: the order lapses
    unused: Setting[UnusedRule]
    unused_counts: Setting[bool]
    payee: Setting[Payee]
    not_granted: Setting[NotGranted]
    evidence: Mapping[EvidenceStep, Setting[tuple[DocumentKind, ...]]]
    services: Setting[tuple[str, ...]]
    sample: SampleRule
    split_window_days: Setting[int] | None
    appropriations: Setting[tuple[AppropriationSource, ...]]
    canonical: str = field(repr=False)  # the whole document, one encoding

    def __hash__(self) -> int:
        return hash(self.canonical)

    def frozen(self) -> str:
        """The version as it is stored: canonical JSON, equal for equal rules."""
        return self.canonical

    @cached_property
    def version_hash(self) -> str:
        """SHA-256 of the canonical JSON: names this version for ever."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()

    @cached_property
    def document(self) -> dict[str, Any]:
        """The rules as nested tables, for pages that show them whole."""
        document: dict[str, Any] = json.loads(self.canonical)
        return document

    def firm_class(self, name: str) -> FirmClass:
        """The class of this name, which must exist."""
        return next(one for one in self.classes if one.name == name)

    def rate_for(self, firm_class: str, category: str) -> Rate:
        """The most precise rate. Validation made sure there is exactly one."""
        return max((one for one in self.rates if one.applies(firm_class, category)), key=Rate.precision)

    def assumed_values(self) -> tuple[AssumedValue, ...]:
        """Every value without a published source, signed or not, in the order of the schema."""
        names = {**category_names(), **{one.name: one.label for one in self.classes}}
        return tuple(_assumed(path, table, content, names) for path, table, content in tables_of(self.document) if "assumed" in content)

    def unsigned_values(self) -> tuple[AssumedValue, ...]:
        """What an officer still has to replace or sign before a round opens."""
        return tuple(one for one in self.assumed_values() if one.signed_by is None)


def tables_of(document: Mapping[str, Any]) -> list[tuple[str, Table, Mapping[str, Any]]]:
    """Every decision of a checked document: path, what it is, its content."""
    found: list[tuple[str, Table, Mapping[str, Any]]] = []
    for path, table in TABLES.items():
        node: Any = document
        for step in path.split("."):
            node = node.get(step, {})
        if node:
            found.append((path, table, node))
    for group, table in GROUPS.items():
        found.extend((f"{group}.{name}", table, node) for name, node in document.get(group, {}).items())
    return found


def value_text(table: Table, content: Mapping[str, Any], names: Names) -> str:
    """The content of a decision as people read it."""
    if table.show:
        return table.show(content)
    parts = [field.text(content[key], names) for key, field in table.fields.items() if key in content]
    return "，".join(part for part in parts if part)


def _assumed(path: str, table: Table, content: Mapping[str, Any], names: Names) -> AssumedValue:
    origin, signed = content["assumed"], content.get("signed", {})
    return AssumedValue(path, table.label, value_text(table, content, names), origin["author"], origin["reason"], signed.get("by"))


def _about(names: frozenset[str], name: str) -> bool:
    return not names or name in names
