"""Where a book is in reach, money is not written without its currency: amounts are told it, and 元 stands behind none by itself."""

import ast
import re

from tests.test_architecture import CODE, ROOT, TEMPLATES

IN_REACH = {"orders", "settlement", "subsidies", "vouchers", "reporting", "oversight", "proofs", "whatif"}
UNTOLD = re.compile(r"\|\s*yuan\b|\bformat_yuan\(|\|\s*upper_amount\b|suffix=_\(.元.\)")
OF_ALL_BOOKS = {"marketplace/oversight/queries/reconciling.py"}  # the verifier reads rows of all books at once, without their words


def in_reach(paths):
    return [path for path in paths if IN_REACH & set(path.relative_to(ROOT).parts[:2]) and str(path.relative_to(ROOT)) not in OF_ALL_BOOKS]


def test_an_amount_of_a_book_is_told_its_currency():
    paths = in_reach([*CODE, *TEMPLATES])
    assert len(paths) > 200, "the rule looks at something"
    assert not [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if UNTOLD.search(line)
    ]


def test_a_head_says_yuan_over_yuan_alone():
    heads = [(path, line) for path in in_reach(TEMPLATES) for line in path.read_text().splitlines() if "（元）" in line]
    assert len(heads) > 5, "the rule looks at something"
    assert not [f"{path.relative_to(ROOT)}: {line.strip()}" for path, line in heads if "head(" not in line]


def _records_of_amounts(path):
    """Calls that write an amount into the trail, each as it stands in the code."""
    for node in ast.walk(ast.parse(path.read_text())):
        is_record = isinstance(node, ast.Call) and ast.unparse(node.func).endswith("audit.record")
        if is_record and any((one.arg or "").endswith("_fen") for one in node.keywords):
            yield node.lineno, ast.unparse(node)


def test_the_trail_is_told_the_currency_of_an_amount():
    found = [(path, line, said) for path in CODE for line, said in _records_of_amounts(path)]
    assert len(found) >= 5, "the rule looks at something"
    assert not [f"{path.relative_to(ROOT)}:{line}" for path, line, said in found if "currency" not in said]
