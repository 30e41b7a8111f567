"""The schema is what migrations make: one line of them, each can be undone, and the database holds what the models declare."""

from functools import cache
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, inspect, text

from tests.conftest import close, make_app

ROOT = Path(__file__).parent.parent
SCRIPTS = ScriptDirectory(str(ROOT / "migrations"))


def test_migrations_stand_in_one_line():
    assert len(SCRIPTS.get_heads()) == 1
    assert len(SCRIPTS.get_bases()) == 1


@pytest.mark.parametrize("script", list(SCRIPTS.walk_revisions()), ids=lambda script: script.revision)
def test_a_migration_is_named_after_its_file_and_says_why(script):
    assert script.revision == Path(script.path).stem, "so a listing of the folder is the history"
    assert len(script.revision) <= 32, "Alembic's own column is VARCHAR(32)"
    assert script.doc.strip(), "a docstring says why"


def test_models_declare_what_migrations_made(fresh_db):
    flask_migrate.check()


def test_every_declared_check_constraint_is_in_the_database(fresh_db):
    """Alembic's own comparison does not look at CHECK constraints."""
    inspector = inspect(fresh_db.engine)
    missing = {}
    for table in fresh_db.metadata.sorted_tables:
        declared = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        present = {c["name"] for c in inspector.get_check_constraints(table.name)}
        if declared != present:
            missing[table.name] = {"only declared": declared - present, "only in the database": present - declared}
    assert not missing


def test_every_migration_can_be_undone_and_redone(engine, monkeypatch):
    """Step by step from nothing: what a step leaves behind is the same after it was undone and done again, triggers too."""
    monkeypatch.setattr(ScriptDirectory, "from_config", lambda _config: SCRIPTS)  # each command would read all files anew
    with engine.empty() as url:
        app = make_app(url)
        with app.app_context():
            before = schema(app)
            for script in reversed(list(SCRIPTS.walk_revisions())):
                flask_migrate.upgrade(revision=script.revision)
                after = schema(app)
                flask_migrate.downgrade(revision=script.down_revision or "base")
                assert schema(app) == before, f"undoing {script.revision}"
                flask_migrate.upgrade(revision=script.revision)
                assert schema(app) == after, f"redoing {script.revision}"
                before = after
            flask_migrate.downgrade(revision="base")
            flask_migrate.upgrade()
            assert schema(app) == before
        close(app)


SQLITE = "SELECT type || ' ' || name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%' AND name NOT LIKE 'sqlite_%'"
POSTGRESQL = [
    "SELECT 'column ' || table_name || '.' || column_name, data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')"
    " FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'",
    "SELECT 'constraint ' || conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE 'alembic%'",
    "SELECT 'index ' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE 'alembic%'",
    "SELECT 'trigger ' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT 'function ' || oid::regprocedure, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "SELECT 'grant ' || table_name, string_agg(grantee || ' ' || privilege_type, ', ' ORDER BY grantee, privilege_type)"
    " FROM information_schema.table_privileges WHERE table_schema = 'public' AND table_name <> 'alembic_version' GROUP BY table_name",
]


def schema(app: Any) -> dict[str, str]:
    """Everything a database holds besides rows, by name."""
    from marketplace.kernel.db import db

    queries = [SQLITE] if db.engine.dialect.name == "sqlite" else POSTGRESQL
    with db.engine.connect() as connection:
        return {name: _parts(" ".join(str(sql).split())) for query in queries for name, sql in connection.execute(text(query))}


@cache
def _parts(sql: str) -> str:
    """A table that SQLite had to build anew says the same things in another order, with its name in quotes: that is no difference."""
    if not sql.startswith("CREATE TABLE"):
        return sql
    parts, depth = [""], 0
    for sign in sql[sql.index("(") + 1 : sql.rindex(")")]:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return ", ".join(sorted(" ".join(part.replace('"', "").split()) for part in parts))
