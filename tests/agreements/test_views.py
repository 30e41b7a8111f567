"""Pages of agreements: an officer signs and ends one, its provider sees it, a stranger does not, everybody sees whom to order from."""

import pytest

from marketplace.agreements.lifecycle import AgreementState
from marketplace.agreements.models import Agreement
from marketplace.kernel import clock as the_clock
from marketplace.kernel.money import YUAN
from marketplace.vouchers.sweep import sweep
from tests.factories import a_firm, a_provider, a_round, an_offering, an_officer, user_of


@pytest.fixture
def signed(db, browser):
    """A round of purchases in which an officer has signed with a provider on the page."""
    row = a_round("xizang_service_purchase", state="in_use", budget_fen=100_000 * YUAN)
    offering, day = an_offering(provider=a_provider(), price_fen=10_000 * YUAN), the_clock.today().isoformat()
    browser.sign_in(an_officer())
    address = f"/office/rounds/{row.id}/agreements/new"
    assert "没有找到" in browser.get(f"{address}?provider=没有这家", status=422).text
    beside = an_offering(provider=offering.provider, category="compute")
    form = browser.get(f"{address}?provider={offering.provider.organisation.uscc}")
    assert not form.select(f"[name=price_{beside.id.hex}]"), "no price is asked for what the programme does not buy"
    typed = {"number": "藏购〔2026〕9 号", "amount": "30000", "signed_on": day, "first_on": day, "last_on": row.use_until.isoformat()}
    typed |= {"categories": "digital", f"price_{offering.id.hex}": "8000"}
    page = browser.fill(f"{address}?provider={offering.provider.organisation.uscc}", typed)
    assert "藏购〔2026〕9 号" in page.text and "30,000.00" in page.text and "8,000.00" in page.text
    return db.session.query(Agreement).one(), offering


def test_a_provider_is_found_by_name_or_code_and_of_several_one_is_chosen(browser):
    row, code = a_round("xizang_service_purchase", state="in_use"), lambda provider: provider.organisation.uscc
    one, other = a_provider(name="雪域检测中心"), a_provider(name="雪域检测技术公司")
    a_provider(state="applied", name="雪域未入库机构")
    browser.sign_in(an_officer())
    address = f"/office/rounds/{row.id}/agreements/new"

    page = browser.get(f"{address}?provider=雪域")
    links = {link["href"].rpartition("=")[2] for link in page.select("tbody a")}
    assert links == {code(one), code(other)} and "未入库" not in page.text and not page.select("[name=number]")
    for text in ("雪域检测中心", code(one).lower()):
        page = browser.get(f"{address}?provider={text}")
        assert page.select_one(f"form[action$='provider={code(one)}'] [name=number]"), "the form is sent under the code, not the name"
    assert "没有找到" in browser.get(f"{address}?provider=雪域未入库", status=422).text


def test_the_round_shows_the_contract_and_what_is_left_of_it(signed, browser):
    agreement, _offering = signed
    page = browser.get(f"/office/rounds/{agreement.round_id}")
    assert "合同上未使用" in page.text and "查看和登记合同" in page.text
    assert "30,000.00" in browser.get(f"/office/rounds/{agreement.round_id}/agreements").text


def test_a_firm_orders_at_the_price_of_the_contract_and_bears_nothing(signed, browser):
    _agreement, offering = signed
    firm = a_firm()
    sweep(now=the_clock.now())
    browser.sign_in(user_of(firm))
    page = browser.get(f"/orders/place/{offering.id}")
    assert "合同价" in page.text and "8,000.00" in page.text and "自付 0.00 元" in page.text


def test_its_provider_sees_a_contract_and_another_does_not(signed, browser):
    agreement, offering = signed
    browser.sign_in(user_of(offering.provider_id))
    assert "藏购〔2026〕9 号" in browser.get("/my/agreements").text
    browser.get(f"/agreements/{agreement.id}")
    browser.sign_in(user_of(a_provider()))
    browser.get(f"/agreements/{agreement.id}", status=404)


def test_an_officer_terminates_with_a_reason(signed, browser):
    agreement, _offering = signed
    address = f"/agreements/{agreement.id}/terminate"
    browser.fill(address, {"reason": ""}, status=422)
    page = browser.fill(address, {"reason": "服务质量不合格"})
    assert "已终止" in page.text and "服务质量不合格" in page.text
    assert agreement.state is AgreementState.TERMINATED


def test_everybody_sees_whom_to_order_from_in_a_real_round(signed, browser):
    agreement, offering = signed
    browser.sign_out()
    assert "可以下单的服务机构" in browser.get("/programmes/xizang_service_purchase").text
    assert offering.provider.organisation.name in browser.get(f"/rounds/{agreement.round_id}/providers").text
    rerun = a_round("xizang_service_purchase", programme=agreement.round.programme, simulated=True)
    browser.get(f"/rounds/{rerun.id}/providers", status=404)
