"""A firm looks only at what its vouchers may pay for: the same answers as the page of an order gives, and which voucher it is."""

import pytest

from marketplace.agreements import queries as agreements
from marketplace.kernel import clock
from marketplace.kernel.money import YUAN
from marketplace.orders.queries import frequency
from marketplace.orders.queries.payable import payable
from tests.factories import a_firm, a_provider, a_round, a_voucher, an_offering, user_of
from tests.page_walk import counted
from tests.programmes_of import a_programme_with

LEAST = "[cost.least]\namount_fen = 100_000"
LICENSED = '[providers.lab]\npapers = ["idc_licence"]\ncategories = ["ip"]'


def by_the_page(firm, offering):
    """Whether the page of an order offers a voucher that bears something."""
    now = clock.now()
    found = frequency.options(firm.id, sale=agreements.sale_at(offering, now), now=now)
    return any(one.quote is not None and one.quote.preview.subsidy_fen for one in found)


def the_link(page):
    return next(one for one in page.select("aside a") if "可用我的券支付" in one.text)


def shelf():
    made = [an_offering(category=category, price_fen=price * YUAN) for category in ("legal", "ip", "compute") for price in (500, 2_000)]
    return [*made, an_offering(category="legal", price_fen=2_000 * YUAN, currency="GBP")]


@pytest.mark.parametrize("tables", [(), (LEAST,), (LICENSED,), (LEAST, LICENSED)])
def test_the_search_answers_as_the_page_of_an_order_does(db, tables):
    firm, offerings = a_firm(), shelf()
    assert payable(firm.id, clock.now()) == {}
    voucher = a_voucher(enterprise=firm, round_=a_round(programme=a_programme_with(*tables)))
    found = payable(firm.id, clock.now())
    assert {one.id for one in offerings if by_the_page(firm, one)} == found.keys() & {one.id for one in offerings}
    assert set(found.values()) == {voucher}
    assert payable(a_firm().id, clock.now()) == {}


def test_the_page_shows_these_alone_with_the_voucher_and_leads_back_to_all(browser):
    firm, provider = a_firm(), a_provider()
    paid, other = (
        an_offering("商标注册代办", category="ip", provider=provider),
        an_offering("英镑标价的商标注册", category="ip", currency="GBP"),
    )
    voucher = a_voucher(enterprise=firm)
    assert "可用我的券支付" not in browser.get("/services").text, "nobody is signed in"
    browser.sign_in(user_of(firm))
    page = browser.get(the_link(browser.get("/services?q=商标"))["href"])
    assert paid.title in page.text and other.title not in page.text
    assert voucher.number in page.select_one(".cards").text
    back = the_link(page)
    assert back["aria-current"] == "true"
    assert other.title in browser.get(back["href"]).text

    browser.sign_in(user_of(provider.id))
    browser.get("/orders/services", status=403)


@pytest.mark.engines("sqlite")
def test_more_offerings_ask_no_more_statements(app, db):
    firm = a_firm()
    firm_id = firm.id
    a_voucher(enterprise=firm, round_=a_round(programme=a_programme_with(LICENSED)))
    asked = []
    for more in (2, 6):
        for _ in range(more):
            an_offering(category="ip")
        db.session.expunge_all()
        with counted(app) as seen:
            payable(firm_id, clock.now())
        asked.append(len(seen.statements))
    assert asked[0] == asked[1]
