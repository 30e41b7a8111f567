"""From a document of the right shape to a `ProgrammeSpec`. Nothing is checked here."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from marketplace.kernel.lifecycle import Word
from marketplace.kernel.money import Fen
from marketplace.kernel.policyfiles.provenance import provenance_of
from marketplace.policy.programme_spec import (
    Allocation,
    Beneficiaries,
    Cap,
    Face,
    FirmClass,
    ProgrammeSpec,
    Rate,
    SampleRule,
    Setting,
    TimeLimit,
    Times,
)
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

Doc = Mapping[str, Any]
T = TypeVar("T")
W = TypeVar("W", bound=Word)


def build(doc: Doc, canonical: str) -> ProgrammeSpec:
    """The spec of a document whose shape has been checked."""
    return ProgrammeSpec(
        slug=doc["slug"],
        name=doc["name"],
        name_en=doc.get("name_en", ""),
        kind=ProgrammeKind(doc["kind"]),
        authority=doc["authority"],
        note=doc.get("note", ""),
        instrument=_choice(doc, "instrument", Instrument),
        beneficiaries=_beneficiaries(doc),
        classes=_classes(doc),
        allocation=_allocation(doc),
        rates=tuple(
            Rate(f"rates.{name}", one["rate_bp"], _set(one, "classes"), _set(one, "categories"), provenance_of(one))
            for name, one in doc["rates"].items()
        ),
        caps=tuple(_cap(name, one) for name, one in doc.get("caps", {}).items()),
        faces=tuple(
            Face(f"faces.{name}", Fen(one["amount_fen"]), _set(one, "classes"), provenance_of(one))
            for name, one in doc.get("faces", {}).items()
        ),
        base=_choice(doc, "base", Base),
        partial=_plain(doc, "partial"),
        lookback=_plain(doc, "contract.lookback"),
        times=Times(**{name: _time(doc, f"times.{name}") for name in doc["times"]}),
        silence=_choice(doc, "acceptance.silence", Silence) if _table(doc, "acceptance.silence") else None,
        unused=_choice(doc, "unused.rule", UnusedRule),
        unused_counts=_plain(doc, "unused.counts_against_limit"),
        payee=_choice(doc, "settlement.payee", Payee),
        not_granted=_choice(doc, "settlement.not_granted", NotGranted),
        evidence={step: _evidence(doc, step) for step in EvidenceStep},
        services=_codes(doc, "services"),
        sample=_sample(doc),
        split_window_days=_optional(doc, "checks.split", "window_days"),
        appropriations=_appropriations(doc),
        canonical=canonical,
    )


def _beneficiaries(doc: Doc) -> Beneficiaries:
    sizes = _table(doc, "beneficiaries.size_classes")
    titles = _table(doc, "beneficiaries.titles")
    return Beneficiaries(
        regions=_codes(doc, "beneficiaries.regions"),
        parks=_codes(doc, "beneficiaries.parks") if _table(doc, "beneficiaries.parks") else None,
        size_classes=_setting("beneficiaries.size_classes", _words(SizeClass, sizes["value"]), sizes),
        titles=_setting("beneficiaries.titles", _words(TitleKind, titles["value"]), titles) if titles else None,
        operating_months=_optional(doc, "beneficiaries.operating", "months"),
        industries_include=_codes(doc, "beneficiaries.industries_include") if _table(doc, "beneficiaries.industries_include") else None,
        industries_exclude=_codes(doc, "beneficiaries.industries_exclude") if _table(doc, "beneficiaries.industries_exclude") else None,
        sanctions_check=_plain(doc, "beneficiaries.sanctions_check"),
    )


def _classes(doc: Doc) -> tuple[FirmClass, ...]:
    """In the order in which they are tried; those the order forgot come last, so the cross check can still name them."""
    groups = doc["classes"]
    order = [name for name in doc["class_order"]["value"] if name in groups]
    order += [name for name in groups if name not in order]
    return tuple(
        FirmClass(
            name=name,
            label=groups[name]["label"],
            size_classes=_words(SizeClass, groups[name].get("size_classes", ())),
            titles=_words(TitleKind, groups[name].get("titles", ())),
            recognised_from_year=groups[name].get("recognised_from_year"),
            recognised_until_year=groups[name].get("recognised_until_year"),
            provenance=provenance_of(groups[name]),
        )
        for name in order
    )


def _allocation(doc: Doc) -> Allocation:
    return Allocation(
        mode=_choice(doc, "allocation.mode", AllocationMode),
        priority=tuple(_table(doc, "allocation.priority").get("value", ())),
        review_levels=_table(doc, "allocation.review_levels").get("value", 0),
        waitlist=_plain(doc, "allocation.waitlist"),
        remainder=_choice(doc, "allocation.remainder", Remainder),
        results=_time(doc, "allocation.results"),
    )


def _cap(name: str, one: Doc) -> Cap:
    return Cap(
        key=f"caps.{name}",
        scope=CapScope(one["scope"]),
        amount_fen=Fen(one["amount_fen"]),
        classes=_set(one, "classes"),
        categories=_set(one, "categories"),
        provenance=provenance_of(one),
    )


def _time(doc: Doc, path: str) -> TimeLimit:
    one = _table(doc, path)
    kind = one.get("day_kind")
    return TimeLimit(
        key=path,
        days=one.get("days"),
        day_kind=DayKind(kind) if kind else None,
        months=one.get("months"),
        set_by_round=one.get("set_by_round", False),
        provenance=provenance_of(one),
    )


def _evidence(doc: Doc, step: EvidenceStep) -> Setting[tuple[DocumentKind, ...]]:
    path = f"evidence.{step.value}"
    one = _table(doc, path)
    return _setting(path, tuple(DocumentKind(kind) for kind in one["value"]), one)


def _sample(doc: Doc) -> SampleRule:
    one = _table(doc, "checks.sample")
    above = one.get("always_above_fen")
    return SampleRule(one["rate_bp"], one["minimum"], None if above is None else Fen(above), provenance_of(one))


def _appropriations(doc: Doc) -> Setting[tuple[AppropriationSource, ...]]:
    one = _table(doc, "appropriations")
    return _setting("appropriations", tuple(AppropriationSource(source) for source in one["value"]), one)


def _table(doc: Doc, path: str) -> Doc:
    """The table at a path; an empty one if the file leaves it out."""
    node: Any = doc
    for step in path.split("."):
        node = node.get(step, {})
    table: Doc = node
    return table


def _setting(key: str, value: T, one: Doc) -> Setting[T]:
    return Setting(key, value, provenance_of(one))


def _plain(doc: Doc, path: str) -> Setting[bool]:
    one = _table(doc, path)
    return _setting(path, bool(one["value"]), one)


def _choice(doc: Doc, path: str, words: type[W]) -> Setting[W]:
    one = _table(doc, path)
    return _setting(path, words(one["value"]), one)


def _codes(doc: Doc, path: str) -> Setting[tuple[str, ...]]:
    one = _table(doc, path)
    return _setting(path, tuple(one["value"]), one)


def _optional(doc: Doc, path: str, main: str) -> Setting[int] | None:
    one = _table(doc, path)
    return _setting(path, int(one[main]), one) if one else None


def _set(one: Doc, key: str) -> frozenset[str]:
    return frozenset(one.get(key, ()))


def _words(words: type[W], values: Iterable[str]) -> frozenset[W]:
    return frozenset(words(value) for value in values)
