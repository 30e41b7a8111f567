"""A new capability is found by the names of its modules: of shared files it edits `CAPABILITIES`, layers, navigation and roles."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.capabilities import CAPABILITIES
from tests.test_architecture import CODE, ROOT, tree

pytestmark = pytest.mark.real_clock

MARKETPLACE = ROOT / "marketplace"
FOUR = {"capabilities.py CAPABILITIES", "identity/roles.py PERMISSIONS", "web/navigation.py ITEMS"}  # the layers stand in pyproject.toml
OTHERS = {  # a line here needs a reason
    "cli/ledger.py TABLES": "what a verification read: the ways of money, as the books know them",
    "oversight/queries/reconciling.py (ORDERS, CLAIMS, LINES, VOUCHERS, APPROPRIATIONS)": "the ways of money too",
    "vouchers/queries/programmes.py SECTIONS": "tables of a programme's file, some of which are called like a capability",
}


def test_no_list_in_the_middle_names_what_capabilities_bring():
    """A table of a module that names two other capabilities would have to be edited for a third."""
    found = {f"{path.relative_to(MARKETPLACE)} {name}" for path in CODE for name, others in tables(path) if len(others) > 1}
    assert found == FOUR | OTHERS.keys(), "let each say its own, and find it by `capabilities.modules`"


def tables(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Tables that a module declares, each with the other capabilities that it names: in words, or by what comes from there."""
    own, origins = path.relative_to(MARKETPLACE).parts[0], {}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("marketplace"):
            origins |= {one.asname or one.name: f"{node.module}.{one.name}".split(".")[1] for one in node.names}
    for node in tree(path).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            whole = [one for one in ast.walk(node.value) if isinstance(one, ast.Tuple | ast.List | ast.Set | ast.Dict)]
            named = {capability for one in whole for capability in capabilities_in(one, origins)}
            yield ast.unparse(target), (named & set(CAPABILITIES)) - {own}


def capabilities_in(table: ast.AST, origins: dict[str, str]) -> Iterator[str]:
    for one in ast.walk(table):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value.removeprefix("marketplace.").split(".")[0]
        elif isinstance(one, ast.Name):
            yield origins.get(one.id, "")
