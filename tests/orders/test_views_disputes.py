"""The pages of a dispute: the firm says why, an officer of the area decides, nobody else."""

from uuid import uuid4

import pytest

from marketplace.identity.roles import Role
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.orders import service
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from tests.factories import a_user, an_officer, user_of
from tests.order_factories import an_order, person


def a_disputed_order():
    order = an_order("delivered")
    mine = {"enterprise_id": order.enterprise_id, "actor_id": person(order.enterprise_id)}
    in_transaction(lambda: service.dispute(order.id, **mine, reason="报告与现场不符", request_key=uuid4(), now=clock.now()))
    return by_id(Order, order.id)


def test_the_firm_is_told_what_silence_means_and_disputes(browser):
    order = an_order("delivered")
    browser.sign_in(user_of(order.enterprise_id))
    page = browser.get(f"/orders/{order.id}")
    assert "视为验收" in page.text
    assert page.select_one(f"a[href='/orders/{order.id}/dispute']")

    browser.get(f"/orders/{order.id}/dispute")
    browser.post(f"/orders/{order.id}/dispute", {"reason": "报告与现场不符"}, status=302)

    assert by_id(Order, order.id).state is OrderState.DISPUTED
    assert "报告与现场不符" in browser.get(f"/orders/{order.id}").text


def test_an_officer_of_the_area_finds_the_dispute_and_decides(browser):
    order = a_disputed_order()
    browser.sign_in(an_officer())
    assert "裁定订单争议" in browser.get("/home").text
    assert order.number in browser.get("/orders?state=disputed").text

    page = browser.get(f"/orders/{order.id}/decide")
    assert "最多 5,000.00 元" in page.text
    refused = browser.post(f"/orders/{order.id}/decide", {"amount": "5000.01", "answer": "核对"}, status=422)
    assert "5,000.00" in refused.select_one(".error-summary").text
    browser.post(f"/orders/{order.id}/decide", {"amount": "0", "answer": "成果不符"}, status=302)

    assert by_id(Order, order.id).state is OrderState.CANCELLED


@pytest.mark.parametrize(("who", "status"), [("elsewhere", 404), ("finance", 403), ("firm", 403), ("provider", 403)])
def test_nobody_else_decides(browser, who, status):
    order = a_disputed_order()
    people = {
        "elsewhere": lambda: an_officer("652700"), "finance": lambda: a_user(Role.FINANCE, area="540000"),
        "firm": lambda: user_of(order.enterprise_id), "provider": lambda: user_of(order.provider_id),
    }  # fmt: skip
    browser.sign_in(people[who]())

    browser.get(f"/orders/{order.id}/decide", status=status)

    assert by_id(Order, order.id).state is OrderState.DISPUTED
