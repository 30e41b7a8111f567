"""The firm's pages, the officers' and finance's, opened and filled in as people do."""

import io

import openpyxl

from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.settlement import queries, service
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from tests.factories import a_finance_officer, a_firm, an_auditor, an_officer, user_of
from tests.order_factories import with_account
from tests.subsidies.awards import AREA, a_titled_firm, an_award, an_award_round, title_of, word_of


def only_claim(db) -> Claim:
    return db.session.query(Claim).one()


def test_a_firm_sees_what_it_would_get_and_asks(db, browser):
    row, firm = an_award_round(), a_titled_firm("新〔2025〕7号")
    browser.sign_in(user_of(firm))
    assert "去申领" in browser.get("/wallet").text
    page = browser.get(f"/rounds/{row.id}/apply")  # leads on
    assert "250,000.00" in page.text and "编号 新〔2025〕7号" in page.text and "自治区专精特新中小企业" in page.text
    page = browser.fill(f"/rounds/{row.id}/subsidy", {"ground": word_of(firm), "promise": "y"})
    assert "待审核" in page.text and "新〔2025〕7号" in page.text and "合同金额" not in page.text
    assert only_claim(db).number in browser.get("/my/subsidies").text
    page = browser.fill(f"/rounds/{row.id}/subsidy", {"ground": word_of(firm), "promise": "y"}, status=422)
    assert "同一称号编号只奖励一次" in page.select_one(".error-summary").get_text()


def test_a_firm_without_a_title_is_told_why_it_cannot(db, browser):
    row = an_award_round()
    browser.sign_in(user_of(a_firm(region="652701", size="small")))
    page = browser.get(f"/rounds/{row.id}/subsidy")
    assert "暂不能提交" in page.text and not page.select("input[name=ground]")
    browser.get(f"/rounds/{an_award_round(state='draft').id}/subsidy", status=404)


def test_a_returned_application_is_sent_in_again(db, browser):
    row, firm = an_award_round(), a_titled_firm()
    claim = an_award(round_=row, firm=firm)
    officer_id = an_officer(AREA).id
    in_transaction(lambda: service.send_back(claim.id, reason="请核对编号", actor_id=officer_id, now=the_clock.now()))
    browser.sign_in(user_of(firm))
    assert "补正后重新提交" in browser.get(f"/claims/{claim.id}").text and "请核对编号" in browser.get(f"/claims/{claim.id}/subsidy").text
    assert "补正" in browser.get("/").text
    browser.fill(f"/claims/{claim.id}/subsidy", {"ground": word_of(firm), "promise": "y"})
    assert by_id(Claim, claim.id).state is ClaimState.SUBMITTED
    browser.sign_out()
    browser.sign_in(user_of(a_titled_firm()))
    browser.get(f"/claims/{claim.id}/subsidy", status=404)
    browser.get(f"/claims/{claim.id}", status=404)


def test_an_officer_finds_and_approves_it_in_the_queue(db, browser):
    claim = an_award()
    browser.sign_in(an_officer(AREA))
    assert claim.number in browser.get("/claims").text
    assert claim.firm.name in browser.get(f"/claims/{claim.id}").text
    page = browser.get(f"/claims/{claim.id}/approve")
    assert title_of(claim.firm).number in page.text and "称号" in page.text
    browser.fill(f"/claims/{claim.id}/approve", {"approved": "250000"})
    assert by_id(Claim, claim.id).state is ClaimState.APPROVED
    listed = browser.download("/claims/export?state=approved")
    assert listed.status_code in {200, 202, 302}
    for page in ("return", "refuse", "spot-check"):
        browser.get(f"/claims/{an_award().id}/{page}")
    browser.get(f"/office/rounds/{claim.round_id}")
    browser.get(f"/office/rounds/{claim.round_id}/to/settling")


def test_finance_pays_it_like_any_claim(db, browser, clock):
    claim = an_award("approved")
    with_account(claim.payee_id)
    clock.move_to(the_clock.now().replace(day=28))
    browser.sign_in(a_finance_officer(AREA))
    page = browser.get(f"/payments/new/{claim.programme_id}")
    assert claim.firm.name in page.text
    browser.fill(f"/payments/new/{claim.programme_id}", {"claims": [str(claim.id)]})
    (line,) = queries.lines_of_claim(claim.id)
    maker_page = f"/payments/{line.batch_id}"
    browser.fill(f"{maker_page}/submit", {})
    browser.sign_out()
    browser.sign_in(a_finance_officer(AREA))
    browser.fill(f"{maker_page}/approve", {})
    sheet = openpyxl.load_workbook(io.BytesIO(browser.download(f"{maker_page}/bank-list").data)).active
    assert sheet is not None
    assert any("资金拨付" in str(cell) for cells in sheet.iter_rows(values_only=True) for cell in cells)
    browser.fill(f"/payments/lines/{line.id}", {"result": "paid", "reference": "2026032800001", "paid_on": "2026-03-28"})
    assert "资金拨付付款凭证" in browser.get(f"/payments/lines/{line.id}/voucher").text
    browser.sign_out()
    browser.sign_in(an_auditor(AREA))
    assert (
        "申请占用" in browser.get(f"/oversight/trace/claim/{claim.id}").text
        and "250,000.00" in browser.get(f"/oversight/trace/payment/{line.id}").text
    )


def test_an_officer_draws_up_a_round_by_its_window_alone(db, browser):
    row = an_award_round()
    browser.sign_in(an_officer(AREA))
    address = f"/office/programmes/{row.programme_id}/rounds/new"
    page = browser.get(address)
    assert not page.select("input[name=use_from]") and not page.select("input[name=use_until]")
    typed = {"name": "2026 年第二批", "area_code": AREA, "apply_from": "2026-04-01T10:00", "apply_until": "2026-04-20T18:00"}
    page = browser.fill(address, typed)
    assert "2026 年第二批" in page.text and "2026-04-01 10:00" in page.text


def test_everybody_reads_the_rules_and_checks_themselves(db, browser):
    an_award_round()
    page = browser.get("/programmes/bozhou_award")
    assert "1,000,000.00" in page.text and "补贴比例" not in page.text
    browser.get("/programmes")
    asked = "region_code=652701&industry_code=1522&employees=20&revenue=300&assets=300&titles=little_giant"
    page = browser.get(f"/self-check?{asked}")
    assert "博州专精特新企业一次性奖励" in page.text
