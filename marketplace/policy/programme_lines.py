"""A programme's rules as people read them: what each is called, what it says, where it comes from, and what differs between two.

It reads drafts too: what cannot be read as its kind yet is shown as it was typed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.identity import industries, regions
from marketplace.kernel.currencies import currencies
from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.policyfiles.kinds import Choice, Choices, Codes, Field, Names, ShortText
from marketplace.kernel.policyfiles.provenance import Printed
from marketplace.kernel.policyfiles.reading import Table, section
from marketplace.policy.programme_file import shipped
from marketplace.policy.programme_place import InItsPlace
from marketplace.policy.programme_spec import GROUPS, ProgrammeSpec, tables_of, value_text
from marketplace.policy.service_categories import category_names

_OF_PLACE = section(InItsPlace).fields
PLAIN: Mapping[str, Field] = {
    name: kind
    for name, kind in sorted(section(ProgrammeSpec).fields.items(), key=lambda field: field[0] in _OF_PLACE)
    if isinstance(kind, Field)
}  # without provenance: what a programme is called first, whose money and days it reckons with last

LABELLED = tuple(group for group, table in GROUPS.items() if isinstance(table.fields[table.main], ShortText))  # those that others name


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One decision of the rules, as people read it."""

    key: str
    label: str
    of: str  # which of several that are called alike: 每家企业每年; empty where there is one
    value: str
    text: str  # where it comes from, as everybody may read it
    origin: str  # the same for officers: through which copy it was read, who set it
    is_assumed: bool
    signed_by: str
    printed: tuple[Printed, ...] = ()  # what stands at each place of a document that contradicts itself
    reading: str = ""  # why it is read as it is

    @property
    def title(self) -> str:
        """What it is called among all others."""
        return f"{self.label}（{self.of}）" if self.of else self.label


class ChangeKind(Word):
    ADDED = "added", N_("新增")
    REMOVED = "removed", N_("删去")
    CHANGED = "changed", N_("修改")
    ORIGIN = "origin", N_("只改出处")
    SIGNED = "signed", N_("只改签认")


@dataclass(frozen=True, slots=True)
class DecisionChange:
    """One decision that differs between two sets of rules; `before` or `after` is None where it does not stand."""

    kind: ChangeKind
    before: DecisionLine | None
    after: DecisionLine | None

    @property
    def line(self) -> DecisionLine:
        """The newer of both."""
        found = self.after or self.before
        assert found is not None
        return found


def lines_of(document: Mapping[str, Any]) -> list[DecisionLine]:
    """Every decision of the rules, in the order of the schema."""
    names = names_in(document)
    found = tables_of(document)
    which = [_which(key, table, content, names) for key, table, content in found]
    counts, seen = Counter(zip((table.label for _, table, _ in found), which, strict=True)), Counter[tuple[str, str]]()
    lines = []
    for (key, table, content), of in zip(found, which, strict=True):
        seen[table.label, of] += 1
        several = counts[table.label, of] > 1
        lines.append(_line(key, table, content, names, f"{of} {seen[table.label, of]}".strip() if several else of))
    return lines


def plain_lines(document: Mapping[str, Any]) -> list[DecisionLine]:
    """What stands above the decisions: name, kind, authority."""
    given = [(name, kind, document[name]) for name, kind in PLAIN.items() if name in document]
    return [DecisionLine(name, kind.label, "", _text(kind, value, {}), "", "", False, "") for name, kind, value in given]


def titles_of(document: Mapping[str, Any]) -> dict[str, str]:
    """What each decision is called, by its key."""
    return {one.key: one.title for one in lines_of(document)}


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[DecisionChange]:
    """What differs between two sets of rules: value, origin or signature."""
    old, new = ({one.key: one for one in (*plain_lines(rules), *lines_of(rules))} for rules in (before, after))
    keys = [*new, *(key for key in old if key not in new)]
    pairs = [(old.get(key), new.get(key)) for key in keys]
    return [DecisionChange(kind, *pair) for pair in pairs if (kind := _difference(*pair))]


