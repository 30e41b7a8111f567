"""The register's pages: filter, export, a report written in the browser and by Excel, reviewed by an officer, corrected."""

import io
from datetime import date

import openpyxl

from marketplace.kernel import clock
from marketplace.kernel.db import db as the_db
from marketplace.kernel.sheets import template
from marketplace.records import queries
from marketplace.records.importers import PAST_SPEC, REPORT_SPEC
from marketplace.records.models import ServiceRecord, ServiceReport
from tests.factories import a_firm, a_provider, an_auditor, an_officer, an_operator, user_of
from tests.records.test_service import counted, written

ROW = {
    "title": "瓶坯气密性检测",
    "function": "technology",
    "category": "testing",
    "delivered_on": "2026-03-10",
    "mode": "offline",
    "fee_kind": "standard",
    "fee": "3000",
    "person_times": "2",
}


def text_of(page):
    return " ".join(page.get_text(" ").split())


def book(spec, *rows):
    """The template with these rows typed under its headings."""
    workbook = openpyxl.load_workbook(io.BytesIO(template(spec)))
    page = workbook[spec.title]
    heading = next(row for row in page.iter_rows() if any(str(cell.value or "").startswith("服务企业统一") for cell in row))
    places = {str(cell.value).rstrip("*（必填）").strip(): cell.column for cell in heading if cell.value}
    below = heading[0].row + 1
    page.delete_rows(below, page.max_row)
    for number, row in enumerate(rows):
        for column in spec.columns:
            if column.key in row:
                place = next(at for title, at in places.items() if title.startswith(column.title))
                page.cell(below + number, place, row[column.key])
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def upload(browser, kind, content):
    browser.get(f"/imports/{kind}")
    return browser.post(f"/imports/{kind}", {"book": (io.BytesIO(content), "台账.xlsx")})


def the_report():
    return the_db.session.query(ServiceReport).order_by(ServiceReport.created_at.desc(), ServiceReport.id).first()


def a_report_in_the_browser(browser, provider, firm, **changes):
    browser.sign_in(user_of(provider))
    browser.fill("/records/reports/mine/new", {"title": "三月服务"})
    report = the_report()
    browser.fill(f"/records/reports/mine/{report.id}/rows", {**ROW, "enterprise": firm.organisation.uscc, **changes})
    return report


def test_a_report_is_written_submitted_and_counted(browser):
    provider, firm = a_provider(), a_firm("雪山饮用水有限公司")
    report = a_report_in_the_browser(browser, provider, firm)
    assert "雪山饮用水有限公司" in text_of(browser.page)
    browser.post(f"/records/reports/mine/{report.id}/submit")
    assert "等待主管部门审核" in text_of(browser.page)

    browser.sign_in(an_officer())
    assert report.number in text_of(browser.get("/records/reports"))
    browser.get(f"/records/reports/{report.id}")
    page = browser.post(f"/records/reports/{report.id}/decide", {"decision": "accept"})
    assert "已计入台账" in text_of(page)

    browser.sign_in(user_of(provider))
    assert "瓶坯气密性检测" in text_of(browser.get("/records?function=technology&year=2026"))
    assert "没有符合条件的服务" in text_of(browser.get("/records?function=finance"))


def test_a_refused_row_keeps_what_was_typed_and_names_the_field(browser):
    provider, firm = a_provider(), a_firm()
    browser.sign_in(user_of(provider))
    browser.fill("/records/reports/mine/new", {"title": "三月服务"})
    where = f"/records/reports/mine/{the_report().id}/rows"

    page = browser.fill(where, {**ROW, "enterprise": "没有这家"}, status=422)
    assert "没有找到“没有这家”" in text_of(page)
    page = browser.fill(where, {**ROW, "enterprise": firm.organisation.name, "fee_kind": "public_benefit"}, status=422)
    assert "公益性服务不收费" in page.select_one(".error-summary").text
    assert page.select_one("#title")["value"] == "瓶坯气密性检测"
    page = browser.fill(where, {**ROW, "enterprise": firm.organisation.uscc, "delivered_on": "2026-13-40"}, status=422)
    assert "2026-11-20" in text_of(page)


def test_a_duplicate_of_an_order_names_the_order(browser):
    ordered = written(source_number="DD-7K3M9Q2P-X", delivered_on=date(2026, 3, 10))
    browser.sign_in(user_of(ordered.provider_id))
    browser.fill("/records/reports/mine/new", {"title": "三月服务"})

    page = browser.fill(f"/records/reports/mine/{the_report().id}/rows", {**ROW, "enterprise": ordered.enterprise.uscc}, status=422)

    assert "DD-7K3M9Q2P-X" in page.select_one(".error-summary").text


def test_a_returned_report_shows_its_reason_and_goes_on(browser):
    provider, firm = a_provider(), a_firm()
    report = a_report_in_the_browser(browser, provider, firm)
    browser.post(f"/records/reports/mine/{report.id}/submit")
    browser.sign_in(an_officer())
    browser.get(f"/records/reports/{report.id}")
    page = browser.post(f"/records/reports/{report.id}/decide", {"decision": "return"}, status=422)
    assert "请写明理由" in text_of(page)
    browser.post(f"/records/reports/{report.id}/decide", {"decision": "return", "reason": "请附检测报告"})

    browser.sign_in(user_of(provider))
    page = browser.get(f"/records/reports/mine/{report.id}")
    assert "请附检测报告" in text_of(page)
    row = report.rows[0]
    browser.fill(f"/records/reports/mine/{report.id}/rows/{row.id}", {"person_times": "5"})
    browser.post(f"/records/reports/mine/{report.id}/submit")
    assert "等待主管部门审核" in text_of(browser.page)


