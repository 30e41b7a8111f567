"""Several orders draw on one pool: what the pool held when an order was calculated decides, whoever moved it before the posting."""

import json
from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.orders import service
from marketplace.orders.service import placing
from tests.factories import a_round, a_voucher
from tests.order_factories import an_order, person
from tests.recomputing.runs import differing, forged, recomputed


@pytest.fixture
def cut(db, monkeypatch):
    """An order cut by a pool of 7 000 yuan of which another held 5 000, which was cancelled between the calculation and the posting."""
    round_ = a_round(budget_fen=700_000)
    first, card, meanwhile = an_order("placed", voucher=a_voucher(round_=round_)), a_voucher(round_=round_), placing.quote
    said = {"organisation_id": first.enterprise_id, "actor_id": person(first.enterprise_id), "reason": "计划有变"}

    def calculated(*arguments, **facts):
        offer = meanwhile(*arguments, **facts)
        service.cancel(first.id, **said, request_key=uuid4(), now=clock.now())
        return offer

    monkeypatch.setattr(placing, "quote", calculated)
    return an_order("placed", voucher=card)


def test_a_reservation_cut_by_a_pool_that_was_filled_meanwhile_does_not_differ(cut):
    assert cut.subsidy_fen == 200_000
    assert recomputed()[1] == []


def test_a_cut_by_what_the_pool_never_held_is_found(cut):
    kept = dict(cut.preview)
    kept["steps"] = [*kept["steps"][:-1], {**kept["steps"][-1], "amount_fen": 199_999}]
    forged("orders", cut.id, preview=json.dumps(kept))
    assert differing() == {("quote", str(cut.id))}
