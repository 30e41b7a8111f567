"""Two people hold the same page: when one has decided, the page of the other decides nothing."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from marketplace.catalogue.models import Expert, ProviderStaff
from marketplace.catalogue.rules.dossier import Fact
from marketplace.catalogue.service import dossier
from marketplace.enterprises import service as enterprises
from marketplace.enterprises.rules import Figures
from marketplace.identity import page_mark
from marketplace.identity import service as identity
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict
from marketplace.policy.dossier import DossierKind
from marketplace.records.models import ServiceReport
from marketplace.records.rules import ReportState
from marketplace.web.forms import MarketplaceForm, ShownForm
from tests.browser import Browser
from tests.factories import a_firm, a_provider, a_round, a_title, a_voucher, an_application, an_officer, stored
from tests.order_factories import a_claim


class Page(NamedTuple):
    """A form of a decision: what it stands on, what the first sends, and what the second wanted to send."""

    name: str
    row: Callable[[], Any]
    path: str
    first: Mapping[str, Any]
    late: Mapping[str, Any]
    opened: str = ""  # where the form is shown, when elsewhere
    late_path: str = ""  # where the second sends, when elsewhere
    officer: Callable[[], Any] = an_officer


def _application() -> Any:
    return an_application(a_round("xizang_innovation_voucher", state="claiming"), a_firm())


def _item() -> Any:
    fact = Fact(kind=DossierKind.EQUIPMENT, year=2025, title="", dated_on=date(2026, 1, 1), number=0)
    provider_id = a_provider().id
    return in_transaction(lambda: dossier.declare(provider_id, fact, actor_id=None, request_key=uuid4(), today=clock.today()))


def _person() -> Any:
    return stored(ProviderStaff(provider_id=a_provider().id, name="卓玛", degree="college", title_level="none", from_on=date(2024, 1, 1)))


def _expert() -> Any:
    return stored(Expert(name="扎西", organisation_name="西藏大学", field="食品工程", region_code="540102"))


def _year() -> Any:
    figures = Figures(year=2025, employees=35, revenue_fen=1_200_000_000, assets_fen=2_000_000_000, source="审计报告")
    said = {"file_id": None, "actor_id": uuid4(), "request_key": uuid4(), "today": clock.today()}
    firm_id = a_firm().id
    return in_transaction(lambda: enterprises.declare_year(firm_id, figures, **said))


def _title() -> Any:
    return a_title(a_firm(), "tech_sme", accepted=False)


def _report() -> Any:
    return stored(
        ServiceReport(number="TB1", title="三月服务", provider_id=a_provider().id, state=ReportState.SUBMITTED, submitted_by=uuid4())
    )


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
    Page("item", _item, "/dossier-items/{id}", {"decision": "accepted"}, {"decision": "returned", **NO}),
    Page("person", _person, "/provider-staff/{id}", {"decision": "accepted"}, {"decision": "returned", **NO}),
    Page("expert", _expert, "/experts/{id}", {"decision": "accepted"}, {"decision": "returned", **NO}),
    Page("year", _year, "/enterprises/{firm}/years/{id}", {"decision": "accept"}, {"decision": "return", **NO}),
    Page("title", _title, "/enterprises/{firm}/titles/{id}", {"decision": "accept"}, {"decision": "return", **NO}),
    Page("voucher", a_voucher, "/office/vouchers/{id}/freeze", NO, NO, late_path="/office/vouchers/{id}/void"),
    Page("claim", a_claim, "/claims/{id}/refuse", NO, {"approved": "1.00", "cut_reason": "核减"}, late_path="/claims/{id}/approve"),
    Page("claim returned", a_claim, "/claims/{id}/return", NO, NO, late_path="/claims/{id}/refuse"),
    Page("report", _report, "/records/reports/{id}/decide", {"decision": "return", **NO}, {"decision": "refuse", **NO},
         opened="/records/reports/{id}"),
)  # fmt: skip


def _address(pattern: str, row: Any) -> str:
    return pattern.format(id=row.id, firm=getattr(row, "enterprise_id", None) or getattr(row, "organisation_id", None))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_when_one_has_decided_the_page_of_the_other_decides_nothing(app, browser, page):
    row = page.row()
    row_id, path, late = row.id, _address(page.path, row), _address(page.late_path or page.path, row)
    first, second, one = Browser(app), browser, page.officer()
    for each, person, sent in ((first, one, path), (second, page.officer(), late)):
        each.sign_in(person)
        each.get(_address(page.opened, row) or sent)
    first.post(path, page.first)
    before = page_mark.mark(row_id)

    answer = second.post(late, page.late, status=409)

    assert f"内容已被更新：{one.name}" in answer.select_one(".error-summary").text
    assert page_mark.mark(row_id) == before
    assert page.late.get("reason", "") in (answer.select_one("textarea[name=reason]") or answer).text


@pytest.mark.parametrize(("first", "late"), [("verified", "returned"), ("returned", "verified"), ("verified", "suspended")])
def test_an_older_page_decides_nothing_on_an_organisation(db, first, late):
    firm, officer = a_firm(verified=False), an_officer()

    def decide(state: str, mark: str) -> None:
        words = {"reason": "请补正" if state != "verified" else "", "actor_id": officer.id, "now": clock.now(), "shown": mark}
        in_transaction(lambda: identity.decide_organisation(firm.id, OrganisationState(state), **words))

    mark = page_mark.mark(firm.id)
    decide(first, mark)
    with pytest.raises(Conflict, match="内容已被更新"):
        decide(late, mark)
    assert by_id(Organisation, firm.id).state == first
    with pytest.raises(Conflict, match="内容已被更新"):
        decide(first, mark)  # without the key of the page it is no second click, but a colleague's


def test_a_refused_attempt_makes_no_page_older(db, browser):
    row = _application()
    mark = page_mark.mark(row.id)
    browser.sign_in(an_officer("652700"))
    browser.get("/office/applications")
    browser.post(f"/office/applications/{row.id}/decide", {"decision": "pass"}, status=404)
    assert page_mark.mark(row.id) == mark


def _forms(base: type = MarketplaceForm) -> Iterator[type]:
    for form in base.__subclasses__():
        yield form
        yield from _forms(form)


# Decisions that stand once: whoever comes second is refused by the state, or by the version of what was shown.
ONCE = {
    "catalogue.ListingDecisionForm", "catalogue.PriceDecisionForm", "evaluation.MemberDecisionForm", "publicity.DecisionForm",
    "oversight.CloseForm", "vouchers.DecideFundActForm",
}  # fmt: skip
OPINIONS = {"evaluation.OpinionForm"}  # one's own word, which stands beside those of others
DECIDED_BY = {"decision", "verdict", "upheld", "approved"}


def test_every_form_of_a_decision_says_what_its_page_showed(app):
    forms = [form for form in _forms() if form.__module__.startswith("marketplace.") and DECIDED_BY & set(dir(form))]
    without = {f"{form.__module__.split('.')[1]}.{form.__name__}" for form in forms if not issubclass(form, ShownForm)}
    assert without == ONCE | OPINIONS
