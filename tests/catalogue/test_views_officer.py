"""The officer's desk: admissions, dossiers, experts, listings and prices."""

from datetime import date, datetime
from io import BytesIO
from uuid import uuid4

import openpyxl

from marketplace.catalogue.lifecycle import DossierState, OfferingState, PriceState, ProviderState
from marketplace.catalogue.models import Expert, ProviderStaff
from marketplace.catalogue.rules.dossier import Fact
from marketplace.catalogue.service import dossier
from marketplace.catalogue.service import offerings as service
from marketplace.catalogue.service.offerings import NewPrice
from marketplace.identity import service as identity
from marketplace.identity.lifecycle import OrganisationState
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.money import Fen
from marketplace.policy.dossier import DossierKind
from tests.factories import a_firm, a_provider, an_auditor, an_offering, an_officer, an_operator, stored, user_of


def test_an_application_is_returned_with_a_reason_and_passed(browser):
    provider = a_provider("拉萨测试中心", state="applied")
    browser.sign_in(an_officer())
    assert "拉萨测试中心" in browser.get("/admissions").text
    page = browser.get(f"/admissions/{provider.id}")
    assert "公示 5 个工作日" in page.text and "暂定值" in page.text
    page = browser.fill(f"/admissions/{provider.id}/decide", {"decision": "return"}, status=422)
    assert "写明原因" in page.select_one(".error-summary").text
    browser.fill(f"/admissions/{provider.id}/decide", {"decision": "return", "reason": "请补充资质"})
    assert provider.state is ProviderState.RETURNED
    browser.sign_in(user_of(provider))
    assert "请补充资质" in browser.get("/provider").text
    browser.fill("/provider/apply", {"agreed": "y"})
    browser.sign_in(an_officer())
    browser.fill(f"/admissions/{provider.id}/decide", {"decision": "pass"})
    assert provider.state is ProviderState.NOTICED
    assert "拉萨测试中心 入库公示" in browser.get("/publicity").text
    page = browser.get(f"/publicity/{provider.notice_id}")
    assert "2026-03-23" in page.text
    browser.sign_in(user_of(provider))
    assert "至 2026-03-23" in browser.get("/provider").text


def test_a_decision_that_does_not_fit_the_state_is_not_offered(browser):
    provider = a_provider(state="applied")
    browser.sign_in(an_officer())
    page = browser.fill(f"/admissions/{provider.id}/decide", {"decision": "lift"}, status=422)
    assert page.select_one(".error-summary")
    assert provider.state is ProviderState.APPLIED


def test_a_provider_is_suspended_let_in_again_and_removed(browser):
    provider = a_provider("拉萨测试中心")
    browser.sign_in(an_officer())
    path = f"/admissions/{provider.id}"
    browser.fill(f"{path}/decide", {"decision": "suspend", "reason": "投诉核查"})
    assert provider.state is ProviderState.SUSPENDED
    browser.fill(f"{path}/decide", {"decision": "lift"})
    assert provider.state is ProviderState.ADMITTED
    page = browser.fill(f"{path}/remove", {"reason": "套取资金", "ban_until": "2020-01-01"}, status=422)
    assert "早于今天" in page.select_one(".error-summary").text
    browser.fill(f"{path}/remove", {"reason": "套取资金", "ban_until": "2028-12-31"})
    assert (provider.state, provider.banned_until) == (ProviderState.REMOVED, date(2028, 12, 31))
    assert "拉萨测试中心 出库公示" in browser.get("/publicity").text


def test_changed_facts_of_an_admitted_provider_are_verified_again(browser):
    provider = a_provider()
    browser.sign_in(user_of(provider))
    browser.fill("/provider/organisation", {"bank_account": "6222 0000"})
    assert provider.organisation.state is OrganisationState.PENDING
    browser.sign_in(an_officer())
    browser.get(f"/admissions/{provider.id}")
    page = browser.fill(f"/admissions/{provider.id}/verify", {"decision": "returned"}, status=422)
    assert "原因" in page.select_one(".error-summary").text
    browser.fill(f"/admissions/{provider.id}/verify", {"decision": "verified"})
    assert provider.organisation.state is OrganisationState.VERIFIED


def test_the_file_of_a_provider_tells_of_a_sanction(browser):
    provider, officer = a_provider(), an_officer()
    words = {"reason": "（2026）藏 01 执 1 号", "actor_id": officer.id}
    in_transaction(lambda: identity.sanction(provider.id, date(2027, 1, 1), **words))
    browser.sign_in(officer)
    assert "登记失信限制" in browser.get(f"/admissions/{provider.id}").select_one(".timeline").text


def test_officers_elsewhere_and_auditors_decide_nothing(browser):
    provider = a_provider(state="applied")
    browser.sign_in(an_officer("652700"))
    browser.get(f"/admissions/{provider.id}", status=404)
    assert provider.organisation.name not in browser.get("/admissions").text
    browser.post(f"/admissions/{provider.id}/decide", {"decision": "pass"}, status=404)
    browser.sign_in(an_auditor())
    page = browser.get(f"/admissions/{provider.id}")
    assert not page.select("form[action$='/decide']")
    browser.post(f"/admissions/{provider.id}/decide", {"decision": "pass"}, status=403)


def test_the_list_comes_out_as_excel_with_its_filter(browser):
    a_provider("拉萨甲中心", state="applied")
    a_provider("拉萨乙中心")
    browser.sign_in(an_officer())
    book = openpyxl.load_workbook(BytesIO(browser.download("/admissions/export?state=applied").data))
    text = "\n".join(str(cell) for row in book.active.iter_rows(values_only=True) for cell in row if cell)
    assert "拉萨甲中心" in text and "拉萨乙中心" not in text and "筛选：待审核" in text
    cells = {type(cell) for row in book.active.iter_rows(values_only=True) for cell in row}
    assert "西藏自治区" in text and datetime in cells, "O13: a place by its name, a time as a time"


