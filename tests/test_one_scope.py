"""Areas of authority are compared in one place: what asks for them, and what compares codes of regions for another reason."""

import ast
import re
from collections import Counter

import pytest

from tests.test_architecture import CODE, ROOT, place, tree

pytestmark = pytest.mark.real_clock

MARKETPLACE = ROOT / "marketplace"
# What compares codes of regions otherwise, because it asks for no authority. A line here needs a reason.
BY_THEIR_CODES = {
    "settlement/draw_rules.py": "money that is bound to places: a fact of the document, no right of anybody",
    "catalogue/cards.py": "near on the shelf: the prefecture of a card",
    "catalogue/queries/browsing.py": "the same, as a condition",
    "demo/catalogue.py": "who signed for the cast",
    "demo/chains.py": "firms of the cast",
    "demo/people.py": "firms of the cast",
    "demo/platform.py": "firms of the cast",
    "evaluation/queries/__init__.py": "whose reading of a rule counts at a place",
    "exports/rules.py": "a rule: areas inside areas",
    "kernel/calendar.py": "whose calendar counts at a place",
    "kernel/policyfiles/settings.py": "whose setting counts at a place",
    "matching/as_typed.py": "which of several places of one name a firm means",
    "matching/lists.py": "where a leader wants its supplier",
    "matching/rules/pairs.py": "the same, and how near two firms are",
    "policy/programme_parts.py": "whether a part of a budget lies where its programme does, and whose firms it holds",
    "policy/programme_class_checks.py": "whether a class lies where its programme does",
    "vouchers/rules/classes.py": "a condition of a class",
    "vouchers/rules/eligibility.py": "a condition of a programme",
    "settlement/forms.py": "places outside a programme, to be chosen from",
    "subsidies/evidence.py": "where goods went, not whose area it is",
    "vouchers/rules/limits.py": "a cap of a programme: whose firms it counts",
    "vouchers/rules/rounds.py": "a round lies inside its programme's area",
    "vouchers/views/rounds.py": "the same, to choose from",
    "whatif/queries.py": "orders of which place are counted",
}
CONDITIONS = {"acted_on", "seen"}  # may act, may see: identity's, for a column


def test_areas_are_compared_and_grants_are_read_by_identity_alone():
    outside = {str(p.relative_to(MARKETPLACE)): p for p in CODE if not p.is_relative_to(MARKETPLACE / "identity")}
    asking = {name for name, p in outside.items() for n in ast.walk(tree(p)) if compares_codes(n)}
    assert asking == set(BY_THEIR_CODES), "ask `identity.scope`, or say why not; no longer: take it off the list"
    grants = [name for name, p in outside.items() for n in ast.walk(tree(p)) if isinstance(n, ast.ImportFrom) and takes(n, "Grant")]
    assert not grants, "ask `identity.queries`"


def compares_codes(node: ast.AST) -> bool:
    """Prefixes of regions: `covers`, `sql_prefix`, `startswith` on a code, or its first digits."""
    if isinstance(node, ast.Subscript):
        return re.search(r"(region|code|ours|theirs)\w*('\])?\[:[24]\]$", ast.unparse(node)) is not None
    if not isinstance(node, ast.Call):
        return False
    asked = ast.unparse(node.func)
    return (
        asked.split(".")[-1] in {"covers", "sql_prefix"} or re.search(r"(region|area|park)\w*('\])?\.(startswith|like)$", asked) is not None
    )


def takes(node: ast.ImportFrom, name: str) -> bool:
    return node.module == "marketplace.identity.models" and name in {one.name for one in node.names}


def test_a_thing_has_one_condition_for_acting_and_one_for_reading():
    calls = [n for p in CODE if "identity" not in p.parts for n in ast.walk(tree(p)) if isinstance(n, ast.Call) and len(n.args) == 2]
    asked = [(ast.unparse(n.func).removeprefix("scope."), ast.unparse(n.args[0])) for n in calls]
    found = Counter(one for one in asked if one[0] in CONDITIONS and "." in one[1])
    assert {one: count for one, count in found.items() if count > 1} == {}, "give it a name beside the thing"


def test_pages_ask_whoever_is_signed_in():
    """An area counts with the permission it was given for: `current_user.may_act(permission, …)` takes both."""
    pages = [p for p in CODE if {"views", "views.py"} & set(p.relative_to(MARKETPLACE).parts)]
    calls = [(p, n) for p in pages for n in ast.walk(tree(p)) if isinstance(n, ast.Call)]
    assert not [place(p, n.lineno) for p, n in calls if ast.unparse(n.func) in {"may_act", "scope.may_act"}]
