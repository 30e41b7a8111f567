"""What the acceptance of an order, the busiest of all commands, asks of the database."""

from uuid import UUID

import pytest
from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.audit.models import AuditEvent
from marketplace.orders.models import Order
from marketplace.orders.rules import OrderState
from tests.browser import Browser
from tests.factories import user_of
from tests.order_factories import an_order
from tests.page_walk import counted

MOST = 14

pytestmark = pytest.mark.engines("postgresql")


def accepted(browser: Browser, order_id: UUID, enterprise_id: UUID) -> list[str]:
    """What is sent to the database when a firm presses the button."""
    browser.sign_in(user_of(enterprise_id))
    browser.get(f"/orders/{order_id}/accept")
    with counted(browser.app) as seen:
        browser.post(f"/orders/{order_id}/accept", {"confirm": "y"}, status=302)
    return seen.statements


def test_an_acceptance_asks_the_database_fourteen_times_at_most(fresh_app, fresh_db):
    browser = Browser(fresh_app)
    orders = [(order.id, order.enterprise_id) for order in (an_order("delivered") for _ in range(2))]
    accepted(browser, *orders[0])  # what a process reads once
    said = accepted(browser, *orders[1])
    assert len(said) <= MOST, "\n".join(" ".join(one.split())[:120] for one in said)
    assert fresh_db.session.get_one(Order, orders[1][0]).state is OrderState.REDEEMED


def test_events_recorded_together_are_all_written_at_the_end_of_the_block(db):
    with audit.together():
        for number in range(3):
            audit.record("test.happened", actor_id=None, subject_type="test", subject_id=None, number=number)
        assert not list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == "test.happened")))
    rows = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "test.happened").order_by(AuditEvent.id)).all()
    assert sorted(row.details for row in rows) == [f'{{"number":{number}}}' for number in range(3)]
    assert all(audit.event_leaf(vars(row)) == row.leaf_hash for row in rows)
