"""What a person has typed survives Back, a new load and the end of the session, and is gone once it is done."""

import pytest

TEXT = "七月前完成上半年账目整理，请先电话联系"


@pytest.fixture
def firm(open_window, live_server):
    visitor = open_window()
    visitor.sign_in(next(one["login"] for one in live_server.accounts() if one["login"] == "sme"))
    return visitor


def offering(firm) -> str:
    firm.visit("/services")
    return firm.page.locator("main a[href^='/services/']").first.get_attribute("href").rsplit("/", 1)[-1].partition("?")[0]


def begin(firm) -> str:
    """Type into the form of an order."""
    address = f"/orders/place/{offering(firm)}"
    firm.visit(address)
    firm.page.locator("[name=voucher_id][value=none]").check()
    firm.fill(requirement=TEXT)
    return address


def typed(firm) -> str:
    return firm.page.locator("[name=requirement]").input_value()


def test_text_survives_back_and_a_new_load(firm):
    begin(firm)
    firm.press("下一步：核对订单")
    firm.page.go_back()
    firm.page.wait_for_function("document.querySelector('[name=requirement]').value !== ''")
    assert typed(firm) == TEXT

    firm.page.reload()
    firm.page.wait_for_selector(".draft-note")
    assert typed(firm) == TEXT


def test_text_survives_signing_out_elsewhere_and_is_gone_once_it_is_done(firm, live_server):
    address = begin(firm)
    other = firm.page.context.new_page()
    other.goto(live_server.url + "/notices")
    other.locator("form[action='/sign-out'] button").evaluate("button => button.form.requestSubmit()")
    other.wait_for_url("**/sign-in")
    account = next(one for one in live_server.accounts() if one["login"] == "sme")

    firm.press("下一步：核对订单", status=400)
    firm.fill(login=account["login"], password=account["password"])
    firm.press("登录并继续")
    firm.press("继续提交")
    assert TEXT in firm.page.locator("main").inner_text()

    firm.visit(address)
    firm.page.wait_for_selector(".draft-note")
    assert typed(firm) == TEXT
    firm.press("下一步：核对订单")
    firm.press("确认下单")
    firm.visit(address)
    assert typed(firm) == ""
