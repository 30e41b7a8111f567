"""The shape of functions: how much they take, and who lays out their lines."""

import ast
from collections import Counter

import pytest

from tests.test_architecture import CODE, ROOT, TESTS, functions, place, tree

pytestmark = pytest.mark.real_clock

MARKETPLACE = ROOT / "marketplace"

MANY = 6  # parameters, those by keyword counted, without self and cls


def test_a_function_takes_no_more_than_six_parameters():
    """What travels together is a value with a name of the field."""
    found = {f"{p.relative_to(MARKETPLACE)} {n.name}": taken for p in CODE for n in functions(tree(p)) if (taken := taken_by(n)) > MANY}
    assert found == {}, "make them one small dataclass"


def taken_by(made: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    args = made.args
    named = [one.arg for one in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    return len([one for one in named if one not in {"self", "cls"}]) + bool(args.vararg) + bool(args.kwarg)


def test_no_function_only_makes_another():
    """`partial` hands over what is known already."""
    twice = [(p, n) for p in CODE for n in ast.walk(tree(p)) if isinstance(n, ast.Lambda) and isinstance(n.body, ast.Lambda)]
    assert not [place(p, n.lineno) for p, n in twice]


LAID_OUT_BY_HAND = {  # package → statements that the formatter leaves as they are; the numbers only shrink
    "audit": 2,
    "agreements": 1,
    "catalogue": 30,
    "cli": 3,
    "demo": 27,
    "enterprises": 2,
    "evaluation": 9,
    "exports": 2,
    "identity": 14,
    "kernel": 9,
    "ledger": 11,
    "matching": 21,
    "moves": 1,
    "orders": 26,
    "oversight": 13,
    "policy": 2,
    "proofs": 4,
    "publicity": 2,
    "records": 7,
    "reporting": 1,
    "settlement": 33,
    "tests": 122,
    "vouchers": 49,
    "web": 1,
}


def test_the_formatter_lays_out_what_it_can():
    found = Counter(p.relative_to(MARKETPLACE).parts[0] for p in CODE for _ in range(p.read_text().count("# fmt: " + "skip")))
    found["tests"] = sum(p.read_text().count("# fmt: " + "skip") for p in TESTS)
    assert found - Counter(LAID_OUT_BY_HAND) == Counter(), "shorter names, a value with a name, a table as data"