def a_declared_fact(provider):
    fact = Fact(kind=DossierKind.EQUIPMENT, year=2025, title="", dated_on=date(2026, 1, 1), number=0)
    return in_transaction(lambda: dossier.declare(provider.id, fact, actor_id=None, request_key=uuid4(), today=the_clock.today()))


def test_each_fact_and_person_is_accepted_or_returned(browser):
    provider = a_provider()
    item = a_declared_fact(provider)
    person = stored(ProviderStaff(provider_id=provider.id, name="卓玛", degree="college", title_level="none", from_on=date(2024, 1, 1)))
    officer = an_officer()
    browser.sign_in(officer)
    assert "1 项" in browser.get("/admissions").text
    browser.get(f"/admissions/{provider.id}/dossier?year=2025")
    page = browser.fill(f"/dossier-items/{item.id}", {"decision": "returned"}, status=422)
    assert "补正" in page.select_one(".error-summary").text
    browser.fill(f"/dossier-items/{item.id}", {"decision": "accepted"})
    browser.fill(f"/provider-staff/{person.id}", {"decision": "returned", "reason": "请上传学历证书"})
    assert (item.state, person.state) == (DossierState.ACCEPTED, DossierState.RETURNED)
    for path, other in ((f"/dossier-items/{item.id}", "returned"), (f"/provider-staff/{person.id}", "accepted")):
        page = browser.get(path)
        assert [one["value"] for one in page.select("input[name=decision]")] == [other], "what stands so already is no choice"
        assert officer.name in page.text, "who decided, and when"
    browser.sign_in(user_of(provider))
    assert "请上传学历证书" in browser.get("/provider/staff").text
    browser.sign_in(an_officer("652700"))
    browser.get(f"/dossier-items/{item.id}", status=404)
    browser.get(f"/provider-staff/{person.id}", status=404)
    browser.get(f"/dossier-items/{item.id}/file", status=404)


def test_experts_are_listed_and_accepted(browser):
    expert = stored(Expert(name="扎西", organisation_name="西藏大学", field="食品工程", region_code="540102"))
    browser.sign_in(an_officer())
    assert "扎西" in browser.get("/experts?q=食品").text
    browser.fill(f"/experts/{expert.id}", {"decision": "accepted"})
    assert expert.state is DossierState.ACCEPTED
    for path in ("/imports/experts", "/imports/providers"):
        browser.get(path)
    browser.sign_in(an_officer("652700"))
    browser.get(f"/experts/{expert.id}", status=404)


def test_an_operator_lists_what_was_submitted_and_returns_with_a_reason(browser):
    row = an_offering("饮用水检测", state="submitted")
    browser.sign_in(an_operator())
    assert "饮用水检测" in browser.get("/offering-reviews").text
    browser.get(f"/offering-reviews/{row.id}")
    page = browser.fill(f"/offering-reviews/{row.id}/decide", {"decision": "return"}, status=422)
    assert "写明原因" in page.select_one(".error-summary").text
    browser.fill(f"/offering-reviews/{row.id}/decide", {"decision": "approve"})
    assert row.state is OfferingState.LISTED
    assert "饮用水检测" not in browser.get("/offering-reviews").text


def test_what_changed_since_the_officer_read_it_is_a_conflict(browser):
    row = an_offering(state="submitted")
    browser.sign_in(an_officer())
    browser.get(f"/offering-reviews/{row.id}")
    in_transaction(lambda: setattr(row, "summary", "换了内容"))
    page = browser.fill(f"/offering-reviews/{row.id}/decide", {"decision": "approve"}, status=409)
    assert "换了内容" in page.text
    assert row.state is OfferingState.SUBMITTED


def test_a_price_is_approved_or_refused_with_an_answer(browser):
    row = an_offering(price_fen=100_000)
    wanted, asked = NewPrice(Fen(130_000), "成本上涨"), {"actor_id": None, "request_key": uuid4(), "now": the_clock.now()}
    price = in_transaction(lambda: service.propose_price(row.id, row.provider_id, wanted, **asked))
    browser.sign_in(an_officer())
    assert "调价待审核" in browser.get("/offering-reviews").text
    browser.get(f"/offering-reviews/{row.id}")
    path = f"/offering-prices/{price.id}/decide"
    page = browser.post(path, {"decision": "refuse"}, status=422)
    assert "写明原因" in page.select_one(".error-summary").text
    browser.post(path, {"decision": "refuse", "answer": "高于同类"})
    assert (price.state, row.price_fen) == (PriceState.REFUSED, 100_000)
    browser.sign_in(an_officer("652700"))
    browser.get("/offering-reviews")
    browser.post(path, {"decision": "approve"}, status=404)


def test_an_officer_takes_an_offering_off(browser):
    row = an_offering()
    browser.sign_in(an_officer())
    browser.fill(f"/offering-reviews/{row.id}/delist", {"reason": "价格虚高"})
    assert row.state is OfferingState.DELISTED


def test_the_notice_of_a_registration_leads_to_where_it_is_verified(browser):
    provider, firm = a_provider(), a_firm()
    browser.sign_in(an_officer())

    for row, path in ((provider, f"/admissions/{provider.id}"), (firm, f"/enterprises/{firm.id}")):
        browser.get(f"/organisations/{row.id}/registration")
        assert browser.response.request.path == path
