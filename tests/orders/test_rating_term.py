"""The time to rate: the firm is reminded of it, and after it nobody waits for a rating."""

from uuid import uuid4

import pytest

from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.notices import queries as notices
from marketplace.orders import service
from marketplace.orders.service import Rating
from marketplace.orders.sweep import sweep
from marketplace.policy.programme_words import DocumentKind
from marketplace.settlement import queries as settlement
from tests.factories import a_programme, with_value
from tests.order_factories import an_order, person
from tests.orders.looks import now, today


def rated(order):
    mine = {"enterprise_id": order.enterprise_id, "actor_id": person(order.enterprise_id)}
    return in_transaction(lambda: service.review(order.id, Rating(5, ""), **mine, request_key=uuid4(), now=now()))


def test_a_firm_rates_until_its_last_day_and_not_after(db, clock):
    early, late = an_order("redeemed"), an_order("redeemed")
    clock.shift(days=10)
    rated(early)
    clock.shift(days=1)

    with pytest.raises(RuleViolation, match="评价期限已于 2026-03-26 结束"):
        rated(late)


def test_a_firm_is_reminded_to_rate_once_unless_it_has(db, clock):
    done, open_ = an_order("redeemed"), an_order("redeemed")
    rated(done)
    clock.shift(days=9)

    assert (sweep(now()), sweep(now())) == (1, 0)

    assert notices.of_user(person(open_.enterprise_id))[0].title == f"订单 {open_.number} 最迟须在 2026-03-26 评价"


def test_a_provider_does_not_wait_for_a_rating_that_can_no_longer_come(db, clock):
    with_value(a_programme(), "evidence.claim", ["rating"])
    order = an_order("redeemed")
    assert settlement.evidence_of(order, today()) == [(DocumentKind.RATING, False)]
    clock.shift(days=11)

    assert settlement.evidence_of(order, today()) == [(DocumentKind.RATING, True)]
