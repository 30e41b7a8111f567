"""What everybody sees of programmes, and how officers and finance run rounds."""

import io
from datetime import timedelta
from uuid import UUID

import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import by_id
from marketplace.ledger import queries as ledger
from marketplace.policy.programme_file import PROGRAMMES
from marketplace.policy.programme_spec import GROUPS, TABLES
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.programmes import SECTIONS, known_programmes
from tests.factories import (
    a_finance_officer,
    a_programme,
    a_round,
    a_voucher,
    an_auditor,
    an_officer,
)

SERVICE, REVIEWED, QUEUED = "xizang_enterprise_service_voucher", "xizang_innovation_voucher", "xinjiang_innovation_service_voucher"
BORTALA = "652701"


def a_file(slug: str, text: str | None = None) -> tuple[io.BytesIO, str]:
    content = (PROGRAMMES / f"{slug}.toml").read_text() if text is None else text
    return io.BytesIO(content.encode()), f"{slug}.toml"


# Everybody


def test_anybody_reads_what_a_programme_bears_and_sees_which_values_are_assumed(browser):
    row = a_round(SERVICE)
    page = browser.get("/programmes")
    assert row.name in page.text

    page = browser.get(f"/programmes/{SERVICE}")

    assert "设定值，已签认" in page.text
    assert "西藏自治区为中小企业办实事清单" in page.text
    assert row.name in page.text


def test_a_draft_is_not_public(browser):
    row = a_round(SERVICE, state="draft", name="还没有公告的批次")
    assert row.name not in browser.get(f"/programmes/{SERVICE}").text


def self_check(**said) -> str:
    known = {"region_code": "540102", "industry_code": "1522", "employees": "20", "revenue": "500", "assets": "300"} | said
    return "/self-check?" + "&".join(f"{key}={value}" for key, value in known.items())


def test_the_self_check_says_yes_with_the_amount_without_an_account(browser):
    a_round(SERVICE)
    browser.get("/self-check")
    page = browser.get(self_check())
    assert "可以" in page.text
    assert "30,000.00" in page.text


def test_the_self_check_names_the_failed_rule_and_its_clause(browser):
    a_round(SERVICE)
    page = browser.get(self_check(employees="2000", revenue="90000", assets="900000"))
    assert "企业规模为大型企业，本项目面向微型企业、小型企业、中型企业" in page.text
    assert "第七部分专栏六第 2 项" in page.text


def test_the_self_check_asks_for_what_is_missing_instead_of_refusing(browser):
    a_round(SERVICE)
    page = browser.get(self_check(employees="", revenue=""))
    assert "还缺信息" in page.text


def test_a_self_check_without_a_region_says_so(browser):
    page = browser.get("/self-check?region_code=&industry_code=1522", status=422)
    assert page.select_one(".error-summary")


# Programmes


def test_an_officer_brings_in_a_programme_and_the_same_file_twice_changes_nothing(browser):
    browser.sign_in(an_officer())
    page = browser.get("/office/programmes")
    assert "还没有服务券项目" in page.text

    page = browser.post("/office/programmes/import", {"area_code": "540000", "file": a_file(SERVICE)})
    assert "已导入第 1 版" in page.text
    page = browser.post("/office/programmes/import", {"area_code": "540000", "file": a_file(SERVICE)})

    assert "没有变化" in page.text
    assert len(known_programmes()) == 1


def test_a_wrong_programme_file_is_answered_with_place_problem_and_remedy(browser):
    browser.sign_in(an_officer())
    text = (PROGRAMMES / f"{SERVICE}.toml").read_text().replace("rate_bp = 5_000", "rate_bp = -1")
    page = browser.post("/office/programmes/import", {"area_code": "540000", "file": a_file(SERVICE, text)}, status=422)
    assert "rates.micro_small" in page.text
    assert "不能小于" in page.text


def test_an_import_without_a_file_asks_for_one(browser):
    browser.sign_in(an_officer())
    page = browser.post("/office/programmes/import", {"area_code": "540000"}, status=422)
    assert "请选择要上传的文件" in page.select_one(".error-summary").text


def test_an_officer_signs_some_values_and_replaces_another_and_the_history_shows_it(browser):
    programme = a_programme(SERVICE, signed=False)
    browser.sign_in(an_officer())
    path = f"/office/programmes/{programme.id}"
    browser.get(path)
    page = browser.post(f"{path}/sign", {"keys": ["caps.year", "caps.order"], "reason": "经办公会研究"})
    assert "已签认 2 项" in page.text

    browser.get(f"{path}/values/rates.medium")
    page = browser.fill(
        f"{path}/values/rates.medium",
        {"value_rate_bp": "35", "basis": "source", "document": "藏经信发〔2026〕1号", "clause": "第五条", "reason": "文件已印发"},
    )
    assert "已更改" in page.text

    page = browser.get(f"{path}/versions")
    assert "补贴上限（每家企业每年）" in page.text
    page = browser.get(page.select_one("a[href*='/compare'][href*='after=3']")["href"].replace("before=2", "before=1"))
    told = {row.select_one("th").text.strip(): row.text for row in page.select("tbody tr")}
    assert set(told) == {"补贴比例（中型企业）", "补贴上限（每家企业每年）", "补贴上限（每笔订单）"}
    assert "修改" in (changed := told["补贴比例（中型企业）"])
    assert [said in changed for said in ("30%", "35%", "藏经信发〔2026〕1号")] == [True] * 3
    assert "只改签认" in told["补贴上限（每家企业每年）"]
    assert "caps.year" not in page.text


