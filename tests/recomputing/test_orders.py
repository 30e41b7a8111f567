"""What an order held and what its acceptance spent is decided again; one stored value changed with SQL is found."""

import json

from marketplace.kernel.db import by_id
from marketplace.orders.models import Order
from marketplace.recomputing.rules.outcome import DecisionKind
from tests.order_factories import a_paper, add_paper, an_order, cancel, with_papers
from tests.recomputing.runs import checked, differing, forged, recomputed


def test_what_nobody_touched_does_not_differ(db):
    for state in ("placed", "taken", "contracted", "delivered", "redeemed", "declined", "cancelled"):
        an_order(state)
    an_order("redeemed", contract_fen=400_000)
    an_order("placed", requested_fen=100_000)
    cancel(an_order("contracted", contract_fen=300_000))
    run, found = recomputed()
    assert found == []
    assert (run.tallies[DecisionKind.QUOTE].checked, run.tallies[DecisionKind.REDEMPTION].checked) == (10, 10)
    assert not run.tallies[DecisionKind.QUOTE].older


def test_what_papers_said_when_it_was_accepted_counts(db):
    order = an_order("delivered")
    add_paper(order, a_paper("invoice", amount_fen=order.contract_fen - 20_000))
    with_papers(an_order("redeemed"))
    assert recomputed()[1] == []


def test_a_printed_reservation_that_was_changed_is_found(db):
    order = an_order("placed")
    kept = dict(order.preview)
    kept["steps"] = [{**step, "subsidy_fen": step["subsidy_fen"] + 1} for step in kept["steps"]]
    forged("orders", order.id, preview=json.dumps(kept))
    assert differing() == {("quote", str(order.id))}


def test_a_price_that_was_changed_is_found(db):
    order = an_order("placed")
    forged("orders", order.id, price_fen=order.price_fen * 2)
    assert ("quote", str(order.id)) in differing()


def test_a_firm_that_was_barred_when_it_ordered_is_found(db):
    order = an_order("placed")
    forged("orders", order.id, facts=json.dumps({**order.facts, "firm": {**order.facts["firm"], "sanctioned": True}}))
    assert differing() == {("quote", str(order.id))}


def test_an_amount_spent_that_was_changed_is_found(db):
    order, _other = an_order("redeemed"), an_order("redeemed")
    forged("orders", order.id, subsidy_fen=order.subsidy_fen - 1)
    found = recomputed()[1]
    assert {(one.kind, one.row) for one in found} == {("redemption", str(order.id))}
    assert found[0].number == by_id(Order, order.id).number


def test_an_order_of_before_facts_were_kept_is_counted_apart(db):
    order = an_order("placed")
    forged("orders", order.id, facts=None)
    run, found = recomputed()
    assert (found, run.tallies[DecisionKind.QUOTE].older) == ([], 1)
    assert (DecisionKind.QUOTE in checked(), checked()[DecisionKind.REDEMPTION]) == (False, 1)
