"""Pages of firms: a firm's own, the officers', the lists brought in."""

import pytest

from marketplace.enterprises import queries
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.uscc import make_uscc
from marketplace.kernel import imports as kernel_imports
from marketplace.kernel import jobs
from tests.enterprises.test_imports import HEADINGS, row
from tests.factories import a_firm, a_user, an_auditor, an_officer, an_organisation, user_of
from tests.files import PDF, a_book, a_pdf, an_upload, cells_of

PROFILE = {
    "name": "拉萨雪山水业有限公司",
    "region_code": "540102",
    "park_code": "",
    "industry_code": "1522",
    "address": "雪新路 1 号",
    "legal_representative": "央金",
    "founded_on": "2019-06-01",
    "legal_form": "company",
    "contact_name": "扎西",
    "contact_phone": "0891-1",
    "main_products": "瓶装饮用水",
}


def own(firm):
    return queries.enterprise(firm.id).organisation


# A firm's own pages


def test_a_new_firm_fills_in_submits_and_waits(browser):
    organisation = an_organisation(verified=False, industry=None)
    organisation_id = organisation.id
    from marketplace.kernel.db import in_transaction

    in_transaction(lambda: setattr(queries.identity_queries.organisation(organisation_id), "state", OrganisationState.DRAFT))
    browser.sign_in(a_user("sme", organisation=organisation))
    assert "提交核实" in browser.get("/enterprise").text
    assert "还要补充：所属行业" in browser.post("/enterprise/submit").text

    browser.fill("/enterprise/edit", PROFILE)
    page = browser.post("/enterprise/submit")

    assert "主管部门正在核实" in page.text
    assert queries.enterprise(organisation_id).main_products == "瓶装饮用水"
    assert "公司（法人）" in page.text


def test_a_refused_profile_keeps_what_was_typed(browser):
    browser.sign_in(user_of(a_firm()))
    page = browser.fill("/enterprise/edit", PROFILE | {"group_uscc": "123", "founded_on": "昨天"}, status=422)
    assert "2026-11-20 的样子" in page.select_one(".error-summary").text
    assert page.select_one("#main_products").text.strip() == "瓶装饮用水"


def test_a_stale_form_shows_what_changed_keeps_what_was_typed_and_may_be_sent_again(browser):
    firm = a_firm()
    browser.sign_in(user_of(firm))
    browser.get("/enterprise/edit")
    stale = browser.page.select_one("#version")["value"]
    browser.fill("/enterprise/edit", PROFILE | {"address": "别人改的地址"})

    page = browser.post("/enterprise/edit", PROFILE | {"address": "我改的地址", "version": stale}, status=409)

    assert "已被他人修改" in page.select_one(".error-summary").text
    assert page.select_one("#address")["value"] == "我改的地址"
    assert "别人改的地址" in page.select_one("table").text
    browser.fill("/enterprise/edit", {})
    assert own(firm).address == "我改的地址"


def test_figures_are_declared_with_evidence_and_accepted_by_an_officer(browser):
    firm = a_firm(size="unknown", region="540102")
    browser.sign_in(user_of(firm))
    given = {"year": "2025", "employees": "35", "revenue": "12000000", "assets": "20000000", "source": "审计报告"}
    page = browser.post("/enterprise/years/new", given, status=422)
    assert "请选择要上传的文件" in page.select_one(".error-summary").text
    assert page.select_one("#revenue")["value"] == "12000000"
    page = browser.post("/enterprise/years/new", given | {"revenue": "-1", "evidence": a_pdf()}, status=422)
    browser.post("/enterprise/years/new", given | {"evidence": a_pdf()})
    year = queries.years_of(firm.id)[0]
    assert browser.download(f"/enterprise/files/{year.file_id}").data == PDF

    browser.sign_in(an_officer("540100"))
    page = browser.get(f"/enterprises/{firm.id}/years/{year.id}")
    assert "小型企业" in page.text
    assert browser.download(f"/enterprises/{firm.id}/files/{year.file_id}").data == PDF
    browser.post(f"/enterprises/{firm.id}/years/{year.id}", {"decision": "return"}, status=422)
    page = browser.post(f"/enterprises/{firm.id}/years/{year.id}", {"decision": "accept"})
    assert "小型企业（2025 年数据）" in page.text
    page = browser.get(f"/enterprises/{firm.id}/years/{year.id}")
    assert [one["value"] for one in page.select("input[name=decision]")] == ["return"]

    browser.sign_in(user_of(a_firm()))
    browser.download(f"/enterprise/files/{year.file_id}", status=404)


