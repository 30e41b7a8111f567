"""A database that was sealed by an earlier release, whose modules and functions had other names, is migrated and verifies clean.

`sealed_before.zip` was made by the code of commit 975c95d with its own tests' factories: an order paid, one claimed, one approved, one
taken; all sealed in two rounds. It holds the SQL of the database, what was published, and one receipt. It is never made anew.
"""

import io
import json
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import flask_migrate
import pytest
from sqlalchemy import select

from marketplace.app import create_app
from marketplace.kernel import clock
from marketplace.kernel.db import db, in_transaction
from marketplace.proofs import checking
from marketplace.settlement.service import opening
from marketplace.vouchers.models import Programme
from tests.browser import Browser
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


def test_o5_a_receipt_from_before_accounts_per_document_still_verifies_offline_and_on_the_page(old_books):
    """Its book says meanwhile what each document has left: an entry more, and no earlier row another."""
    app, folder = old_books
    with app.app_context():
        opened = [in_transaction(lambda key=key: opening.open_sources(key, now=clock.now())) for key in opening.unopened()]
        held = sum(opening.funds_fen(one) for one in db.session.scalars(select(Programme.book_id)))
        db.session.remove()
    assert True in opened and held > 0
    seals = folder / "seals"
    parts = [("--keys", seals / "keys"), *(("--heads", path) for path in seals.glob("*.jsonl"))]
    said = [str(word) for part in parts for word in part]
    done = subprocess.run(
        [sys.executable, "-I", str(checking.SCRIPT), str(folder / "receipt.json"), *said], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with app.app_context():
        sent = {"file": (io.BytesIO((folder / "receipt.json").read_bytes()), "receipt.json")}
        said_here = Browser(app).fill("/proofs", sent, status=200).text
        db.session.remove()
    assert "属实" in said_here


@pytest.mark.parametrize(("table", "change"), [("ledger_transfers", MOVED), ("audit_events", SAID)])
def test_a_row_sealed_before_and_changed_since_is_found(old_books, table, change):
    app, folder = old_books
    with sqlite3.connect(folder / "db") as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(change).rowcount == 1
    assert any(fault["table"] == table for fault in faults(app)["faults"])
