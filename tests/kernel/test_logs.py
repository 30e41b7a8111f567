"""The log says what went wrong, never a password's hash or what stands in a row."""

import logging

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from marketplace.identity.models import User
from marketplace.kernel import logs
from marketplace.kernel.db import in_transaction, table_of
from marketplace.kernel.ids import uuid7
from tests.factories import a_user

HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g"


@pytest.mark.parametrize("wrong", [{"login": "the-same"}, {"name": None}], ids=["taken", "missing"])
def test_a_failed_insert_leaves_neither_hash_nor_person_in_the_log(fresh_db, caplog, wrong):
    user = a_user(login="the-same")
    values = {"id": uuid7(), "login": "another", "name": "次仁拉姆", "organisation_id": user.organisation_id, "password_hash": HASH}
    values |= {"phone": "13900001111", "email": "cirenlamu@example.cn", "state": "active", "must_change_password": False}
    values |= {"created_at": user.created_at} | wrong

    try:
        in_transaction(lambda: fresh_db.session.execute(insert(table_of(User)).values(**values)))
    except DBAPIError as error:
        logging.getLogger("marketplace.test").exception("unhandled", exc_info=error)
        logging.getLogger("marketplace.test").warning("away: %s", error)

    said = caplog.text
    assert "IntegrityError" in said
    for secret in ("argon2", "次仁拉姆", "13900001111", "cirenlamu", "the-same"):
        assert secret not in said


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"('x', '{HASH}', 'y')", "('x', '[hash]', 'y')"),
        ("postgresql+psycopg://app:geheim@db/quanlian", "postgresql+psycopg://app:…@db/quanlian"),
        ("DETAIL:  Failing row contains (1, geheim, (x), null).", "DETAIL:  Failing row contains […]."),
        ("Key (login)=(geheim) already exists.", "Key (login)=[…] already exists."),
        ("[parameters: ('geheim', 1)]", "[parameters: …]"),
        ("order 12 (of 3) took 4 ms", "order 12 (of 3) took 4 ms"),
    ],
)
def test_what_is_scrubbed(text, clean):
    assert logs.scrub(text) == clean


def test_every_engine_hides_parameters(app):
    assert app.config["SQLALCHEMY_ENGINE_OPTIONS"]["hide_parameters"] is True
