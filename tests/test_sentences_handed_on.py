"""What a rule says reaches every reader in their language: marked where it is written, and handed on as a sentence."""

import ast
import re

import pytest

from tests.test_architecture import CHINESE, CODE, ROOT, place, tree

pytestmark = pytest.mark.real_clock

MARKETPLACE = ROOT / "marketplace"
MARKS = {"N_", "_", "_l", "ngettext"}
SAYS = MARKS | {"Sentence", "RuleViolation", "Conflict", "Denied", "DomainError", "NotFound", "Forbidden"}
UNMARKED = {  # Chinese that is data or a document, and why
    "catalogue/rules/offerings.py": "the unit a price is for, as offerings keep it",
    "catalogue/service/admission.py": "the text of a public notice, which is published in Chinese",
    "matching/rules/certificates.py": "names of certificates, as firms write them",
    "matching/rules/specs.py": "words of specifications, as firms write them",
    "policy/ruleset_checks.py": "the name of a kind of number in a rule set's file",
    "policy/service.py": "the title of the State Council's notice",
    "records/service/reports.py": "the title of a report, as if its provider had typed it",
    "vouchers/rules/eligibility.py": "where a rule comes from",
    "vouchers/rules/rounds.py": "joins a list of names",
}


def test_a_chinese_sentence_of_a_rule_or_service_is_marked():
    rooms = [p for p in CODE if says_things(p)]
    found = {str(p.relative_to(MARKETPLACE)): place(p, line) for p in rooms for line in unmarked(tree(p))}
    assert {name: at for name, at in found.items() if name not in UNMARKED} == {}, "mark it with N_, its values by name"
    assert not set(UNMARKED) - set(found), "mended: take it off the list"


def says_things(path) -> bool:
    inside = path.relative_to(MARKETPLACE).parts
    return inside[0] not in {"demo", "cli"} and bool(
        {"service", "rules", "sweep"} & {path.stem, *inside[1:-1]} or re.search(r"rules|checks", path.stem)
    )


def unmarked(module: ast.Module) -> list[int]:
    """Lines with Chinese that is neither marked nor a docstring."""
    marked = {id(one) for call in ast.walk(module) if called(call) in MARKS for one in ast.walk(call)}
    marked |= {id(one.value) for one in ast.walk(module) if isinstance(one, ast.Expr)}
    words = (one for one in ast.walk(module) if isinstance(one, ast.Constant) and isinstance(one.value, str))
    return [one.lineno for one in words if CHINESE.search(one.value) and id(one) not in marked]


def called(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


COMPOSED = {  # texts put together with Chinese in them, and why
    "kernel/calendar.py": "the title of the State Council's notice",
    "kernel/policyfiles/provenance.py": "where a value of a policy's file comes from",
    "kernel/sheets/reading.py": "the place of a cell, said beside the sentence",
    "kernel/sheets/unread.py": "the place of a column, said beside the sentence",
    "ledger/journal.py": "a comment in the exported books",
    "matching/as_typed.py": "a firm's own words, kept in its note",
    "policy/programme_agreements.py": "values of a policy's file",
    "policy/programme_amounts.py": "values of a policy's file",
    "policy/programme_decisions.py": "values of a policy's file",
    "policy/programme_relief.py": "values of a policy's file",
    "policy/programme_firms.py": "values of a policy's file",
    "policy/programme_spec.py": "values of a policy's file",
    "policy/programme_stacking.py": "values of a policy's file",
    "policy/programme_wholesale.py": "values of a policy's file",
    "records/queries/__init__.py": "a year of a report",
}


def test_a_chinese_text_is_composed_as_a_sentence_everywhere():
    """Wherever it is put together it may be kept: by an importer or a job as well as by a service."""
    rooms = [p for p in CODE if not {"demo", "cli"} & set(p.relative_to(MARKETPLACE).parts)]
    found = {str(p.relative_to(MARKETPLACE)): place(p, n.lineno) for p in rooms for n in ast.walk(tree(p)) if composes(n)}
    assert {name: at for name, at in found.items() if name not in COMPOSED | UNMARKED} == {}, "N_ with its values by name"
    assert not set(COMPOSED) - set(found), "mended: take it off the list"


def composes(node: ast.AST) -> bool:
    """An f-string with Chinese in it."""
    return isinstance(node, ast.JoinedStr) and any(isinstance(one, ast.Constant) and CHINESE.search(str(one.value)) for one in node.values)


def test_what_fills_a_sentence_is_handed_on_before_it_is_said():
    """A sentence that was turned into text is Chinese for ever."""
    calls = [(p, call) for p in CODE if "cli" not in p.parts for call in ast.walk(tree(p)) if called(call) in SAYS]
    assert [place(p, value.lineno) for p, call in calls for value in values(call) if is_said(value)] == []


def values(call: ast.Call) -> list[ast.expr]:
    named = [one.value for one in call.keywords]
    return [*named, *(value for one in (*call.args, *named) if isinstance(one, ast.Dict) for value in one.values)]


def is_said(value: ast.expr) -> bool:
    """`sentence.text()`; where a rule comes from is words of a document."""
    called_text = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "text"
    return called_text and not re.search(r"provenance|source", ast.unparse(value))
