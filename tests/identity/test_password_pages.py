"""The pages on which a password comes to its owner."""

import re

import pytest
from sqlalchemy import select

from marketplace.identity import queries
from marketplace.identity.models import CodeState, PasswordCode, User, UserState
from marketplace.identity.roles import Role
from marketplace.identity.service import credentials, sessions
from marketplace.identity.uscc import make_uscc
from marketplace.kernel import outbox
from marketplace.kernel.db import in_transaction
from tests.factories import PASSWORD, a_firm, a_user, an_administrator, an_officer, user_of

NEW = "只有本人知道的口令 2026"


def set_by(browser, login, code, status=None, password=NEW):
    browser.sign_out()
    return browser.post("/password/set", {"login": login, "code": code, "password": password, "password_again": password}, status=status)


def test_a_slip_is_asked_for_confirmed_printed_and_used(browser, db):
    admin, other, user = an_administrator("system_admin"), an_administrator("security_admin"), a_user(Role.FINANCE)
    browser.sign_in(admin)
    page = browser.post(f"/users/{user.id}/password", {"reason": "本人当面提出"})
    assert "待另一位管理员确认" in page.text
    row = credentials.live_of(user.id)
    refused = browser.post(f"/password-requests/{row.id}/confirm", status=422)
    assert "不能自己确认" in refused.text

    browser.sign_in(other)
    assert user.name in browser.get("/password-requests").text
    browser.post(f"/password-requests/{row.id}/confirm")
    browser.post(f"/password-requests/{row.id}/slip", status=403)

    browser.sign_in(admin)
    browser.get(f"/password-requests/{row.id}")
    slip = browser.post(f"/password-requests/{row.id}/slip", status=200)
    code = re.search(r"\w{4}-\w{4}-\w{4}", slip.text)[0]
    assert user.login not in slip.text, "the login is known to its owner"
    assert "密码已设置" in set_by(browser, user.login, code).text
    assert "设置码已用过" in set_by(browser, user.login, code, status=422).text
    assert sessions.check_password(user.login, NEW)


def test_an_administrator_refuses_with_a_reason(browser, db):
    admin, other, user = an_administrator("system_admin"), an_administrator("audit_admin"), a_user(Role.AUDITOR)
    browser.sign_in(admin)
    browser.post(f"/users/{user.id}/password", {"reason": "电话提出"})
    row = credentials.live_of(user.id)
    browser.sign_in(other)
    browser.get(f"/password-requests/{row.id}")
    browser.post(f"/password-requests/{row.id}/refuse", {"answer": ""}, status=422)
    assert "未获确认" in browser.post(f"/password-requests/{row.id}/refuse", {"answer": "本人未提出"}).text
    assert "本人未提出" in browser.page.text
    assert queries.password_request(row.id).state is CodeState.REFUSED
    assert user.name not in browser.get("/password-requests").select_one("main").text
    assert user.name in browser.get("/password-requests?view=all").text


def test_forgotten_answers_everybody_the_same_and_is_throttled(browser, db, app, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_SERVER", "mail.example")
    user = user_of(a_firm())
    in_transaction(lambda: setattr(queries.user(user.id), "email", "owner@example.cn"))

    said = {browser.post("/password/forgotten", {"login": login}).select_one("[role=status]").text for login in (user.login, "nobody")}

    assert len(said) == 1
    letter = db.session.scalars(select(outbox.OutboxMessage)).one()
    assert "http" in letter.body
    for _attempt in range(4):
        browser.post("/password/forgotten", {"login": user.login})
    browser.post("/password/forgotten", {"login": user.login}, status=429)


def test_wrong_codes_are_counted_and_keep_nobody_from_signing_in(browser, db):
    user = user_of(a_firm())
    for _attempt in range(5):
        set_by(browser, user.login, "2222-2222-2222", status=422)
    assert "分钟后再试" in set_by(browser, user.login, "2222-2222-2222", status=429).text
    assert sessions.check_password(user.login, PASSWORD)
    browser.post("/sign-in", {"login": user.login, "password": PASSWORD}, status=302)


def test_two_new_passwords_must_be_the_same_and_strong(browser, db):
    page = browser.post("/password/set", {"login": "a", "code": "b", "password": NEW, "password_again": "x"}, status=422)
    assert "不一样" in page.select_one(".error-summary").text


def test_a_colleague_is_added_without_a_password_stopped_with_a_reason_and_a_stranger_is_not_found(browser, db):
    user, stranger = user_of(a_firm()), user_of(a_firm())
    browser.sign_in(user)
    assert not browser.get("/colleagues/new").select("input[type=password]")

    page = browser.post("/colleagues/new", {"name": "扎西", "login": "zhaxi", "roles": "sme"})

    assert "请系统管理员打印" in page.text
    added = db.session.scalars(select(User).where(User.login == "zhaxi")).unique().one()
    assert added.password_hash == ""
    browser.post(f"/colleagues/{added.id}/state", {"reason": ""}, status=422)
    browser.post(f"/colleagues/{added.id}/state", {"reason": "已离职"})
    assert queries.user(added.id).state is UserState.SUSPENDED
    assert "已离职" in browser.get(f"/colleagues/{added.id}/state").text
    browser.post(f"/colleagues/{stranger.id}/state", {"reason": "x"}, status=404)
    assert browser.knock("POST", f"/colleagues/{added.id}/password").status_code == 404, "colleagues reset nobody"
    browser.get("/colleagues")
    browser.post(f"/colleagues/{user.id}/state", {"reason": "x"}, status=422)


def test_an_officers_colleague_waits_for_two_administrators(browser, db):
    browser.sign_in(an_officer())
    assert "安全管理员" in browser.get("/colleagues/new").text
    page = browser.post("/colleagues/new", {"name": "格桑", "login": "gesang"})
    assert "尚未授权" in page.text
    assert db.session.scalars(select(PasswordCode)).unique().one().state is CodeState.WAITING


def test_the_system_administrator_makes_authorities_and_users_but_neither_roles_nor_passwords(browser, db):
    browser.sign_in(an_administrator("system_admin"))
    uscc = make_uscc("540100", 1, kind="11")
    browser.post("/users/authority", {"uscc": uscc, "name": "拉萨市经信局", "place": "拉萨市"})
    assert not browser.get("/users/new").select("input[type=password]")

    page = browser.post("/users/new", {"uscc": uscc, "name": "次仁", "login": "ciren"})

    assert "次仁" in page.text
    assert "尚未授权" in page.text
    assert "另一位管理员确认" in page.text
    browser.get("/grants", status=403)
    page = browser.post("/users/new", {"uscc": make_uscc("540100", 2), "name": "某", "login": "mou"}, status=422)
    assert "没有这个信用代码的单位" in page.text
    for user in db.session.scalars(select(User).where(User.login == "ciren")).unique():
        browser.post(f"/users/{user.id}/state", {"reason": "重复开户"})
        assert queries.user(user.id).state_reason == "重复开户"


@pytest.mark.parametrize("role", ["security_admin", "audit_admin"])
def test_the_navigation_leads_to_the_requests(browser, role):
    browser.sign_in(an_administrator(role))
    assert browser.get("/password-requests").select_one("nav a[href='/password-requests']")
