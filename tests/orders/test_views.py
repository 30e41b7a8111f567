"""The pages of orders, opened and filled in as people do."""

import io
import re

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.orders import queries
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.rules.states import VoucherState
from tests.factories import a_firm, a_provider, a_voucher, an_auditor, an_offering, an_officer, user_of
from tests.files import a_pdf
from tests.order_factories import an_order, with_papers


def error_of(page) -> str:
    return page.select_one(".error-summary").get_text(" ", strip=True)


def placing(browser, voucher=None, **facts):
    """The order page of an offering, as the firm of a voucher."""
    voucher, offering = voucher or a_voucher(), an_offering(**facts)
    browser.sign_in(user_of(voucher.enterprise_id))
    browser.get(f"/orders/place/{offering.id}")
    return voucher, offering, f"/orders/place/{offering.id}"


def test_a_firm_orders_after_seeing_what_the_voucher_bears_and_checking(browser):
    voucher, _offering, path = placing(browser)
    assert "可抵 5,000.00 元，自付 5,000.00 元" in browser.page.text

    browser.fill(path, {"requirement": "请于四月开始", "requested": "4000", "step": "check"}, status=200)
    assert "4,000.00" in browser.page.text and "请于四月开始" in browser.page.text
    page = browser.fill(path, {"step": "confirm"})

    assert "已提交" in page.text
    assert "肆仟元整" in page.text
    assert queries.counts_of_enterprise(voucher.enterprise_id) == {OrderState.PLACED: 1}


def test_the_calculation_names_each_step_and_where_its_number_comes_from(browser):
    _voucher, _offering, path = placing(browser, price_fen=40_000 * YUAN)

    page = browser.fill(path, {"step": "preview"}, status=200)

    text = page.get_text(" ", strip=True)
    assert "每笔订单上限" in text and "以此为限" in text and "15,000.00" in text
    assert "设定值" in text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        pytest.param("-1", "不能是负数", id="negative"),
        pytest.param("99999999999999999999", "金额过大", id="over-long"),
        pytest.param("一万", "请输入金额", id="not a number"),
        pytest.param("5000.01", "最多可用 5,000.00 元", id="above the quota"),
    ],
)
def test_a_bad_amount_keeps_what_was_typed_and_orders_nothing(browser, typed, words):
    voucher, _offering, path = placing(browser)

    page = browser.fill(path, {"requested": typed, "requirement": "写了很久的说明", "step": "check"}, status=422)

    assert words in error_of(page)
    assert "5,000.00" in page.text and "不用券：全部由企业自付" not in page.text  # beside the refusal: what the voucher bears at most
    assert page.select_one("#requested")["value"] == typed
    assert "写了很久的说明" in page.select_one("#requirement").text
    assert ledger.balance_fen(voucher.programme.book_id, f"limit:voucher:{voucher.id}") == 30_000 * YUAN


def test_a_second_click_answers_the_same_order(browser):
    voucher, _offering, path = placing(browser)
    browser.fill(path, {"step": "check"}, status=200)
    sent = {str(field["name"]): str(field.get("value", "")) for field in browser.page.select(f"form[action='{path}'] input[name]")}

    first = browser.post(path, sent | {"step": "confirm"}).select_one("h1").text
    again = browser.post(path, sent | {"step": "confirm"}).select_one("h1").text

    assert first == again
    assert ledger.balance_fen(voucher.programme.book_id, f"limit:voucher:{voucher.id}") == 25_000 * YUAN


def test_a_second_click_answers_the_same_order_when_it_has_used_the_voucher_up(browser):
    voucher, _offering, path = placing(browser)
    browser.fill(path, {"step": "check"}, status=200)
    sent = {str(field["name"]): str(field.get("value", "")) for field in browser.page.select(f"form[action='{path}'] input[name]")}
    first = browser.post(path, sent | {"step": "confirm"}).select_one("h1").text
    voucher_id = voucher.id
    in_transaction(lambda: setattr(by_id(Voucher, voucher_id), "state", VoucherState.USED_UP))

    assert browser.post(path, sent | {"step": "confirm"}).select_one("h1").text == first
    page = browser.fill(path, {"voucher_id": "nonsense", "step": "check"}, status=422)
    assert "请选择用哪张券" in error_of(page)


