"""One person, one duty: the table of roles, the service that reads it, the constraint behind it, and the rows of before."""

import json
from itertools import product

import flask_migrate
import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from marketplace.audit import queries as trail
from marketplace.identity import service
from marketplace.identity.models import Grant, User
from marketplace.identity.roles import AREA_ROLES, COLLEAGUE_ROLES, DUTIES, SEPARATED, Role, may_hold
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction, table_of
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.ids import uuid7
from tests.conftest import close, make_app
from tests.factories import a_user, an_administrator

PAIRS = [(held, other) for held, other in product(Role, Role) if held is not other]


@pytest.mark.parametrize(("held", "other"), PAIRS)
def test_only_the_roles_of_a_firm_go_together(held, other):
    assert may_hold([held], other) is ({held, other} <= COLLEAGUE_ROLES)


def test_the_three_administrators_are_three_people():
    assert len({DUTIES[role] for role in SEPARATED}) == 3


def give(user, role, actor=None):
    area = "540000" if role in AREA_ROLES else None
    return in_transaction(lambda: service.grant(user.id, role, area_code=area, actor_id=actor, now=clock.now()))


@pytest.mark.parametrize(
    ("held", "other"), [(Role.OFFICER, Role.FINANCE), (Role.SME, Role.EXPERT), (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)]
)
def test_a_second_duty_is_refused_until_the_first_is_taken_back(db, held, other):
    user, admin = a_user(held), an_administrator("security_admin")

    with pytest.raises(RuleViolation, match="不同的人担任") as refusal:
        give(user, other)
    assert refusal.value.field == "role"

    in_transaction(lambda: service.revoke(user.id, held, actor_id=admin.id, now=clock.now()))
    assert give(user, other).duty == DUTIES[other]


def test_a_firms_roles_stay_together(db):
    user = a_user(Role.SME)
    for role in (Role.PROVIDER, Role.CHAIN_LEADER):
        give(user, role)
    assert {grant.role for grant in user.grants} == COLLEAGUE_ROLES


def a_row(user_id, role, duty):
    values = {"id": uuid7(), "user_id": user_id, "role": role, "duty": duty, "created_at": clock.now()}
    return insert(table_of(Grant)).values(area_code="540000" if role in AREA_ROLES else None, **values)


@pytest.mark.parametrize(("role", "duty"), [(Role.FINANCE, "finance"), (Role.FINANCE, "officer"), (Role.EXPERT, "expert")])
def test_the_database_itself_refuses_a_second_duty(fresh_db, role, duty):
    user = a_user(Role.OFFICER)
    with pytest.raises(IntegrityError):
        in_transaction(lambda: fresh_db.session.execute(a_row(user.id, role, duty)))
    with pytest.raises(IntegrityError):
        in_transaction(lambda: fresh_db.session.execute(update(table_of(User)).where(User.id == user.id).values(duty="finance")))


def test_the_form_offers_only_what_may_be_held_beside(browser):
    user = a_user(Role.PROVIDER)
    browser.sign_in(an_administrator("security_admin"))

    page = browser.get(f"/grants/{user.id}")

    assert {option["value"] for option in page.select("#role option")} == {"", "sme", "provider", "chain_leader"}
    refused = browser.post(f"/grants/{user.id}", {"role": "finance", "area": "540000"}, status=422)
    assert "不同的人担任" in refused.select_one(".error-summary").text


def test_who_held_two_duties_before_keeps_the_newest_and_is_named(engine):
    with engine.empty() as url:
        app = make_app(url)
        with app.app_context():
            flask_migrate.upgrade(revision="0013_ledger_post_batch")
            before(app)
            flask_migrate.upgrade()
            user = in_transaction(lambda: app.extensions["sqlalchemy"].session.scalars(select(User)).unique().one())
            assert ([g.role for g in user.grants], user.duty) == ([Role.FINANCE], "finance")
            assert [event.action for event in trail.of_subject(user.id)] == ["role.revoked"]
            kind, evidence = app.extensions["sqlalchemy"].session.execute(text("SELECT kind, evidence FROM risk_signals")).one()
            assert (kind, json.loads(evidence)) == ("duties_together", {"kept": "finance", "revoked": ["officer"]})
        close(app)


def before(app):
    """One user with two duties, as a database of before could hold him."""
    organisation, user = uuid7().hex, uuid7().hex
    db = app.extensions["sqlalchemy"]
    yes = "true" if db.engine.dialect.name == "postgresql" else "1"
    rows = [
        "INSERT INTO organisations (id, uscc, name, name_initials, region_code, address, legal_representative, contact_name, contact_phone,"
        " bank_name, bank_account, state, state_reason, is_authority, created_at, updated_at, version) VALUES"
        f" ('{organisation}', '11540102MB0000001X', '局', 'j', '540102', '', '', '', '', '', '', 'verified', '', {yes},"
        " '2026-01-01', '2026-01-01', 1)",
        "INSERT INTO users (id, login, name, organisation_id, password_hash, phone, email, state, must_change_password, created_at) VALUES"
        f" ('{user}', 'both', '某', '{organisation}', 'x', '', '', 'active', {yes}, '2026-01-01')",
        *(
            f"INSERT INTO grants (id, user_id, role, area_code, created_at) VALUES ('{uuid7().hex}', '{user}', '{role}', '540000', '{day}')"
            for role, day in (("officer", "2026-01-02"), ("finance", "2026-01-03"))
        ),
    ]
    with db.engine.begin() as connection:
        for row in rows:
            connection.execute(text(row))
