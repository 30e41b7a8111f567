"""Applying, reviewing, and vouchers one by one, as people do it in their browser."""

import io
from datetime import date
from uuid import UUID, uuid4

import openpyxl
import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict
from marketplace.ledger import queries as ledger
from marketplace.policy.programme_file import PROGRAMMES
from marketplace.vouchers.models import Application, Voucher
from marketplace.vouchers.queries.applications import in_round
from marketplace.vouchers.queries.programmes import facts_of, known_programmes
from marketplace.vouchers.rules.states import ApplicationDecision, VoucherState
from marketplace.vouchers.service import holdings
from marketplace.vouchers.service.reviewing import Reviewed, decide
from tests.factories import (
    a_firm,
    a_programme,
    a_round,
    a_title,
    a_voucher,
    an_application,
    an_appropriation,
    an_officer,
    user_of,
)
from tests.order_factories import an_order

SERVICE, REVIEWED, QUEUED = "xizang_enterprise_service_voucher", "xizang_innovation_voucher", "xinjiang_innovation_service_voucher"
BORTALA = "652701"


def a_file(slug: str, text: str | None = None) -> tuple[io.BytesIO, str]:
    content = (PROGRAMMES / f"{slug}.toml").read_text() if text is None else text
    return io.BytesIO(content.encode()), f"{slug}.toml"


# Applying


def test_a_firm_applies_sees_its_place_and_prints_a_receipt_that_can_be_checked(browser):
    row = a_round(QUEUED, area="650000", state="claiming")
    firm = a_firm(region=BORTALA)
    browser.sign_in(user_of(firm))
    assert "正在申领" in browser.get("/wallet").text
    browser.get(f"/rounds/{row.id}/apply")
    page = browser.post(f"/rounds/{row.id}/apply", {"requested": "20,000", "plan": "检测认证", "promise": "y"})
    assert "第 1 位" in page.text
    application = in_transaction(lambda: None) or browser.response.request.path.rsplit("/", 1)[1]

    page = browser.get(f"/my/applications/{application}/receipt")
    number = by_id(Application, UUID(application)).number
    assert number in page.text
    assert "贰万元整" in page.text
    browser.sign_out()
    page = browser.get(f"/receipts/{number}")
    assert "已提交" in page.text
    assert user_of(firm).organisation.name not in page.text


def test_an_application_outside_the_rules_is_refused_with_rule_and_clause_and_keeps_what_was_typed(browser):
    row = a_round(QUEUED, area="650000", state="claiming")
    browser.sign_in(user_of(a_firm(region=BORTALA)))
    path = f"/rounds/{row.id}/apply"
    browser.get(path)
    page = browser.post(path, {"requested": "20,000.01", "plan": "检测认证", "promise": "y"}, status=422)
    assert "不超过 20,000.00 元" in page.text
    assert page.select_one("#plan").text.strip() == "检测认证"
    assert page.select_one("#requested")["value"] == "20,000.01"

    browser.sign_in(user_of(a_firm(region=BORTALA, size="large")))
    page = browser.get(path)
    assert "暂不符合申领条件（企业规模）" in page.text
    page = browser.post(path, {"requested": "20,000", "plan": "检测", "promise": "y"}, status=422)
    assert "依据：" in page.select_one(".error-summary").text


def test_before_the_window_and_after_it_nothing_is_taken(browser, clock):
    row = a_round(QUEUED, area="650000", state="announced")
    firm = a_firm(region=BORTALA)
    browser.sign_in(user_of(firm))
    path = f"/rounds/{row.id}/apply"
    browser.get(path)
    page = browser.post(path, {"requested": "10,000", "plan": "检测", "promise": "y"}, status=422)
    assert "不能申领" in page.text


def test_a_firm_withdraws_after_it_was_told_what_that_means(browser):
    application = an_application(a_round(QUEUED, area="650000", state="claiming"), a_firm(region=BORTALA))
    browser.sign_in(user_of(application.enterprise_id))
    path = f"/my/applications/{application.id}/withdraw"
    assert "不能再次申领" in browser.get(path).text
    assert "已撤回" in browser.post(path).text


def test_another_firms_application_and_voucher_answer_404(browser):
    application = an_application(a_round(QUEUED, area="650000", state="claiming"), a_firm(region=BORTALA))
    voucher = a_voucher()
    browser.sign_in(user_of(a_firm()))
    for path in ("", "/withdraw", "/receipt"):
        browser.get(f"/my/applications/{application.id}{path}", status=404)
    browser.get(f"/wallet/{voucher.id}", status=404)
    browser.get(f"/wallet/{voucher.id}/give-back", status=404)


# Reviewing