def _difference(old: DecisionLine | None, new: DecisionLine | None) -> ChangeKind | None:
    if old is None or new is None:
        return ChangeKind.ADDED if old is None else ChangeKind.REMOVED
    if old.value != new.value:
        return ChangeKind.CHANGED
    if (old.origin, old.is_assumed, old.printed, old.reading) != (new.origin, new.is_assumed, new.printed, new.reading):
        return ChangeKind.ORIGIN
    return ChangeKind.SIGNED if old.signed_by != new.signed_by else None


def names_in(document: Mapping[str, Any]) -> Names:
    """What the codes of these rules are called: categories, classes of firms, places, industries, programmes that are shipped."""
    called = {("categories", code): name for code, name in category_names().items()}
    for group in LABELLED:
        labels = {name: one.get(GROUPS[group].main) for name, one in document.get(group, {}).items()}
        called |= {(group, name): label for name, label in labels.items() if isinstance(label, str) and label}
    for of, code in _codes(document):
        if of == "regions" and regions.exists(code):
            called[of, code] = regions.region(code).full_name
        elif of == "industries" and industries.exists(code):
            called[of, code] = industries.industry(code).name
        elif of == "programmes" and code in shipped():
            called[of, code] = shipped()[code].name
    return {f"{of}/{code}": name for (of, code), name in called.items()} | dict(currency_in(document))


def currency_in(document: Mapping[str, Any]) -> Names:
    """In which currency the amounts of these rules are; a draft may name one that is not known."""
    given = document.get("currency")
    return {"currency": currencies()[given]} if isinstance(given, str) and given in currencies() else {}


def _codes(document: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for _key, table, content in tables_of(document):
        for name, kind in table.fields.items():
            given = content.get(name)
            if isinstance(kind, Codes) and isinstance(given, list):
                yield from ((kind.of, code) for code in given if isinstance(code, str))


def _which(key: str, table: Table, content: Mapping[str, Any], names: Names) -> str:
    """What tells a named decision from its like: its own label, or what it is about."""
    if key.partition(".")[0] not in GROUPS:
        return ""
    if isinstance(table.fields[table.main], ShortText):
        return str(content.get(table.main, ""))
    about = {name: kind for name, kind in table.fields.items() if isinstance(kind, Choice | Choices | Codes)}
    return "，".join(_text(kind, content[name], names) for name, kind in about.items() if content.get(name))


def _text(kind: Any, given: Any, names: Names) -> str:
    return str(given) if kind.complaint(given) else kind.text(given, names)


def _value(table: Table, content: Mapping[str, Any], names: Names) -> str:
    given = [(name, kind) for name, kind in table.fields.items() if name in content]
    is_whole = all(kind.required is False or name in content for name, kind in table.fields.items())
    if is_whole and not any(kind.complaint(content[name]) for name, kind in given) and not table.made.inconsistency(content):
        return value_text(table, content, names)
    return "，".join(_named(kind.label, _text(kind, content[name], names)) for name, kind in given)


def _named(label: str, text: str) -> str:
    """A bound says itself what it bounds: 从业人员 20 人以上."""
    return text if " " in text and text.partition(" ")[0] in label else f"{label} {text}"


def _line(key: str, table: Table, content: Mapping[str, Any], names: Names, of: str) -> DecisionLine:
    parts = content.get("assumed"), content.get("source"), content.get("signed")
    assumed, source, signed = (one if isinstance(one, dict) else {} for one in parts)
    if assumed:
        text = assumed.get("reason", "")
        origin = "：".join(filter(None, (assumed.get("author", ""), text)))
    else:
        text = "，".join(filter(None, (source.get("document", ""), source.get("clause", ""))))
        origin = text + (f"（{source['via']}）" if source.get("via") else "")
    value, signed_by, reading = _value(table, content, names), signed.get("by", ""), content.get("read_as")
    why = reading.get("reason", "") if isinstance(reading, dict) else ""
    return DecisionLine(key, table.label, of, value, text, origin, "assumed" in content, signed_by, _printed(content), why)


def _printed(content: Mapping[str, Any]) -> tuple[Printed, ...]:
    rows = content.get("printed")
    given = [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []
    return tuple(Printed(str(one.get("text", "")), str(one.get("clause", ""))) for one in given)
