"""The documents are true: what is generated is as the code says, links lead somewhere, and what a sentence names is there."""

import ast
import importlib
import re
from functools import cache

import pytest
from click import Group

from marketplace.app import create_app
from marketplace.cli import Late
from tests import reference
from tests.test_architecture import CODE, ROOT, TESTS, tree

pytestmark = pytest.mark.real_clock

DOCS = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), ROOT / "templates" / "README.md"])
WRITTEN = [path for path in DOCS if path.parent != reference.FOLDER]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")
QUOTED = re.compile(r"`([^`\n]+)`")
PLACE = re.compile(r"(?:marketplace|tests|templates|static|config|migrations|docs)/[\w./*-]*|[\w-]+\.(?:toml|md|py)|Makefile")
FILES = {path.name: [path] for path in [*CODE, *TESTS, *ROOT.glob("*.*")]}  # a name alone is a file of many folders
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


@cache
def app():
    return create_app({"ENVIRONMENT": "testing"})


PAGES = reference.pages(app())  # as the code is read, before any test maps or loads more


def test_the_reference_is_what_the_code_says():
    made, stored = PAGES, {path.name: path.read_text(encoding="utf-8") for path in reference.FOLDER.glob("*.md")}
    assert made.keys() == stored.keys(), "run `make docs`"
    changed = [name for name in made if made[name] != stored[name]]
    differ = [set(made[name].splitlines()) ^ set(stored[name].splitlines()) for name in changed]
    assert not changed, f"run `make docs`: {differ}"


def prose(path):
    return FENCE.sub("", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_link_leads_to_a_page_and_its_heading(path):
    wrong = []
    for target in LINK.findall(prose(path)):
        place, _, heading = target.partition("#")
        page = (path.parent / place).resolve() if place else path
        if not page.exists() or (heading and heading not in headings(page)):
            wrong.append(target)
    assert not wrong


def headings(page):
    found = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in found}


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_names_is_there(path):
    """`a/path.py` is there, `a/path.py::name` is defined in it, `make target` and `flask --app wsgi command` can be run."""
    assert not [said for said in QUOTED.findall(prose(path)) if not is_there(said)]


def is_there(said):
    if said.startswith("make "):
        return said.split()[1] in re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    if said.startswith("flask --app wsgi "):
        return runs(said.split()[3:])
    place, _, name = said.partition("::")
    if not PLACE.fullmatch(place) or "NNNN" in place:
        return not name
    found = list(ROOT.glob(place.rstrip("/"))) or FILES.get(place, [])
    return bool(found) and (not name or all(name in defined(one) for one in found))


NAMES = re.compile(r"\b[A-Za-z]\w*_\w+\b|\b[A-Z][a-z]+[A-Z]\w*\b")  # snake_case and CamelCase, wherever they stand
ALONE = re.compile(r"_?[A-Za-z]\w*(\.\w+)*(\(\))?")
ELSEWHERE = {"pg_ctl"}  # programs of others
MADE = re.compile(r"(ck|uq|ix|fk|pk)_\w+")  # by the naming convention of constraints; test_rules_in_the_database knows them


@cache
def known():
    """Every name of the code, its tests, settings and templates; what only a comment says is none."""
    files = [*CODE, *TESTS, *ROOT.glob("*.*"), ROOT / "Makefile"]
    files += [path for folder in ("config", "templates", "migrations") for path in (ROOT / folder).rglob("*.*")]
    texts = [path.read_text(encoding="utf-8") for path in files if path.is_file() and path.suffix in {".py", ".toml", ".html", ""}]
    said = [*(re.sub(r"#.*", "", text) for text in texts), *(path.stem for path in files)]
    return {word for text in said for word in re.findall(r"\w+", text)}


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_name_in_backticks_is_a_name_of_the_code(path):
    said = [text for text in QUOTED.findall(prose(path)) if "NNNN" not in text]
    names = {name for text in said for name in (re.findall(r"\w+", text) if ALONE.fullmatch(text) else NAMES.findall(text))}
    assert not {name for name in names - known() - ELSEWHERE if not MADE.fullmatch(name) and not name.isdigit()}


def runs(words):
    command = app().cli
    for word in words:
        if not isinstance(command, Group) or word not in command.commands:
            return False
        command = command.commands[word]
        if isinstance(command, Late):  # its module is loaded by whoever runs it
            command = getattr(importlib.import_module(f"marketplace.cli.{command._module}"), command._module)
    return True


def defined(path):
    if path.suffix != ".py":
        return path.read_text(encoding="utf-8")
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def test_the_glossary_names_what_the_code_says():
    rows = re.findall(r"^\|([^|\n]+)\|([^|\n]+)\|([^|\n]*)\|$", section("docs/style.md", "Glossary"), re.MULTILINE)
    code = "\n".join(path.read_text(encoding="utf-8") for path in CODE)
    names = {name for row in rows for name in QUOTED.findall(row[2])}
    assert names and not [name for name in sorted(names) if not re.search(rf"\b{re.escape(name)}\b", code)]


def section(place, heading):
    return (ROOT / place).read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
