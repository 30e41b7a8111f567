"""The pages of performance, played by two officers; an auditor reads, another area and another role see nothing."""

import io

import pytest
from openpyxl import load_workbook

from marketplace.performance.models import PerformancePlan
from tests.factories import a_programme, an_auditor, an_officer, an_operator
from tests.performance.acts import a_plan, confirmed

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def test_O12_targets_are_entered_by_one_officer_confirmed_by_another_and_watched(db, browser):
    programme, first, second = a_programme(), an_officer(), an_officer()
    browser.sign_in(first)
    assert browser.get("/performance/new").find("select", {"name": "programme"})
    address = f"/performance/new?programme={programme.id}&year=2026"
    browser.get(address)
    assert "权重合计须为 100" in browser.post(address, {"value_paid": "1000", "weight_paid": "90"}, status=422).text
    browser.get(address)
    page = browser.post(address, {"value_paid": "1000", "weight_paid": "90", "value_timely": "95", "weight_timely": "10"})
    plan = db.session.query(PerformancePlan).one()
    assert "1,000.00" in page.text and "95.00%" in page.text
    browser.get(f"/performance/{plan.id}/confirm")
    assert "请由另一位工作人员办理" in browser.post(f"/performance/{plan.id}/confirm", {}, status=422).text

    browser.sign_in(second)
    assert plan.number in browser.get("/performance?state=entered&by=others").text
    browser.get(f"/performance/{plan.id}/confirm")
    browser.post(f"/performance/{plan.id}/confirm", {})
    browser.get(f"/performance/{plan.id}/monitor")
    browser.post(f"/performance/{plan.id}/monitor", {}, status=422)
    page = browser.post(f"/performance/{plan.id}/monitor", {"reason_paid": "未到拨付期", "reason_timely": "还没有到期的申请"})
    assert "未到拨付期" in page.text and "中期监控" in page.text
    assert "没有数据" in browser.get(f"/performance/{plan.id}").text


def test_O12_the_papers_carry_what_the_page_shows_and_no_nought_for_unknown(db, browser):
    plan = confirmed(a_programme())
    browser.sign_in(an_auditor())
    browser.get(f"/performance/{plan.id}/rows/satisfaction")
    browser.get(f"/performance/{plan.id}/rows/paid")
    browser.get(f"/performance/{plan.id}/rows/timely", status=404)
    book = load_workbook(io.BytesIO(browser.download(f"/performance/{plan.id}/sheet").data))
    lines = [[cell.value for cell in line] for line in book.active.iter_rows()]
    assert any(line[:4] == ["满意度", "90.00%", 10, "—"] for line in lines), lines
    assert browser.download(f"/performance/{plan.id}/sheet.pdf").data.startswith(b"%PDF")
    browser.get(f"/performance/{plan.id}/monitor", status=403)


def test_performance_of_another_area_is_not_there(db, browser):
    plan = a_plan(a_programme(area="540100"))
    browser.sign_in(an_officer("540200"))
    browser.get(f"/performance/{plan.id}", status=404)
    browser.get(f"/performance/{plan.id}/confirm", status=404)
    assert plan.number not in browser.get("/performance").text
    browser.sign_in(an_operator())
    browser.get("/performance", status=403)