def test_two_officers_review_level_by_level_and_the_firm_gets_its_voucher(browser):
    row = a_round(REVIEWED, state="claiming")
    application = an_application(row, a_firm())
    browser.sign_in(an_officer("540100"))
    page = browser.get("/office/applications")
    assert application.number in page.text
    path = f"/office/applications/{application.id}"
    browser.get(path)
    browser.post(f"{path}/decide", {"decision": "pass"})
    browser.get(path)
    page = browser.post(f"{path}/decide", {"decision": "pass"}, status=422)
    assert "须由另一位人员审核" in page.text or "等待上级审核" in page.text

    browser.sign_in(an_officer())
    browser.get(path)
    browser.post(f"{path}/decide", {"decision": "pass", "reason": "材料齐全"})

    browser.sign_in(user_of(application.enterprise_id))
    page = browser.get(f"/my/applications/{application.id}")
    assert "已获券" in page.text
    assert "查看服务券" in page.text


def test_an_officer_of_another_area_does_not_see_the_application(browser):
    application = an_application(a_round(REVIEWED, state="claiming"), a_firm())
    browser.sign_in(an_officer("652700"))
    assert application.number not in browser.get("/office/applications").text
    browser.get(f"/office/applications/{application.id}", status=404)


def test_a_return_names_its_reason_and_the_firm_sends_it_in_again(browser):
    row = a_round(REVIEWED, state="claiming")
    application = an_application(row, a_firm())
    browser.sign_in(an_officer())
    path = f"/office/applications/{application.id}"
    browser.get(path)
    assert "须写明原因" in browser.post(f"{path}/decide", {"decision": "return"}, status=422).text
    browser.post(f"{path}/decide", {"decision": "return", "reason": "请写明服务内容"})

    browser.sign_in(user_of(application.enterprise_id))
    assert "请写明服务内容" in browser.get(f"/my/applications/{application.id}").text
    page = browser.get(f"/rounds/{row.id}/apply")
    assert page.select_one("#plan").text.strip() == application.plan
    page = browser.fill(f"/rounds/{row.id}/apply", {"plan": "检测认证，三项指标", "promise": "y"})
    assert "已提交" in page.text


def test_an_old_form_sent_again_after_its_return_changes_nothing(browser):
    row, firm, officer = a_round(REVIEWED, state="claiming"), a_firm(), an_officer()
    typed = {"requested": "20,000", "plan": "检测认证", "promise": "y", "request_key": str(uuid4())}
    browser.sign_in(user_of(firm))
    browser.post(f"/rounds/{row.id}/apply", typed)
    filed = in_round(row.id, firm.id)
    in_transaction(lambda: decide(filed.id, Reviewed(ApplicationDecision.RETURN, "请写明"), actor_id=officer.id, now=clock.now()))

    browser.post(f"/rounds/{row.id}/apply", typed)

    assert by_id(Application, filed.id).state == "returned"


def test_a_refused_firm_appeals_in_time_and_another_officer_answers(browser):
    row = a_round(REVIEWED, state="claiming")
    application = an_application(row, a_firm())
    first, second = an_officer(), an_officer()
    path = f"/office/applications/{application.id}"
    browser.sign_in(first)
    browser.get(path)
    browser.post(f"{path}/decide", {"decision": "refuse", "reason": "不在支持范围"})

    browser.sign_in(user_of(application.enterprise_id))
    own = f"/my/applications/{application.id}"
    assert "前申诉一次" in browser.get(own).text
    browser.post(f"{own}/appeal", {"appeal": "我们的服务在目录内"})

    browser.sign_in(first)
    browser.get(path)
    assert "另一位人员" in browser.post(f"{path}/answer", {"upheld": "yes", "answer": "同意"}, status=422).text
    browser.sign_in(second)
    assert application.number in browser.get("/office/applications?state=appeals").text
    browser.get(path)
    page = browser.post(f"{path}/answer", {"upheld": "yes", "answer": "核对目录后同意重新审核"})
    assert "审核中" in page.text


def test_publishing_shows_first_who_would_get_what_and_the_list_is_public(browser, clock):
    row = a_round(QUEUED, area="650000", state="claiming", budget_fen=3_000_000)
    late = a_firm(region=BORTALA)
    an_application(row, a_firm("先到的企业", region=BORTALA))
    winner = a_firm("优先的企业", region=BORTALA)
    a_title(winner, "specialised", valid_from=date(2024, 6, 1))
    an_application(row, winner)
    an_application(row, late)
    clock.shift(days=2)
    officer = an_officer("650000")
    browser.sign_in(officer)
    browser.get(f"/office/rounds/{row.id}/to/closed")
    browser.post(f"/office/rounds/{row.id}/to/closed")
    page = browser.get(f"/office/rounds/{row.id}/to/published")
    assert page.text.index("优先的企业") < page.text.index("先到的企业")
    browser.post(f"/office/rounds/{row.id}/to/published")

    browser.sign_out()
    page = browser.get(f"/rounds/{row.id}/results")
    assert "优先的企业" in page.text
    assert "候补中" in page.text
    assert ledger.standing(row.programme.book_id).difference() == 0


