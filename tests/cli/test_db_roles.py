import re
from pathlib import Path
from uuid import uuid4

import flask_migrate
import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from marketplace.audit import sealing as audit_sealing
from marketplace.cli.db_roles import db_roles
from marketplace.kernel import clock, seals
from marketplace.kernel import db_roles as roles
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction
from marketplace.kernel.db_roles import MUST_BE_KEPT
from marketplace.kernel.seal_keys import signing_key
from marketplace.ledger import sealing
from marketplace.settlement.models import Claim
from tests.conftest import close, make_app
from tests.ledger.books import a_book, balance, post
from tests.order_factories import a_claim

pytestmark = pytest.mark.real_clock
ROOT = Path(__file__).parent.parent.parent
DENIED = "permission denied|must be owner"


@pytest.fixture
def role(engine, fresh_app, fresh_db):
    """A role of this test alone: roles belong to the whole server, databases do not."""
    name = f"app-{uuid4().hex[:8]}"
    yield name
    fresh_db.session.remove()
    with fresh_db.engine.begin() as connection:
        if connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}):
            connection.exec_driver_sql(f'DROP OWNED BY "{name}"')
            connection.exec_driver_sql(f'DROP ROLE "{name}"')


@pytest.fixture
def runs(fresh_app, role, monkeypatch):
    """The address of the database under the application's role, which was made."""
    monkeypatch.setenv("APP_DB_PASSWORD", "it's a test")
    answer = fresh_app.test_cli_runner().invoke(db_roles, ["--role", role])
    assert answer.exit_code == 0, answer.output
    address = make_url(fresh_app.config["SQLALCHEMY_DATABASE_URI"])
    return address.set(username=role, password="it's a test").render_as_string(hide_password=False)


def refused(address, statement):
    engine = create_engine(address)
    try:
        with pytest.raises(DBAPIError, match=DENIED), engine.begin() as connection:
            connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


@pytest.mark.engines("postgresql")
def test_the_application_may_only_read_and_add_where_rows_are_kept(fresh_db, runs):
    a_book(voucher_v=500)
    for table in sorted(MUST_BE_KEPT):
        column = inspect(fresh_db.engine).get_columns(table)[0]["name"]
        for statement in (
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"DROP TRIGGER {table}_keep_rows ON {table}",
            f"DROP TABLE {table} CASCADE",
        ):
            refused(runs, statement)
    refused(runs, "CREATE TABLE mine (id int)")
    refused(runs, "UPDATE alembic_version SET version_num = 'x'")
    refused(runs, "SET session_replication_role = replica")


@pytest.mark.engines("postgresql")
def test_the_application_moves_totals_and_nothing_else_of_an_account(fresh_db, runs):
    a_book(voucher_v=500)
    refused(runs, "UPDATE ledger_accounts SET code = 'x'")
    engine = create_engine(runs)
    with pytest.raises(DBAPIError, match="never changed"), engine.begin() as connection:
        connection.exec_driver_sql("UPDATE ledger_accounts SET credits_fen = credits_fen + 1")  # without its version
    engine.dispose()


@pytest.mark.engines("postgresql")
def test_money_goes_its_whole_way_and_is_sealed_under_the_application_role(fresh_app, runs, tmp_path):
    app = make_app(runs)
    with app.app_context():
        book = a_book(voucher_v=500)
        post(book, ("voucher:v", "order:o:reserved", 200), opens=("order:o:reserved",))
        claim = a_claim()  # firm, provider, programme, voucher, order, delivery, acceptance, claim
        key = signing_key(tmp_path / "key.pem", may_make=True)
        for stream in (sealing.stream_of(book), audit_sealing.stream()):
            assert in_transaction(lambda: seals.seal(stream, key, now=clock.now())).size  # noqa: B023
        assert balance(book, "order:o:reserved") == 200
        assert the_db.session.get(Claim, claim.id)
        the_db.session.remove()
    close(app)


@pytest.mark.engines("postgresql")
def test_the_command_may_be_run_again_and_a_dba_can_read_it_first(fresh_app, fresh_db, runs, role):
    runner = fresh_app.test_cli_runner()
    assert "已就绪" in runner.invoke(db_roles, ["--role", role]).output

    printed = runner.invoke(db_roles, ["--role", role, "--print"]).output

    assert f'GRANT SELECT, INSERT ON public.ledger_transfers TO "{role}";' in printed
    assert "PASSWORD" not in printed
    with fresh_db.engine.begin() as connection:
        for statement in printed.split(";\n")[:-1]:
            connection.exec_driver_sql(statement)


@pytest.mark.engines("postgresql")
def test_tables_of_later_migrations_can_be_used(fresh_db, runs):
    with fresh_db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE later (id int)")
    engine = create_engine(runs)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO later VALUES (1)")
    engine.dispose()


@pytest.mark.engines("postgresql")
def test_a_role_that_no_grant_holds_back_is_refused(fresh_app, fresh_db, role):
    runner = fresh_app.test_cli_runner()
    owner = fresh_db.session.scalar(text("SELECT current_user"))
    assert "不能就是" in runner.invoke(db_roles, ["--role", owner]).output
    with fresh_db.engine.begin() as connection:
        connection.exec_driver_sql(f'CREATE ROLE "{role}" SUPERUSER')
    answer = runner.invoke(db_roles, ["--role", role])
    assert answer.exit_code == 1
    assert "收不住" in answer.output


@pytest.mark.engines("postgresql")
def test_every_table_that_keeps_its_rows_keeps_them_from_the_application(fresh_db, runs, role):
    refusing = "action_statement LIKE '%refuse_change%'"  # other triggers hold a rule, and their rows may change
    with_trigger = text(f"SELECT DISTINCT event_object_table FROM information_schema.triggers WHERE {refusing}")
    held = text("SELECT bool_or(has_table_privilege(:role, :table, right_)) FROM unnest(ARRAY['UPDATE','DELETE','TRUNCATE']) right_")
    kept = set(fresh_db.session.scalars(with_trigger))
    assert kept >= MUST_BE_KEPT
    assert not [table for table in kept if fresh_db.session.scalar(held, {"role": role, "table": table})]


@pytest.mark.engines("postgresql")
def test_nobody_locks_a_row_that_the_application_may_not_change(fresh_db):
    """FOR UPDATE takes the UPDATE privilege."""
    with fresh_db.engine.connect() as connection:
        kept = roles.schema(connection).kept
    classes = {mapper.class_.__name__ for mapper in the_db.Model.registry.mappers if mapper.local_table.name in kept}
    locks = re.compile(rf"locked\(({'|'.join(classes)})\b")
    assert "ServiceRecord" in classes
    assert not [path for path in (ROOT / "marketplace").rglob("*.py") if locks.search(path.read_text())]


@pytest.mark.engines("postgresql")
def test_migrations_run_under_the_owner_and_the_application_under_its_own_role(fresh_app, runs):
    owner = fresh_app.config["SQLALCHEMY_DATABASE_URI"]
    app = make_app(runs)
    app.config["MIGRATION_DATABASE_URL"] = owner
    with app.app_context():
        flask_migrate.downgrade(revision="-1")
        flask_migrate.upgrade()
    close(app)


def test_sqlite_has_no_roles_and_the_command_says_so(tmp_path):
    app = make_app(f"sqlite:///{tmp_path / 'x.sqlite'}")
    with app.app_context():
        answer = app.test_cli_runner().invoke(db_roles, [])
    assert answer.exit_code == 1
    assert "只用于 PostgreSQL" in answer.output
    close(app)
