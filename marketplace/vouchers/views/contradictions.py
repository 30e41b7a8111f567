"""The fields of a document that contradicts itself, in the editor: what is printed at each place, with its clause, and how it is read."""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from wtforms import StringField

from marketplace.kernel.policyfiles.provenance import PRINTED, PROVENANCE
from marketplace.web.forms import optional

READING = tuple(f"read_as_{name}" for name in PROVENANCE["read_as"])
LEAST, MOST = 2, 9  # places that a page has
_PLACE = re.compile(r"printed(\d)_(\w+)")
_ABOUT = re.compile(r"printed(?:\[(\d+)\](?:\.(\w+))?)?|read_as(?:\.(\w+))?")


def fields(said: Mapping[str, Any]) -> dict[str, StringField]:
    """One place more than there are, so that another can be written."""
    printed = said.get("printed")
    count = max(LEAST, min(MOST, len(printed) + 1)) if isinstance(printed, list) else LEAST
    made = {
        f"printed{number}_{name}": StringField(_("第 %(number)s 处：%(what)s", number=number, what=_(kind.label)), validators=[optional()])
        for number in range(1, count + 1)
        for name, kind in PRINTED.items()
    }
    reading = PROVENANCE["read_as"].items()
    return made | {f"read_as_{name}": StringField(_(kind.label), validators=[optional()]) for name, kind in reading}


def names_by_place(form: Any) -> list[list[str]]:
    """The names of the fields of each place."""
    numbers = sorted({int(found[1]) for one in form if (found := _PLACE.fullmatch(one.short_name))})
    return [[f"printed{number}_{name}" for name in PRINTED] for number in numbers]


def show(form: Any, said: Mapping[str, Any]) -> None:
    """Fill the fields from a part of the draft."""
    printed, reading = said.get("printed"), said.get("read_as")
    rows = printed if isinstance(printed, list) else []
    for names, row in zip(names_by_place(form), rows, strict=False):
        for name in names:
            form[name].data = row.get(name.partition("_")[2], "") if isinstance(row, dict) else ""
    for name in READING:
        if name in form:
            form[name].data = reading.get(name.removeprefix("read_as_"), "") if isinstance(reading, dict) else ""


def content(form: Any) -> dict[str, object]:
    """What stands in the fields, as a file has it; nothing where nothing does."""
    places = [{name.partition("_")[2]: form[name].data for name in names if form[name].data} for names in names_by_place(form)]
    reading = {name.removeprefix("read_as_"): form[name].data for name in READING if name in form and form[name].data}
    found: dict[str, object] = {"printed": [one for one in places if one], "read_as": reading}
    return {name: value for name, value in found.items() if value}


def is_about(field: str) -> bool:
    """Whether a problem of a part is about one of these fields."""
    return _ABOUT.fullmatch(field) is not None


def control_of(field: str) -> str:
    """The name of the field that a problem is about; of the whole its first."""
    found = _ABOUT.fullmatch(field)
    assert found is not None, "asked before"
    if field.startswith("read_as"):
        return f"read_as_{found[3] or 'reason'}"
    return f"printed{found[1] or 1}_{found[2] or 'text'}"
