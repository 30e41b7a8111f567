"""O4: whoever has money in a book finds its statement for a period: opening balance, every movement, closing balance."""

import io
from uuid import uuid4

import openpyxl
import pytest

from marketplace.identity.models import Organisation
from marketplace.kernel.db import by_id
from tests.factories import a_firm, a_provider, a_round, a_voucher, an_officer, user_of
from tests.order_factories import a_claim, an_order, with_papers

pytestmark = pytest.mark.engines("sqlite", "postgresql")
DAYS = "?since=2020-01-01&until=2035-12-31"


def test_o4_a_firm_and_a_payee_find_their_own_statement_and_nobody_elses(db, browser):
    mine = a_voucher(round_=a_round())
    order = with_papers(an_order("redeemed", voucher=mine))
    claim = a_claim("approved", order=order)
    other = a_round("xizang_innovation_voucher")
    browser.sign_in(user_of(order.enterprise_id))
    page = browser.get(browser.get("/wallet").select_one("a[href*='own-statements']")["href"])
    (address,) = [str(one["href"]) for one in page.select("a[href*='/own-statements/']")]
    shown = browser.get(address + DAYS)
    assert "期初余额" in shown.text and "期末余额" in shown.text and not shown.select("a[href*='/oversight/books/']")
    book = openpyxl.load_workbook(io.BytesIO(browser.download(f"{address}.xlsx{DAYS}").data)).active
    assert [str(cell.value) for cell in book["B"] if cell.value in {"期初余额", "期末余额"}] == ["期初余额", "期末余额"]
    browser.get(address.replace(str(mine.programme.book_id), str(other.programme.book_id)), status=404)
    browser.get(address.replace("/firm", "/provider"), status=404)
    browser.sign_in(user_of(claim.payee_id))
    page = browser.get(browser.get("/claims/mine").select_one("a[href*='own-statements']")["href"])
    assert "收款单位" in page.text and "企业：" not in page.text
    browser.sign_in(user_of(a_firm()))
    assert "还没有往来" in browser.get("/oversight/own-statements").text


@pytest.mark.engines("sqlite")
def test_o4_an_officer_comes_to_statements_from_the_firm_and_by_its_name(db, browser):
    voucher, far = a_voucher(round_=a_round()), a_provider(region="640104")
    browser.sign_in(an_officer("540000"))
    page = browser.get(f"/enterprises/{voucher.enterprise_id}")
    found = browser.get(page.select_one("a[href*='/oversight/organisations/']")["href"])
    assert "期初余额" in browser.get(str(found.select_one("a[href*='/statements/firm/']")["href"])).text
    name = by_id(Organisation, voucher.enterprise_id).name
    assert browser.get(f"/oversight/find?q={name}").select(f"a[href*='{voucher.enterprise_id}/statements']")
    browser.get(f"/oversight/organisations/{far.id}/statements", status=404)
    browser.get(f"/oversight/organisations/{uuid4()}/statements", status=404)
