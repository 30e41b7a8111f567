"""Nothing personal is kept by caches; what is typed is kept until the server has done it."""

import re

import pytest

from marketplace.identity.roles import Role
from tests.factories import PASSWORD, a_firm, a_user, an_offering, user_of
from tests.test_odd_input import STATIC, Walk

HERE = {"Origin": "http://localhost", "Referer": "http://localhost/notices"}


@pytest.mark.engines("sqlite")
def test_nothing_but_static_files_may_be_kept_by_a_cache(app, db):
    walk, opened = Walk(app), set()
    for rule in walk.rules("GET"):
        response = walk.visitor(rule.endpoint).knock("GET", walk.address(rule))
        opened |= {rule.endpoint} if response.status_code == 200 else set()
        assert rule.endpoint in STATIC or response.headers["Cache-Control"] == "no-store", rule.endpoint
        assert rule.endpoint in STATIC or "Expires" not in response.headers, rule.endpoint
    assert {"orders.export", "orders.document", "settlement.bank_list", "enterprises.export_firms", "proofs.heads"} & opened


def draft_done(browser) -> str | None:
    told = browser.response.headers.getlist("Set-Cookie")
    return next((one.split(";")[0].partition("=")[2] for one in told if one.startswith("draft_done=")), None)


def test_a_draft_is_done_when_its_command_is_and_only_then(browser):
    firm = a_firm()
    browser.sign_in(user_of(firm))
    address = f"/orders/place/{an_offering().id}"
    form = browser.get(address).select_one("main form[method=post]")
    name = form.select_one("[name=draft]")["value"]

    browser.fill(address, {"voucher_id": "none", "requirement": "七月前交付", "requested": "x"}, status=422)
    assert draft_done(browser) is None
    browser.fill(address, {"voucher_id": "none", "requirement": "七月前交付", "requested": ""}, status=200)
    assert draft_done(browser) is None
    browser.knock("POST", address, data={**sent_by(browser), "step": "confirm"})

    assert browser.response.status_code == 302
    assert draft_done(browser) == name


def sent_by(browser) -> dict[str, str]:
    """The fields of the page's form that have one value."""
    fields = browser.page.select("main form[method=post] input[name]:not([type=radio])")
    return {str(field["name"]): str(field.get("value", "")) for field in fields} | {"voucher_id": "none"}


def kept_by(page) -> dict[str, str]:
    names, values = page.select("[name=kept_name]"), page.select("[name=kept_value]")
    return {name["value"]: value["value"] for name, value in zip(names, values, strict=True)}


def test_what_was_typed_survives_the_end_of_the_session(browser):
    user = a_user(Role.SME)
    browser.sign_in(user)
    browser.get("/account")
    typed = sent_by_account(browser)
    browser.sign_out()

    page = browser._shown(browser.knock("POST", "/account", data=typed, headers=HERE), 400)
    assert kept_by(page)["name"] == "新名字"
    again = {"to": "/account", "kept_name": list(kept_by(page)), "kept_value": list(kept_by(page).values())}
    wrong = browser.post("/sign-in/again", {**again, "login": user.login, "password": "不是这个"}, status=422)
    assert kept_by(wrong)["name"] == "新名字"
    browser.post("/sign-in/again", {**again, "login": user.login, "password": PASSWORD}, status=200)
    form = browser.page.select_one("main form")
    browser.post("/account", {field["name"]: field["value"] for field in form.select("input[name]")})

    assert user.name == "新名字"


def sent_by_account(browser) -> dict[str, str]:
    form = browser.page.select_one("main form[action='/account']")
    return {"csrf_token": form.select_one("[name=csrf_token]")["value"], "name": "新名字", "phone": "", "email": "", "locale": "zh"}


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.cn"}, {"Referer": "https://evil.cn/notices"}])
def test_what_another_page_sends_is_never_kept(browser, headers):
    browser.sign_in(a_user(Role.SME))
    page = browser._shown(browser.knock("POST", "/account", data={"name": "别人写的"}, headers=headers), 400)

    assert "别人写的" not in str(page)
    assert "/account" not in [form["action"] for form in page.select("main form")]


def test_a_password_is_never_kept(browser):
    page = browser._shown(browser.knock("POST", "/register", data={"name": "甲公司", "password": "秘密"}, headers=HERE), 400)

    assert not re.search("秘密|甲公司", str(page))
