"""The auditors' page: a run on demand, its counts, and each difference with a link to its row."""

from marketplace.kernel import jobs
from tests.factories import a_finance_officer, an_auditor, an_officer
from tests.order_factories import an_order
from tests.recomputing.runs import forged

PAGE = "/oversight/recompute"


def test_an_auditor_starts_a_run_and_follows_a_difference_to_its_row(browser):
    order = an_order("redeemed")
    forged("orders", order.id, subsidy_fen=order.subsidy_fen - 1)
    browser.sign_in(an_auditor())
    assert "progress" in str(browser.post(PAGE).select_one("main"))
    assert len(browser.post(PAGE).select("tbody tr")) == 1  # while one waits, another is not begun
    jobs.run_all()
    page = browser.get(PAGE)
    link = page.select_one(f'a[href="/orders/{order.id}"]')
    row = " ".join(link.find_parent("tr").text.split())
    assert all(one in row for one in (order.number, "核销", "4,999.99", "5,000.00"))
    browser.get(link["href"])


def test_a_difference_of_another_area_is_counted_and_not_shown(browser):
    order = an_order("redeemed")
    forged("orders", order.id, subsidy_fen=order.subsidy_fen - 1)
    browser.sign_in(an_auditor("110000"))
    browser.post(PAGE)
    jobs.run_all()
    assert order.number not in (said := browser.get(PAGE).text) and "您辖区内的 0 处" in said


def test_only_auditors_start_a_run(browser):
    for user in (an_officer(), a_finance_officer()):
        browser.sign_in(user)
        browser.get(PAGE, status=403)