def test_a_price_that_rose_while_the_page_was_open_is_shown_before_anything_is_ordered(browser):
    voucher, offering, path = placing(browser)
    browser.fill(path, {"step": "check"}, status=200)
    sent = {str(field["name"]): str(field.get("value", "")) for field in browser.page.select(f"form[action='{path}'] input[name]")}

    page = browser.post(path, sent | {"seen_price": str(offering.price_fen - 100), "step": "confirm"}, status=422)

    assert "标价已变为 10,000.00 元" in error_of(page)
    assert "确认下单" in page.text
    assert ledger.balance_fen(voucher.programme.book_id, f"limit:voucher:{voucher.id}") == 30_000 * YUAN


def test_an_expired_voucher_is_shown_with_its_reason_and_not_offered(browser, clock):
    voucher = a_voucher()
    clock.shift(days=200)
    placing(browser, voucher)

    assert "到期，不能再用于下单" in browser.page.text
    assert [choice["value"] for choice in browser.page.select("input[name=voucher_id]")] == ["none"]


def test_a_voucher_of_another_firm_is_no_choice(browser):
    stranger = a_voucher()
    _voucher, _offering, path = placing(browser)

    page = browser.post(path, {"voucher_id": str(stranger.id), "step": "check"}, status=404)

    assert "Not a valid choice" not in error_of(page)
    assert error_of(page)


def test_another_firms_order_is_not_found(browser):
    order = an_order("delivered")
    for stranger in (a_firm(), a_provider()):
        browser.sign_in(user_of(stranger))
        browser.get(f"/orders/{order.id}", status=404)
        browser.get(f"/orders/{order.id}/receipt", status=404)
    browser.sign_in(user_of(a_firm()))
    browser.get(f"/orders/{order.id}/accept", status=404)
    browser.get(f"/orders/documents/{queries.live_documents(order.id)[0].id}", status=404)


def test_an_officer_of_another_county_does_not_see_an_order(browser):
    order = an_order()
    browser.sign_in(an_officer("540102"))
    browser.get(f"/orders/{order.id}")
    browser.sign_in(an_officer("540200"))
    browser.get(f"/orders/{order.id}", status=404)
    assert order.number not in browser.get("/orders").text


def test_the_whole_way_from_taking_to_review_through_the_pages(browser):
    order = an_order()
    provider, firm = user_of(order.provider_id), user_of(order.enterprise_id)
    here = f"/orders/{order.id}"

    browser.sign_in(provider)
    assert order.number in browser.get("/orders/incoming").text
    browser.get(f"{here}/take")
    assert "待签合同" in browser.post(f"{here}/take").text
    browser.get(f"{here}/contract")
    contract = {"number": "HT-2026-01", "amount": "8000", "dated_on": "2026-03-16", "file_contract": a_pdf("合同.pdf")}
    page = browser.fill(f"{here}/contract", contract)
    assert "8,000.00" in page.text and "4,000.00" in page.text
    browser.get(f"{here}/deliver")
    browser.fill(f"{here}/deliver", {"note": "报告已交", "file_deliverable": a_pdf("报告.pdf"), "file_service_record": a_pdf("记录.pdf")})

    browser.sign_in(firm)
    browser.get(f"{here}/return")
    page = browser.fill(f"{here}/return", {"reason": "缺第三章"})
    assert "缺第三章" in page.text
    browser.sign_in(provider)
    browser.get(f"{here}/deliver")
    assert "缺第三章" in browser.page.text
    browser.fill(f"{here}/deliver", {"note": "补了第三章"})

    browser.sign_in(firm)
    assert "待我验收" in browser.get("/orders/mine?view=waiting").text
    browser.get(f"{here}/accept")
    assert "肆仟元整" in browser.page.text
    page = browser.post(f"{here}/accept")
    assert "已验收核销" in page.text
    browser.get(f"{here}/review")
    browser.fill(f"{here}/review", {"score": "5", "comment": "专业"})
    browser.sign_in(provider)
    browser.get(f"{here}/answer")
    browser.fill(f"{here}/answer", {"text": "谢谢"})
    browser.sign_out()
    page = browser.get(f"/orders/reviews/{order.provider_id}")
    assert "专业" in page.text and "谢谢" in page.text and "5.0" in page.text


