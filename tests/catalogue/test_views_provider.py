"""A provider's own pages: the file, the application, the dossier, staff, offerings."""

from io import BytesIO

from marketplace.catalogue import queries
from marketplace.catalogue.lifecycle import OfferingState, ProviderState
from marketplace.catalogue.service import offerings as service
from marketplace.identity.lifecycle import OrganisationState
from marketplace.kernel.db import in_transaction
from tests.factories import a_firm, a_provider, a_user, an_offering, an_organisation, user_of

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
OFFERING = {
    "title": "商标注册",
    "category": "ip",
    "summary": "一标一类",
    "description": "查询、申请",
    "deliverables": "受理通知书",
    "price": "1,500",
    "price_unit": "项",
    "cycle_days": "30",
    "mode": "both",
}


def a_new_provider():
    return a_user("provider", organisation=an_organisation(verified=False))


def test_a_new_provider_fills_in_its_file_and_applies(browser):
    user = a_new_provider()
    browser.sign_in(user)
    assert "还没有填写" in browser.get("/provider").text
    typed = {
        "introduction": "为企业提供知识产权服务。",
        "categories": ["ip", "legal"],
        "service_regions": ["540000"],
        "hotline": "0891-6000000",
    }
    browser.fill("/provider/profile", typed)
    page = browser.fill("/provider/apply", {}, status=422)
    assert "请阅读并同意服务协议" in page.select_one(".error-summary").text
    page = browser.fill("/provider/apply", {"agreed": "y"})
    assert "入库申请已提交" in page.text and "待审核" in page.text
    assert queries.provider_of(user.organisation_id).state is ProviderState.APPLIED


def test_an_application_with_nothing_written_says_what_is_missing(browser):
    browser.sign_in(a_new_provider())
    page = browser.fill("/provider/apply", {"agreed": "y"}, status=422)
    assert "请填写机构简介" in page.select_one(".error-summary").text


def test_a_profile_with_an_unknown_address_is_refused_and_kept(browser):
    browser.sign_in(user_of(a_provider(state="draft")))
    page = browser.fill("/provider/profile", {"website": "ftp://x", "introduction": "改过的介绍"}, status=422)
    assert "http://" in page.select_one(".error-summary").text
    assert "改过的介绍" in page.select_one("#introduction").text


def test_a_provider_that_is_no_sme_keeps_its_organisation_here(browser):
    provider = a_provider()
    browser.sign_in(user_of(provider))
    browser.fill("/provider/organisation", {"address": "新路 8 号"})
    assert provider.organisation.address == "新路 8 号"


def test_a_stale_form_of_the_organisation_shows_what_changed_and_keeps_what_was_typed(browser):
    provider = a_provider(verified=False)
    browser.sign_in(user_of(provider))
    browser.get("/provider/organisation")
    in_transaction(lambda: setattr(provider.organisation, "contact_name", "新联系人"))
    page = browser.fill("/provider/organisation", {"address": "我写的地址"}, status=409)
    assert "新联系人" in page.text and page.select_one("#address")["value"] == "我写的地址"
    browser.fill("/provider/organisation", {})
    assert provider.organisation.address == "我写的地址"


def test_a_dossier_is_filled_in_with_evidence(browser):
    provider = a_provider()
    browser.sign_in(user_of(provider))
    page = browser.get("/provider/dossier?year=2025")
    assert "资产总额" in page.text
    path = "/provider/dossier/total_assets?year=2025"
    page = browser.fill(path, {"number": "1,234,567.89", "dated_on": "2026-01-31"}, status=422)
    assert "证明材料" in page.select_one(".error-summary").text
    assert page.select_one("#number")["value"] == "1,234,567.89"
    browser.fill(path, {"number": "1,234,567.89", "dated_on": "2026-01-31", "file": (BytesIO(PDF), "审计报告.pdf")})
    item = queries.dossier_of(provider.id, 2025)[0]
    assert item.number == 123_456_789
    assert "1,234,567.89" in browser.get("/provider/dossier?year=2025").text
    assert browser.download(f"/provider/dossier/items/{item.id}/file").data == PDF
    browser.sign_in(user_of(a_provider()))
    browser.get(f"/provider/dossier/items/{item.id}/file", status=404)
    browser.get("/provider")
    browser.post(f"/provider/dossier/items/{item.id}/withdraw", status=404)


def test_every_kind_of_fact_has_a_page(browser):
    browser.sign_in(user_of(a_provider()))
    for kind in ("operating_since", "total_assets", "organisation_kind", "honour", "premises"):
        browser.get(f"/provider/dossier/{kind}")
    browser.get("/provider/dossier/nonsense", status=422)


def test_an_undecided_fact_is_taken_back(browser):
    provider = a_provider()
    browser.sign_in(user_of(provider))
    browser.fill("/provider/dossier/equipment?year=2025", {"number": "0", "dated_on": "2026-01-31"})
    item = queries.dossier_of(provider.id, 2025)[0]
    browser.get("/provider/dossier?year=2025")
    browser.post(f"/provider/dossier/items/{item.id}/withdraw")
    assert not queries.dossier_of(provider.id)


