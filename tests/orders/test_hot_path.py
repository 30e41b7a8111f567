"""What the acceptance of an order, the busiest of all commands, asks of the database."""

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from marketplace.audit import service as audit
from marketplace.audit.leaves import event_leaf
from marketplace.audit.models import AuditEvent
from marketplace.kernel import stamps
from marketplace.kernel.db import in_transaction
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from tests.browser import Browser
from tests.factories import user_of
from tests.order_factories import an_order
from tests.page_walk import Counted, counted

MOST = 16  # one writes the day on which the voucher was used first, one keeps to whose platforms the record counts

pytestmark = pytest.mark.engines("postgresql")


def accepted(browser: Browser, order_id: UUID, enterprise_id: UUID) -> Counted:
    """What is sent to the database when a firm presses the button."""
    browser.sign_in(user_of(enterprise_id))
    browser.get(f"/orders/{order_id}/accept")
    with counted(browser.app) as seen:
        browser.post(f"/orders/{order_id}/accept", {"confirm": "y"}, status=302)
    return seen


def test_an_acceptance_asks_the_database_sixteen_times_at_most_in_one_transaction(fresh_app, fresh_db):
    browser = Browser(fresh_app)
    orders = [(order.id, order.enterprise_id) for order in (an_order("delivered") for _ in range(2))]
    accepted(browser, *orders[0])  # what a process reads once
    seen = accepted(browser, *orders[1])
    assert len(seen.statements) <= MOST, "\n".join(" ".join(one.split())[:120] for one in seen.statements)
    assert seen.transactions == 1
    assert fresh_db.session.get_one(Order, orders[1][0]).state is OrderState.REDEEMED


def test_a_command_asks_anew_what_its_page_knew(fresh_app, fresh_db):
    """The calendar may change between the two, and a lock is held by nobody yet."""
    with fresh_app.test_request_context():
        stamps.current("test")
        assert fresh_db.session().info
        in_transaction(lambda: stamps.renew("test"))
        stamps.current("test")
        in_transaction(lambda: fresh_db.session.scalar(select(stamps.Stamp.value)))
        in_transaction(lambda: stamps.current("test"))
        assert fresh_db.session.scalar(select(stamps.Stamp.value)) is not None


def test_a_page_that_broke_its_transaction_keeps_no_command_from_being_done(fresh_app, fresh_db):
    with fresh_app.test_request_context():
        with pytest.raises(DBAPIError):
            fresh_db.session.connection().exec_driver_sql("SELECT 1 / 0")
        in_transaction(lambda: stamps.renew("test"))
        assert stamps.current("test") is not None


def test_events_recorded_together_are_all_written_at_the_end_of_the_block(db):
    with audit.together():
        for number in range(3):
            audit.record("test.happened", actor_id=None, subject_type="test", subject_id=None, number=number)
        assert not list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == "test.happened")))
    rows = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "test.happened").order_by(AuditEvent.id)).all()
    assert sorted(row.details for row in rows) == [f'{{"number":{number}}}' for number in range(3)]
    assert all(event_leaf(vars(row)) == row.leaf_hash for row in rows)
