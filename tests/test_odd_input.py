"""Odd values break no page: every address of the URL map is asked with all of them, on both engines, and forms are sent with them.

All names that any page reads from the address are given at once, so one request tries them all. A new page is walked as it is made.
"""

import ast
import logging
import re
from pathlib import Path
from urllib.parse import quote, quote_from_bytes
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup

from marketplace.identity.models import Organisation
from marketplace.identity.roles import PERMISSIONS, Role
from marketplace.identity.uscc import make_uscc
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import db, in_transaction
from tests.browser import Browser, _filled_in
from tests.cheaper import a_refusal_is_shown_once
from tests.factories import PASSWORD, a_user, an_officer, an_organisation, user_of
from tests.order_factories import a_batch
from tests.reading import page_of
from tests.test_access import ENDS_THE_VISIT, sample
from tests.test_strangers import rows_of_a_firm

CODE = Path(__file__).parent.parent / "marketplace"
BOTH = pytest.mark.engines("sqlite", "postgresql")
STATIC = {"static", "bootstrap.static"}
NUL, HALF = "%00", "%ED%A0%80"
IN_ADDRESS = [*map(quote, ("²⁰²⁶", "٢٠٢٦", "9999-12-31", "0001-01-01", "9" * 30)), HALF, quote_from_bytes(b"/\r\nX:1")]
IN_FORMS = ["²", "9" * 30, "0001-01-01"]
RULED_ROLES = [Role.OFFICER, Role.AUDITOR, Role.FINANCE, Role.SME, Role.PROVIDER, Role.CHAIN_LEADER, *Role]


def names_read() -> list[str]:
    """Names that the code reads from addresses: arguments of request.args and of the readers of web.query_string."""
    found = set()
    for path in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            called = node.func if isinstance(node, ast.Call) else None
            said = ast.unparse(called) if called is not None else ""
            if said.startswith("asked_") or said in {"request.args.get", "request.args.getlist", "arguments.get", "given.get"}:
                found |= {one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value}
    return sorted(found)


def test_the_names_that_pages_read_are_known():
    assert {"page", "year", "round", "q", "since", "until", "on", "next", "state", "programme", "from", "voucher"} <= set(names_read())


class Walk:
    """Visitors of every role, and real rows for the ids of addresses."""

    def __init__(self, app) -> None:
        self.app = app
        self.rows = rows_of_a_firm()
        batch, lines = a_batch()
        order = lines[0].claim.order
        self.rows |= {"order_id": order.id, "claim_id": lines[0].claim.id, "line_id": lines[0].id, "batch_id": batch.id}
        self.rows |= {"enterprise_id": order.enterprise_id, "provider_id": order.provider_id, "offering_id": order.offering_id}
        self.rows |= {"voucher_id": order.voucher_id, "round_id": order.round_id, "programme_id": order.programme_id}
        self.owners = {Role.SME: user_of(order.enterprise_id), Role.PROVIDER: user_of(order.provider_id)}
        self.visitors: dict[Role | None, Browser] = {None: Browser(app)}

    def visitor(self, endpoint: str) -> Browser:
        """Signed in, once per role, as somebody who may open this."""
        permission = getattr(self.app.view_functions[endpoint], "permission", None)
        role = next(role for role in RULED_ROLES if role in PERMISSIONS[permission]) if permission else None
        if role not in self.visitors:
            self.visitors[role] = Browser(self.app)
            organisation = None if role in self.owners else an_organisation(authority=True)
            self.visitors[role].sign_in(self.owners.get(role) or a_user(role, organisation=organisation))
        return self.visitors[role]

    def rules(self, method: str):
        return [rule for rule in self.app.url_map.iter_rules() if method in (rule.methods or ()) and rule.endpoint not in ENDS_THE_VISIT]

    def address(self, rule, word: str = "") -> str:
        """Where a rule leads: ids of real rows as far as there are some, and a word where it asks for one."""
        values = {name: self.rows.get(name) or sample(converter) for name, converter in rule._converters.items()}
        built = self.app.url_map.bind("localhost").build(rule.endpoint, {**values, **dict.fromkeys(words_of(rule), "WORD")})
        return built.replace("WORD", word or "x")

    def status(self, visitor: Browser, method: str, address: str, **sent) -> str | int:
        try:
            return visitor.knock(method, address, **sent).status_code
        except Exception as crash:
            return f"{type(crash).__name__}: {str(crash)[:200]}"


def words_of(rule) -> list[str]:
    return [name for name, one in rule._converters.items() if type(one).__name__ in {"UnicodeConverter", "PathConverter"}]


def is_failure(status: str | int) -> bool:
    return isinstance(status, str) or status >= 500


@pytest.fixture
def walk(app, db):
    whole = Walk(app)
    logging.disable(logging.CRITICAL)  # what breaks is listed by the test
    yield whole
    logging.disable(logging.NOTSET)


def odd_queries(address: str, names: list[str], rounds: int):
    """The address with every name, each with another value in each round: in as many rounds as there are values, each has had all."""
    for turn in range(rounds):
        given = (f"{name}={IN_ADDRESS[(turn + place) % len(IN_ADDRESS)]}" for place, name in enumerate(names))
        yield f"{address}?{'&'.join(given)}"


