"""The shape of functions: how much they take, and who lays out their lines."""

import ast
from collections import Counter

import pytest

from tests.test_architecture import CODE, ROOT, TESTS, functions, tree

pytestmark = pytest.mark.real_clock

MARKETPLACE = ROOT / "marketplace"

MANY = 6  # parameters, those by keyword counted, without self and cls
TAKES_MORE = {  # the list only shrinks
    "catalogue/service/admission.py decide": 10,
    "catalogue/service/admission.py _remove": 7,
    "catalogue/service/offerings.py decide": 7,
    "catalogue/service/offerings.py propose_price": 7,
    "demo/money.py claim": 7,
    "demo/orders.py _paper": 7,
    "demo/platform.py _put": 7,
    "enterprises/service.py save_profile": 7,
    "evaluation/service.py propose_member": 7,
    "evaluation/service.py judge": 10,
    "evaluation/vocabulary.py _spec": 7,
    "identity/service/credentials.py _begin": 7,
    "identity/service/credentials.py _stored": 7,
    "identity/service/users.py add_user": 9,
    "identity/service/users.py add_invited": 9,
    "identity/service/users.py add_colleague": 11,
    "kernel/imports.py _chunk": 8,
    "matching/lists.py need_item": 8,
    "matching/lists.py supply_item": 8,
    "matching/service/chains.py appoint": 9,
    "matching/service/needs.py new_list": 7,
    "matching/service/needs.py _drafted": 7,
    "moves/service.py begun": 9,
    "orders/service/common.py opened": 8,
    "orders/service/fulfilling.py contract": 9,
    "orders/service/fulfilling.py deliver": 7,
    "orders/service/papers.py add_paper": 7,
    "orders/service/placing.py place": 10,
    "orders/service/placing.py _new_order": 7,
    "orders/service/reviews.py review": 7,
    "orders/views/blueprint.py command": 7,
    "publicity/service.py publish": 14,
    "publicity/service.py raise_objection": 8,
    "records/service/checking.py _finding": 7,
    "records/service/reports.py correct": 9,
    "risk/service.py raise_signal": 8,
    "settlement/service/batches.py _opened": 7,
    "settlement/service/claims.py _opened": 7,
    "settlement/service/claims.py approve": 8,
    "vouchers/queries/spending.py quote": 8,
    "vouchers/rules/amounts.py price_preview": 7,
    "vouchers/service/allotting.py _settle": 7,
    "vouchers/service/applications.py apply": 7,
    "vouchers/service/programmes.py import_programme": 7,
    "vouchers/service/programmes.py replace_value": 8,
    "vouchers/service/reviewing.py decide": 8,
    "vouchers/service/reviewing.py answer_appeal": 7,
    "web/importing.py add_pages": 7,
    "web/paging.py _page": 7,
}


def test_a_function_takes_no_more_than_six_parameters():
    """What travels together is a value with a name of the field."""
    found = {f"{p.relative_to(MARKETPLACE)} {n.name}": taken for p in CODE for n in functions(tree(p)) if (taken := taken_by(n)) > MANY}
    assert {name: taken for name, taken in found.items() if taken > TAKES_MORE.get(name, MANY)} == {}, "make them one small dataclass"
    assert not [name for name, taken in TAKES_MORE.items() if found.get(name, 0) < taken], "fewer now: lower the number"


def taken_by(made: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    args = made.args
    named = [one.arg for one in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    return len([one for one in named if one not in {"self", "cls"}]) + bool(args.vararg) + bool(args.kwarg)


LAID_OUT_BY_HAND = {  # package → statements that the formatter leaves as they are; the numbers only shrink
    "audit": 2,
    "catalogue": 33,
    "cli": 3,
    "demo": 44,
    "enterprises": 2,
    "evaluation": 11,
    "exports": 2,
    "identity": 15,
    "kernel": 9,
    "ledger": 12,
    "matching": 29,
    "moves": 2,
    "orders": 38,
    "oversight": 18,
    "policy": 2,
    "proofs": 4,
    "publicity": 4,
    "records": 8,
    "reporting": 1,
    "settlement": 38,
    "tests": 150,
    "vouchers": 51,
    "web": 1,
}


def test_the_formatter_lays_out_what_it_can():
    found = Counter(p.relative_to(MARKETPLACE).parts[0] for p in CODE for _ in range(p.read_text().count("# fmt: " + "skip")))
    found["tests"] = sum(p.read_text().count("# fmt: " + "skip") for p in TESTS)
    assert found - Counter(LAID_OUT_BY_HAND) == Counter(), "shorter names, a value with a name, a table as data"
