"""An officer writes a programme as a copy of another: changes a rate, sees what differs, publishes it."""


def test_an_officer_copies_a_programme_changes_a_rate_and_publishes_it(open_window):
    officer = open_window()
    officer.sign_in("officer")
    officer.visit("/office/programmes")
    officer.follow("起草新项目")
    officer.fill(copy_of=officer.page.locator("option", has_text="西藏自治区企业服务券").first.get_attribute("value"))
    officer.press("开始起草")
    officer.fill(**{"basics-value_slug": "county_voucher", "basics-value_name": "县区服务券"})
    officer.press("保存并继续下一部分")
    officer.follow("补贴多少")
    officer.fill(**{"rates-medium-value_rate_bp": "三成"})
    page = officer.press("保存本页")
    assert page.get_by_text("请填写百分数").first.is_visible()
    page = officer.press("添加一行补贴上限")
    officer.click(page.get_by_role("button", name="删去这一行").last)
    officer.fill(**{"rates-medium-value_rate_bp": "35"})
    officer.press("保存本页")
    officer.follow("县区服务券")

    page = officer.follow("查看改动")
    assert page.get_by_role("row", name="补贴比例（中型企业）").get_by_text("35%").is_visible()
    officer.follow("县区服务券")
    page = officer.press("发布为规则版本")

    assert page.get_by_text("已发布第 1 版").is_visible()
    officer.fill(reason="经办公会研究")
    officer.press("签认全部")
    officer.follow("版本历史")
    officer.follow("与上一版比较")
