"""Pages of the matching, as a leader, a firm, an officer and a stranger see them."""

import io

from openpyxl import load_workbook

from marketplace.identity.models import Organisation
from marketplace.kernel import clock, jobs
from marketplace.kernel.db import db, in_transaction
from marketplace.matching import lists
from marketplace.matching.service import steps
from tests import factories as f
from tests.matching import making as m
from tests.matching.test_proposing import a_book

EMPTY = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
PDF = EMPTY.replace(b"Kids[]/Count 0>>endobj", b"Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R>>endobj")


def firm_name(match):
    return db.session.get(Organisation, match.enterprise_id).name


def a_paper(content=PDF):
    return (io.BytesIO(content), "合同.pdf")


def test_a_firms_own_supplies_are_shown_in_pages(browser):
    browser.sign_in(f.user_of(m.a_supply_list(*(f"产品{one:03}" for one in range(45))).enterprise_id))
    first, last = browser.get("/supplies").text, browser.get("/supplies?page=3").text
    assert [name in first for name in ("产品000", "产品019", "产品020", "共 45 条")] == [True, True, False, True]
    assert ["产品040" in last, "产品044" in last, "产品019" in last] == [True, True, False]


def test_a_leader_brings_in_a_list_publishes_it_and_sees_why_firms_are_proposed(browser):
    leader = m.a_leader()
    m.a_supply_list("瓦楞纸箱", capacity=80, unit="只")
    browser.sign_in(leader)
    book = a_book(lists.NEEDS, {"product": "纸箱", "quantity": 100, "unit": "只"})

    page = browser.get("/imports/needs")
    chain = page.select_one("select[name=chain_id] option")["value"]
    form = {"book": (io.BytesIO(book), "需求.xlsx"), "chain_id": chain, "title": "年度清单", "direction": "upstream"}
    result = browser.post("/imports/needs", form)
    store = next(str(one["action"]) for one in result.select("form[method=post]") if str(one["action"]).endswith("/store"))
    browser.post(store, {"rows": "all"})
    page = browser.get("/needs")
    path = next(str(link["href"]) for link in page.select("td a") if "年度清单" in link.text)
    assert "纸箱" in browser.get(path).text
    browser.post(f"{path}/publish")
    browser.post(f"{path}/run")
    jobs.run_all()

    page = browser.get(browser.response.request.path)
    assert "瓦楞纸箱" in page.text
    assert "未满足 20 只" in " ".join(page.text.split())


def test_a_bad_row_names_its_cell_and_stores_nothing(browser):
    browser.sign_in(m.a_leader())
    page = browser.get("/imports/needs")
    chain = page.select_one("select[name=chain_id] option")["value"]
    book = a_book(lists.NEEDS, {"product": "纸箱", "quantity": -1})
    form = {"book": (io.BytesIO(book), "需求.xlsx"), "chain_id": chain, "title": "年度清单", "direction": "upstream"}
    assert "年需求数量" in browser.post("/imports/needs", form).text
    assert "年度清单" not in browser.get("/needs").text


def test_a_need_with_an_amount_below_zero_keeps_what_was_typed(browser):
    leader = m.a_leader()
    browser.sign_in(leader)
    page = browser.get("/needs/new")
    chain = page.select_one("select[name=chain_id] option")["value"]
    page = browser.post("/needs/new", {"chain_id": chain, "title": "手填清单", "direction": "upstream"})
    path = browser.response.request.path
    page = browser.post(f"{path}/lines", {"product": "瓶坯", "quantity": "-3", "unit": "个"}, status=422)
    assert page.select_one("input[name=product]")["value"] == "瓶坯"
    assert "大于 0" in page.select_one(".error-summary").text


