"""What the code ever writes to the trail, read off the code itself: actions, keys of their details, kinds of signals."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SHAPE = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
OPEN_SHAPE = re.compile(r"[a-z][a-z_]*\.[a-z_]*")
NO_DETAILS = {"actor_id", "subject_type", "subject_id", "book_id", "at", "now", "today"}


@cache
def _trees() -> dict[Path, ast.Module]:
    """Parsed when a test first asks, not by every process that collects this file."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(Path("marketplace").rglob("*.py"))}


def _calls() -> Iterator[tuple[Path, ast.Call, str]]:
    for path, tree in _trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield path, node, ast.unparse(node.func).rpartition(".")[2] if "audit" not in ast.unparse(node.func) else "audit.record"


def _writers() -> dict[str, set[str]]:
    """Functions that pass their own keywords on to the trail, with the parameters that are no details."""
    found: dict[str, set[str]] = {"audit.record": NO_DETAILS}
    while True:
        before = sum(map(len, found.values()))
        for tree in _trees().values():
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef) and node.args.kwarg and _passes_on(node, found):
                    found[node.name] = found.get(node.name, NO_DETAILS) | {one.arg for one in node.args.args + node.args.kwonlyargs}
        if sum(map(len, found.values())) == before:
            return found


def _passes_on(function: ast.FunctionDef, writers: dict[str, set[str]]) -> bool:
    assert function.args.kwarg
    for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func)
        is_writer = name == "audit.record" or name.rpartition(".")[2] in writers
        if is_writer and any(one.arg is None and ast.unparse(one.value) == function.args.kwarg.arg for one in call.keywords):
            return True
    return False


def keys() -> dict[str, str]:
    """Every key of an event's details, with a place that writes it."""
    writers, found = _writers(), dict[str, str]()
    for path, call, name in _calls():
        for one in call.keywords if name in writers else ():
            if one.arg and one.arg not in writers[name]:
                found.setdefault(one.arg, f"{path}:{call.lineno}")
    return found


def actions(nouns: set[str]) -> tuple[dict[str, str], dict[str, str]]:
    """(whole actions, beginnings that a state completes), each with a place that writes it."""
    whole, begun = dict[str, str](), dict[str, str]()
    for path, tree in _trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SHAPE.fullmatch(node.value):
                if node.value.partition(".")[0] in nouns:
                    whole.setdefault(node.value, f"{path}:{node.lineno}")
            elif isinstance(node, ast.JoinedStr) and len(node.values) == 2 and isinstance(node.values[0], ast.Constant):
                text = str(node.values[0].value)
                if OPEN_SHAPE.fullmatch(text) and not isinstance(node.values[1], ast.Constant):
                    begun.setdefault(text, f"{path}:{node.lineno}")
    return whole, begun


def recorded() -> dict[str, str]:
    """Actions that are passed straight to the trail."""
    found = dict[str, str]()
    for path, call, name in _calls():
        if name in _names() and call.args:
            for node in ast.walk(call.args[0]):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and SHAPE.fullmatch(node.value):
                    found.setdefault(node.value, f"{path}:{call.lineno}")
    return found


def _names() -> set[str]:
    return {"audit.record", "_record"}


RAISING = ("raise_signal", "Check", "_found")  # a check of a claim that does not pass becomes a signal under its key


def signal_kinds() -> dict[str, str]:
    """Kinds of signals: first argument of whoever raises one, or the constant it names."""
    found = dict[str, str]()
    for path, tree in _trees().items():
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(RAISING) and node.args:
                first = node.args[0]
                value = first.value if isinstance(first, ast.Constant) else constants.get(ast.unparse(first))
                if isinstance(value, str):
                    found.setdefault(value, f"{path}:{node.lineno}")
    return found
