"""The verifier names whatever was changed behind the application's back, on both engines, and goes through to the end."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Boolean, Date, DateTime, Integer, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import TypeDecorator, Uuid

from marketplace.audit import sealing as audit_sealing
from marketplace.audit import service as audit
from marketplace.audit.leaves import event_leaf
from marketplace.cli.ledger import verify as verify_command
from marketplace.kernel import clock, seals
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction, snapshot
from marketplace.kernel.guard_check import kept_tables
from marketplace.kernel.seal_keys import publish_key, signing_key
from marketplace.ledger import sealing, service
from marketplace.ledger.verify import Verification
from tests.ledger.books import a_book, a_command, a_limit, post

PROTECTED = ["ledger_books", "ledger_accounts", "ledger_entries", "ledger_transfers", "audit_events", "seal_blocks", "seal_members"]


@pytest.fixture
def heads(tmp_path):
    return tmp_path / "seals"


@pytest.fixture
def key(tmp_path, heads):
    made = signing_key(tmp_path / "key.pem", may_make=True)
    publish_key(made, heads)
    return made


def verified(heads, *, guards=False):
    """What is found; without the missing triggers, which `unlock` takes off where they cannot be passed over."""
    with snapshot() as connection:
        found = Verification(connection, heads, clock.now() + timedelta(hours=1)).faults()
        return [fault for fault in found if guards or fault.check != "guard"]


def a_small_world() -> UUID:
    """A book in which money was appropriated, issued, reserved, capped and taken back, and a trail of it."""
    book = a_book(pool_fen=700, voucher_v=500)
    a_limit(book, "limit:order:o", 400)
    held = "order:o:reserved"
    taken = a_command(actor_id=uuid4())
    entry = post(book, ("voucher:v", held, 300), ("limit:order:o", "limit:order:o:used", 300), command=taken, opens=(held,))
    in_transaction(lambda: service.reverse(book, entry.id, a_command("test.reverse"), today=clock.today()))
    for action in ("order.placed", "order.cancelled"):
        in_transaction(
            lambda action=action: audit.record(action, actor_id=uuid4(), subject_type="order", subject_id=uuid4(), book_id=book, fen=300)
        )
    return book


def seal_everything(key, heads):
    for stream in [*sealing.streams(), audit_sealing.stream()]:
        the_db.session.rollback()
        in_transaction(lambda stream=stream: seals.seal(stream, key, now=clock.now()))
        seals.publish(heads, stream.name)


def unlock(db, engine):
    """What the owner of the database can always do: take the triggers off and let keys point nowhere."""
    run = lambda statement: db.session.execute(text(statement))  # noqa: E731
    if engine.name == "postgresql":
        run("SET session_replication_role = replica")  # neither triggers nor foreign keys
        return
    run("PRAGMA defer_foreign_keys = ON")
    for name in db.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        run(f"DROP TRIGGER {name}")


def other(column, value):
    """Another value that the column's own constraints let in."""
    kind = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    if column.key == "kind" and column.table.name == "ledger_accounts":
        return "surrendered"
    if isinstance(kind, Uuid):
        return uuid4()
    if value is None:
        return clock.now() if isinstance(kind, DateTime) else 1
    if isinstance(kind, Boolean):
        return not value
    if isinstance(kind, DateTime):
        return value + timedelta(microseconds=1)
    if isinstance(kind, Date):
        return value + timedelta(days=1)
    if isinstance(kind, Integer):
        return value - 1 if column.key == "size" else value + 1  # a block is not larger than its stream
    return ("0" if value[:1] != "0" else "1") + value[1:]


IN_NO_LEAF = {("ledger_books", "currency")}  # later than the first format of leaves; a trigger alone keeps it as it is


def names(faults):
    """Everything that the verifier says of rows, as one text to look in."""
    return " ".join(f"{fault.row} {fault.params}" for fault in faults)


def try_change(db, heads, table, row, column):
    """Change one column of one row; None when the database refuses it, else whether the verifier names the row."""
    value = other(column, row[column.key])
    keys = list(table.primary_key.columns)
    ids = {row[key.key] for key in keys if key.key != "book_id"} | ({value} if column.primary_key else set())
    savepoint = db.session.begin_nested()
    try:
        db.session.execute(table.update().where(*(key == row[key.key] for key in keys)).values({column.key: value}))
    except IntegrityError:
        return None
    else:
        said = names(verified(heads))
    finally:
        savepoint.rollback()
    return any(str(one) in said for one in ids if isinstance(one, UUID | str))


