"""A page's key stands for one request of one person: sent again it is answered as before, and by anybody else, for another row or with
other content it is refused."""

import ast
from collections import Counter

from sqlalchemy import func, select

from marketplace.audit.models import AuditEvent
from marketplace.kernel.commands import DoneCommand
from marketplace.kernel.db import db
from marketplace.matching.models import Chain, Need
from tests.factories import a_firm, an_officer
from tests.matching import making
from tests.test_architecture import CODE, ROOT, tree

VIEWS = [path for path in CODE if {"views", "views.py", "web", "offers.py"} & set(path.relative_to(ROOT / "marketplace").parts)]

# Transactions of pages that are not bound by `once`, with why. Every other key is: `carried_out` binds it, or a service to which it goes.
BOUND_OTHERWISE = {
    "exports/offers.py": 1,  # the service binds the key
    "identity/views/account.py": 3,  # no key: the same said again changes nothing
    "identity/views/sign_in.py": 4,  # signing in and out have no key; registering binds it with its facts
    "identity/views/passwords.py": 3,  # a code is the key
    "identity/views/staff.py": 1,  # no key: a role taken back is gone
    "oversight/views/verification.py": 1,  # the service binds the key
    "records/views/reporting.py": 2,  # no key: what was thrown away is gone
    "vouchers/views/applications.py": 1,  # many rows, each in a transaction of its own, against the mark that its page showed
    "vouchers/views/values.py": 1,  # the service binds the key
    "web/forms.py": 1,  # carried_out itself
    "web/importing.py": 4,  # the upload's key is bound, and an import is stored once, whoever asks
}


def test_every_page_binds_its_key_or_says_why_not():
    found = Counter(str(path.relative_to(ROOT / "marketplace")) for path in VIEWS for _ in unbound(path))
    assert dict(found) == BOUND_OTHERWISE


def unbound(path):
    """Calls of in_transaction whose work is not wrapped in `once`."""
    calls = [n for n in ast.walk(tree(path)) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "in_transaction"]
    return [one for one in calls if not (isinstance(one.args[0], ast.Call) and getattr(one.args[0].func, "id", "") == "once")]


def events():
    return [db.session.scalar(select(func.count()).select_from(model)) for model in (AuditEvent, DoneCommand)]


def key_of(page):
    return {name: page.select_one(f"form[method=post] input[name={name}]")["value"] for name in ("request_key", "csrf_token")}


def again(browser, path, data, status, **changed):
    """Send a form once more as it was, or with something else; what it answered."""
    before = events()
    answer = browser.knock("POST", path, data={**data, **changed})
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert events() == before, "nothing was done"
    if status == 409:
        assert "已经提交过别的内容" in answer.get_data(as_text=True)
    return answer


def sanction(row):
    return f"/enterprises/{row.id}/sanction", {"until": "2027-12-31", "reason": "失信限制"}


def test_a_decision_is_answered_again_to_who_made_it_and_to_nobody_else(browser):
    (path, said), (elsewhere, _said) = sanction(a_firm()), sanction(a_firm())
    browser.sign_in(an_officer())
    page = browser.get(path)
    mark = page.select_one("input[name=shown]")
    data = {**said, **key_of(page), "shown": mark["value"] if mark else ""}
    first = browser.knock("POST", path, data=data)
    assert first.status_code == 302
    assert again(browser, path, data, 302).headers["Location"] == first.headers["Location"]
    again(browser, path, data, 409, reason="另一个理由")
    other = {**data, "shown": browser.get(elsewhere).select_one("input[name=shown]")["value"]}
    again(browser, elsewhere, other, 409)
    browser.sign_in(an_officer())
    data["csrf_token"] = browser.get("/notices").select_one("input[name=csrf_token]")["value"]
    again(browser, path, data, 409)


def test_a_row_is_made_once_and_its_key_answers_who_made_it(browser):
    browser.sign_in(an_officer())
    data = {"name": "青稞产业链", "area_code": "540000", "head_name": "链长", "head_post": "负责同志", **key_of(browser.get("/chains/new"))}
    first = browser.knock("POST", "/chains/new", data=data)
    assert first.status_code == 302
    assert again(browser, "/chains/new", data, 302).headers["Location"] == first.headers["Location"]
    again(browser, "/chains/new", data, 409, name="牦牛产业链")
    browser.sign_in(an_officer())
    data["csrf_token"] = browser.get("/notices").select_one("input[name=csrf_token]")["value"]
    again(browser, "/chains/new", data, 409)
    assert db.session.scalar(select(func.count()).select_from(Chain)) == 1


def test_a_second_click_adds_no_second_line(browser):
    leader = making.a_leader()
    browser.sign_in(leader)
    page = browser.get("/needs/new")
    chain = page.select_one("select[name=chain_id] option")["value"]
    page = browser.post("/needs/new", {"chain_id": chain, "title": "年度清单", "direction": "upstream"})
    form = page.select_one("form[action$='/lines']")
    data = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[name]")} | {
        "product": "纸箱",
        "quantity": "1",
        "unit": "只",
    }
    sent = [browser.knock("POST", str(form["action"]), data=data).status_code for _ in range(2)]
    assert sent == [302, 302]
    assert browser.knock("POST", str(form["action"]), data={**data, "product": "木箱"}).status_code == 409
    assert db.session.scalar(select(func.count()).select_from(Need)) == 1