def test_a_contract_above_the_listed_price_is_refused_beside_its_field(browser):
    order = an_order("taken")
    browser.sign_in(user_of(order.provider_id))
    browser.get(f"/orders/{order.id}/contract")

    typed = {"number": "HT-1", "amount": "10000.01", "dated_on": "2026-03-16", "file_contract": a_pdf()}
    page = browser.fill(f"/orders/{order.id}/contract", typed, status=422)

    assert "高于下单时的标价 10,000.00 元" in error_of(page)
    assert page.select_one("#number")["value"] == "HT-1"
    assert by_id(Order, order.id).state is OrderState.TAKEN


def test_a_missing_paper_and_an_empty_field_are_named_in_the_summary(browser):
    order = an_order("contracted")
    browser.sign_in(user_of(order.provider_id))
    page = browser.get(f"/orders/{order.id}/deliver")
    assert "选填" not in page.select_one("label[for=file_deliverable]").text

    page = browser.fill(f"/orders/{order.id}/deliver", {"note": ""}, status=422)

    summary = page.select_one(".error-summary").text
    assert "交付说明：请写明交付了什么" in summary and "请选择要上传的文件：服务成果。" in summary


def test_a_second_tab_that_accepts_again_is_told_it_is_done(browser):
    order = an_order("redeemed")
    browser.sign_in(user_of(order.enterprise_id))

    page = browser.post(f"/orders/{order.id}/accept", status=409)

    assert "这一步已经办过了" in error_of(page)


def test_a_file_that_is_not_what_its_name_says_is_refused(browser):
    order = an_order("taken")
    browser.sign_in(user_of(order.provider_id))
    browser.get(f"/orders/{order.id}/contract")

    typed = {"number": "HT-1", "amount": "10000", "dated_on": "2026-03-16", "file_contract": (io.BytesIO(b"MZ\x90"), "合同.pdf")}
    page = browser.fill(f"/orders/{order.id}/contract", typed, status=422)

    assert error_of(page)
    assert by_id(Order, order.id).state is OrderState.TAKEN


def test_a_stale_form_says_what_happened_meanwhile(browser):
    order = an_order("contracted")
    browser.sign_in(user_of(order.enterprise_id))

    page = browser.post(f"/orders/{order.id}/accept", status=422)

    assert "订单现在是“服务中”，等服务机构“提交交付”，不能“验收并核销”" in error_of(page)


@pytest.mark.parametrize("state", ["placed", "taken", "contracted", "delivered"])
@pytest.mark.parametrize("side", ["enterprise_id", "provider_id"])
def test_what_undoes_something_is_never_the_main_button(browser, state, side):
    order = an_order(state)
    browser.sign_in(user_of(getattr(order, side)))
    main = [link.text.strip() for link in browser.get(f"/orders/{order.id}").select("main a.btn-primary")]
    assert not {"取消订单", "不接此单", "退回重做"} & set(main)


@pytest.mark.parametrize(("state", "shown"), [("placed", False), ("taken", True), ("delivered", True), ("cancelled", False)])
@pytest.mark.parametrize("side", ["enterprise_id", "provider_id"])
def test_the_two_sides_can_phone_each_other_once_the_order_is_taken(browser, state, shown, side):
    order = an_order(state)
    browser.sign_in(user_of(getattr(order, side)))
    page = browser.get(f"/orders/{order.id}")
    for party in (order.enterprise.organisation, order.provider.organisation):
        dialled = party.contact_phone.replace("-", "")
        assert bool(page.select_one(f"main a[href='tel:{dialled}']")) is shown


