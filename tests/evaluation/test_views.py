"""Where a platform stands, in the browser: its own page, the authority's, the rows behind a figure, judgements, readings, member bodies."""

import io
from datetime import date

import openpyxl
import pytest

from marketplace.evaluation import queries
from marketplace.kernel.db import db as the_db
from marketplace.records.platform_models import PlatformMember
from tests.evaluation.factories import a_dossier_item, a_member, a_platform, some_staff
from tests.factories import a_provider, a_user, an_auditor, an_expert_user, an_officer, user_of
from tests.records.test_service import written

RULE = "xizang_demonstration_platform"


def text_of(page):
    return " ".join(page.get_text(" ").split())


def line_of(page, label):
    return next(text_of(row) for row in page.select("tr") if row.th and row.th.get_text().strip() == label)


def test_a_provider_sees_where_it_stands_and_what_is_missing(browser):
    platform = a_platform("高原中小企业服务平台")
    some_staff(platform, 8)
    a_dossier_item(platform, "total_assets", number=150_000_000)
    a_dossier_item(platform, "organisation_kind", number=None, title="intermediary")
    browser.sign_in(user_of(platform.id))

    page = browser.get("/evaluation/self-check")

    staff = line_of(page, "服务人员")
    assert "不少于 10 人" in staff and "8 人" in staff and "不满足" in staff and "还差 2 人" in staff
    assert "1,500,000.00 元" in line_of(page, "资产总额") and "满足" in line_of(page, "资产总额")
    assert "社会中介机构" in line_of(page, "机构类型")
    assert "数据不足" in line_of(page, "固定场所") or "数据不足" in text_of(page)
    words = text_of(page)
    assert "多出“工业”二字，不作条件" in words, "defects of the printed text are shown"
    assert "原文未写服务量按什么计算" in words.replace("，", "，") or "按服务次数" in words


def test_the_year_is_switched_in_the_address(browser):
    platform = a_platform()
    a_dossier_item(platform, "total_assets", number=150_000_000, year=2025)
    browser.sign_in(user_of(platform.id))

    assert "数据不足" in line_of(browser.get("/evaluation/self-check"), "资产总额")
    assert "满足" in line_of(browser.get("/evaluation/self-check?year=2025"), "资产总额")
    browser.get("/evaluation/self-check?year=banana&ruleset=moon")


def test_a_provider_without_a_platform_is_told_and_registers_one(browser):
    provider = a_provider()
    browser.sign_in(user_of(provider))
    assert "还没有登记为平台" in text_of(browser.get("/evaluation/self-check"))
    browser.get("/evaluation/platform")
    page = browser.fill("/evaluation/platform", {"name": "高原服务平台", "attribution": "members"})
    assert "添加集聚服务机构" in text_of(page)
    assert queries.platform(provider.id).attribution == "members"

    browser.sign_in(user_of(a_provider(state="applied")))
    page = browser.fill("/evaluation/platform", {"name": "未入库"}, status=422)
    assert "入库的服务机构才能登记" in text_of(page)


def test_a_figure_leads_to_its_rows_and_their_excel(browser):
    platform, body = a_platform(), a_provider("协作机构")
    a_member(platform, body)
    own = written(provider_id=platform.id, title="自己的服务", delivered_on=date(2026, 3, 1))
    written(provider_id=body.id, title="集聚机构的服务", delivered_on=date(2026, 3, 2))
    browser.sign_in(user_of(platform.id))
    path = f"/evaluation/{platform.id}/{RULE}/basic_2_served"

    page = browser.get(path)

    assert "自己的服务" in text_of(page) and "集聚机构的服务" in text_of(page)
    assert [a["href"] for a in page.select("tbody a")] == [f"/records/{own.id}"], "another provider's record has no page for us"
    content = browser.download(f"{path}/export").get_data()
    cells = [str(c) for row in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True) for c in row if c]
    assert "自己的服务" in cells and "集聚机构的服务" in cells and any("2026 年" in c for c in cells)
    for kind in ("basic_6_staff", "basic_4", "basic_3_members", "other_features", "basic_2"):
        browser.get(f"/evaluation/{platform.id}/{RULE}/{kind}")
    browser.get(f"/evaluation/{platform.id}/{RULE}/nonsense", status=404)


def test_another_provider_sees_nothing_of_it(browser):
    platform = a_platform()
    browser.sign_in(user_of(a_provider()))

    browser.get(f"/evaluation/{platform.id}/{RULE}/basic_2_served", status=404)
    browser.get(f"/evaluation/{platform.id}", status=403)


@pytest.mark.parametrize("who", [an_officer, an_auditor, an_expert_user])
def test_the_authority_sees_the_platforms_of_its_area_with_counts(browser, who):
    near, far = a_platform("拉萨平台"), a_platform("博州平台", region="652701")
    browser.sign_in(who())

    page = browser.get("/evaluation")

    assert "拉萨平台" in text_of(page) and "博州平台" not in text_of(page)
    assert "不满足" in text_of(browser.get(f"/evaluation/{near.id}"))
    browser.get(f"/evaluation/{far.id}", status=404)
    browser.get(f"/evaluation/{near.id}/{RULE}/basic_2_served")


