"""What everybody sees of the catalogue."""

from marketplace.catalogue.lifecycle import ProviderState
from marketplace.kernel.db import in_transaction
from tests.factories import a_firm, a_provider, an_auditor, an_offering, an_officer, user_of


def test_anybody_searches_and_opens_an_offering(browser):
    row = an_offering("商标注册申请", category="ip", price_fen=150_000)
    an_offering("企业上云诊断")
    page = browser.get("/services?q=商标")
    assert "商标注册申请" in page.text and "企业上云诊断" not in page.text
    page = browser.get(f"/services/{row.id}")
    assert "1,500.00" in page.text and "0891-6111111" in page.text
    assert "暂无评价" in page.text


def test_facets_are_links_that_keep_the_rest_of_the_search(browser):
    an_offering("商标注册申请", category="ip")
    page = browser.get("/services?q=商标&sort=price")
    link = next(a for a in page.select(".facet a") if "知识产权" in a.text)
    assert "category=ip" in link["href"] and "sort=price" in link["href"] and "q=" in link["href"]
    page = browser.get(link["href"])
    chosen = next(a for a in page.select(".facet a[aria-current]") if "知识产权" in a.text)
    assert "category=ip" not in chosen["href"], "a second click lets the choice go"


def test_no_answer_says_what_to_do(browser):
    an_offering("商标注册申请", category="ip")
    page = browser.get("/services?q=商标&category=legal")
    assert "没有找到合适的服务" in page.text
    way = next(a for a in page.select(".empty a") if "服务类别" in a.text)
    assert "找到 1 项" in way.text
    assert "商标注册申请" in browser.get(way["href"]).text


def test_nonsense_in_the_address_is_no_error(browser):
    an_offering()
    for query in ("category=x&band=9&mode=z&sort=q&page=-3", "q=%25_%27", "q=" + "长" * 300, "region=%F0%9F%98%80"):
        browser.get(f"/services?{query}")
    browser.get("/services/compare?id=x&id=")


def test_up_to_four_offerings_are_compared(browser):
    rows = [an_offering(f"服务甲{number}") for number in range(5)]
    page = browser.get("/services/compare?" + "&".join(f"id={row.id}" for row in rows))
    assert len(page.select("thead th")) == 5 and "一次最多比较 4 项" in page.text
    assert "还没有选择" in browser.get("/services/compare").text


def test_drafts_and_delisted_offerings_are_not_shown(browser):
    for state in ("draft", "submitted", "returned", "delisted"):
        browser.get(f"/services/{an_offering(state=state).id}", status=404)


def test_an_offering_of_a_suspended_provider_says_so_and_cannot_be_ordered(browser):
    row = an_offering()
    in_transaction(lambda: setattr(row.provider, "state", ProviderState.SUSPENDED))
    page = browser.get(f"/services/{row.id}")
    assert "暂时不能下单" in page.text
    browser.get(f"/providers/{row.provider_id}", status=404)


def test_the_register_shows_admitted_providers_only(browser):
    shown, hidden = a_provider("拉萨甲中心", categories=("ip",)), a_provider("拉萨乙中心", state="applied")
    page = browser.get("/providers?category=ip")
    assert "拉萨甲中心" in page.text and "拉萨乙中心" not in page.text
    assert "0891-6111111" in browser.get(f"/providers/{shown.id}").text
    browser.get(f"/providers/{hidden.id}", status=404)


def test_everybody_sees_the_same_page_in_their_own_frame(browser):
    row = an_offering()
    for user in (user_of(a_firm()), user_of(a_provider()), an_officer(), an_auditor()):
        browser.sign_in(user)
        browser.get("/services")
        browser.get(f"/services/{row.id}")