def test_a_version_is_downloaded_as_a_file_that_can_be_brought_in_again(browser):
    programme = a_programme(SERVICE, signed=False)
    browser.sign_in(an_officer())
    page = browser.get(f"/office/programmes/{programme.id}/versions")

    file = browser.client.get(page.select_one("a[href$='/versions/1/file']")["href"])

    assert f"{SERVICE}-1.toml" in file.headers["Content-Disposition"]
    page = browser.post("/office/programmes/import", {"area_code": "540000", "file": a_file(SERVICE, file.text)})
    assert "与现行第 1 版相同" in page.text


def test_every_decision_of_the_rules_stands_under_one_heading_of_the_public_page():
    placed = {path: [title for title, starts in SECTIONS if f"{path}.".startswith(starts)] for path in TABLES | GROUPS}

    assert {path: titles for path, titles in placed.items() if len(titles) != 1} == {}


def test_a_value_that_does_not_fit_is_refused_and_what_was_typed_stays(browser):
    programme = a_programme(SERVICE, signed=False)
    browser.sign_in(an_officer())
    path = f"/office/programmes/{programme.id}/values/times.accept"
    browser.get(path)
    page = browser.fill(path, {"value_months": "2", "basis": "signed", "reason": "放宽"}, status=422)
    assert "只用一种方式" in page.select_one(".error-summary").text
    assert page.select_one("#reason").text.strip() == "放宽"
    page = browser.fill(path, {"value_days": "", "value_day_kind": "", "value_months": "2", "basis": "signed", "reason": "放宽"})
    assert "已更改" in page.text


def test_a_source_without_its_clause_is_not_a_source(browser):
    programme = a_programme(SERVICE, signed=False)
    browser.sign_in(an_officer())
    path = f"/office/programmes/{programme.id}/values/caps.year"
    browser.get(path)
    page = browser.fill(path, {"basis": "source", "document": "某文件", "clause": "", "reason": "有文件"}, status=422)
    assert "请填写条款" in page.text


@pytest.mark.parametrize("line", ["caps.year", "services", "allocation.mode", "partial", "evidence.claim", "times.order", "checks.sample"])
def test_every_kind_of_value_has_its_form(browser, line):
    programme = a_programme(SERVICE, signed=False)
    browser.sign_in(an_officer())
    path = f"/office/programmes/{programme.id}/values/{line}"
    browser.get(path)
    page = browser.fill(path, {"basis": "signed", "reason": "照原样"}, status=None)
    assert "已更改" in page.text


def test_another_areas_programme_may_be_read_but_not_changed(browser):
    programme = a_programme(SERVICE, signed=False)
    browser.sign_in(an_officer("652700"))
    page = browser.get(f"/office/programmes/{programme.id}")
    assert not page.select("input[name=keys]")
    browser.post(f"/office/programmes/{programme.id}/sign", {"keys": ["caps.year"], "reason": "越权"}, status=403)


# Rounds and money


def typed_round(**changes):
    today = clock.today()
    return {
        "name": "2026 年第一批",
        "area_code": "540000",
        "apply_from": "2026-03-16T09:00",
        "apply_until": "2026-03-20T17:00",
        "use_from": today.isoformat(),
        "use_until": (today + timedelta(days=180)).isoformat(),
        "redeem_until": (today + timedelta(days=240)).isoformat(),
    } | changes


def test_a_round_goes_from_draft_to_use_by_its_officers(browser):
    programme = a_programme(SERVICE)
    officer, finance = an_officer(), a_finance_officer()
    browser.sign_in(officer)
    browser.get(f"/office/programmes/{programme.id}/rounds/new")
    page = browser.post(f"/office/programmes/{programme.id}/rounds/new", typed_round(apply_from="", apply_until=""))
    assert "草稿" in page.text
    round_id = browser.response.request.path.rsplit("/", 1)[1]
    browser.get(f"/office/rounds/{round_id}/to/announced")
    page = browser.post(f"/office/rounds/{round_id}/to/announced", status=422)
    assert "还没有资金" in page.select_one(".error-summary").text

    browser.sign_in(finance)
    browser.get(f"/office/rounds/{round_id}/appropriations/new")
    paper = {"source": "region", "document_number": "藏财企指〔2026〕8号", "dated_on": "2026-03-10", "amount": "1,000,000.00"}
    page = browser.post(f"/office/rounds/{round_id}/appropriations/new", paper)
    assert "1,000,000.00" in page.text

    browser.sign_in(officer)
    browser.get(f"/office/rounds/{round_id}/to/announced")
    page = browser.post(f"/office/rounds/{round_id}/to/announced")
    tag = page.select_one("main .status").text.strip()
    assert by_id(Round, UUID(round_id)).state == "announced" and f"批次现为“{tag}”" in page.text
    browser.get(f"/office/rounds/{round_id}/to/in_use")
    assert "用券中" in browser.post(f"/office/rounds/{round_id}/to/in_use").text
    row = by_id(Round, UUID(round_id))
    assert ledger.standing(row.programme.book_id).unissued == 100_000_000


