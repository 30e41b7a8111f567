"""Pages of public notices."""

from marketplace.publicity.models import PublicNoticeState
from tests.factories import a_notice, a_provider, an_objection, an_officer, user_of

GROUNDS = "该单位的资质证书已于去年到期，证书编号可查。"
SAID = {"grounds": GROUNDS, "evidence": "证书编号可以在发证机关网站查询。"}


def test_anybody_reads_notices_and_filters_them(browser):
    a_notice(title="甲公司入库公示")
    a_notice(title="乙公司出库公示", kind="provider_removal")
    page = browser.get("/publicity?kind=provider_removal")
    assert "乙公司" in page.text and "甲公司" not in page.text
    assert "没有符合条件的公示" in browser.get("/publicity?q=丙公司").text


def test_anybody_objects_with_a_name_and_sees_the_answer_by_number(browser):
    notice = a_notice()
    page = browser.fill(f"/publicity/{notice.id}/object", {"name": "次仁", "contact": "13800000000", **SAID})
    assert "异议已收到，编号 YY-" in page.text
    assert "核实中" in page.text
    assert "次仁" not in page.text and "13800000000" not in page.text, "who objected is not published"


def test_an_anonymous_objection_is_refused_and_what_was_typed_stays(browser):
    notice = a_notice()
    page = browser.fill(f"/publicity/{notice.id}/object", {**SAID}, status=422)
    assert "匿名异议不受理" in page.select_one(".error-summary").text
    assert GROUNDS in page.select_one("#grounds").text


def test_an_objection_after_the_period_is_refused_with_a_sentence(browser, clock):
    notice = a_notice(working_days=1)
    browser.get(f"/publicity/{notice.id}/object")
    clock.move_to("2026-03-25 09:00")
    page = browser.fill(f"/publicity/{notice.id}/object", {"name": "次仁", "contact": "1", **SAID}, status=422)
    assert "截止" in page.select_one(".error-summary").text


def test_an_officer_of_the_area_decides_and_another_does_not_find_it(browser):
    notice = a_notice(area_code="540102")
    objection = an_objection(notice)
    browser.sign_in(an_officer("650000"))
    browser.get(f"/objections/{objection.id}", status=404)
    browser.sign_in(an_officer("540000"))
    assert objection.number in browser.get("/objections").text
    page = browser.fill(f"/objections/{objection.id}", {"decision": "upheld"}, status=422)
    assert "处理意见" in page.select_one(".error-summary").text
    browser.fill(f"/objections/{objection.id}", {"decision": "upheld", "answer": "证书确已到期。"})
    assert notice.state is PublicNoticeState.STOPPED
    browser.sign_out()
    assert "证书确已到期" in browser.get(f"/publicity/{notice.id}").text


def test_a_provider_may_not_decide(browser):
    browser.sign_in(user_of(a_provider()))
    browser.get("/objections", status=403)
