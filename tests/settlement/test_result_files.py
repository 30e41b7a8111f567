"""A file of bank results is looked at before anything is stored: its money, its differences, and what it is refused for."""

import io

import pytest

from marketplace.kernel.db import by_id
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.settlement import treasury_settings
from marketplace.settlement.lifecycle import LineState
from marketplace.settlement.models import PaymentLine
from tests.factories import a_finance_officer
from tests.files import a_book
from tests.order_factories import a_batch

HEADINGS = ["批次编号", "兑付申请编号", "金额", "银行结果", "银行流水号", "付款日期", "原因"]


def upload(browser, content, status=None):
    browser.get("/imports/bank_results")
    return browser.post("/imports/bank_results", {"book": (io.BytesIO(content), "结果.xlsx")}, status=status)


@pytest.fixture
def waiting(browser):
    batch, (line,) = a_batch()
    browser.sign_in(a_finance_officer())
    return batch, line, [batch.number, line.claim.number, 5000, "已付款", "YH-1", "2026-03-16", ""]


def test_the_list_that_left_comes_back_with_results_and_shows_its_money_before_it_is_stored(browser, waiting):
    batch, line, row = waiting
    row = [*row[:2], 3000, "部分支付", *row[4:6], "余额不足"]
    page = upload(
        browser,
        a_book([*HEADINGS, "收款单位", "收款账号", "币种", "自治区（省）财政资金指标文号"], [*row, "某", line.payee_account, "CNY", "x"]),
    )

    assert "部分支付（实付） 1 3,000.00 元" in page.get_text(" ", strip=True)
    assert "仍待拨付 1 2,000.00 元" in page.get_text(" ", strip=True) and "没有不一致的地方" in page.text
    assert ledger.standing(batch.book_id).paid == 0

    store = next(form["action"] for form in page.select("form[method=post]") if form["action"].endswith("/store"))
    browser.post(store, {"rows": "all"})
    line = by_id(PaymentLine, line.id)
    assert (ledger.standing(batch.book_id).paid, line.state, line.short_fen) == (3_000 * YUAN, LineState.PAID, 2_000 * YUAN)
    assert "实付 3,000.00 元，2,000.00 元未付" in browser.get(f"/payments/{batch.id}").text


def test_another_account_of_the_payee_is_told_and_not_stored(browser, waiting):
    _batch, _line, row = waiting
    page = upload(browser, a_book([*HEADINGS, "收款账号"], [*row, "6217999999999999999"]))

    assert "收款账号与批次不同" in page.text and "先向银行核实款项付到了哪里" in page.text
    assert not page.select("form[action$='/store'] input[name=rows][value=all]")


@pytest.mark.parametrize(
    ("heading", "cell", "said"),
    [
        ("颜色", "红", "有 1 列不认识：H 列“颜色”"),
        ("币种", "GBP", "币种是 GBP，批次"),
        ("付款账号", "6222000000000000009", "不是本地区的付款账户（尾号 0001）"),
    ],
)
def test_a_file_of_other_columns_currency_or_account_is_refused_as_a_whole(browser, waiting, monkeypatch, tmp_path, heading, cell, said):
    own = (treasury_settings.FOLDER / "treasury.toml").read_text().replace("accounts = []", 'accounts = ["6222000000000000001"]')
    (tmp_path / "treasury.toml").write_text(own)
    monkeypatch.setattr(treasury_settings, "FOLDER", tmp_path)
    _batch, _line, row = waiting

    page = upload(browser, a_book([*HEADINGS, heading], [*row, cell]), status=422)

    assert said in page.select_one(".error-summary").text and "没有读入" in page.text