def test_staff_come_and_leave(browser):
    provider = a_provider()
    browser.sign_in(user_of(provider))
    browser.get("/provider/staff")
    person = {"name": "卓玛", "degree": "bachelor", "title_level": "senior", "from_on": "2024-03-01"}
    browser.fill("/provider/staff/new", person)
    row = queries.staff_of(provider.id)[0]
    page = browser.fill(f"/provider/staff/{row.id}/end", {"until_on": "2020-01-01"}, status=422)
    assert "入职日期" in page.select_one(".error-summary").text
    browser.fill(f"/provider/staff/{row.id}/end", {"until_on": "2026-01-01"})
    assert "已离职" in browser.get("/provider/staff").text
    browser.get("/imports/staff")
    browser.sign_in(user_of(a_provider()))
    browser.get(f"/provider/staff/{row.id}/end", status=404)


def test_an_offering_is_drafted_changed_and_submitted(browser):
    provider = a_provider()
    browser.sign_in(user_of(provider))
    assert "还没有服务产品" in browser.get("/provider/offerings").text
    page = browser.fill("/provider/offerings/new", OFFERING | {"price": "-5"}, status=422)
    assert "不能是负数" in page.select_one(".error-summary").text and page.select_one("#title")["value"] == "商标注册"
    browser.fill("/provider/offerings/new", OFFERING)
    row = browser_offering(provider)
    browser.fill(f"/provider/offerings/{row.id}/edit", {"title": "商标注册申请"})
    page = browser.fill(f"/provider/offerings/{row.id}/submit", {})
    assert "已提交上架审核" in page.text
    assert row.state is OfferingState.SUBMITTED
    browser.get(f"/provider/offerings/{row.id}/edit")
    page = browser.fill(f"/provider/offerings/{row.id}/edit", {"title": "偷偷改"}, status=422)
    assert "正在审核" in page.select_one(".error-summary").text


def browser_offering(provider):
    from marketplace.kernel.db import db

    return db.session.scalars(queries.offerings_of(provider.id)).unique().one()


def test_a_stale_form_shows_what_changed_keeps_what_was_typed_and_may_be_sent_again(browser):
    row = an_offering("数字化诊断", state="draft", price_fen=100_000)
    browser.sign_in(user_of(row.provider))
    browser.get(f"/provider/offerings/{row.id}/edit")
    in_transaction(lambda: setattr(row, "summary", "同事改过的介绍"))
    page = browser.fill(f"/provider/offerings/{row.id}/edit", {"title": "我改的名称"}, status=409)
    assert "同事改过的介绍" in page.text and "已有变动" in page.select_one(".error-summary").text
    assert page.select_one("#title")["value"] == "我改的名称"
    browser.fill(f"/provider/offerings/{row.id}/edit", {})
    assert (row.title, row.summary) == ("我改的名称", "一项测试服务。")


def test_an_offering_is_not_submitted_before_admission(browser):
    row = an_offering(provider=a_provider(state="noticed"), state="draft")
    browser.sign_in(user_of(row.provider))
    assert "机构还不在库" in browser.get("/provider/offerings").text
    page = browser.fill(f"/provider/offerings/{row.id}/submit", {}, status=422)
    assert "机构入库后" in page.select_one(".error-summary").text


def test_another_price_is_asked_for_and_the_offering_taken_off(browser):
    row = an_offering(price_fen=100_000)
    browser.sign_in(user_of(row.provider))
    page = browser.fill(f"/provider/offerings/{row.id}/price", {"price": "1,000", "reason": "没变"}, status=422)
    assert "相同" in page.select_one(".error-summary").text
    page = browser.fill(f"/provider/offerings/{row.id}/price", {"price": "1,200", "reason": "成本上涨"})
    assert "仍按现价 1,000.00 元接单" in page.text
    page = browser.fill(f"/provider/offerings/{row.id}/delist", {}, status=422)
    assert "原因" in page.select_one(".error-summary").text
    browser.fill(f"/provider/offerings/{row.id}/delist", {"reason": "不再提供"})
    assert row.state is OfferingState.DELISTED
    assert row.price_fen == 100_000


def test_another_providers_offering_is_not_there(browser):
    row = an_offering()
    browser.sign_in(user_of(a_provider()))
    for page in ("", "/edit", "/price", "/delist"):
        browser.get(f"/provider/offerings/{row.id}{page}", status=404)
    browser.get("/provider/offerings")
    browser.post(f"/provider/offerings/{row.id}/submit", {"version": "1"}, status=404)


def test_a_firm_has_no_provider_pages(browser):
    browser.sign_in(user_of(a_firm()))
    for path in ("/provider", "/provider/offerings", "/provider/dossier", "/provider/staff"):
        browser.get(path, status=403)


def test_facts_of_a_service_are_values(db):
    row = an_offering()
    assert service.facts_of(row).price_fen == row.price_fen
    assert row.provider.organisation.state is OrganisationState.VERIFIED
