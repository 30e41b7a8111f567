"""Run migrations on the application's database: one transaction each, short locks, SQLite by batch."""

import logging
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import create_engine, text

from marketplace.kernel.db import UtcDateTime, db

logging.getLogger("alembic").setLevel(logging.WARNING)


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """UtcDateTime is stored as a plain timestamp with time zone."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def include_object(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Indexes by which PostgreSQL alone searches text stand in no model: one of them is there only where pg_trgm is."""
    return not (kind == "index" and str(name).endswith(("_trgm", "_pattern")))


def run() -> None:
    owner = current_app.config["MIGRATION_DATABASE_URL"]  # the application's own role may not change tables
    engine = create_engine(owner, hide_parameters=True) if owner else current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET lock_timeout = '2s'"))
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            compare_type=False,
            transaction_per_migration=True,
            render_item=render_item,
            include_object=include_object,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