def test_a_title_is_declared_and_returned_with_a_reason(browser):
    firm = a_firm()
    browser.sign_in(user_of(firm))
    given = {"kind": "specialised", "granted_by": "自治区经信厅", "valid_from": "2025-01-01", "valid_until": "2024-01-01"}
    page = browser.post("/enterprise/titles/new", given | {"evidence": a_pdf()}, status=422)
    assert "早于有效期起" in page.select_one(".error-summary").text
    browser.post("/enterprise/titles/new", given | {"valid_until": "2027-12-31", "evidence": a_pdf()})
    title = queries.titles_of(firm.id)[0]

    browser.sign_in(an_officer())
    page = browser.post(f"/enterprises/{firm.id}/titles/{title.id}", {"decision": "return", "reason": "看不清"})
    assert "退回称号：专精特新中小企业" in page.text
    assert not browser.get(f"/enterprises/{firm.id}/titles/{title.id}").select("input[name=decision]"), "it is the firm's turn"
    page = browser.post(f"/enterprises/{firm.id}/titles/{title.id}", {"decision": "return", "reason": "看不清"}, status=409)
    assert "内容已被更新" in page.select_one(".error-summary").text


# Officers


def test_the_list_is_the_officers_area_and_a_strangers_firm_is_not_found(browser):
    mine, other = a_firm("拉萨雪山水业有限公司", region="540102"), a_firm("日喀则青稞食品厂", region="540202")
    browser.sign_in(an_officer("540100"))

    text = browser.get("/enterprises?q=lsxs").text
    assert "拉萨雪山水业有限公司" in text
    assert "日喀则" not in browser.get("/enterprises").text
    browser.get(f"/enterprises/{mine.id}")
    for path in ("", "/decide", "/sanction"):
        browser.get(f"/enterprises/{other.id}{path}", status=404)


def test_a_return_and_a_suspension_say_why(browser):
    firm = a_firm(verified=False)
    browser.sign_in(an_officer())
    page = browser.post(f"/enterprises/{firm.id}/decide", {"decision": "returned"}, status=422)
    assert "请写明原因" in page.select_one(".error-summary").text
    page = browser.post(f"/enterprises/{firm.id}/decide", {"decision": "returned", "reason": "请补营业执照"})
    assert "退回补正" in page.select_one("aside").text

    browser.sign_in(user_of(firm))
    assert "请补营业执照" in browser.get("/enterprise").text


def test_a_sanction_is_entered_shown_and_lifted(browser):
    firm = a_firm()
    browser.sign_in(an_officer())
    page = browser.post(f"/enterprises/{firm.id}/sanction", {"until": "2026-12-31", "reason": "失信名单"})
    assert "限制至 2026-12-31" in page.text
    page = browser.post(f"/enterprises/{firm.id}/sanction", {"until": "", "reason": "已移出名单"})
    assert "失信限制中" not in page.text


def test_the_export_carries_the_filter_and_the_rows(browser):
    a_firm("拉萨雪山水业有限公司", titles=("specialised",))
    a_firm("另一家")
    browser.sign_in(an_auditor())
    rows = cells_of(browser.download("/enterprises/export?q=雪山").data)
    assert "雪山" in str(rows[1][0])
    assert [r[0] for r in rows[4:]] == ["拉萨雪山水业有限公司"]
    assert "专精特新中小企业" in rows[4]