def test_a_cancelled_order_gives_the_quota_back_and_says_so(browser):
    order = an_order()
    browser.sign_in(user_of(order.enterprise_id))
    browser.get(f"/orders/{order.id}/cancel")

    assert "请写明原因" in error_of(browser.fill(f"/orders/{order.id}/cancel", {"reason": ""}, status=422))
    page = browser.fill(f"/orders/{order.id}/cancel", {"reason": "计划有变"})

    assert "已取消" in page.text and "计划有变" in page.text
    assert ledger.balance_fen(order.book_id, f"limit:voucher:{order.voucher_id}") == 30_000 * YUAN


def test_an_invoice_used_before_is_refused_by_number(browser):
    first, second = an_order("redeemed"), an_order("redeemed")
    with_papers(first)
    used = next(one.number for one in queries.live_documents(first.id) if one.kind == "invoice")
    browser.sign_in(user_of(second.provider_id))
    path = f"/orders/{second.id}/papers"
    browser.get(path)

    typed = {"kind": "invoice", "number": used, "amount": "10000", "dated_on": "2026-03-16", "file": a_pdf("发票.pdf")}
    page = browser.fill(path, typed, status=422)

    assert f"发票 {used} 已用于另一笔订单" in error_of(page)
    assert page.select_one("#number")["value"] == used


def test_a_paper_is_fetched_by_the_parties_and_by_staff(browser):
    order = an_order("taken")
    browser.sign_in(user_of(order.provider_id))
    browser.get(f"/orders/{order.id}/contract")
    browser.fill(
        f"/orders/{order.id}/contract", {"number": "HT-1", "amount": "9000", "dated_on": "2026-03-16", "file_contract": a_pdf("合同.pdf")}
    )
    path = f"/orders/documents/{queries.live_documents(order.id)[0].id}"

    for person in (user_of(order.enterprise_id), an_officer(), an_auditor()):
        browser.sign_in(person)
        assert browser.download(path).data.startswith(b"%PDF")


def test_a_receipt_has_the_number_the_words_and_a_code_that_leads_to_the_check_page(browser):
    order = an_order("redeemed")
    browser.sign_in(user_of(order.enterprise_id))

    page = browser.get(f"/orders/{order.id}/receipt")

    assert order.number in page.text and "伍仟元整" in page.text
    assert page.select_one(".sheet__qr svg")
    browser.sign_out()
    page = browser.get(f"/orders/check/{order.number}")
    assert "编号属实" in page.text and "已验收核销" in page.text
    assert order.enterprise.organisation.name not in page.text
    assert "5,000" not in page.text
    assert "没有查到" in browser.get("/orders/check/DD-23456789-X", status=404).text


def test_staff_filter_orders_and_take_them_home_in_excel(browser):
    shown, hidden = an_order("redeemed"), an_order()
    browser.sign_in(an_officer())

    page = browser.get(f"/orders?state=redeemed&q={shown.number}&since={clock.today()}")

    assert shown.number in page.text and hidden.number not in page.text
    link = page.select_one("a[download]")["href"]
    assert re.search(r"state=redeemed", link)
    assert browser.download(link).mimetype.endswith("spreadsheetml.sheet")
    assert "没有符合条件的订单" in browser.get("/orders?q=不存在").text
    browser.get("/orders?state=nonsense&programme=x&since=y&page=-3")


def test_an_auditor_sees_an_order_and_has_nothing_to_press(browser):
    order = an_order("delivered")
    browser.sign_in(an_auditor())

    page = browser.get(f"/orders/{order.id}")

    assert not page.select(f"a[href='/orders/{order.id}/accept']")
    browser.get(page.select_one("a[href*='/trace/']")["href"])
    browser.get(f"/orders/{order.id}")
    browser.get(f"/orders/{order.id}/accept", status=403)
