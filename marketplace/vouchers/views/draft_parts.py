"""A page of the editor: the forms of one section, made of the schema, filled from the draft, and read back into parts of it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask_babel import gettext as _
from wtforms import StringField

from marketplace.kernel.policyfiles.kinds import Codes, Field
from marketplace.kernel.policyfiles.reading import NAME_PATTERN
from marketplace.policy.programme_demands import belongs
from marketplace.policy.programme_draft import KEPT, ORIGINS, parts_of
from marketplace.policy.programme_lines import LABELLED, PLAIN, lines_of
from marketplace.policy.programme_problems import DraftProblem
from marketplace.policy.programme_spec import GROUPS, at, table_at
from marketplace.vouchers.queries.drafts import EditorSection
from marketplace.vouchers.views import contradictions
from marketplace.vouchers.views.decision_forms import VALUE, Called, content, controls, offer_typed, show, unit
from marketplace.web.forms import MarketplaceForm, optional

BASICS = "basics"  # the values without provenance, as one form
ADD, REMOVE, CLEAR = "add:", "remove:", "clear:"


@dataclass(slots=True)
class PartOnPage:
    """One form on the page: a decision, or the values above all decisions."""

    key: str
    label: str
    form: Any
    kinds: Mapping[str, Field]
    document: Mapping[str, Any]  # the whole draft
    of: str = ""  # what tells a row from its like
    origin: str = ""  # where its value comes from, in a line
    problems: list[DraftProblem] = field(default_factory=list)  # those of the whole; those of a field stand beside it
    origin_is_open: bool = False
    is_optional: bool = False  # a decision that need not be there
    is_left_out: bool = False  # it need not be there, is not, and nothing is said of it

    @property
    def anchor(self) -> str:
        return f"part-{self.key.replace('.', '-')}"

    @property
    def is_typed(self) -> bool:
        """Whether anything stands in its fields."""
        return any(one.data not in (None, "", []) or one.process_errors for one in self.form)

    @property
    def fields(self) -> list[tuple[Any, str]]:
        return [(self.form[f"{VALUE}{name}"], unit(name, self.document)) for name in self.kinds]

    @property
    def origins(self) -> list[Any]:
        """The controls of its provenance; none for what has none."""
        return [self.form[name] for name in _origin_fields() if name in self.form] if self.key != BASICS else []

    @property
    def places(self) -> list[list[Any]]:
        """The controls of what is printed at each place of a document that contradicts itself, and of how it is read."""
        if self.key == BASICS:
            return []
        rows = [[self.form[name] for name in names] for names in contradictions.names_by_place(self.form)]
        return [*rows, [self.form[name] for name in contradictions.READING]]

    @property
    def is_contradicted(self) -> bool:
        """Whether something stands in one of them."""
        return any(one.data or one.errors for row in self.places for one in row)

    def place_of(self, told: DraftProblem) -> str:
        """The id of what a problem is about."""
        control = self._control(told.field)
        return control.id if control is not None else self.anchor

    def note(self, told: DraftProblem) -> None:
        """Show a problem beside its field, or above the form."""
        control = self._control(told.field)
        said, self.is_left_out = f"{told.text}{told.remedy}", False
        if control is None:
            self.problems.append(told)
        else:
            control.errors = [*control.errors, said]
        self.origin_is_open = self.origin_is_open or told.field.partition(".")[0] in ORIGINS or contradictions.is_about(told.field)

    def _control(self, name: str) -> Any:
        wanted = _control_of(name)
        return next((one for one in self.form if one.short_name == wanted), None)


def _control_of(name: str) -> str:
    """The control of a field; of a provenance as a whole its first."""
    if contradictions.is_about(name):
        return contradictions.control_of(name)
    origin, _, part = name.partition(".")
    return f"{origin}_{part or next(iter(ORIGINS[origin]))}" if origin in ORIGINS else f"{VALUE}{name}"


def place_of(told: DraftProblem) -> str:
    """The id of what a problem is about, on the page of its section."""
    if told.part in PLAIN:
        return f"{BASICS}-{VALUE}{told.part}"
    table, key = table_at(told.part), told.part.replace(".", "-")
    if table is None:
        return f"group-{told.part}" if told.part in GROUPS else "content"
    is_known = told.field in table.fields or told.field.partition(".")[0] in ORIGINS or contradictions.is_about(told.field)
    return f"{key}-{_control_of(told.field)}" if is_known else f"part-{key}"


def forms_of(section: EditorSection, document: Mapping[str, Any], rows: Iterable[str], *, fixed: Iterable[str] = ()) -> list[PartOnPage]:
    """The forms of a section, filled from the draft, or with what was typed.

    Args:
        rows: the named decisions that the page has.
        fixed: values that are not this page's to change.
    """
    parts = parts_of(document)
    lines = {one.key: one for one in lines_of(document)}
    made = []
    plain = {name: PLAIN[name] for name in section.plain if name not in set(fixed)}
    if plain:
        made.append(_part(BASICS, _("基本情况"), plain, {name: parts[name] for name in plain if name in parts}, document))
    instrument = at(document, "instrument.value")
    for key in (*section.tables, *rows):
        table = table_at(key)
        assert table is not None
        part = _part(key, table.label, table.fields, parts.get(key, {}), document)
        is_asked = belongs(key, instrument)
        if not is_asked and key not in parts and not part.is_typed:
            continue  # nothing for programmes of this instrument
        part.is_optional = key in section.tables and not (table.required and is_asked)
        if line := lines.get(key):
            part.of, part.origin = line.of, line.origin
        part.origin_is_open, part.is_left_out = not part.origin, part.is_optional and key not in parts and not part.is_typed
        made.append(part)
    return made


def _part(key: str, label: str, kinds: Mapping[str, Field], said: Mapping[str, Any], document: Mapping[str, Any]) -> PartOnPage:
    fields = {**controls(kinds, document), **({**_origin_fields(), **contradictions.fields(said)} if key != BASICS else {})}
    if (
        len(kinds) == 1 and key != BASICS and key.partition(".")[0] not in GROUPS
    ):  # called like the decision: two lists of industries are told apart
        next(iter(fields.values())).args = (_(label),)
    form: Any = type("PartForm", (MarketplaceForm,), fields)(prefix=f"{key.replace('.', '-')}-", meta={"csrf": False})
    if not form.is_submitted():
        _fill(form, kinds, said, document)
    else:
        offer_typed(form, kinds)
    return PartOnPage(key, label, form, kinds, document)


def _fill(form: Any, kinds: Mapping[str, Field], said: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    show(form, kinds, said, document)
    for name in _origin_fields():
        origin, part = name.split("_", 1)
        if name in form:
            form[name].data = (said.get(origin) or {}).get(part, "")
    contradictions.show(form, said)


def _origin_fields() -> dict[str, StringField]:
    return {
        f"{origin}_{part}": StringField(_(kind.label), validators=[optional()])
        for origin, kinds in ORIGINS.items()
        for part, kind in kinds.items()
    }


def typed_in(made: Iterable[PartOnPage], document: Mapping[str, Any], *, author: str) -> Mapping[str, Any]:
    """What stands in the forms, as parts of the draft. What nobody touched stays as it was written."""
    stored, made = parts_of(document), list(made)
    called = _called_anew(made)
    found: Any = {}
    for part in made:
        if part.key == BASICS:
            found |= content(part.form, part.kinds, document)
            continue
        given = _content(part.form, part.kinds, document, called)
        if (said := _said(part, given, stored.get(part.key, {}), document, author)) is not None:
            found[part.key] = said
    return found


def _called_anew(made: Iterable[PartOnPage]) -> Called:
    """How the rows of the page are called now, so that what stands beside them may name them."""
    found = defaultdict[str, dict[str, str]](dict)
    for part in made:
        group, _dot, name = part.key.partition(".")
        if group in LABELLED and (label := part.form[f"{VALUE}{GROUPS[group].main}"].data):
            found[group][label] = name
    return found


def _said(
    part: PartOnPage, given: Mapping[str, Any], stored: Mapping[str, Any], document: Mapping[str, Any], author: str
) -> Mapping[str, Any] | None:
    """None: nothing is said of a decision that need not be there."""
    before: Any = type(part.form)(formdata=None, prefix="before-", meta={"csrf": False})
    _fill(before, part.kinds, stored, document)
    if stored and given == _content(before, part.kinds, document):
        return {**stored, **{name: given[name] for name in _unknown_in(part, stored, document)}}
    if given.get("assumed", {}).get("reason") and not given["assumed"].get("author"):
        given = {**given, "assumed": {**given["assumed"], "author": author}}
    if given.get("read_as", {}).get("reason") and not given["read_as"].get("author"):
        given = {**given, "read_as": {**given["read_as"], "author": author}}
    is_group = part.key.partition(".")[0] in GROUPS
    is_said = any(given.get(name) not in (None, "", []) for name in part.kinds)
    is_emptied = part.is_optional and not is_said and _origins_in(given) == _origins_in(stored)
    return None if not is_group and (is_emptied or not any(given.values())) else given


def _unknown_in(part: PartOnPage, stored: Mapping[str, Any], document: Mapping[str, Any]) -> list[str]:
    """The lists whose stored names meant no row; they may mean one by now."""
    lists = {name: kind for name, kind in part.kinds.items() if isinstance(kind, Codes) and kind.in_order and kind.of in LABELLED}
    said = {name: stored[name] for name in lists if isinstance(stored.get(name), list)}
    return [name for name, names in said.items() if {str(one) for one in names} - {*document.get(lists[name].of, {})}]


def _origins_in(said: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: said[name] for name in (*ORIGINS, *KEPT) if name in said}


def _content(form: Any, kinds: Mapping[str, Field], document: Mapping[str, Any], called: Called | None = None) -> Mapping[str, Any]:
    found = {**content(form, kinds, document, called)}
    for origin, parts in ORIGINS.items():
        if said := {name: text for name in parts if (text := form[f"{origin}_{name}"].data)}:
            found[origin] = said
    return found | contradictions.content(form)


def rows_sent(section: EditorSection) -> list[str]:
    """The rows that the page had; what is no row of this section is left out."""
    known = re.compile(rf"({'|'.join(section.groups)})\.{NAME_PATTERN}") if section.groups else re.compile(r"(?!)")
    return [key for key in dict.fromkeys(request.form.getlist("row")) if known.fullmatch(key)]


def changed_rows(section: EditorSection, parts: Mapping[str, Any], document: Mapping[str, Any], act: str) -> Mapping[str, Any]:
    """The parts with a row more or less, or without a decision, as the pressed button says."""
    if act.startswith(CLEAR) and (cleared := act.removeprefix(CLEAR)) in section.tables:
        return {key: part for key, part in parts.items() if key != cleared}
    if act.startswith(REMOVE):
        return {key: part for key, part in parts.items() if key != act.removeprefix(REMOVE)}
    if act.startswith(ADD) and (group := act.removeprefix(ADD)) in section.groups:
        return {**parts, f"{group}.{_free_name(group, parts, document)}": {}}
    return parts


def _free_name(group: str, parts: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    taken = {*(at(document, group) or {}), *(key.partition(".")[2] for key in parts)}
    return next(name for number in range(1, len(taken) + 2) if (name := f"{group}_{number}") not in taken)


def note_problems(
    section: EditorSection, made: Iterable[PartOnPage], problems: Iterable[DraftProblem], document: Mapping[str, Any]
) -> tuple[dict[str, list[DraftProblem]], list[tuple[str, DraftProblem]]]:
    """Put each problem of the section beside what it is about; a section or a row in which nothing stands yet is left in peace.

    Returns: those of a whole group, by group; and all of them in the order of the page, each with the id of its place.
    """
    order = [
        BASICS,
        *section.tables,
        *(key for group in section.groups for key in (group, *section.rows(document)) if key.startswith(group)),
    ]
    problems = sorted(problems, key=lambda told: order.index(told.part) if told.part in order else 0)
    by_key, of_groups, placed = {part.key: part for part in made}, defaultdict[str, list[DraftProblem]](list), []
    parts = parts_of(document)
    empty = {key for key in section.rows(document) if not parts[key]}
    is_untouched = not any(key in parts for key in (*section.tables, *section.rows(document))) and not section.plain
    for told in problems:
        part = by_key.get(BASICS if told.part in section.plain else told.part)
        if part is not None and not (part.key in empty or is_untouched):
            named = DraftProblem(part.key, told.part, told.title, told.text, told.remedy) if part.key == BASICS else told
            part.note(named)
            placed.append((part.place_of(named), told))
        elif told.part in section.groups and not is_untouched:
            of_groups[told.part].append(told)
            placed.append((f"group-{told.part}", told))
        elif told.part in section.plain:
            placed.append(("content", told))
    return of_groups, placed