def test_a_match_is_followed_to_a_contract_by_both_sides(browser):
    leader = m.a_leader()
    match = m.a_match(leader=leader)
    firm = f.user_of(match.enterprise_id)
    path = f"/matches/{match.id}"
    browser.sign_in(firm)
    browser.get(path, status=404)

    browser.sign_in(leader)
    browser.get(path)
    browser.post(f"{path}/recommend")
    browser.sign_in(firm)
    page = browser.get(path)
    assert "已推荐" in page.text
    assert f"{leader.organisation.contact_name} {leader.organisation.contact_phone}".strip() in page.text, "each side reaches the other"
    assert "轮到贵单位：已看到，愿意了解" in page.text
    assert "逾期只提醒" in page.text
    browser.post(f"{path}/messages", {"body": ""}, status=422)
    assert "能先送样吗" in browser.post(f"{path}/messages", {"body": "能先送样吗"}).select_one("#messages").text
    browser.post(f"{path}/see")
    browser.post(f"{path}/contact")
    browser.get(f"{path}/quote")
    told = {"happened_on": "2026-03-16", "quantity": "3", "unit": "只"}
    assert "金额" in browser.post(f"{path}/quote", told, status=422).select_one(".error-summary").text
    assert "1,150.00" in browser.post(f"{path}/quote", {**told, "amount_fen": "1150"}).text
    browser.get(f"{path}/contract")
    page = browser.post(f"{path}/contract", {"contracted_on": "2026-03-16", "contract_fen": "1,200.50"}, status=422)
    assert "请选择要上传的文件" in page.select_one(".error-summary").text
    said = {"contracted_on": "2026-03-16", "contract_fen": "1,200.50"}
    page = browser.post(f"{path}/contract", {**said, "contract": a_paper(EMPTY)}, status=422)
    assert "没有页面" in page.select_one(".error-summary").text
    page = browser.post(f"{path}/contract", {**said, "contract": a_paper()})
    assert "等待对方确认" in page.text
    browser.sign_in(leader)
    assert "确认签约：" in browser.get("/home").text
    page = browser.get(path)
    confirm = next(one["action"] for one in page.select("form[method=post]") if one["action"].endswith("/confirm"))
    page = browser.post(confirm)
    assert "1,200.50" in page.text
    assert "签约已由双方确认" in page.text
    assert browser.download(confirm.replace("/confirm", "/file")).data == PDF
    browser.get(f"{path}/deliver")
    page = browser.post(f"{path}/deliver", {"happened_on": "2026-03-16", "amount_fen": "1200.5"})
    assert "已交付" in page.select_one("#steps").text

    corrected_and_voided(browser, confirm)


def corrected_and_voided(browser, confirm):
    """By an auditor."""
    browser.sign_in(f.an_auditor())
    correct = confirm.replace("/confirm", "/correct")
    browser.get(correct)
    browser.post(correct, {"amount_fen": "1300", "reason": ""}, status=422)
    assert "更正为 1,300.00 元" in browser.post(correct, {"amount_fen": "1300", "reason": "笔误"}).text
    void = confirm.replace("/confirm", "/void")
    browser.get(void)
    browser.post(void, {"reason": ""}, status=422)
    page = browser.post(void, {"reason": "合同系伪造"})
    assert "合同系伪造" in page.text
    assert "洽谈中" in page.text


def test_a_refusal_without_a_reason_is_asked_for_one(browser):
    leader = m.a_leader()
    match = m.a_match(leader=leader)
    browser.sign_in(leader)
    browser.get(f"/matches/{match.id}/refuse")
    assert "请选择未达成的原因" in browser.post(f"/matches/{match.id}/refuse", {"note": "没谈成"}, status=422).text
    assert "价格谈不拢" in browser.post(f"/matches/{match.id}/refuse", {"reason": "price", "note": ""}).text


def test_another_firms_match_run_and_list_are_not_found(browser):
    leader = m.a_leader()
    match = m.a_match(leader=leader)
    stranger = f.a_firm()
    browser.sign_in(f.user_of(stranger))
    browser.get(f"/matches/{match.id}", status=404)
    browser.sign_in(m.a_leader(m.a_chain("别的产业链")))
    browser.get(f"/match-runs/{match.run_id}", status=404)
    browser.get(f"/needs/{match.run.list_id}", status=404)


def test_an_auditor_sees_every_match_with_what_made_it_and_may_not_touch_it(browser):
    leader = m.a_leader()
    match = m.a_match(leader=leader)
    in_transaction(lambda: steps.recommend(match.id, actor_id=leader.id, by=leader.organisation_id, now=clock.now()))
    browser.sign_in(f.an_auditor())
    page = browser.get("/all-matches")
    assert match.number in page.text
    names = [one.text for one in page.select("td[data-label=链主企业], td[data-label=中小企业]")]
    assert names == [leader.organisation.name, firm_name(match)], "every list says who the two are"
    assert match.run.code_version in page.text
    assert "名称与行业相近程度" in browser.get(f"/matches/{match.id}").text
    browser.get(f"/match-runs/{match.run_id}")
    browser.post(f"/matches/{match.id}/contact", status=403)
    rows = list(load_workbook(io.BytesIO(browser.download("/all-matches.xlsx").data)).active.iter_rows(min_row=5, values_only=True))
    assert rows[0][0] == match.number


