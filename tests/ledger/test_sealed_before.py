"""A database that was sealed by an earlier release, whose modules and functions had other names, is migrated and verifies clean.

`sealed_before.zip` was made by the code of commit 975c95d with its own tests' factories: an order paid, one claimed, one approved, one
taken; all sealed in two rounds. It holds the SQL of the database, what was published, and one receipt. It is never made anew.
"""

import json
import sqlite3
import zipfile
from pathlib import Path

import flask_migrate
import pytest

from marketplace.app import create_app
from marketplace.kernel.db import db
from marketplace.proofs import checking
from tests.conftest import close

KEPT = Path(__file__).with_name("sealed_before.zip")
MOVED = "UPDATE ledger_transfers SET amount_fen = amount_fen + 1 WHERE id = (SELECT max(id) FROM ledger_transfers)"
SAID = "UPDATE audit_events SET action = 'order.placed' WHERE id = (SELECT id FROM audit_events WHERE action = 'order.claimed' LIMIT 1)"


@pytest.fixture(scope="module")
def old_books(tmp_path_factory):
    """The old database under today's schema, and the folder of what was published of it."""
    folder = tmp_path_factory.mktemp("sealed_before")
    with zipfile.ZipFile(KEPT) as kept, sqlite3.connect(folder / "db") as connection:
        kept.extractall(folder)
        connection.executescript(kept.read("db.sql").decode())
    app = create_app(
        {
            "ENVIRONMENT": "testing",
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'db'}",
            "INSTANCE": folder,
            "SEALS_ROOT": str(folder / "seals"),
        }
    )
    with app.app_context():
        flask_migrate.upgrade()
        db.session.remove()
    yield app, folder
    close(app)


def faults(app):
    with app.app_context():
        answer = app.test_cli_runner().invoke(args=["ledger", "verify", "--json"])
        db.session.remove()
    return json.loads(answer.output.strip().splitlines()[-1])


def test_what_was_sealed_before_verifies_clean_and_its_receipt_still_fits(old_books):
    app, folder = old_books
    said = faults(app)
    assert said["clean"], said["faults"]
    assert said["checked"]["seal_members"] == 189 and said["checked"]["audit_events"] == 107
    answer = checking.check((folder / "receipt.json").read_bytes(), folder / "seals")
    assert not answer.faults and answer.items > 0 and not answer.missing


@pytest.mark.parametrize(("table", "change"), [("ledger_transfers", MOVED), ("audit_events", SAID)])
def test_a_row_sealed_before_and_changed_since_is_found(old_books, table, change):
    app, folder = old_books
    with sqlite3.connect(folder / "db") as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(change).rowcount == 1
    assert any(fault["table"] == table for fault in faults(app)["faults"])