# Excel lists


def upload(browser, content, kind="enterprises", status=None, name="名单.xlsx"):
    return browser.post(f"/imports/{kind}", {"book": an_upload(content, name)}, status=status)


def test_a_list_is_checked_handed_back_mended_and_stored_once(browser):
    uscc = [make_uscc("540102", 620_000 + n) for n in range(2)]
    browser.sign_in(an_officer())
    browser.get("/imports")
    page = upload(browser, a_book(HEADINGS, row(uscc[0]), row(uscc[1][:-1] + "0", region="没有的县")))
    assert "有 1 行需要修改" in page.text
    link = page.select_one("a[href$='/book']")["href"]
    back = cells_of(browser.download(link).data)
    assert "错误说明" in back[0]
    assert back[2][-1]
    assert back[1][-1] is None

    good = a_book(HEADINGS, row(uscc[0]), row(uscc[1]))
    page = upload(browser, good)
    assert "检查通过" in page.text
    store = page.select_one("form[action$='/store']")["action"]
    page = browser.post(store)
    assert "已导入 2 行" in page.text
    assert "不再重复导入" in upload(browser, good).text
    assert page.select_one("form[action$='/store']") is None


def test_only_the_good_rows_when_that_is_asked_for(browser):
    uscc = [make_uscc("540102", 630_000 + n) for n in range(2)]
    browser.sign_in(an_officer())
    page = upload(browser, a_book(HEADINGS, row(uscc[0]), row(uscc[1], region="没有的县")))
    store = page.select_one("form[action$='/store']")["action"]

    assert "全部导入" in browser.post(store, {"rows": "all"}, status=409).text
    browser.get(store.removesuffix("/store"))
    assert "已导入 1 行" in browser.post(store).text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空"),
        (b"PK\x03\x04 nonsense", "已损坏"),
        (PDF, "不是 Excel"),
        (a_book(["别的列"], ["1"]), "缺少必填的列"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(browser, content, said):
    browser.sign_in(an_officer())
    page = upload(browser, content, status=422)
    assert said in page.select_one(".error-summary").text


def test_a_long_list_is_a_job_with_progress(browser, monkeypatch):
    monkeypatch.setattr("marketplace.web.importing.CHUNK", 1)
    monkeypatch.setattr(kernel_imports, "CHUNK", 1)
    uscc = [make_uscc("540102", 640_000 + n) for n in range(3)]
    browser.sign_in(an_officer())
    page = upload(browser, a_book(HEADINGS, *(row(code) for code in uscc)))
    assert page.select_one("progress")
    address = browser.response.request.path

    jobs.run_all()
    page = browser.get(address)
    page = browser.post(page.select_one("form[action$='/store']")["action"])
    assert page.select_one("progress")
    jobs.run_all()
    assert "已导入" in browser.get(address).text


def test_a_long_list_that_cannot_be_stored_whole_says_why(browser, monkeypatch):
    monkeypatch.setattr("marketplace.web.importing.CHUNK", 1)
    monkeypatch.setattr(kernel_imports, "CHUNK", 1)
    uscc = [make_uscc("540102", 645_000 + n) for n in range(2)]
    browser.sign_in(an_officer("540100"))
    upload(browser, a_book(HEADINGS, *(row(code) for code in uscc)))
    address = browser.response.request.path
    jobs.run_all()
    an_organisation(uscc=uscc[1], region="540202")  # registered elsewhere between the check and the button

    browser.post(browser.get(address).select_one("form[action$='/store']")["action"])
    jobs.run_all()

    text = browser.get(address).text
    assert "没有处理完" in text
    assert "不在您的管辖区域内" in text


def test_another_offices_import_is_not_found(browser):
    browser.sign_in(an_officer())
    upload(browser, a_book(HEADINGS, row(make_uscc("540102", 650_000))))
    address = browser.response.request.path
    browser.sign_in(an_officer())
    browser.get(address, status=404)