def test_an_officer_of_another_prefecture_sees_none_of_it(browser):
    match = m.a_match()
    browser.sign_in(f.an_officer("540200"))
    assert match.number not in browser.get("/all-matches").text
    browser.get(f"/matches/{match.id}", status=404)


def test_an_officer_surveys_a_county_and_the_firm_confirms(browser):
    firm = f.a_firm()
    officer = f.an_officer("540100")
    browser.sign_in(officer)
    browser.get("/surveys/new")
    browser.post("/surveys/new", {"title": "城关区摸排", "area_code": "540102", "due_on": "2026-04-30"})
    page = browser.get("/imports/survey_supplies")
    campaign = page.select_one("select[name=campaign_id] option")["value"]
    uscc = firm.organisation.uscc
    book = a_book(lists.SUPPLIES, {"uscc": uscc, "name": firm.organisation.name, "product": "藏香", "capacity": 10, "unit": "盒"})
    page = browser.post("/imports/survey_supplies", {"book": (io.BytesIO(book), "摸排.xlsx"), "campaign_id": campaign})
    store = next(str(one["action"]) for one in page.select("form[method=post]") if str(one["action"]).endswith("/store"))
    browser.post(store, {"rows": "all"})
    assert "待企业确认" in browser.get(f"/surveys/{campaign}").text
    browser.post(f"/surveys/{campaign}/remind")

    browser.sign_in(f.user_of(firm))
    assert "藏香" in browser.get("/supplies").text
    browser.post("/supplies/publish")
    browser.sign_in(officer)
    assert "已发布" in browser.get(f"/surveys/{campaign}").text
    browser.post(f"/surveys/{campaign}/close")


def test_a_firm_keeps_its_own_list(browser):
    firm = f.a_firm()
    browser.sign_in(f.user_of(firm))
    browser.get("/supplies")
    browser.post("/supplies/lines", {"side": "sells", "product": "瓶坯", "capacity": "100", "unit": "个"})
    page = browser.post("/supplies/lines", {"side": "sells", "product": "瓶盖", "capacity": "很多"}, status=422)
    assert page.select_one("input[name=product]")["value"] == "瓶盖"
    browser.get("/supplies")
    page = browser.post("/supplies/publish")
    assert "已发布" in page.text


def test_a_bureau_names_a_chain_and_appoints_its_leader(browser):
    organisation = f.an_organisation("圣湖水业")
    f.a_user("sme", organisation=organisation)
    browser.sign_in(f.an_officer())
    browser.get("/chains/new")
    browser.post("/chains/new", {"name": "天然饮用水产业链", "area_code": "540000", "head_name": "", "head_post": ""})
    path = browser.response.request.path
    wrong = {"uscc": "91540102MA0000000X", "role": "leader", "from_on": "2026-03-16", "document": "任命文件"}
    assert "没有找到" in browser.post(f"{path}/appoint", wrong, status=422).text
    page = browser.post(f"{path}/appoint", {**wrong, "uscc": organisation.uscc})
    assert "圣湖水业" in page.text


def test_a_needs_list_offers_what_its_life_allows_and_says_what_happened_to_it(browser):
    leader = m.a_leader()
    row = m.a_needs_list(leader=leader)
    browser.sign_in(leader)
    page = browser.get(f"/needs/{row.id}")
    assert [one.text.strip() for one in page.select("form[data-module=confirm-once] button")] == ["开始匹配", "撤回清单"]
    page = browser.post(f"/needs/{row.id}/withdraw")
    assert "清单已撤回" in page.text
    told = [one.text.strip() for one in page.select(".timeline__what")]
    assert told == ["撤回清单", "发布清单", "建立清单"]
    draft = m.a_draft(leader=leader)
    page = browser.post(f"/needs/{draft.id}/withdraw", status=422)
    assert "等链主企业“发布清单”" in page.select_one(".error-summary").text


def test_a_bureau_runs_a_list_of_its_area_and_takes_none_back(browser):
    row = m.a_needs_list()
    browser.sign_in(f.an_officer())
    page = browser.get(f"/needs/{row.id}")
    assert [one.text.strip() for one in page.select("form[data-module=confirm-once] button")] == ["开始匹配"]
    browser.post(f"/needs/{row.id}/withdraw", status=403)