def test_an_expert_judges_and_the_condition_moves_through_all_three(browser):
    platform = a_platform()
    browser.sign_in(an_expert_user())
    path = f"/evaluation/{platform.id}/{RULE}/other_features/judge"
    assert "待专家评议" in line_of(browser.get(f"/evaluation/{platform.id}"), "特色优势和示范性")

    for verdict, words in (("met", "满足"), ("unmet", "不满足"), ("unknown", "数据不足")):
        browser.get(path)
        page = browser.post(path, {"verdict": verdict, "opinion": f"意见：{verdict}"})
        assert words in line_of(page, "特色优势和示范性")
    page = browser.get(f"/evaluation/{platform.id}/{RULE}/other_features")
    assert "意见：met" in text_of(page) and "意见：unknown" in text_of(page), "older opinions stay"
    browser.get(path)
    assert "请写明意见" in text_of(browser.post(path, {"verdict": "met", "opinion": ""}, status=422))
    browser.get(f"/evaluation/{platform.id}/{RULE}/basic_6_staff/judge", status=404)


def test_a_prefecture_writes_down_its_test_and_an_auditor_may_not(browser):
    platform = a_platform()
    browser.sign_in(an_officer("540100"))
    path = f"/evaluation/{platform.id}/{RULE}/basic_2_satisfaction/judge"
    browser.get(path)
    assert "0 到 100" in text_of(browser.post(path, {"value": "120", "opinion": "电话回访"}, status=422))
    page = browser.post(path, {"value": "86.5", "opinion": "电话回访 30 家"})
    assert "地（市）测评 86.5%" in line_of(page, "用户满意度")

    browser.sign_in(an_auditor())
    browser.get(path, status=403)


def test_an_expert_writes_down_no_test_of_the_bureau(browser):
    platform = a_platform()
    browser.sign_in(an_expert_user())
    browser.get(f"/evaluation/{platform.id}/{RULE}/basic_2_satisfaction/judge", status=403)
    assert not browser.get(f"/evaluation/{platform.id}/{RULE}/basic_2_satisfaction").select("a[href$='/judge']")


def test_a_reading_is_chosen_with_a_reason_and_everything_is_counted_by_it(browser):
    platform = a_platform()
    for number in range(5):
        written(provider_id=platform.id, fee_kind="low_fee" if number == 0 else "standard", fee_fen=100)
    browser.sign_in(an_officer())
    assert "20%" in line_of(browser.get(f"/evaluation/{platform.id}"), "公益性、低收费服务占比")
    where = f"/evaluation/settings/{RULE}/public_benefit_by"
    browser.get(f"/evaluation/settings/{RULE}")
    page = browser.post(where, {"public_benefit_by-area": "540000", "public_benefit_by-value": "firms"}, status=422)
    assert "请写明理由" in text_of(page)
    browser.get(f"/evaluation/settings/{RULE}")
    page = browser.post(
        where, {"public_benefit_by-area": "540000", "public_benefit_by-value": "fee", "public_benefit_by-reason": "厅办公会纪要"}
    )
    assert "按收费金额" in text_of(page) and "厅办公会纪要" in text_of(page)

    browser.sign_in(an_auditor())
    page = browser.get(f"/evaluation/settings/{RULE}")
    assert not page.select("form[action*=settings]")


def test_a_member_body_is_proposed_in_the_browser_and_accepted_by_an_officer(browser):
    a_provider("协作机构")
    platform = a_platform()
    browser.sign_in(user_of(platform.id))
    browser.get("/evaluation/platform")
    facts = {"member-provider": "协作机构", "member-from_on": "2026-01-01", "member-agreement": "合作协议 1 号"}
    scan = (io.BytesIO(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"), "协议.pdf")
    page = browser.post("/evaluation/platform/members", facts | {"member-scan": scan})
    assert "待审核" in text_of(page)
    member = the_db.session.query(PlatformMember).one()
    browser.download(f"/evaluation/members/{member.id}/agreement")

    browser.sign_in(an_officer())
    assert "1 家集聚服务机构待审核" in text_of(browser.get("/evaluation"))
    path = f"/evaluation/members/{member.id}"
    browser.get(path)
    assert "理由" in text_of(browser.post(path, {"decision": "refuse"}, status=422))
    browser.get(path)
    browser.post(path, {"decision": "accept"})
    page = browser.post(path, {"decision": "accept"}, status=409)
    assert "已经办过了" in page.select_one(".error-summary").text

    browser.sign_in(user_of(platform.id))
    assert "1 家" in line_of(browser.get("/evaluation/self-check"), "集聚服务机构")
    page = browser.fill(f"/evaluation/platform/members/{member.id}/end", {"until_on": "2026-03-01"})
    assert "2026-03-01" in text_of(page)
    browser.sign_in(a_user("officer", area="652700"))
    browser.get(path, status=404)
