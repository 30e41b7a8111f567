"""Two people hold the same page: when one has decided, the page of the other decides nothing."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest

from marketplace.identity import service as identity
from marketplace.identity import shown
from marketplace.identity.models import Organisation, OrganisationState
from marketplace.kernel import clock
from marketplace.kernel.db import got, in_transaction
from marketplace.kernel.errors import Conflict
from tests.browser import Browser
from tests.factories import a_firm, a_provider, a_round, an_application, an_officer


class Page(NamedTuple):
    """A form of a decision: what it stands on, what the first sends, and what the second wanted to send."""

    name: str
    row: Callable[[], Any]
    path: str
    first: Mapping[str, Any]
    late: Mapping[str, Any]
    opened: str = ""  # where the form is shown, when elsewhere
    officer: Callable[[], Any] = an_officer


def _application() -> Any:
    return an_application(a_round("xizang_innovation_voucher", state="claiming"), a_firm())


NO = {"reason": "不符合条件"}
PAGES = (
    Page("application", _application, "/office/applications/{id}/decide", {"decision": "pass"}, {"decision": "refuse", **NO},
         opened="/office/applications/{id}"),
    Page("application closed", _application, "/office/applications/{id}/decide", {"decision": "refuse", **NO}, {"decision": "pass"},
         opened="/office/applications/{id}"),
    Page("admission", lambda: a_provider(state="applied"), "/admissions/{id}/decide", {"decision": "pass"}, {"decision": "refuse", **NO}),
    Page("admission returned", lambda: a_provider(state="applied"), "/admissions/{id}/decide", {"decision": "return", **NO},
         {"decision": "pass"}),
    Page("suspension", a_provider, "/admissions/{id}/decide", {"decision": "suspend", **NO}, {"decision": "suspend", **NO}),
    Page("firm", lambda: a_firm(verified=False), "/enterprises/{id}/decide", {"decision": "verified"}, {"decision": "returned", **NO}),
    Page("firm returned", lambda: a_firm(verified=False), "/enterprises/{id}/decide", {"decision": "returned", **NO},
         {"decision": "verified"}),
    Page("credit list", a_firm, "/enterprises/{id}/sanction", {"until": "2027-12-31", **NO}, {"until": "", **NO}),
)  # fmt: skip


def _trail(row_id: Any) -> str:
    return shown.mark(row_id)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_when_one_has_decided_the_page_of_the_other_decides_nothing(app, browser, page):
    row_id, path = (row := page.row()).id, page.path.format(id=row.id)
    first, second = Browser(app), browser
    one = page.officer()
    for each, person in ((first, one), (second, page.officer())):
        each.sign_in(person)
        each.get((page.opened or page.path).format(id=row_id))
    first.post(path, page.first)
    before = _trail(row_id)

    answer = second.post(path, page.late, status=409)

    assert f"内容已被更新：{one.name}" in answer.select_one(".error-summary").text
    assert _trail(row_id) == before
    assert page.late.get("reason", "") in (answer.select_one("textarea[name=reason]") or answer).text


@pytest.mark.parametrize(("first", "late"), [("verified", "returned"), ("returned", "verified"), ("verified", "suspended")])
def test_an_older_page_decides_nothing_on_an_organisation(db, first, late):
    firm, officer = a_firm(verified=False), an_officer()

    def decide(state: str, mark: str) -> None:
        words = {"reason": "请补正" if state != "verified" else "", "actor_id": officer.id, "now": clock.now(), "shown": mark}
        in_transaction(lambda: identity.decide_organisation(firm.id, OrganisationState(state), **words))

    mark = shown.mark(firm.id)
    decide(first, mark)
    with pytest.raises(Conflict, match="内容已被更新"):
        decide(late, mark)
    assert got(Organisation, firm.id).state == first
    decide(first, mark)  # a second click is the same decision


def test_a_refused_attempt_makes_no_page_older(db, browser):
    row = _application()
    mark = shown.mark(row.id)
    browser.sign_in(an_officer("652700"))
    browser.get("/office/applications")
    browser.post(f"/office/applications/{row.id}/decide", {"decision": "pass"}, status=404)
    assert shown.mark(row.id) == mark
