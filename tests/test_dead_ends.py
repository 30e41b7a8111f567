"""No dead ends: a page that is named exists, and what the code offers is called by somebody."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from marketplace.app import create_app
from marketplace.cli import worker
from marketplace.kernel.tasks import FirmTask, Task
from marketplace.reporting.queries import tasks
from marketplace.web import navigation
from tests.test_architecture import CODE, ROOT, TEMPLATES, place, tree

pytestmark = pytest.mark.real_clock

# Links


def test_every_page_that_is_named_exists(app):
    missing = [place(path, line) for path, line, endpoint in named_pages() if endpoint not in app.view_functions]
    assert not missing


def named_pages() -> Iterator[tuple[Path, int, str]]:
    """Where an endpoint is written out: as the address of a link, or as the place of a task on a home."""
    for path in TEMPLATES:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            yield from ((path, number, endpoint) for endpoint in re.findall(r"url_for\('([a-z_]+(?:\.[a-z_]+)?)'", line))
    for path in CODE:
        for call in (n for n in ast.walk(tree(path)) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)):
            at = {"url_for": 0, "Line": 2, "Task": 1, "FirmTask": 0, "Figure": 3}.get(call.func.id, 99)
            if len(call.args) > at and isinstance(call.args[at], ast.Constant):
                yield path, call.lineno, str(call.args[at].value)


@pytest.mark.parametrize(
    ("module", "name", "misspelt"),
    [
        pytest.param(navigation, "ITEMS", (replace(navigation.ITEMS[0], endpoint="reporting.hmoe"),), id="navigation"),
        pytest.param(tasks, "of_offices", lambda: (Task("", "reporting.home", lambda *_: (), door="reporting.hmoe"),), id="offices"),
        pytest.param(tasks, "of_firms", lambda: (FirmTask("reporting.hmoe", lambda *_: (), lambda row: row),), id="firms"),
    ],
)
def test_a_misspelt_link_is_an_error_at_the_start(monkeypatch, module, name, misspelt):
    """It used to vanish without a word."""
    monkeypatch.setattr(module, name, misspelt)
    with pytest.raises(LookupError, match=r"reporting\.hmoe"):
        create_app({"ENVIRONMENT": "testing"})


# What nobody calls

WIRED_LATER = {  # only tests ask for it yet: whoever wires it takes it off; nothing is added
    "enterprises.rules.highest_tier": "the ladder of titles (梯度培育)",
    "kernel.policyfiles.reading.Group": "rates by class, once programmes are read by the one reader",
    "ledger.queries.balance_as_of_fen": "statements of an earlier day",
    "matching.units.in_base": "units inside the numbers of a workbook",
    "policy.programme_file.load_all": "every programme that is shipped",
}
MIGRATIONS = sorted((ROOT / "migrations").rglob("*.py"))
DECORATIONS = {"property", "staticmethod", "classmethod", "contextmanager", "cache", "lru_cache", "dataclass"}  # others hand it to somebody


def test_what_only_tests_call_is_not_there():
    used = {name for path in [*CODE, ROOT / "wsgi.py", *MIGRATIONS] for name in uses(path)}
    for path in CODE:  # what is handed on counts where it comes from
        used |= {origin for local, origin in names_in(path).items() if f"{room(path)}.{local}" in used}
    in_pages = {word for path in TEMPLATES for word in re.findall(r"\w+", path.read_text())}
    unused = {name for path in CODE for name in offered(path) if name not in used and name.rpartition(".")[2] not in in_pages}
    unused -= {f"{one.__name__.removeprefix('marketplace.')}.sweep" for one in worker.sweeps()}
    unused -= {f"{one.__name__.removeprefix('marketplace.')}.serve" for one in worker.queues()}
    assert not unused - WIRED_LATER.keys(), "call it, or let it go with its tests"
    assert not {name for name in WIRED_LATER.keys() - unused if "policy" not in name}, "wired: take it off the list"


def room(path: Path) -> str:
    """A module's name within the marketplace."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts).removeprefix("marketplace.")


def offered(path: Path) -> Iterator[str]:
    """Public functions and classes of a module; tables are known by their names in the database."""
    for node in tree(path).body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        decorations = {ast.unparse(one).partition("(")[0].rpartition(".")[2] for one in node.decorator_list}
        bases = {ast.unparse(base) for base in getattr(node, "bases", [])}
        if decorations <= DECORATIONS and not bases & {"Model", "HasId"}:
            yield f"{room(path)}.{node.name}"


def names_in(path: Path) -> dict[str, str]:
    """What each imported name of a module is."""
    found = [n for n in ast.walk(tree(path)) if isinstance(n, ast.ImportFrom) and (n.module or "").startswith("marketplace")]
    return {one.asname or one.name: f"{n.module}.{one.name}".removeprefix("marketplace.") for n in found for one in n.names}


def uses(path: Path) -> Iterator[str]:
    """Everything of ours that a module names outside the definition of that very thing."""
    names, own = names_in(path), room(path)
    for outer in tree(path).body:
        for node in ast.walk(outer):
            if isinstance(node, ast.Name) and node.id != getattr(outer, "name", ""):
                yield names.get(node.id, f"{own}.{node.id}")
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
                yield f"{names[node.value.id]}.{node.attr}"
            elif isinstance(node, ast.Constant) and isinstance(outer, ast.Assign) and ast.unparse(outer.targets[0]) == "__all__":
                yield f"{own}.{node.value}"