# Vouchers


def test_the_wallet_shows_what_is_left_and_what_stands_in_the_way(browser):
    firm = a_firm()
    voucher = a_voucher(enterprise=firm)
    browser.sign_in(user_of(firm))
    page = browser.get("/wallet")
    assert "30,000.00" in page.text
    page = browser.get(f"/wallet/{voucher.id}")
    assert "发放" in page.text
    assert "50%" in page.text

    in_transaction(lambda: holdings.freeze(voucher.id, reason="核查线索", actor_id=firm.id))
    assert "已冻结：核查线索" in browser.get("/wallet").text


def test_a_second_thaw_hears_who_thawed_it_whatever_was_left_of_it(db):
    voucher, officer = a_voucher(), an_officer()
    an_order("placed", voucher=voucher)
    assert voucher.state is VoucherState.PARTLY_USED
    for verb in (holdings.freeze, holdings.thaw):
        in_transaction(lambda verb=verb: verb(voucher.id, reason="核查", actor_id=officer.id))
    with pytest.raises(Conflict, match=f"已经办过了（{officer.name}.*部分使用"):
        in_transaction(lambda: holdings.thaw(voucher.id, reason="核查", actor_id=officer.id))


def test_a_firm_that_is_not_verified_reads_what_is_missing(browser):
    a_round(SERVICE)
    browser.sign_in(user_of(a_firm(verified=False)))
    page = browser.get("/wallet")
    assert "企业认证尚未通过" in page.text


def test_a_firm_gives_back_what_it_will_not_use(browser):
    firm = a_firm()
    voucher = a_voucher(enterprise=firm)
    browser.sign_in(user_of(firm))
    path = f"/wallet/{voucher.id}/give-back"
    assert "本批次不能再领券" in browser.get(path).text
    page = browser.post(path)
    assert "已收回" in page.text
    assert ledger.balance_fen(voucher.programme.book_id, f"limit:voucher:{voucher.id}") == 0


@pytest.mark.parametrize(("action", "state"), [("freeze", "已冻结"), ("reclaim", "已收回"), ("void", "已作废")])
def test_an_officer_acts_on_a_voucher_with_a_reason(browser, action, state):
    voucher = a_voucher()
    browser.sign_in(an_officer())
    path = f"/office/vouchers/{voucher.id}/{action}"
    browser.get(path)
    assert "请写明原因" in browser.post(path, status=422).text
    page = browser.post(path, {"reason": "核查发现问题"})
    assert state in page.text
    assert "核查发现问题" in page.text


def test_the_vouchers_of_a_round_go_out_as_excel_with_the_filter(browser):
    voucher = a_voucher()
    browser.sign_in(an_officer())
    page = browser.get(f"/office/rounds/{voucher.round_id}/vouchers")
    assert voucher.number in page.text
    answer = browser.download(f"/office/rounds/{voucher.round_id}/vouchers.xlsx?state=available")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    cells = [cell.value for line in book.active.iter_rows() for cell in line]
    assert voucher.number in cells
    assert 30_000 in cells


def test_officers_give_vouchers_by_hand_where_the_programme_says_so(browser):
    text = (PROGRAMMES / f"{SERVICE}.toml").read_text().replace('value = "auto_credit"', 'value = "admin_push"')
    browser.sign_in(an_officer())
    browser.post("/office/programmes/import", {"area_code": "540000", "file": a_file(SERVICE, text)})
    programme = known_programmes()[0].programme
    firm = a_firm("被选中的企业")
    row = a_round(programme=a_programme(SERVICE) and programme)
    path = f"/office/rounds/{row.id}/push"
    assert "被选中的企业" in browser.get(path).text
    page = browser.post(path, {"firms": [str(firm.id)]})
    assert "已发放 1 张" in page.text


def test_a_page_of_every_kind_opens_in_the_late_states_too(browser):
    row = a_round(REVIEWED, state="in_use", simulated=True)
    voucher = a_voucher(round_=row)
    an_appropriation(row, 100)
    browser.sign_in(an_officer())
    for path in (
        f"/office/rounds/{row.id}",
        f"/office/rounds/{row.id}/to/settling",
        f"/office/vouchers/{voucher.id}",
        f"/office/programmes/{row.programme_id}",
        "/office/applications?state=granted",
    ):
        browser.get(path)
    assert facts_of(row.programme_id).rounds == 1
    assert by_id(Voucher, voucher.id).face_fen == 2_000_000
