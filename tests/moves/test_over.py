"""Whoever opens the page of a move that is over is led to the thing; who sends what was opened before is answered as ever."""

import pytest

from marketplace.moves import over
from tests.factories import an_officer, user_of
from tests.order_factories import a_claim, an_order

pytestmark = pytest.mark.engines("sqlite")


def test_every_page_that_is_named_after_a_move_knows_its_rows_and_their_states(app):
    with app.test_request_context():
        found = over.pages()
    assert len(found) >= 60
    for endpoint, page in found.items():
        states = {type(state) for some in page.states.values() for state in some}
        assert all(page.model.__table__.columns["state"].type.enum_class is kind for kind in states), endpoint


def test_a_page_that_is_over_leads_to_the_thing_and_one_that_is_not_shows_its_form(browser):
    open_, decided = a_claim(), a_claim("approved")
    browser.sign_in(an_officer())
    assert browser.get(f"/claims/{open_.id}/approve").select_one(f"form[action='/claims/{open_.id}/approve']")
    response = browser.knock("GET", f"/claims/{decided.id}/approve")
    assert (response.status_code, response.headers["Location"]) == (303, f"/claims/{decided.id}")
    assert "现在不能办理" in browser.get(f"/claims/{decided.id}/approve").text


def test_what_was_sent_from_a_page_that_was_opened_before_is_answered_as_ever(browser):
    decided = a_claim("approved")
    browser.sign_in(an_officer())
    browser.fill(f"/claims/{decided.id}/refuse", {"reason": "材料不符"}, status=422)
    assert "不能“不予兑付”" in str(browser.page)


def test_a_stranger_learns_nothing_of_a_row(browser):
    order = an_order("cancelled")
    browser.sign_in(user_of(an_order().enterprise_id))
    browser.get(f"/orders/{order.id}/accept", status=404)
