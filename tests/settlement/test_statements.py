"""A bank statement is brought in, compared and explained by two people; nothing of it ever changes."""

import io

import openpyxl
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.kernel import clock
from marketplace.kernel.db import db as database
from marketplace.kernel.sheets import as_workbook
from marketplace.settlement.queries import statements
from marketplace.settlement.statement_models import BankStatement
from tests.factories import a_finance_officer
from tests.order_factories import a_batch, a_claim, an_order, with_papers
from tests.settlement.acts import pay
from tests.settlement.test_bounces import bounce

HEAD = "交易日期,借方发生额,贷方发生额,交易流水号,对方户名,对方账号,用途"
ACCOUNT = "6222000000000000001"


def csv_of(*rows, encoding="gb18030"):
    return "\r\n".join([HEAD, *rows, ""]).encode(encoding)


def upload(browser, content, closing, status=None, name="对账单.csv"):
    browser.get("/imports/bank_statement")
    typed = {
        "area": "540000",
        "account": ACCOUNT,
        "currency": "CNY",
        "first_on": "2026-03-01",
        "last_on": "2026-03-31",
        "opening": "100,000.00",
        "closing": closing,
        "book": (io.BytesIO(content), name),
    }
    return browser.post("/imports/bank_statement", typed, status=status)


def day():
    return clock.today().isoformat()


@pytest.fixture
def paid(browser):
    """Two payments, of one of which a part came back; finance has signed in."""
    orders = [with_papers(an_order("redeemed")) for _ in range(2)]
    lines = [pay(a_batch(claims=[a_claim("approved", order=order)])[1][0], f"ZF{place}") for place, order in enumerate(orders)]
    bounce(lines[0], 1_000_00, reference="TH9")
    browser.sign_in(a_finance_officer())
    return lines


def rows(*more):
    return csv_of(f"{day()} 10:00:00,5000.00,,ZF0,某机构,,", f'{day()},,"1,000.00",TH9,,,退汇', *more)


def test_a_statement_in_gb18030_is_compared_before_and_after_it_is_stored_and_differences_take_two_people(browser, paid):
    page = upload(browser, rows(f"{day()},12.50,,,,,手续费"), "95,987.50")
    said = page.get_text(" ", strip=True)
    assert "对上的 2 4,000.00 元" in said and "银行有、平台没有的 1 12.50 元" in said and "平台有、银行没有的 1 5,000.00 元" in said
    assert not database.session.query(BankStatement).count()

    store = next(form["action"] for form in page.select("form[method=post]") if form["action"].endswith("/store"))
    browser.post(store, {"rows": "all"})
    statement = database.session.query(BankStatement).one()
    page = browser.get(f"/payments/statements/{statement.id}")
    assert "100,000.00 元" in page.text and "95,987.50 元" in page.text and "手续费" in page.text

    path = page.select_one("a[href$='/explain']")["href"]
    browser.fill(path, {"reason": "三月手续费，下月入账"})
    page = browser.get(path.replace("/explain", "/confirm"))
    refused = browser.post(path.replace("/explain", "/confirm"), status=422)
    assert "由另一位财政人员确认" in refused.select_one(".error-summary").text
    browser.sign_out()
    browser.sign_in(a_finance_officer())
    browser.fill(path.replace("/explain", "/confirm"), {})
    assert "已确认" in browser.get(f"/payments/statements/{statement.id}").text

    book = openpyxl.load_workbook(io.BytesIO(browser.download(f"/payments/statements/{statement.id}/sheet").data)).active
    shown = [row[:3] for row in book.iter_rows(min_row=5, values_only=True)]
    assert sorted((row[0], row[2]) for row in shown) == sorted(
        [("对上的", -5000), ("对上的", 1000), ("银行有、平台没有的", -12.5), ("平台有、银行没有的", -5000)]
    )
    assert "已经导入过" in upload(browser, rows(), "96,000.00", 422).select_one(".error-summary").text


def test_what_does_not_add_up_or_is_of_another_account_is_refused(browser, paid):
    assert "相差 0.01 元" in upload(browser, rows(), "96,000.01", 422).select_one(".error-summary").text
    table = f"{HEAD},账号\n{day()},1.00,,X,,,,6222999\n"
    other = table.encode("gb18030")
    assert "另一个账户" in upload(browser, other, "99,999.00", 422).select_one(".error-summary").text
    both = csv_of(f"{day()},1.00,1.00,X,,,")
    assert "只填一项" in upload(browser, both, "100,000.00", 422).select_one(".error-summary").text


def test_the_same_table_of_text_makes_the_same_book():
    assert as_workbook(rows()) == as_workbook(rows())
    assert as_workbook(csv_of("a,b", encoding="utf-8")) == as_workbook(csv_of("a,b"))


def test_a_statement_is_never_changed(db, browser, paid):
    page = upload(browser, rows(), "96,000.00")
    browser.post(next(form["action"] for form in page.select("form[method=post]") if form["action"].endswith("/store")), {"rows": "all"})
    row = db.session.scalars(statements.statements(["540000"])).one()

    for table in ("bank_statements", "bank_statement_rows"):
        with pytest.raises(DBAPIError), db.session.begin_nested():
            db.session.execute(text(f"DELETE FROM {table}"))
    assert len(statements.rows_of(row.id)) == 2