def test_a_correction_is_asked_and_granted(browser):
    record = written(title="检测", delivered_on=date(2026, 3, 10))
    browser.sign_in(user_of(record.provider_id))
    browser.get(f"/records/{record.id}")
    page = browser.fill(f"/records/{record.id}/correct", {"reason": "金额写错", "fee": "2000"})
    assert "已提交" in text_of(page)
    report = the_report()
    assert "有更正在办理" in text_of(browser.get(f"/records/{record.id}"))

    browser.sign_in(an_officer())
    assert "这份填报更正一条已计入的记录" in text_of(browser.get(f"/records/reports/{report.id}"))
    browser.post(f"/records/reports/{report.id}/decide", {"decision": "accept"})

    assert [r.fee_fen for r in the_db.session.scalars(queries.current())] == [200_000]
    assert "已被更正" in text_of(browser.get(f"/records/{record.id}"))


def test_a_report_by_excel_is_a_draft_until_it_is_submitted(browser):
    provider, firm = a_provider(), a_firm()
    row = {
        "enterprise_uscc": firm.organisation.uscc, "title": "银企对接会", "function": "融资服务", "delivered_on": "2026-03-10",
        "mode": "线下", "fee_kind": "公益性", "activity": "三月银企对接会", "activity_kind": "银企对接",
    }  # fmt: skip
    browser.sign_in(user_of(provider))
    page = upload(browser, "service_report", book(REPORT_SPEC, row, {**row, "delivered_on": "2026-09-01"}))
    assert "晚于今天" in text_of(page)
    assert the_report() is None, "a dry run stores nothing"

    page = upload(browser, "service_report", book(REPORT_SPEC, row))
    assert "检查通过" in text_of(page)
    browser.post(page.select_one("form[action$=store]")["action"], {"rows": "all"})
    report = the_report()
    browser.get(f"/records/reports/mine/{report.id}")
    browser.post(f"/records/reports/mine/{report.id}/submit")
    assert [r.activity for r in report.rows] == ["三月银企对接会"]


def test_past_services_are_brought_in_by_an_operator_and_reviewed_by_an_officer(browser):
    provider, firm = a_provider(), a_firm()
    row = {
        "provider_uscc": provider.organisation.uscc, "enterprise_uscc": firm.organisation.uscc, "title": "政策宣讲",
        "function": "信息服务", "delivered_on": "2024-06-10", "mode": "线下", "fee_kind": "公益性",
    }  # fmt: skip
    browser.sign_in(an_operator())
    page = upload(browser, "past_services", book(PAST_SPEC, row))
    browser.post(page.select_one("form[action$=store]")["action"], {"rows": "all"})
    report = the_report()
    assert counted() == set()

    browser.sign_in(an_officer())
    browser.get(f"/records/reports/{report.id}")
    browser.post(f"/records/reports/{report.id}/decide", {"decision": "accept"})
    assert the_db.session.scalars(queries.current()).one().evidence_grade == "imported"


def test_a_provider_outside_the_operators_area_is_refused_in_the_sheet(browser):
    provider, firm = a_provider(region="540202"), a_firm()
    row = {
        "provider_uscc": provider.organisation.uscc, "enterprise_uscc": firm.organisation.uscc, "title": "政策宣讲",
        "function": "信息服务", "delivered_on": "2024-06-10", "mode": "线下", "fee_kind": "公益性",
    }  # fmt: skip
    browser.sign_in(an_operator("540100"))

    assert "不在您的管辖地区" in text_of(upload(browser, "past_services", book(PAST_SPEC, row)))


def test_an_officer_sees_the_register_of_the_own_area_and_exports_it(browser):
    near, far = (
        written(title="城关的服务"),
        written(title="日喀则的服务", provider_id=a_provider(region="540202").id, enterprise_id=a_firm(region="540202").id),
    )
    browser.sign_in(an_officer("540100"))
    page = text_of(browser.get("/records/all"))
    assert "城关的服务" in page and "日喀则的服务" not in page
    browser.get(f"/records/{near.id}")
    browser.get(f"/records/{far.id}", status=404)

    content = browser.download("/records/all/export?function=technology").get_data()
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True) for cell in row if cell]
    assert "城关的服务" in cells and any("技术服务" in str(c) for c in cells[:3])


def test_another_providers_records_and_reports_are_not_there(browser):
    record = written()
    provider = a_provider()
    report = a_report_in_the_browser(browser, a_provider(), a_firm())
    browser.sign_in(user_of(provider))

    for path in (f"/records/{record.id}", f"/records/{record.id}/correct", f"/records/reports/mine/{report.id}"):
        browser.get(path, status=404)
    browser.get("/records/all", status=403)


def test_an_auditor_reads_reports_and_decides_nothing(browser):
    report = a_report_in_the_browser(browser, a_provider(), a_firm())
    browser.post(f"/records/reports/mine/{report.id}/submit")
    browser.sign_in(an_auditor())

    page = browser.get(f"/records/reports/{report.id}")

    assert page.select_one("form[action$=decide]") is None
    browser.post(f"/records/reports/{report.id}/decide", {"decision": "accept"}, status=403)
    assert the_db.session.query(ServiceRecord).count() == 0
    assert clock.today() == date(2026, 3, 16)
