"""The way in and the pages of people."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from marketplace.identity import queries
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import User
from marketplace.identity.roles import Role
from marketplace.identity.service import sessions
from marketplace.identity.uscc import make_uscc
from marketplace.kernel.db import in_transaction
from marketplace.notices import service as notices
from marketplace.notices.queries import unread_count
from tests.factories import PASSWORD, a_firm, a_user, an_administrator, an_officer, user_of


def sign_in(browser, login, password=PASSWORD, *, to="/account", status=None):
    return browser.post(f"/sign-in?next={to}", {"login": login, "password": password}, status=status)


# Signing in


def test_signing_in_opens_the_page_that_was_asked_for(browser):
    user = user_of(a_firm())
    browser.get("/account")

    page = sign_in(browser, user.login.upper())

    assert "我的账号" in page.h1.text


def test_a_wrong_password_and_an_unknown_login_read_the_same(browser):
    user = user_of(a_firm())

    said = [sign_in(browser, login, "错误的密码 12345", status=422).select_one(".error-summary").text for login in (user.login, "nobody")]

    assert said[0] == said[1]
    assert "用户名或密码不对" in said[0]


def test_after_five_wrong_passwords_even_the_right_one_waits(browser, clock):
    user = user_of(a_firm())
    for _attempt in range(5):
        sign_in(browser, user.login, "错误的密码 12345", status=422)

    page = sign_in(browser, user.login, status=429)
    assert "15 分钟后再试" in page.select_one(".error-summary").text

    clock.shift(minutes=16)
    assert sign_in(browser, user.login).h1


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "\\evil"])
def test_signing_in_never_leads_to_another_host(browser, target):
    user = user_of(a_firm())
    browser.post(f"/sign-in?next={target}", {"login": user.login, "password": PASSWORD}, status=302)
    assert "evil" not in browser.response.headers["Location"]


def test_signing_in_rotates_the_session_and_signing_out_ends_it(browser):
    user = user_of(a_firm())
    with browser.client.session_transaction() as before:
        before["planted"] = "by somebody else"
    sign_in(browser, user.login)
    with browser.client.session_transaction() as session:
        assert "planted" not in session
        token = session["_user_id"]

    page = browser.post("/sign-out")

    assert "已退出登录" in page.text
    from marketplace.kernel import clock

    assert sessions.user_of(token, now=clock.now()) is None


def test_a_temporary_password_opens_one_page_until_it_is_changed(browser, db):
    user = user_of(a_firm())
    in_transaction(lambda: setattr(queries.user(user.id), "must_change_password", True))
    sign_in(browser, user.login)
    assert "修改密码" in browser.get("/account").h1.text

    new = "雪山下的新口令 2026"
    browser.post("/account/password", {"old_password": PASSWORD, "password": new, "password_again": new}, status=302)

    assert "我的账号" in browser.get("/account").h1.text


def test_the_demo_lists_its_accounts_and_nothing_else_does(browser, app, monkeypatch):
    user = user_of(a_firm())
    path = Path(app.config["INSTANCE"]) / "demo_accounts.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps([{"login": user.login, "password": PASSWORD, "name": "央金", "role": "中小企业", "organisation": "某水业"}]), "utf-8"
    )
    try:
        assert "央金" not in browser.get("/sign-in").text
        monkeypatch.setitem(app.config, "DEMO", True)
        assert "央金" in browser.get("/sign-in").text
    finally:
        path.unlink()


# Registering


def registration(**changed):
    given = {
        "uscc": make_uscc("540102", 654_321),
        "name": "拉萨雪山水业有限公司",
        "region_code": "540102",
        "as_sme": "y",
        "user_name": "央金",
        "phone": "0891-1",
        "login": "yangjin",
        "password": PASSWORD,
        "password_again": PASSWORD,
    }
    return {key: value for key, value in (given | changed).items() if value is not None}


def test_a_firm_registers_and_is_led_to_complete_its_profile(browser, db):
    page = browser.post("/register", registration(as_provider="y"))

    assert "注册成功" in page.text
    user = db.session.scalars(select(User).where(User.login == "yangjin")).unique().one()
    assert {g.role for g in user.grants} == {Role.SME, Role.PROVIDER}
    assert user.organisation.state is OrganisationState.DRAFT


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"uscc": "91540102MA6T0000X0"}, "统一社会信用代码"),
        ({"as_sme": None}, "至少选择一种身份"),
        ({"password_again": "不一样的口令 2026"}, "两次输入的密码不一样"),
        ({"password": "short", "password_again": "short"}, "至少 10 个字符"),
        ({"region_code": ""}, "必须填写"),
    ],
)
def test_a_refused_registration_says_why_keeps_what_was_typed_and_stores_nothing(browser, db, changed, said):
    page = browser.post("/register", registration(**changed), status=422)

    assert said in page.select_one(".error-summary").text
    assert page.select_one("#name")["value"] == "拉萨雪山水业有限公司"
    assert db.session.scalars(select(User).where(User.login == "yangjin")).first() is None


def test_a_firm_that_is_known_is_sent_to_its_own_administrator(browser, db):
    firm = a_firm()
    page = browser.post("/register", registration(uscc=firm.organisation.uscc), status=409)
    assert "已经登记过" in page.select_one(".error-summary").text


# One's own


def test_notices_are_opened_one_by_one_and_only_by_their_reader(browser):
    user = user_of(a_firm())
    user_id = user.id
    in_transaction(lambda: notices.tell([user_id], "资料已核实", "请查看。", "/account"))
    browser.sign_in(user)
    page = browser.get("/notices")
    action = page.select_one("form[action$='/open']")["action"]

    assert "我的账号" in browser.post(action).h1.text
    assert unread_count(user_id) == 0

    browser.sign_in(user_of(a_firm()))
    browser.get("/notices")
    browser.post(action, status=404)


def test_the_account_page_keeps_name_and_language(browser):
    user = user_of(a_firm())
    browser.sign_in(user)

    browser.fill("/account", {"name": "新名字", "locale": "zh"})
    assert queries.user(user.id).name == "新名字"
    browser.fill("/account", {"name": ""}, status=422)


# Administrators


def test_the_security_administrator_grants_with_an_area_and_revokes(browser):
    admin, user = an_administrator("security_admin"), a_user(organisation=an_officer().organisation)
    browser.sign_in(admin)
    assert user.name in browser.get(f"/grants?q={user.login}").text

    page = browser.post(f"/grants/{user.id}", {"role": "officer"}, status=422)
    assert "管辖区域" in page.select_one(".error-summary").text
    page = browser.post(f"/grants/{user.id}", {"role": "officer", "area": "没有这里"}, status=404)
    assert "没有这里" in page.select_one(".error-summary").text
    page = browser.post(f"/grants/{user.id}", {"role": "officer", "area": "拉萨市"})
    assert "西藏自治区拉萨市" in page.text

    browser.post(f"/grants/{user.id}/revoke", {"role": "officer"})
    assert queries.user(user.id).grants == []
    browser.post(f"/grants/{admin.id}", {"role": "auditor", "area": "540000"}, status=422)
    browser.get("/users", status=403)
