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


def test_the_reference_is_what_the_code_says():
    made, stored = reference.pages(app()), {path.name: path.read_text(encoding="utf-8") for path in reference.FOLDER.glob("*.md")}
    assert made.keys() == stored.keys(), "run `make docs`"
    assert not [name for name in made if made[name] != stored[name]], "run `make docs`, and look at what changed"


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
