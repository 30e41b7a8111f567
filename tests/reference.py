"""The pages of docs/reference, written from the code: `python -m tests.reference` writes them, tests/test_docs.py compares."""

import ast
import inspect
import io
import tokenize
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Column, Table

from marketplace.app import create_app
from marketplace.identity.roles import DUTIES, PERMISSIONS, SEPARATED, Role
from marketplace.kernel.db import Model
from marketplace.kernel.lifecycle import Life, State
from marketplace.oversight.words import LIVES
from marketplace.vouchers import chart

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "reference"
NOTE = "<!-- Written by `make docs` from the code. Do not edit; change the code and run it again. -->"
WIDE = 400  # characters of one cell


def pages(app: Flask) -> dict[str, str]:
    """Name of the file → its text."""
    made = {
        "lives.md": lives(),
        "permissions.md": permissions(),
        "routes.md": routes(app),
        "tables.md": tables(),
        "accounts.md": accounts(),
    }
    return {name: NOTE + "\n\n" + "\n".join(lines).rstrip() + "\n" for name, lines in made.items()}


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    names = list(head)
    yield "| " + " | ".join(names) + " |"
    yield "|" + "---|" * len(names)
    for row in rows:
        yield "| " + " | ".join(cell(one) for one in row) + " |"
    yield ""


def cell(value: object) -> str:
    text = str(value).replace("|", "\\|").replace("\n", " ")[:WIDE]
    return text if text.startswith("`") else text.replace("<", "&lt;")


# Lives


def lives() -> Iterator[str]:
    yield "# States, and the lives of things\n"
    yield "A state says its label, the tone of its tag, whose turn it is and the name of the time limit that runs"
    yield "(`marketplace/kernel/lifecycle.py`). A life adds every move: who makes it from which state, where it leads, what it is called."
    yield "Where there is no diagram, what is done still stands in `rules` and `service` of the capability.\n"
    by_states = {enum: life for life in LIVES for enum in states_of(life)}
    enums = sorted(every_state(), key=lambda one: (one.__module__, one.__name__))
    for name, group in groupby(enums, lambda one: one.__module__.split(".")[1]):
        yield f"## {name}\n"
        for enum in group:
            yield f"### {enum.__name__}\n"
            rows = ((one.value, one.label, one.tone, one.waits_for, one.limit) for one in enum)
            yield from table(("state", "label", "tone", "whose turn", "limit"), rows)
            if life := by_states.get(enum):
                yield from diagram(life)


def every_state() -> list[type[State]]:
    found, waiting = [], [State]
    while waiting:
        own = [one for one in waiting.pop().__subclasses__() if one.__module__.startswith("marketplace.")]
        found, waiting = [*found, *own], [*waiting, *own]
    return found


def states_of(life: Life) -> set[type[State]]:
    told = [state for move in life.moves for states in (*move.by.values(), move.to) for state in states]
    return {type(state) for state in told}


def diagram(life: Life) -> Iterator[str]:
    yield f"{life.noun}: `{life.subject}` in the trail, page `{life.address % '‹id›'}`.\n"
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state in sorted({s for enum in states_of(life) for s in enum}, key=lambda s: list(type(s)).index(s)):
        yield f"    {state.value}: {state.label}"
    for move in life.moves:
        sides = [(side, state) for side, states in move.by.items() for state in states]
        for to in move.to:
            starts = list(dict.fromkeys(state.value for _side, state in sides)) or ["[*]"]
            yield from (f"    {start} --> {to.value}: {move.verb}" for start in starts)
    yield "```\n"
    yield from table(
        ("verb", "made by", "leads to", "button", "permission", "in the history", "message", "event"),
        (
            (
                move.verb, "; ".join(f"{side}: {', '.join(s.value for s in states)}" for side, states in move.by.items()),
                ", ".join(s.value for s in move.to), move.label, move.permission, move.past, move.message, move.event,
            )
            for move in life.moves
        ),
    )  # fmt: skip


# Roles and permissions


