"""The pages of claims and payments, opened and filled in as people do."""

import io

import openpyxl
import pytest

from marketplace.kernel.db import by_id
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.orders.models import Order
from marketplace.settlement import queries
from marketplace.settlement.importers import SPEC
from marketplace.settlement.lifecycle import BatchState, ClaimState
from marketplace.settlement.models import Claim, PaymentBatch
from tests.factories import a_finance_officer, a_provider, a_round, a_voucher, an_auditor, an_officer, user_of
from tests.files import a_pdf
from tests.order_factories import a_batch, a_claim, an_order, with_account, with_papers


def error_of(page) -> str:
    return page.select_one(".error-summary").get_text(" ", strip=True)


def test_a_provider_is_told_what_is_missing_and_then_asks(browser):
    order = an_order("redeemed")
    browser.sign_in(user_of(order.provider_id))
    assert order.number in browser.get("/claims/mine").text
    page = browser.get(f"/claims/of-order/{order.id}")
    assert "材料补齐后才能提交" in page.text
    assert "还缺：全额发票" in error_of(browser.post(f"/claims/of-order/{order.id}", status=422))

    papers = f"/orders/{order.id}/papers"
    for kind, number, amount in (("invoice", "25957000000012345678", "10000"), ("bank_transfer_slip", "LS0001", "5000")):
        browser.get(papers)
        typed = {"kind": kind, "number": number, "amount": amount, "dated_on": "2026-03-16", "file": a_pdf()}
        browser.fill(papers, typed)
    browser.get(f"/claims/of-order/{order.id}")
    page = browser.post(f"/claims/of-order/{order.id}")

    assert "待审核" in page.text and "5,000.00" in page.text
    assert "更换" not in browser.get(f"/orders/{order.id}").text  # closed while the claim is looked at


def test_another_provider_does_not_see_a_claim(browser):
    claim = a_claim()
    browser.sign_in(user_of(a_provider()))

    browser.get(f"/claims/{claim.id}", status=404)
    browser.get(f"/claims/of-order/{claim.order_id}", status=404)


def test_an_officer_outside_the_area_does_not_see_a_claim(browser):
    claim = a_claim()
    browser.sign_in(an_officer("540200"))

    browser.get(f"/claims/{claim.id}", status=404)
    browser.get(f"/claims/{claim.id}/approve", status=404)


def test_an_officer_reads_the_checks_and_approves_with_a_cut(browser):
    claim = a_claim()
    browser.sign_in(an_officer())
    assert claim.number in browser.get("/claims").text
    page = browser.get(f"/claims/{claim.id}")
    assert "企业实付 5,000.00 元，与应付一致" in page.text

    path = f"/claims/{claim.id}/approve"
    browser.get(path)
    assert browser.page.select_one("#approved")["value"] == "5,000.00"
    assert "核减原因" in error_of(browser.fill(path, {"approved": "4000"}, status=422))
    page = browser.fill(path, {"approved": "4000", "cut_reason": "差旅不在范围"})

    assert "已核准" in page.text and "差旅不在范围" in page.text
    assert ledger.balance_fen(claim.book_id, f"provider:{claim.payee_id}:payable") == 4_000 * YUAN


@pytest.mark.parametrize("typed", ["-1", "0", "5000.01", "99999999999999999999"])
def test_a_bad_approval_keeps_what_was_typed(browser, typed):
    claim = a_claim()
    browser.sign_in(an_officer())
    browser.get(f"/claims/{claim.id}/approve")

    page = browser.fill(f"/claims/{claim.id}/approve", {"approved": typed, "cut_reason": "写好的原因"}, status=422)

    assert page.select_one("#approved")["value"] == typed
    assert "写好的原因" in page.select_one("#cut_reason").text
    assert by_id(Claim, claim.id).state is ClaimState.SUBMITTED


def test_a_returned_claim_comes_back_mended(browser):
    claim = a_claim()
    browser.sign_in(an_officer())
    browser.get(f"/claims/{claim.id}/return")
    browser.fill(f"/claims/{claim.id}/return", {"reason": "发票缺税号"})

    browser.sign_in(user_of(claim.provider_id))
    page = browser.get(f"/claims/{claim.id}")
    assert "发票缺税号" in page.text
    browser.get(f"/claims/of-order/{claim.order_id}")
    assert "发票缺税号" in browser.page.text
    page = browser.post(f"/claims/of-order/{claim.order_id}")

    assert "待审核" in page.text


def test_a_refusal_needs_its_reason(browser):
    claim = a_claim()
    browser.sign_in(an_officer())
    browser.get(f"/claims/{claim.id}/refuse")

    assert error_of(browser.fill(f"/claims/{claim.id}/refuse", {"reason": ""}, status=422))
    assert "不予兑付" in browser.fill(f"/claims/{claim.id}/refuse", {"reason": "材料虚假"}).text