def spread(rows, most):
    """So many of the rows, from the first to the last."""
    return [rows[round(i * (len(rows) - 1) / (most - 1))] for i in range(most)] if len(rows) > most else rows


def test_an_untouched_ledger_is_clean_sealed_or_not(db, key, heads):
    a_small_world()
    assert verified(heads) == []
    seal_everything(key, heads)
    assert verified(heads) == []


@pytest.mark.parametrize(
    ("table_name", "sealed"), [*((name, True) for name in PROTECTED), ("ledger_accounts", False), ("audit_events", False)]
)
def test_a_change_of_any_one_column_of_any_row_is_named(db, engine, key, heads, table_name, sealed):
    """Each column of rows at both ends and in the middle, one after the other: the database refuses the change, or the row is named."""
    book = a_small_world()
    if sealed:
        seal_everything(key, heads)
        post(book, ("voucher:v", "pool:p", 1))
        seal_everything(key, heads)
    unlock(db, engine)
    table = db.metadata.tables[table_name]
    rows = spread(db.session.execute(table.select()).mappings().all(), 5)
    unnamed, changed = [], set()
    for column in table.columns:
        for row in rows:
            is_named = try_change(db, heads, table, row, column)
            if is_named is not None:
                changed.add(column.key)
            if is_named is False and (table_name, column.key) not in IN_NO_LEAF:
                unnamed.append((column.key, row[column.key]))
    assert unnamed == []
    assert changed == {column.key for column in table.columns}
    assert verified(heads) == []


def an_id(db, table, where="1 = 1"):
    """The key of a row as it lies there."""
    return db.session.execute(text(f"SELECT id FROM {table} WHERE {where} ORDER BY id LIMIT 1")).scalar()


def as_text(raw_id):
    return str(UUID(str(raw_id)))


# What keeps the rows


def triggers(db, engine):
    postgresql = "SELECT tgname, relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT tgisinternal"
    sqlite = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
    found = db.session.execute(text(postgresql if engine.name == "postgresql" else sqlite)).all()
    return {(name, table) for name, table in found if "_keep_" in name}


def test_every_trigger_that_keeps_rows_is_declared_with_its_table(db, engine):
    declared = {
        (name, table.name)
        for table in kept_tables(list(db.metadata.tables.values()))
        for name in table.info["kept"].triggers(table.name, engine.name)
    }
    assert declared == triggers(db, engine)


def test_every_trigger_that_is_gone_is_named(db, engine, heads):
    there = triggers(db, engine)
    for name, table in there:
        db.session.execute(text(f"DROP TRIGGER {name}" + (f" ON {table}" if engine.name == "postgresql" else "")))

    found = [fault for fault in verified(heads, guards=True) if fault.check == "guard"]

    assert {(fault.row, fault.table) for fault in found} == there


@pytest.mark.parametrize("way", ["switched off", "another function", "a condition", "an empty function"])
def test_a_trigger_that_is_there_and_does_nothing_is_named(db, engine, heads, way):
    name = "ledger_entries_keep_rows" if engine.name == "postgresql" else "ledger_entries_keep_update"
    nothing = "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$"
    again = f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON ledger_entries FOR EACH ROW"
    ways = {
        "switched off": [f"ALTER TABLE ledger_entries DISABLE TRIGGER {name}"],
        "another function": [nothing, f"DROP TRIGGER {name} ON ledger_entries", f"{again} EXECUTE FUNCTION nothing()"],
        "a condition": [f"DROP TRIGGER {name} ON ledger_entries", f"{again} WHEN (false) EXECUTE FUNCTION refuse_change()"],
        "an empty function": [nothing.replace("nothing()", "refuse_change()").replace("CREATE", "CREATE OR REPLACE")],
    }
    on_sqlite = [
        f"DROP TRIGGER {name}",
        f"CREATE TRIGGER {name} BEFORE UPDATE ON ledger_entries WHEN 0 BEGIN SELECT RAISE(ABORT, 'no'); END",
    ]
    for statement in ways[way] if engine.name == "postgresql" else on_sqlite:
        db.session.execute(text(statement))

    found = [fault for fault in verified(heads, guards=True) if fault.check == "guard"]

    assert name in {fault.row for fault in found}