def permissions() -> Iterator[str]:
    yield "# Roles and permissions\n"
    yield "From `marketplace/identity/roles.py`. A permission is held in the area of the role that gave it. Roles of two duties are never"
    yield "held by one person; the three administrators are separated (三员分立).\n"
    rows = ((role.value, role.label, DUTIES[role].value, "yes" if role in SEPARATED else "") for role in Role)
    yield from table(("role", "label", "duty", "separated"), rows)
    held = ((name, *("●" if role in roles else "" for role in Role)) for name, roles in PERMISSIONS.items())
    yield from table(("permission", *Role), held)


# Routes


def routes(app: Flask) -> Iterator[str]:
    yield "# Addresses, and what one needs to open them\n"
    yield "Every endpoint names a permission, or is public on purpose (`PUBLIC_ENDPOINTS` in `tests/test_access.py`)."
    yield "Which rows somebody then finds is a second question: another organisation's answer 404.\n"
    rules = sorted(app.url_map.iter_rules(), key=lambda r: (r.endpoint.split(".")[0], r.rule, r.endpoint))
    for name, group in groupby((r for r in rules if not r.endpoint.endswith("static")), lambda r: r.endpoint.split(".")[0]):
        yield f"## {name}\n"
        yield from table(("address", "methods", "endpoint", "permission"), (route(app, rule) for rule in group))


def route(app: Flask, rule: Any) -> tuple[str, str, str, str]:
    methods = ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
    return f"`{rule.rule}`", methods, rule.endpoint, getattr(app.view_functions[rule.endpoint], "permission", None) or "public"


# Tables


def tables() -> Iterator[str]:
    yield "# Tables\n"
    yield "Ids are UUIDv7 made by us, amounts integer fen (`_fen`), shares basis points (`_bp`), instants UTC (`_at`), days those of"
    yield "China (`_on`). “?” after a type: may be empty. What holds beyond types is a named constraint beside the columns in the models.\n"
    mappers = sorted(Model.registry.mappers, key=lambda m: (m.class_.__module__, inspect.getsourcelines(m.class_)[1]))
    for module, group in groupby(mappers, lambda m: m.class_.__module__):
        yield f"## {module.removeprefix('marketplace.').removesuffix('.models')}\n"
        for mapper in group:
            held: Any = mapper.local_table
            yield f"### {held.name}\n"
            yield cell(inspect.cleandoc(mapper.class_.__doc__ or "").split("\n\n")[0]) + "\n"
            yield from table(("column", "type", "points to", "what it is"), columns(mapper.class_, held))


def columns(model: type, held: Table) -> Iterator[tuple[str, str, str, str]]:
    said = remarks(model)
    for one in sorted(held.columns, key=lambda column: not column.primary_key):
        points = ", ".join(sorted(key.target_fullname for key in one.foreign_keys))
        yield one.name, kind(one) + ("?" if one.nullable else ""), points, said.get(one.name, "")


def kind(column: Column[Any]) -> str:
    names = getattr(column.type, "enums", None)
    return "one of " + ", ".join(names) if names else str(column.type).lower().replace("varchar", "text").replace("char(32)", "uuid")


def remarks(model: type) -> dict[str, str]:
    """The comment behind each column, of the class and of what it inherits columns from."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if one.__module__.startswith("marketplace."):
            found |= comments(inspect.getsource(one))
    return found


def comments(source: str) -> dict[str, str]:
    source = inspect.cleandoc(source) if source.startswith(" ") else source
    said = {t.start[0]: t.string.lstrip("# ") for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type == tokenize.COMMENT}
    body: Any = ast.parse(source).body[0]
    found = {}
    for node in body.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            behind = [said[line] for line in range(node.lineno, (node.end_lineno or 0) + 1) if line in said]
            found[node.target.id] = " ".join(one for one in behind if not one.startswith(("type:", "fmt:", "noqa")))
    return found


# The chart of accounts


def accounts() -> Iterator[str]:
    yield "# Chart of accounts (科目表)\n"
    yield "The accounts of a programme's book, from `marketplace/vouchers/chart.py`, the one module that composes and reads their codes."
    yield "`flask --app wsgi ledger chart` prints the same. A code is an account's key and stands in sealed leaves: none is ever renamed.\n"
    yield from table(("kind", "label", "codes", "normal side", "what stands there"), chart.lines())


def write() -> None:
    """Write every page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages(create_app({"ENVIRONMENT": "testing"})).items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