def test_two_people_make_and_pass_a_batch_and_a_third_records_the_bank(browser):
    claim = a_claim("approved")
    with_account(claim.payee_id)
    maker, checker = a_finance_officer(), a_finance_officer()

    browser.sign_in(maker)
    page = browser.get("/payments")
    assert "1 笔，共 5,000.00 元" in page.text
    path = f"/payments/new/{claim.programme_id}"
    browser.get(path)
    page = browser.fill(path, {})
    batch_path = page.select_one("a[href$='/submit']")["href"].removesuffix("/submit")
    browser.get(f"{batch_path}/submit")
    browser.post(f"{batch_path}/submit")
    page = browser.get(f"{batch_path}/approve")
    assert "制单人不能复核" in error_of(browser.post(f"{batch_path}/approve", status=422))
    browser.download(f"{batch_path}/bank-list", status=422)

    browser.sign_in(checker)
    browser.get(f"{batch_path}/approve")
    page = browser.post(f"{batch_path}/approve")
    assert "待登记银行结果" in page.text and "自治区（省）财政资金" in page.text
    book = openpyxl.load_workbook(io.BytesIO(browser.download(f"{batch_path}/bank-list").data)).worksheets[0]
    assert [cell.value for cell in book[5]][1] == claim.number

    line = queries.lines_of_claim(claim.id)[0]
    path = f"/payments/lines/{line.id}"
    browser.get(path)
    assert "流水号" in error_of(browser.fill(path, {"result": "paid", "paid_on": "2026-03-16"}, status=422))
    assert "付款日期应在" in error_of(browser.fill(path, {"result": "paid", "reference": "1", "paid_on": "2026-03-17"}, status=422))
    page = browser.fill(path, {"result": "paid", "reference": "YH0001", "paid_on": "2026-03-16", "slip": a_pdf("回单.pdf")})
    assert "已办结" in page.text
    assert "伍仟元整" in browser.get(f"/payments/lines/{line.id}/voucher").text

    browser.sign_in(user_of(claim.provider_id))
    page = browser.get(f"/claims/{claim.id}")
    assert "已兑付" in page.text and "YH0001" in page.text
    assert browser.download(f"/payments/lines/{line.id}/bank-slip").data.startswith(b"%PDF")


def test_a_claim_without_an_account_is_held_with_its_reason(browser):
    claim = a_claim("approved")
    browser.sign_in(a_finance_officer())

    page = browser.get(f"/payments/new/{claim.programme_id}")

    assert "没有填写开户银行和账号" in page.text
    assert not page.select("input[name=claims]")


def test_the_payee_reads_on_the_claim_what_holds_the_payment(browser):
    claim = a_claim("approved")
    browser.sign_in(user_of(claim.provider_id))
    page = browser.get(f"/claims/{claim.id}")
    assert "按下不付" in page.text and "没有填写开户银行和账号" in page.text

    with_account(claim.payee_id)
    assert "没有填写开户银行和账号" not in browser.get(f"/claims/{claim.id}").text


def test_a_rejected_batch_says_why(browser):
    batch, lines = a_batch("submitted")
    browser.sign_in(a_finance_officer())
    path = f"/payments/{batch.id}/reject"
    browser.get(path)

    page = browser.fill(path, {"reason": "户名不符"})

    assert "户名不符" in page.text
    assert by_id(Claim, lines[0].claim_id).state is ClaimState.APPROVED


def test_bank_results_come_in_by_excel_and_twice_changes_nothing(browser):
    batch, lines = a_batch()
    number = by_id(Claim, lines[0].claim_id).number
    browser.sign_in(a_finance_officer())
    page = browser.get("/imports/bank_results")
    assert "银行付款结果" in page.text

    wrong = filled(batch.number, number, 4999, "已付款", "YH1", "2026-03-16", "")
    page = browser.post("/imports/bank_results", {"book": (io.BytesIO(wrong), "结果.xlsx")})
    assert "金额与批次中的不一致" in page.text
    good = filled(batch.number, number, 5000, "已付款", "YH1", "2026-03-16", "")
    browser.get("/imports/bank_results")
    page = browser.post("/imports/bank_results", {"book": (io.BytesIO(good), "结果.xlsx")})
    store = next(form["action"] for form in page.select("form[method=post]") if form["action"].endswith("/store"))
    browser.post(store, {"rows": "all"})

    assert by_id(PaymentBatch, batch.id).state is BatchState.CLOSED
    assert ledger.standing(batch.book_id).paid == 5_000 * YUAN
    browser.get("/imports/bank_results")
    assert "不再重复导入" in browser.post("/imports/bank_results", {"book": (io.BytesIO(good), "结果.xlsx")}).text


def filled(*row) -> bytes:
    """A filled-in list of bank results."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = SPEC.title
    page.append([column.title for column in SPEC.columns])
    page.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_an_auditor_sees_every_page_of_money_and_presses_nothing(browser):
    batch, lines = a_batch("submitted")
    claim_id = lines[0].claim_id
    browser.sign_in(an_auditor())

    for path in ("/claims", f"/claims/{claim_id}", "/payments", f"/payments/{batch.id}"):
        browser.get(path)
    browser.get(f"/claims/{claim_id}/approve", status=403)
    browser.get(f"/payments/{batch.id}/approve", status=403)


def test_the_queue_filters_and_goes_home_in_excel(browser):
    claim = a_claim("approved")
    waiting = a_claim(order=with_papers(an_order("redeemed")))
    browser.sign_in(an_officer())

    page = browser.get("/claims?state=approved")

    assert claim.number in page.text and waiting.number not in page.text
    assert browser.download(page.select_one("a[download]")["href"]).mimetype.endswith("spreadsheetml.sheet")
    assert waiting.number in browser.get(f"/claims?q={by_id(Order, waiting.order_id).number}").text
    browser.get("/claims?state=nonsense&programme=x&page=abc")


@pytest.mark.parametrize("simulated", [False, True])
def test_nobody_is_told_to_pay_a_simulated_batch(browser, simulated):
    order = an_order("redeemed", voucher=a_voucher(round_=a_round(simulated=simulated)))
    batch, _lines = a_batch("submitted", claims=[a_claim("approved", order=with_papers(order))])
    browser.sign_in(a_finance_officer())
    browser.get(f"/payments/{batch.id}/approve")
    page = browser.fill(f"/payments/{batch.id}/approve", {})
    assert ("导出银行清单付款" in page.text, "模拟批次：不付款" in page.text) == (not simulated, simulated)
