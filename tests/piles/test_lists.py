"""O13: wherever an office decides row by row it may decide on all that match the filter: previewed, with what is left out and why."""

from uuid import uuid4

import pytest

from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Provider
from marketplace.enterprises import service
from marketplace.enterprises.models import EnterpriseYear, ReviewState, Title
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.publicity.models import NoticeRow, Objection, ObjectionState
from marketplace.records.models import ServiceReport
from marketplace.records.rules import ReportState
from marketplace.risk.models import Bar
from tests import factories as make
from tests.piles.test_piles import confirmed, listed
from tests.records.test_reports import a_claim, a_report

pytestmark = pytest.mark.engines("sqlite")


@pytest.fixture
def office(browser):
    officer = make.an_officer()
    browser.sign_in(officer)
    return officer


def test_o13_titles_are_accepted_together_by_the_lists_filter(browser, office):
    firm, far = make.a_firm(region="540102"), make.a_firm(region="640104")
    waiting, other = make.a_title(firm, "tech_sme", accepted=False), make.a_title(firm, "little_giant", accepted=False)
    elsewhere = make.a_title(far, "tech_sme", accepted=False)
    page = listed(browser, "/enterprises/declared-titles?kind=tech_sme", "together", decision="accept")
    assert firm.organisation.name in page.text and far.organisation.name not in page.text and "1 件" in page.text
    assert "已采信" in page.text, "the preview says what each becomes"
    assert "已采信 1 件" in confirmed(browser, page).text
    states = [by_id(Title, one.id).state for one in (waiting, other, elsewhere)]
    assert states == [ReviewState.ACCEPTED, ReviewState.DECLARED, ReviewState.DECLARED]


def test_o13_yearly_figures_go_back_together_with_a_reason_and_the_changed_ones_stay(browser, office):
    years = [
        make.stored(EnterpriseYear(enterprise_id=make.a_firm(region="540102").id, year=2024, employees=9, revenue_fen=1, assets_fen=1))
        for _ in range(2)
    ]
    page = listed(browser, "/enterprises/declared-years", "together", decision="return")
    another = make.an_officer()
    in_transaction(lambda: service.decide_year(years[0].id, accept=True, reason="", actor_id=another.id))
    path = page.select_one("form[action*='/together/']")["action"]
    assert "请写明一起办理的理由" in browser.fill(path, {"reason": ""}, status=422).text
    page = confirmed(browser, page, "缺少审计报告")
    assert "已退回 1 件" in page.text and "留下 1 件" in page.text and "预览之后有变动" in page.text
    assert by_id(EnterpriseYear, years[1].id).state_reason == "缺少审计报告"


def test_o13_admissions_are_announced_together_and_who_is_barred_is_left_out(browser, office):
    first, barred = (make.a_provider(state="applied", region="540102") for _ in range(2))
    done = make.a_provider(region="540102")
    days = {"from_on": clock.today(), "until_on": clock.today()}
    make.stored(Bar(organisation_id=barred.id, kind="ban", number="CF-1", **days))
    ticked = [str(one.id) for one in (first, barred, done)]
    page = listed(browser, "/admissions", "together", rows="ticked", picks=ticked, decision="pass")
    assert "不在入库审核中" in page.text and "CF-1" in page.text and "公示中" in page.text
    assert "已发布公示 1 件" in confirmed(browser, page).text
    states = [by_id(Provider, one.id).state for one in (first, barred, done)]
    assert states == [ProviderState.NOTICED, ProviderState.APPLIED, ProviderState.ADMITTED]


def test_o13_reports_are_counted_together_but_nobody_counts_the_own(browser, office):
    provider = make.a_provider(region="540102")
    reports = [a_report(provider, a_claim()) for _ in range(2)]
    for report, by in zip(reports, (uuid4(), office.id), strict=True):
        in_transaction(lambda report=report, by=by: handed_in(report.id, by))
    page = listed(browser, "/records/reports", "together", decision="decide")
    assert "由另一位审核人员办理" in page.text
    assert "已计入台账 1 件" in confirmed(browser, page).text
    assert [by_id(ServiceReport, one.id).state for one in reports] == [ReportState.ACCEPTED, ReportState.SUBMITTED]


def handed_in(report_id, by):
    row = by_id(ServiceReport, report_id)
    row.state, row.submitted_by, row.submitted_at = ReportState.SUBMITTED, by, clock.now()


def test_o13_objections_are_answered_together_but_not_by_who_published(browser, office):
    notice, own = make.a_notice(), make.a_notice()
    line = {"number": "1", "party": "甲", "partner": "", "about": "", "amount_fen": 1, "currency": "CNY"}
    make.stored(NoticeRow(notice_id=own.id, position=1, subject_type="x", subject_id=uuid4(), added_by=office.id, **line))
    theirs, mine = make.an_objection(notice), make.an_objection(own)
    page = listed(browser, "/objections?state=raised", "together", decision="rejected")
    assert "您是公示事项的经办人" in page.text
    assert "已答复 1 件" in confirmed(browser, page, "经核实，证书有效。").text
    assert [by_id(Objection, one.id).state for one in (theirs, mine)] == [ObjectionState.REJECTED, ObjectionState.RAISED]
