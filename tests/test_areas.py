"""Acting needs that mine covers theirs: every address an office writes to is tried from below, beside, level with and above."""

import ast
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from marketplace.exports.offers import OFFERS
from marketplace.identity import scope
from marketplace.identity.roles import AREA_ROLES, PERMISSIONS, Role
from marketplace.identity.service import users
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.piles import pages
from marketplace.piles.work import PILES
from tests.area_rows import rows_in
from tests.conftest import Engine, a_world
from tests.factories import a_user

HERE = "540100"
AREAS = {"below": "540102", "beside": "540200", "level": "540100", "above": "540000", "beside, and level": "540200"}
WRITERS = sorted(AREA_ROLES - {Role.AUDITOR})
# Addresses whose ids are no rows of an area. A line here needs a reason.
OF_PERSONS = {
    "enterprises.import_enterprises_store",  # an import belongs to the organisation that brought it in; its rows are asked one by one
    "enterprises.import_titles_store",
    "catalogue.import_experts_store",
    "catalogue.import_providers_store",
    "matching.import_survey_supplies_store",
    "records.import_past_services_store",
    "matching.see",  # the word of the firm that was recommended: no office has it
    "settlement.import_bank_results_store",
    "settlement.import_bank_statement_store",
    "settlement.import_invoice_checks_store",
    "vouchers.import_firm_list_store",
    "exports.again",  # a file is asked for again by whoever asked for it
    "identity.colleague_password",  # colleagues belong to the own organisation
    "identity.colleague_state",
    "identity.message_open",
}
# Drawing up a round is asked of the area that is typed, not of the programme's: a county holds rounds of its region's programme.
ASKED_BY_THE_FORM = {"vouchers.new_round"}
WORDS = {
    "vouchers.edit_draft": {"number": 1},
    "vouchers.act_on_voucher": {"way": "freeze"},
    "vouchers.move_round": {"way": "suspended"},
    "vouchers.replace_value": {"key": "rates.micro_small"},
    "evaluation.judge": {"ruleset": "xizang_demonstration_platform", "criterion_id": "other_features"},
}


def doors(app):
    """Rules that an office posts to, with the names of their ids."""
    for rule in app.url_map.iter_rules():
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        ids = {name for name, converter in rule._converters.items() if type(converter).__name__ == "UUIDConverter"}
        if rule.endpoint in OFFERS:  # asks for a file of what is read: tests/exports
            continue
        if "POST" in (rule.methods or ()) and permission and ids and PERMISSIONS[permission] & set(WRITERS):
            yield rule, permission, ids


def of_lists() -> set[str]:
    """What is decided on together belongs to who listed it; its rows are asked one by one (tests/piles)."""
    return {pages.endpoint_of_run(work) for work in PILES.values()}


def _a_word(converter) -> str:
    return min(getattr(converter, "items", None) or {"x"})


@pytest.fixture(scope="module")
def world(engine: Engine) -> Iterator[tuple[Flask, dict[str, UUID]]]:
    """The rows of a prefecture, for every office."""
    with a_world(engine, lambda: rows_in(HERE)) as made:
        yield made


@pytest.fixture(scope="module")
def app(world: tuple[Flask, dict[str, UUID]]) -> Flask:
    return world[0]


@pytest.mark.engines("sqlite", "postgresql")
@pytest.mark.parametrize("place", AREAS)
def test_an_office_acts_on_what_its_area_covers_and_on_nothing_else(app, world, browser, place):
    _app, rows = world
    reaches = place in {"level", "above", "beside, and level"}
    addresses, wrong = app.url_map.bind("localhost"), []
    for role in WRITERS:
        user = a_user(role, area=AREAS[place])
        if place == "beside, and level":
            in_transaction(partial(users.grant, user.id, role, area_code=HERE, actor_id=None, now=clock.now()))
        browser.sign_in(user)
        token = browser.get("/notices").select_one("input[name=csrf_token]")["value"]
        for rule, permission, ids in doors(app):
            if role not in PERMISSIONS[permission] or rule.endpoint in OF_PERSONS | ASKED_BY_THE_FORM | of_lists():
                continue
            assert ids <= rows.keys(), f"{rule.endpoint}: give its rows a line in tests/area_rows.py"
            values = {
                name: rows.get(name) or min(getattr(converter, "items", None) or {"x"}) for name, converter in rule._converters.items()
            }
            address = addresses.build(rule.endpoint, values | WORDS.get(rule.endpoint, {}), method="POST")
            status = browser.knock("POST", address, data={"csrf_token": token}).status_code
            if (status not in {403, 404}) is not reaches:
                wrong.append(f"{role} {place}: POST {rule.endpoint} answered {status}")
    assert not wrong


def test_reading_goes_upwards_and_acting_does_not():
    for theirs, sees, acts in (("540100", True, True), ("540102", True, True), ("540000", True, False), ("540200", False, False)):
        assert scope.may_see(["540100"], theirs) is sees
        assert scope.may_act(["540100"], theirs) is acts
    assert scope.may_act(["540171"], "540102", "540171"), "a park's committee acts for the firms in it"
    assert not scope.may_see([], "540000") and not scope.may_act([], "540000")


# Who may read; and whether two places of one file have ground in common, which lets nobody in.
ONE_ASKS = {"marketplace/identity/scope.py", "marketplace/identity/regions.py"}


def test_the_two_directions_are_joined_in_one_place_only():
    """`covers(a, b) or covers(b, a)` is reading: whoever wants it asks identity.scope.may_see, which says so."""
    found = []
    for path in Path("marketplace").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.BoolOp):
                continue
            calls = [ast.unparse(v.args[0]) for v in node.values if isinstance(v, ast.Call) and ast.unparse(v.func).endswith("covers")]
            if len(set(calls)) > 1 and str(path) not in ONE_ASKS:
                found.append(f"{path}:{node.lineno}")
    assert not found
