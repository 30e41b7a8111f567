"""What belongs to one firm is not found by another, nor by an officer of another area: every address with ids is tried.

tests/test_access.py knocks with ids of nothing; here they are of real rows.
"""

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask

from marketplace.enterprises.models import EnterpriseYear
from marketplace.identity.roles import AREA_ROLES, PERMISSIONS, Role
from marketplace.kernel.db import by_id
from marketplace.kernel.files import StoredFile
from marketplace.kernel.imports import Import
from marketplace.kernel.jobs import Job
from marketplace.kernel.sentences import Sentence
from marketplace.notices.models import Notice
from marketplace.orders.queries import live_documents
from marketplace.vouchers.models import Programme
from tests.area_rows import a_statement
from tests.arrears.making import an_arrear
from tests.browser import hold_also
from tests.cheaper import a_refusal_is_shown_once
from tests.conftest import Engine, a_world
from tests.enterprises.grouping import a_group
from tests.factories import a_firm, a_provider, a_title, a_user, an_offering, an_organisation, stored, user_of
from tests.matching.making import a_counted_contract, a_match
from tests.order_factories import a_batch
from tests.performance.acts import a_plan
from tests.supervision.acts import a_case_in, a_tip

# Pages about another's rows that are meant for everybody who is signed in. A line here needs a reason.
OPEN_TO_OTHERS: set[str] = {
    "orders.place",  # what is on the shelf may be ordered by every firm
    "orders.propose_joint",  # and by several together
}
# Auditors follow money wherever it goes; everybody else stays at home.
READ_BY_AUDITORS = {
    "oversight.order_trace",
    "oversight.claim_trace",
    "oversight.payment_trace",
    "oversight.voucher_trace",
    "supervision.case",
    "supervision.check",
    "arrears.show",
    "enterprises.group",
    "performance.show",
    "performance.sheet",
    "performance.sheet_pdf",
}
ELSEWHERE, FURTHER, HERE = "652700", "652900", "540100"
# (a role elsewhere, a role here): what the second may not do, the first does not bring along. None: nobody here.
STRANGERS = [
    *((role, None) for role in (Role.SME, Role.PROVIDER, Role.CHAIN_LEADER, Role.OFFICER, Role.OPERATOR, Role.FINANCE, Role.AUDITOR)),
    (Role.OFFICER, Role.AUDITOR),
    (Role.OFFICER, Role.OPERATOR),
    (Role.OFFICER, Role.FINANCE),
    (Role.FINANCE, Role.AUDITOR),
    (Role.AUDITOR, Role.OFFICER),
    (Role.CHAIN_LEADER, Role.AUDITOR),
    (Role.PROVIDER, Role.OPERATOR),
]


def rows_of_a_firm():
    """Real ids of a firm and a provider of 拉萨, by the names addresses use. A room adds its own rows here."""
    firm, provider = a_firm(region="540102"), a_provider(region="540102")
    user = user_of(firm)
    file = stored(StoredFile(sha256="0" * 64, name="证明.pdf", mime="application/pdf", size_bytes=1, organisation_id=firm.id))
    year = stored(EnterpriseYear(enterprise_id=firm.id, year=2025, employees=1, revenue_fen=1, assets_fen=1, file_id=file.id))
    notice = stored(Notice(user_id=user.id, title=Sentence("消息"), body=Sentence("")))
    job = stored(Job(kind="import.examine", owner_id=user.id))
    owner = {"actor_id": user.id, "organisation_id": firm.id}
    batch, lines = a_batch()
    claim = lines[0].claim
    brought = stored(Import(kind="enterprises", name="名单.xlsx", checksum="0" * 64, file_id=file.id, row_count=0, **owner))
    match = a_match(firm=a_firm(region="540102"))
    return {
        "match_id": match.id,
        "contract_id": a_counted_contract(match).id,
        "run_id": match.run_id,
        "list_id": match.run.list_id,
        "need_id": match.need_id,
        "enterprise_id": firm.id,
        "provider_id": provider.id,
        "offering_id": an_offering(provider=provider).id,
        "user_id": user.id,
        "file_id": file.id,
        "year_id": year.id,
        "title_id": a_title(firm, "specialised").id,
        "notice_id": notice.id,
        "job_id": job.id,
        "import_id": brought.id,
        "order_id": claim.order_id,
        "document_id": live_documents(claim.order_id)[0].id,
        "claim_id": claim.id,
        "batch_id": batch.id,
        "line_id": lines[0].id,
        "case_id": a_case_in("decided", provider).id,
        "tip_id": a_tip(area="540102").id,
        "arrear_id": an_arrear().id,
        "group_id": a_group(firm, a_firm(region="540102")).id,
        "plan_id": a_plan(by_id(Programme, claim.programme_id)).id,
        **a_statement("540102"),
    }


def guarded_rules(app, rows):
    """Rules whose ids we have real rows for, except those that everybody may open."""
    for rule in list(app.url_map.iter_rules()):
        ids = {name for name, converter in rule._converters.items() if type(converter).__name__ == "UUIDConverter"}
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        if ids and ids <= rows.keys() and permission and rule.endpoint not in OPEN_TO_OTHERS:
            yield rule


def _a_word(converter) -> str:
    """Something to stand where an address asks for a word: one of its choices, where it offers some."""
    return "1" if type(converter).__name__ == "IntegerConverter" else min(getattr(converter, "items", None) or {"x"})


@pytest.fixture(scope="module")
def world(engine: Engine) -> Iterator[tuple[Flask, dict[str, UUID]]]:
    """The rows of a firm, for every stranger."""
    with a_world(engine, rows_of_a_firm) as made:
        yield made


@pytest.fixture(scope="module")
def app(world: tuple[Flask, dict[str, UUID]]) -> Flask:
    return world[0]


@pytest.mark.engines("sqlite", "postgresql")
@pytest.mark.parametrize(("role", "here"), STRANGERS, ids=str)
def test_a_strangers_rows_are_not_found(app, world, browser, monkeypatch, role, here):
    a_refusal_is_shown_once(monkeypatch)
    _app, rows = world
    further = [(role, FURTHER)] if role in AREA_ROLES else []  # a second area elsewhere opens no more than one
    hold_also(monkeypatch, *further, *([(here, HERE)] if here else []))
    browser.sign_in(a_user(role, area=ELSEWHERE, organisation=an_organisation(region="652701")))
    token = browser.get("/notices").select_one("input[name=csrf_token]")["value"]
    addresses = app.url_map.bind("localhost")
    opened = []
    for rule in guarded_rules(app, rows):
        if role is Role.AUDITOR and rule.endpoint in READ_BY_AUDITORS:
            continue
        if here in PERMISSIONS[app.view_functions[rule.endpoint].permission]:
            continue
        values = {name: rows.get(name) or _a_word(converter) for name, converter in rule._converters.items()}
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            data = {"csrf_token": token} if method == "POST" else None
            status = browser.knock(method, addresses.build(rule.endpoint, values, method=method), data=data).status_code
            if status not in {403, 404}:
                opened.append(f"{method} {rule.rule} ({rule.endpoint}) answered {status}")
    assert not opened