def test_a_deleted_transfer_and_a_deleted_entry_are_missed(db, engine, heads):
    a_small_world()
    unlock(db, engine)
    gone = an_id(db, "ledger_transfers")
    entry = db.session.execute(text("SELECT entry_id FROM ledger_transfers WHERE id = :id"), {"id": gone}).scalar()
    db.session.execute(text("DELETE FROM ledger_transfers WHERE id = :id"), {"id": gone})

    found = verified(heads)
    assert any(fault.check == "entry" and fault.row == as_text(entry) for fault in found)
    assert sum(fault.check == "total" for fault in found) == 2

    db.session.execute(text("DELETE FROM ledger_entries"))
    found = verified(heads)
    assert sum(fault.check == "entry" and "不存在" in fault.message for fault in found) == 6


def test_totals_without_a_transfer_are_named(db, engine, heads):
    a_small_world()
    unlock(db, engine)
    db.session.execute(text("UPDATE ledger_accounts SET credits_fen = credits_fen + 100, version = version + 1 WHERE code = 'voucher:v'"))

    found = verified(heads)

    account = as_text(an_id(db, "ledger_accounts", "code = 'voucher:v'"))
    assert [(fault.check, fault.row) for fault in found if fault.check == "total"] == [("total", account)]
    assert "1.00 元" in next(fault.text() for fault in found if fault.check == "identity")


def test_a_transfer_without_totals_is_named(db, engine, heads):
    a_small_world()
    unlock(db, engine)
    columns = [column.key for column in db.metadata.tables["ledger_transfers"].columns]
    forged = {"id": f"'{uuid4().hex}'", "position": "1", "debit_version": "90", "credit_version": "91"}
    values = ", ".join(forged.get(column, column) for column in columns)
    db.session.execute(text(f"INSERT INTO ledger_transfers ({', '.join(columns)}) SELECT {values} FROM ledger_transfers LIMIT 1"))

    found = verified(heads)

    forged_id = str(UUID(forged["id"].strip("'")))
    assert {"version", "leaf"} <= {fault.check for fault in found if fault.row == forged_id}
    assert sum(fault.check == "total" for fault in found) == 2


def test_one_wrong_balance_is_named_once(db, engine, heads):
    book = a_small_world()
    for _ in range(5):
        post(book, ("voucher:v", "pool:p", 1))
    unlock(db, engine)
    wrong = an_id(db, "ledger_transfers", "credit_version = 2")
    db.session.execute(text("UPDATE ledger_transfers SET debit_balance_fen = debit_balance_fen + 7 WHERE id = :id"), {"id": wrong})

    assert [fault.row for fault in verified(heads) if fault.check == "balance"] == [as_text(wrong)]


def test_values_that_fit_no_column_are_named_and_the_reading_goes_on(db, engine, heads):
    a_small_world()
    unlock(db, engine)
    if engine.name == "postgresql":
        db.session.execute(text("UPDATE ledger_entries SET effective_on = 'infinity', recorded_at = '-infinity'"))
        db.session.execute(text("UPDATE ledger_books SET opened_at = 'infinity'"))
    else:
        db.session.execute(text("PRAGMA ignore_check_constraints = ON"))
        db.session.execute(text("UPDATE ledger_entries SET effective_on = 'gestern', recorded_at = 12"))
        db.session.execute(text("UPDATE ledger_books SET opened_at = x'00ff'"))
        db.session.execute(text("UPDATE ledger_accounts SET id = x'01' WHERE code = 'order:o:reserved'"))
        db.session.execute(text("UPDATE ledger_accounts SET kind = 'cash', shared = 7, credits_fen = 'many' WHERE code = 'voucher:v'"))
        db.session.execute(text("UPDATE ledger_transfers SET amount_fen = 0.5, leaf_format = 'x' WHERE position = 1"))
        db.session.execute(text("UPDATE audit_events SET at = 'never', leaf_hash = 1"))

    found = verified(heads)

    unreadable = {(fault.table, fault.params["columns"]) for fault in found if fault.check == "unreadable"}
    assert ("ledger_entries", "effective_on、recorded_at") in unreadable
    assert ("ledger_books", "opened_at") in unreadable
    if engine.name == "sqlite":
        assert ("ledger_accounts", "kind、shared、credits_fen") in unreadable
        assert any(table == "audit_events" for table, _ in unreadable)


