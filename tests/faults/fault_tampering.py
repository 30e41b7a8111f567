"""Rows 3, 4, 52 to 55: somebody with the database's own powers changes what was posted. The verifier names it."""

import json
import shutil
import sqlite3
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.app import create_app
from marketplace.cli.sealing import open_key, seal_all
from marketplace.kernel.db import db
from marketplace.kernel.raw_rows import Fault  # noqa: F401 – what the verifier yields
from tests.conftest import close, migrate
from tests.faults.load import Found, keep
from tests.faults.stage import seed_orders

ENGINES = ["postgresql", "sqlite"]


@pytest.fixture(scope="module")
def sqlite_source(run_dir):
    path = run_dir / "tamper-seeded.sqlite3"
    migrate(f"sqlite:///{path}")
    seed_orders(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(params=ENGINES)
def world(request, tmp_path):
    """An application with folders of its own, whose ledger is sealed and published."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_source"), tmp_path / "db")
        url = f"sqlite:///{tmp_path / 'db'}"
    else:
        url = request.getfixturevalue("pg_url")
    folders = {"INSTANCE": tmp_path, "FILES_ROOT": str(tmp_path / "files"), "SEALS_ROOT": str(tmp_path / "seals")}
    app = create_app({"ENVIRONMENT": "testing", "SQLALCHEMY_DATABASE_URI": url, **folders})
    with app.app_context():
        seal_all(open_key(), whole=True)
        yield app
        db.session.remove()
    close(app)


def verified(app) -> dict:
    answer = app.test_cli_runner().invoke(args=["ledger", "verify", "--json"])
    return json.loads(answer.output.strip().splitlines()[-1])


def as_owner(app, *statements, **values):
    """What the owner of the database can always do: take the triggers off and let keys point nowhere."""
    asked = [(statement, {key: value for key, value in values.items() if f":{key}" in statement}) for statement in statements]
    if db.engine.dialect.name == "sqlite":
        with sqlite3.connect(db.engine.url.database) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            for statement, known in asked:
                connection.execute(statement, known)
        return
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement, known in asked:
            connection.execute(text(statement), known)


def one(statement):
    with db.engine.connect() as connection:
        return connection.execute(text(statement)).first()


def named(app, row_id) -> int:
    """How many findings name the row."""
    said = verified(app)["faults"]
    return sum(str(row_id).replace("-", "") in fault["row"].replace("-", "") for fault in said)


def record(row, app, found, clean):
    """A tampered row that nobody names is as bad as a lost one."""
    checked = sum(clean["checked"].values())
    assert clean["clean"], clean["faults"][:3]
    engine = db.engine.dialect.name
    keep(f"{row} {engine}", Found(acknowledged=checked, lost=int(not found)), {"findings before": 0, "findings that name the row": found})


LAST_TRANSFER = "SELECT id, amount_fen, debit_account_id, credit_account_id, entry_id FROM ledger_transfers ORDER BY id DESC LIMIT 1"


def test_row_03_totals_without_a_transfer_and_a_transfer_without_totals(world):
    clean = verified(world)
    account = one("SELECT id FROM ledger_accounts WHERE kind = 'pool'").id
    as_owner(world, "UPDATE ledger_accounts SET credits_fen = credits_fen + 7, version = version + 1 WHERE kind = 'pool'")
    first = named(world, account)
    as_owner(world, "UPDATE ledger_accounts SET credits_fen = credits_fen - 7, version = version - 1 WHERE kind = 'pool'")
    assert verified(world)["clean"]
    copied = "book_id, :new, entry_id, 99, debit_account_id, credit_account_id, 7, debit_version + 900, 0, credit_version + 900, 0"
    columns = "book_id, id, entry_id, position, debit_account_id, credit_account_id, amount_fen, debit_version, debit_balance_fen"
    insert = f"INSERT INTO ledger_transfers ({columns}, credit_version, credit_balance_fen, leaf_format, leaf_hash) SELECT {copied}"
    new = uuid4().hex
    as_owner(world, f"{insert}, leaf_format, leaf_hash FROM ledger_transfers ORDER BY id DESC LIMIT 1", new=new)
    record("3", world, min(first, named(world, new)), clean)


def test_row_04_posted_rows_are_changed_and_deleted_by_nobody(world):
    """Triggers refuse it to every role; a right that is granted by mistake changes nothing."""
    refused = 0
    tables = ["ledger_books", "ledger_entries", "ledger_transfers", "audit_events", "seal_blocks", "seal_members"]
    verbs = [f"UPDATE {table} SET leaf_hash = 'x'" for table in tables[:4]] + [f"DELETE FROM {table}" for table in tables]
    verbs += [f"TRUNCATE {table} CASCADE" for table in tables] if db.engine.dialect.name == "postgresql" else []
    for statement in verbs:
        with pytest.raises(DBAPIError), db.engine.begin() as connection:
            connection.execute(text(statement))
        refused += 1
    free = one("SELECT count(*) FROM jobs")[0]
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM jobs"))  # the control: a table that is not protected lets it through
    control = {"refused": refused, "an unprotected table lets a DELETE through": one("SELECT count(*) FROM jobs")[0] == 0 and free >= 0}
    assert verified(world)["clean"]
    keep(f"4 {db.engine.dialect.name}", Found(acknowledged=refused), control)


def test_row_52_an_edited_and_a_deleted_row_are_named(world):
    clean, row = verified(world), one(LAST_TRANSFER)
    as_owner(world, "UPDATE ledger_transfers SET amount_fen = amount_fen + 1 WHERE id = :id", id=row.id)
    edited = named(world, row.id)
    as_owner(world, "DELETE FROM ledger_transfers WHERE id = :id", id=row.id)
    said = verified(world)["faults"]
    deleted = sum(str(number).replace("-", "") in json.dumps(said).replace("-", "") for number in (row.id, row.entry_id))
    record("52", world, min(edited, deleted), clean)


def test_row_53_a_chain_that_was_rebuilt_differs_from_the_published_head(world, tmp_path):
    clean, row = verified(world), one(LAST_TRANSFER)
    as_owner(
        world,
        "UPDATE ledger_transfers SET leaf_hash = :leaf WHERE id = :id",
        "DELETE FROM seal_members",
        "DELETE FROM seal_blocks",
        leaf="0" * 64,
        id=row.id,
    )
    published = world.config["SEALS_ROOT"]
    world.config["SEALS_ROOT"] = str(tmp_path / "forger")
    seal_all(open_key(), whole=True)  # with the stolen key
    world.config["SEALS_ROOT"] = published
    heads = [fault for fault in verified(world)["faults"] if fault["table"] == "seal_blocks"]
    record("53", world, len(heads), clean)


def test_row_54_a_tail_cut_off_after_the_last_head_is_missed(world):
    clean, block = verified(world), one("SELECT stream, number FROM seal_blocks WHERE stream LIKE 'book:%' ORDER BY number DESC LIMIT 1")
    where = "WHERE stream = :stream AND number = :number"
    row = one(LAST_TRANSFER)
    as_owner(
        world,
        "DELETE FROM seal_members WHERE row_id = :id",
        f"DELETE FROM seal_blocks {where}",
        "DELETE FROM ledger_transfers WHERE id = :id",
        "DELETE FROM ledger_entries WHERE id = :entry",
        id=row.id, entry=row.entry_id, stream=block.stream, number=block.number,
    )  # fmt: skip
    heads = [fault for fault in verified(world)["faults"] if fault["table"] == "seal_blocks"]
    record("54", world, len(heads), clean)


def test_row_55_an_edited_balance_is_named(world):
    clean, account = verified(world), one("SELECT id FROM ledger_accounts WHERE kind = 'reserved' ORDER BY id LIMIT 1").id
    as_owner(world, "UPDATE ledger_accounts SET credits_fen = credits_fen + 100 WHERE id = :id", id=account)
    record("55", world, named(world, account), clean)