@BOTH
def test_an_odd_address_breaks_no_page(walk):
    names, failed = names_read(), []
    for rule in walk.rules("GET"):
        plain, visitor = walk.address(rule), walk.visitor(rule.endpoint)
        tried = list(odd_queries(plain, names, 1 if rule.arguments else len(IN_ADDRESS)))
        tried += [walk.address(rule, value) for value in IN_ADDRESS[::2] if words_of(rule)]
        failed += [f"{address[:160]}: {status}" for address in tried if is_failure(status := walk.status(visitor, "GET", address))]
        refused = walk.address(rule, NUL) if words_of(rule) else f"{plain}?q={NUL}"
        if rule.endpoint not in STATIC and (status := walk.status(visitor, "GET", refused)) != 400:
            failed.append(f"{refused}: {status}")
    assert not failed


def fields_of(page: BeautifulSoup, address: str) -> tuple[dict, set[str]]:
    """What the form to an address would send, and which of it is hidden."""
    form = next((one for one in page.select("form[method=post]") if one.get("action") == address), page.select_one("form[method=post]"))
    if form is None:
        return {}, set()
    return _filled_in(form), {str(one["name"]) for one in form.select("input[type=hidden][name]")} - {"csrf_token"}


@BOTH
def test_an_odd_form_breaks_no_page(walk, monkeypatch):
    a_refusal_is_shown_once(monkeypatch)
    monkeypatch.setitem(walk.app.config, "EXPORT_ROWS", -1)  # every list is too long to be handed out: its form is shown
    failed = []
    for rule in walk.rules("POST"):
        address, visitor = walk.address(rule), walk.visitor(rule.endpoint)
        visitor.knock("GET", address if "GET" in (rule.methods or ()) else "/notices")
        page = page_of(visitor.response.get_data(as_text=True), only="form")
        prefilled, hidden = fields_of(page, address)
        token = page.select_one("input[name=csrf_token]")
        if token is None:
            continue
        kept = {"csrf_token": token["value"]}
        tried = [{**dict.fromkeys(prefilled, value), "request_key": value, **kept} for value in IN_FORMS]
        tried += [{**prefilled, **dict.fromkeys(hidden, IN_FORMS[0]), **kept}, {**prefilled, **kept, "x": "a\x00"}]
        statuses = [walk.status(visitor, "POST", address, data=data) for data in tried]
        failed += [f"{address} {str(data)[:200]}: {one}" for data, one in zip(tried, statuses, strict=True) if is_failure(one)]
        failed += [f"{address} with NUL: {statuses[-1]}"] if statuses[-1] not in {400, 404} else []
    assert not failed


@pytest.mark.parametrize("target", ["/\r\nX:1", "/\n", "/a b", "//evil.cn", "/\\evil.cn", "https://evil.cn", "/\u2028", "evil"])
@pytest.mark.parametrize("page", ["/locale/zh", "/text-size/large"])
def test_one_is_sent_on_to_our_own_pages_only(browser, page, target):
    assert browser.knock("GET", f"{page}?next={quote(target)}").headers["Location"] == "/"


def test_one_is_sent_on_where_one_was_going(browser):
    assert browser.knock("GET", f"/locale/zh?next={quote('/services?q=记账&page=2')}").headers["Location"].startswith("/services?q=")


@pytest.mark.parametrize("path", ["/register", "/colleagues/new", "/users/new"])
@pytest.mark.engines("sqlite", "postgresql")
def test_a_form_with_a_key_that_is_used_is_told_so(browser, path):
    somebody = a_user(Role.SYSTEM_ADMIN if path.startswith("/users") else Role.SME)
    firm = db.session.get_one(Organisation, somebody.organisation_id)
    used, uscc = somebody.id, firm.uscc
    if path == "/register":
        used, uscc = uuid4(), make_uscc("540102", 4711)
        in_transaction(lambda: begin(Command(used, "organisation.registered", None, used, {"facts": "another"})))
    else:
        browser.sign_in(somebody)
    typed = {"request_key": str(used), "uscc": uscc, "name": "张三", "user_name": "张三", "login": "another1", "phone": "13800000000"}
    typed |= {"region_code": "540102", "as_sme": "y", "roles": ["sme"], "password": PASSWORD, "password_again": PASSWORD}

    assert "已经提交过" in browser.post(path, typed, status=409).text


@pytest.mark.parametrize("text", ["%", "_", "%%", "测试_位"])
def test_a_wild_card_in_a_search_means_itself(browser, text):
    a_batch()
    browser.sign_in(an_officer())
    for path in ("/orders", "/claims?state=", "/enterprises"):
        assert "测试单位" not in browser.get(f"{path}{'&' if '?' in path else '?'}q={quote(text)}").select_one("main").text


def test_days_typed_backwards_are_turned_round(browser):
    order = a_batch()[1][0].claim.order
    browser.sign_in(an_officer())

    assert order.number in browser.get("/orders?since=2026-12-31&until=2026-01-01").text


def test_a_failure_of_ours_has_a_number_that_the_log_carries(app, monkeypatch, caplog):
    monkeypatch.setattr(app, "testing", False)
    monkeypatch.setitem(app.view_functions, "web.live", lambda: 1 // 0)

    said = app.test_client().get("/health/live").get_data(as_text=True)

    number = re.search(r"SG-[0-9A-Z]{8}-[0-9A-Z]", said)
    assert number and number[0] in caplog.text


NAMED = [
    *("/services?q=%00", "/services?region=%00", "/providers?q=%00", "/publicity?q=%00", "/orders/check?number=%00"),
    *("/proofs/vouchers/%00", "/receipts/%00"),
    *("/services?page=²", "/publicity?page=²", "/locale/zh?next=/%0d%0aX:1", "/text-size/large?next=/%0a"),
]


@BOTH
@pytest.mark.parametrize("path", NAMED)
def test_an_odd_address_is_no_failure_of_ours(browser, path):
    assert browser.knock("GET", path).status_code < 500