def test_a_change_that_brings_its_own_leaf_is_caught_by_the_seal(db, engine, key, heads):
    """Whoever knows the format can make a fitting leaf; the sealed one is another."""
    a_small_world()
    seal_everything(key, heads)
    unlock(db, engine)
    event = db.session.execute(text("SELECT id FROM audit_events ORDER BY id LIMIT 1")).scalar()
    row = db.session.get(audit.AuditEvent, UUID(str(event)))
    forged = event_leaf({**vars(row), "action": "order.paid"})
    db.session.execute(
        text("UPDATE audit_events SET action = 'order.paid', leaf_hash = :leaf WHERE id = :id"), {"leaf": forged, "id": event}
    )

    assert [(fault.check, fault.row) for fault in verified(heads)] == [("sealed", as_text(event))]


def test_a_rebuilt_chain_is_caught_by_the_published_head(db, engine, key, heads):
    """Even with the signing key: what was published outside the database is another."""
    a_small_world()
    seal_everything(key, heads)
    unlock(db, engine)
    for table in ("seal_members", "seal_blocks"):
        db.session.execute(text(f"DELETE FROM {table}"))
    stream = audit_sealing.stream()
    in_transaction(lambda: seals.seal(stream, key, now=clock.now() + timedelta(minutes=1)))

    found = verified(heads)

    assert {fault.check for fault in found} == {"head"}
    assert any("不一致" in fault.message and fault.row.startswith("audit:") for fault in found)
    assert any("数据库中却没有" in fault.message and fault.row.startswith("book:") for fault in found)


def test_a_block_signed_by_another_key_is_named(db, engine, key, heads, tmp_path):
    a_small_world()
    stranger = signing_key(tmp_path / "strange.pem", may_make=True)
    seal_everything(stranger, heads)

    assert any("没有找到签署区块的公钥" in fault.message for fault in verified(heads))
    publish_key(stranger, heads)
    assert verified(heads) == []


def test_deleted_heads_and_spoilt_heads_are_named(db, key, heads):
    a_small_world()
    seal_everything(key, heads)
    trail = seals.heads_file(heads, audit_sealing.stream().name)
    trail.write_text("spoilt\n")
    assert {fault.check for fault in verified(heads)} == {"head"}
    trail.unlink()
    assert [fault.message for fault in verified(heads)] == ["区块没有对外公布。"]


# The command


def test_the_command_says_clean_or_lists_and_tells_by_its_exit(fresh_app, fresh_db, engine):
    book = a_small_world()
    runner = fresh_app.test_cli_runner()

    clean = runner.invoke(verify_command, [])
    assert clean.exit_code == 0
    assert "没有发现问题" in clean.output
    assert json.loads(runner.invoke(verify_command, ["--json"]).stdout)["clean"] is True

    if engine.name == "postgresql":
        fresh_db.session.execute(text("ALTER TABLE ledger_books DISABLE TRIGGER USER"))
    else:
        fresh_db.session.execute(text("DROP TRIGGER ledger_books_keep_update"))
    fresh_db.session.execute(text("UPDATE ledger_books SET name = 'x'"))
    fresh_db.session.commit()

    broken = runner.invoke(verify_command, ["--json"])
    assert broken.exit_code == 1
    said = json.loads(broken.stdout)
    assert said["clean"] is False
    assert {(fault["check"], fault["table"]) for fault in said["faults"]} == {("guard", "ledger_books"), ("leaf", "ledger_books")}
    assert said["faults"][-1] == {"check": "leaf", "table": "ledger_books", "row": str(book), "message": "账本的开立记录被改动过。"}
    assert f"ledger_books {book}：账本的开立记录被改动过。" in runner.invoke(verify_command, []).output
