"""`flask recompute`: 0 no difference, 1 differences, 2 could not run; JSON on standard output alone."""

import json

import pytest

from marketplace.cli.recompute import recompute
from marketplace.recomputing import checking
from tests.order_factories import an_order
from tests.recomputing.runs import forged


@pytest.fixture
def run(app, db):
    return lambda *arguments: app.test_cli_runner().invoke(recompute, list(arguments))


def test_without_a_difference_it_ends_with_nought(run):
    an_order("redeemed")
    done = run()
    assert (done.exit_code, done.stderr) == (0, "")
    assert "下单占用 1、核销 1" in done.stdout
    assert "没有差异" in done.stdout


def test_a_difference_is_told_with_row_stored_recomputed_and_rule(run):
    order = an_order("redeemed")
    forged("orders", order.id, subsidy_fen=order.subsidy_fen - 1)
    done = run("--programme", "xizang_enterprise_service_voucher", "--json")
    assert done.exit_code == 1
    answer = json.loads(done.stdout)
    assert (answer["clean"], answer["found"]) == (False, len(answer["differences"]))
    first = answer["differences"][0]
    assert (first["kind"], first["row"], first["number"]) == ("redemption", str(order.id), order.number)
    assert (first["stored"], first["recomputed"]) == ("4,999.99", "5,000.00")
    assert first["rule"]
    assert answer["kinds"]["redemption"] == {"checked": 1, "older": 0, "different": 1}


def test_what_could_not_run_never_looks_like_no_difference(run, monkeypatch):
    assert run("--programme", "no_such_programme").exit_code == 2

    def breaks(_reading):
        raise OSError("disk")

    monkeypatch.setattr(checking, "_number", breaks)
    an_order("placed")
    done = run()
    assert (done.exit_code, done.stdout) == (2, "")
    assert "disk" in done.stderr