def test_wrong_dates_are_refused_beside_their_field_and_nothing_typed_is_lost(browser):
    programme = a_programme(QUEUED, area="652700")
    browser.sign_in(an_officer("652700"))
    path = f"/office/programmes/{programme.id}/rounds/new"
    typed = typed_round(area_code="652700", apply_until="2026-03-16T08:00", name="窗口倒置")
    page = browser.post(path, typed, status=422)
    assert "截止时间须晚于开始时间" in page.text
    assert page.select_one("#name")["value"] == "窗口倒置"
    page = browser.post(path, typed_round(area_code="652700", apply_until=""), status=422)
    assert "须一起填写" in page.text


def test_a_county_officer_opens_no_round_elsewhere(browser):
    programme = a_programme(SERVICE)
    browser.sign_in(an_officer("540102"))
    page = browser.post(f"/office/programmes/{programme.id}/rounds/new", typed_round(area_code="540000"), status=422)
    assert page.select_one("#area_code.is-invalid, #area_code[aria-invalid]"), "the region is not among what is offered"
    browser.post(f"/office/programmes/{programme.id}/rounds/new", typed_round(area_code="540102"))


def test_the_same_document_is_booked_once_and_a_second_click_changes_nothing(browser):
    row = a_round(SERVICE, state="draft", budget_fen=0)
    browser.sign_in(a_finance_officer())
    path = f"/office/rounds/{row.id}/appropriations/new"
    browser.get(path)
    paper = {"source": "region", "document_number": "藏财企指〔2026〕8号", "dated_on": "2026-03-10", "amount": "500"}
    key = browser.page.select_one("input[name=request_key]")["value"]
    browser.post(path, {**paper, "request_key": key})
    browser.post(path, {**paper, "request_key": key})
    assert ledger.standing(row.programme.book_id).unissued == 50_000

    page = browser.post(path, paper, status=409)
    assert "已经登记过" in page.select_one(".error-summary").text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("amount", "-5", "不能是负数"), ("amount", "9" * 19, "金额过大"), ("amount", "abc", "请输入金额"), ("dated_on", "2026-13-40", "日期")],
)
def test_a_wrong_amount_or_date_is_refused_in_words(browser, field, value, words):
    row = a_round(SERVICE, state="draft", budget_fen=0)
    browser.sign_in(a_finance_officer())
    path = f"/office/rounds/{row.id}/appropriations/new"
    browser.get(path)
    paper = {"source": "region", "document_number": "藏财企指〔2026〕8号", "dated_on": "2026-03-10", "amount": "500", field: value}
    assert words in browser.post(path, paper, status=422).select_one(".error-summary").text


def test_finance_calls_back_what_is_not_promised(browser):
    row = a_round(SERVICE, budget_fen=10_000_000)
    a_voucher(round_=row)
    browser.sign_in(a_finance_officer())
    path = f"/office/rounds/{row.id}/recall"
    browser.get(path)
    page = browser.post(path, {"amount": "80,000", "reason": "年度结余"}, status=422)
    assert "可收回的资金为 70,000.00 元" in page.text
    browser.post(path, {"amount": "70,000", "reason": "年度结余"})
    assert ledger.standing(row.programme.book_id).surrendered == 7_000_000


def test_a_suspended_round_says_why_and_goes_on_where_it_stood(browser):
    row = a_round(SERVICE)
    browser.sign_in(an_officer())
    path = f"/office/rounds/{row.id}/to"
    browser.get(f"{path}/suspended")
    assert "请写明暂停的原因" in browser.post(f"{path}/suspended", status=422).text
    browser.post(f"{path}/suspended", {"reason": "核查线索"})
    assert "核查线索" in browser.get(f"/programmes/{SERVICE}").text
    browser.get(f"{path}/resumed")
    assert "用券中" in browser.post(f"{path}/resumed").text


def test_an_auditor_reads_rounds_and_changes_nothing(browser):
    row = a_round(SERVICE)
    browser.sign_in(an_auditor())
    page = browser.get(f"/office/rounds/{row.id}")
    assert not page.select("form[method=post][action*='/office/']")
    browser.get(f"/office/rounds/{row.id}/to/suspended", status=403)
    browser.get(f"/office/rounds/{row.id}/appropriations/new", status=403)
