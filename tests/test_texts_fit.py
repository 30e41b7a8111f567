"""A text is as long as what keeps it, or refused: nothing that somebody typed is cut off without a word."""

import ast
from collections import Counter

import pytest

from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.typed import fitting
from tests.test_architecture import CODE, ROOT, tree

pytestmark = pytest.mark.real_clock

CUT = {  # service → texts that are cut at the length of their column, and why that loses nothing that somebody typed
    "catalogue/service/dossier.py": (2, "title and issuer as the list of a dossier shows them, of a length that the form holds"),
    "exports/service.py": (3, "names of lists and files, made by the product"),
    "identity/service/sessions.py": (3, "an attempt to sign in with whatever was sent"),
    "notices/service.py": (2, "addresses of pages, made by the product"),
    "publicity/service.py": (5, "a title made by the product; where an objection came from; a row of a table, whose claim keeps the whole"),
    "records/service/register.py": (1, "a title that its offering or report has already"),
    "records/service/reports.py": (1, "a title made of a reason that its form keeps short"),
    "vouchers/service/applications.py": (1, "the beginning of an appeal, in a message that leads to the whole"),
    "vouchers/service/programmes.py": (2, "a value as the history shows it; the version keeps the whole"),
}


def test_a_service_cuts_nothing_off_that_somebody_typed():
    """It says how long a text may be: ask kernel.typed.fitting."""
    rooms = [p for p in CODE if {"service", "service.py"} & set(p.parts)]
    found = Counter("/".join(p.relative_to(ROOT).parts[1:]) for p in rooms for one in ast.walk(tree(p)) if is_cut(one))
    assert found == Counter({name: count for name, (count, _why) in CUT.items()})


def is_cut(node: ast.AST) -> bool:
    """`text[:300]`"""
    end = node.slice.upper if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and not node.slice.lower else None
    return isinstance(end, ast.Constant) and isinstance(end.value, int) and end.value >= 45


def test_a_text_fits_or_is_refused_with_how_long_it_may_be():
    assert fitting(" 好的 ", 2) == "好的"
    with pytest.raises(RuleViolation, match="最多 2 个字") as refusal:
        fitting("不好的", 2, field="answer")
    assert refusal.value.field == "answer"
