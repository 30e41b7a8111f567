"""Who may open what: every endpoint names a permission or is public on purpose, and every role is tried at every door."""

from uuid import uuid4

import pytest

from marketplace.identity.roles import AREA_ROLES, PERMISSIONS, Role
from tests.browser import hold_also
from tests.cheaper import a_refusal_is_shown_once
from tests.factories import a_user

# Reviewed by hand: what a stranger may open. A new line here needs a reason in its commit.
PUBLIC_ENDPOINTS = {
    "agreements.providers",  # from whom firms may order, and what the bureau pays for it
    "supervision.follow_tip",  # with the receipt of a tip
    "supervision.send_tip",  # who saw something need not be known
    "supervision.spot_checks",  # that checks are made, by what commitment, how many found something
    "supervision.spot_draw",  # everybody can recompute who was drawn, once it is published
    "supervision.spot_entries",
    "settlement.round_draw",  # everybody can recompute what was drawn, once the seed is published
    "vouchers.chosen_providers",  # everybody reads from whom firms may order
    "vouchers.lots",  # everybody can recompute the draw of a round's lots
    "vouchers.lots_file",
    "static",
    "bootstrap.static",
    "catalogue.compare",  # what is offered, for how much, by whom is public
    "catalogue.offering",
    "catalogue.offerings",
    "catalogue.provider",
    "catalogue.providers",
    "identity.forgotten_password",  # who forgot is nobody yet; the answer is the same for every login
    "identity.register",
    "identity.set_password",  # with a one-time code
    "identity.sign_in",
    "identity.sign_in_again",  # the same beside a form that was sent too late
    "orders.check",  # whether a printed number is genuine: its state and date, nothing of its people
    "orders.check_form",
    "reporting.disclosure_page",
    "reporting.disclosure_sheet",  # what programmes received and paid is for everybody
    "reporting.metrics",  # with a token of the settings
    "reporting.reruns_page",  # simulated rounds, apart from every figure
    "reporting.front",  # what the platform has brought about so far
    "orders.reviews",  # what firms said of a service after accepting it
    "proofs.heads",  # what is published must be open to everybody, and so must the means to check it
    "proofs.batch",  # that a printed paper of a batch is ours: number, state, hash; no payees, no amounts
    "proofs.index",
    "proofs.key",
    "proofs.script",
    "proofs.voucher",  # hashes and dates behind a printed number, nothing about the firm, no amounts
    "publicity.index",  # notices are for everybody, and so is objecting to them
    "publicity.notice_file",
    "publicity.object_to",
    "publicity.printed",
    "publicity.show",
    "vouchers.check_receipt",  # who holds a receipt may check it: number and state, nothing about the firm
    "vouchers.programme",  # what programmes bear is public, and so is the list of who got a voucher
    "vouchers.public_programmes",
    "vouchers.results",
    "vouchers.self_check",  # before there is an account; nothing is stored
    "web.live",
    "web.ready",
    "web.root",
    "web.set_locale",
    "web.set_text_size",
}
ENDS_THE_VISIT = {"identity.sign_out"}
SAMPLES = {"IntegerConverter": 1, "DateConverter": "2026-03-16", "PathConverter": "x"}

# Several roles open what each of them opens, and one role with two areas what it opens with one. The pair of an officer and an auditor
# nobody can be granted: what decides must hold all the same.
SEVERAL = [
    (Role.PROVIDER, Role.CHAIN_LEADER),
    (Role.SME, Role.PROVIDER),
    (Role.OFFICER, Role.AUDITOR),
    (Role.OFFICER, Role.OFFICER),
]

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def permission_of(app, endpoint):
    return getattr(app.view_functions[endpoint], "permission", None)


def sample(converter):
    kind = type(converter).__name__
    if kind == "AnyConverter":
        return min(converter.items)
    return uuid4() if kind == "UUIDConverter" else SAMPLES.get(kind, "x")


def doors(app):
    """Every (method, endpoint, address); ids are of rows that do not exist."""
    addresses = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        values = {name: sample(converter) for name, converter in rule._converters.items()}
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.endpoint not in ENDS_THE_VISIT:
                yield method, rule.endpoint, addresses.build(rule.endpoint, values, method=method)


def answers(app, browser):
    """(what was asked for, its permission, status) of every door; a POST carries a token and nothing else. A crash counts as 500."""
    field = browser.page.select_one("input[name=csrf_token]") if browser.page else None
    for method, endpoint, address in list(doors(app)):
        permission = permission_of(app, endpoint)
        asked = f"{method} {address.split('?')[0]} ({permission or 'public'})"
        try:
            response = browser.knock(method, address, data={"csrf_token": field["value"]} if method == "POST" and field else None)
        except Exception as crash:
            yield f"{asked}: {crash!r}", permission, 500
        else:
            yield f"{asked}: {response.status_code} {response.headers.get('Location', '')}", permission, response.status_code


def test_every_endpoint_names_a_permission_or_is_listed_as_public(app):
    unnamed = {name for name, view in app.view_functions.items() if not hasattr(view, "permission")}
    assert unnamed <= PUBLIC_ENDPOINTS, "@requires(…) or @public on the view"
    assert {name for name in app.view_functions if permission_of(app, name) is None} == PUBLIC_ENDPOINTS


def test_every_permission_asked_for_is_one_a_role_can_carry(app):
    asked = {permission_of(app, name) for name in app.view_functions} - {None}
    assert asked <= set(PERMISSIONS)


def test_a_stranger_is_sent_to_the_sign_in_page(app, browser, monkeypatch):
    a_refusal_is_shown_once(monkeypatch)
    browser.get("/sign-in")

    found = list(answers(app, browser))

    assert not [asked for asked, _, status in found if status >= 500]
    shut = {"GET": 302, "POST": 401}  # what was typed stays on the page, with a way to sign in beside it
    assert not [asked for asked, permission, status in found if permission and status != shut[asked.split()[0]]]
    assert not [asked for asked, permission, status in found if permission and status == 302 and "/sign-in" not in asked]


# Who may open what is decided before any row is read; PostgreSQL is the engine that takes offence at what is asked.
@pytest.mark.engines("postgresql")
@pytest.mark.parametrize("given", [(role,) for role in Role] + SEVERAL, ids=str)
def test_roles_open_their_own_doors_and_no_others(app, browser, monkeypatch, given):
    a_refusal_is_shown_once(monkeypatch)
    roles = set(given)
    hold_also(monkeypatch, *((role, "540000" if role in AREA_ROLES else None) for role in given[1:]))
    browser.sign_in(a_user(given[0], area="540100" if given[0] in AREA_ROLES else None))
    browser.get("/notices")  # everybody has this page, and it carries a token

    found = list(answers(app, browser))

    assert not [asked for asked, _, status in found if status >= 500]
    assert not [asked for asked, permission, status in found if permission and (status == 403) is bool(roles & PERMISSIONS[permission])]
