"""One box for every number: each leads to the money behind it, and only within one's own area."""

import pytest

from marketplace.kernel.db import by_id
from marketplace.orders.queries import live_documents
from marketplace.oversight.queries import finding
from marketplace.settlement.queries.treasury import documents_of
from tests.factories import an_auditor
from tests.order_factories import a_batch
from tests.settlement.acts import pay
from tests.settlement.test_bounces import bounce


@pytest.fixture
def paid(db):
    batch, (line,) = a_batch()
    line = pay(line, "YH 2026-0001")
    bounce(line, 100, reference="TH-9")
    return batch, line


def kinds(text, areas=None):
    return [one.kind for one in finding.find(text, areas)]


def test_every_number_of_a_payment_leads_to_its_money(paid):
    batch, line = paid
    claim = line.claim
    paper = next(one for one in live_documents(claim.order_id) if one.number_key)
    document = documents_of([claim.round_id])[claim.round_id][0].text

    assert kinds("yh20260001") == ["银行付款"] and kinds("th9") == ["银行退汇"]
    assert kinds(claim.number) == ["兑付申请"] and kinds(claim.order.number.lower()) == ["订单"]
    assert kinds(claim.order.voucher.number) == ["券"] and kinds(batch.number) == ["拨付批次"]
    assert kinds(paper.number) == [paper.kind.label] and kinds(document) == ["指标文号"]
    assert kinds(line.payee_name) == ["期间对账单", "收款单位"] and kinds("没有这个") == kinds("") == []


def test_nobody_finds_money_of_another_area(paid):
    batch, line = paid
    asked = [line.claim.number, "YH20260001", batch.number, line.payee_name, line.claim.order.number]
    assert [kinds(text, ("540000",)) for text in asked] == [kinds(text) for text in asked]
    assert [kinds(text, ("650000",)) for text in asked] == [[]] * 5


def test_the_page_leads_on(browser, paid):
    _batch, line = paid
    browser.sign_in(an_auditor())
    page = browser.get("/oversight/find?q=YH20260001")
    assert browser.get(page.select_one("main table a")["href"]).select_one("h1")
    assert "没有查到" in browser.get("/oversight/find?q=zz9").text and by_id(type(line), line.id)
