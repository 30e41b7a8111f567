"""Indexes for the order in which lists are shown and for what sweeps look for, so neither grows with the table.

On PostgreSQL also: numbers by their beginning, and names and titles by any part of them where pg_trgm can be had; without it they are
searched as before, row by row.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024_list_indexes"
down_revision = "0023_stamps"
branch_labels = None
depends_on = None

INDEXES = (
    ("orders", ["placed_at", "id"]),
    ("orders", ["offering_id"]),
    ("orders", ["round_id"]),
    ("order_documents", ["file_id"]),
    ("claims", ["due_on", "id"]),
    ("claims", ["payee_id"]),
    ("payment_batches", ["programme_id"]),
    ("vouchers", ["application_id"]),
    ("service_records", ["delivered_on", "id"]),
    ("audit_events", ["at", "id"]),
    ("organisations", ["name", "id"]),
    ("offerings", ["updated_at"]),
)
BEGINNINGS = ("orders", "claims")  # whose numbers are looked up
PARTS = (("organisations", "name"), ("offerings", "title"))


def _name(table: str, columns: list[str]) -> str:
    return op.f(f"ix_{table}_{'_'.join(columns)}")


def upgrade() -> None:
    for table, columns in INDEXES:
        op.create_index(_name(table, columns), table, columns)
    still_open = sa.text("closed_at IS NULL")
    op.create_index("ix_orders_due_on_open", "orders", ["due_on"], postgresql_where=still_open, sqlite_where=still_open)
    op.drop_index(op.f("ix_audit_events_at"), table_name="audit_events")
    if op.get_bind().dialect.name == "postgresql":
        _upgrade_search()


def _upgrade_search() -> None:
    for table in BEGINNINGS:
        op.execute(f"CREATE INDEX ix_{table}_number_pattern ON {table} (number varchar_pattern_ops)")
    if _has_trigrams():
        for table, column in PARTS:
            op.execute(f"CREATE INDEX ix_{table}_{column}_trgm ON {table} USING gin (lower({column}) gin_trgm_ops)")


def _has_trigrams() -> bool:
    """Whether pg_trgm is there, or can be brought in by whoever migrates."""
    bind = op.get_bind()
    if bind.scalar(sa.text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")):
        return True
    if not bind.scalar(sa.text("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")):
        return False
    try:
        with bind.begin_nested():
            bind.execute(sa.text("CREATE EXTENSION pg_trgm"))
    except sa.exc.DBAPIError:  # not allowed here
        return False
    return True


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _downgrade_search()
    op.create_index(op.f("ix_audit_events_at"), "audit_events", ["at"])
    op.drop_index("ix_orders_due_on_open", table_name="orders")
    for table, columns in reversed(INDEXES):
        op.drop_index(_name(table, columns), table_name=table)


def _downgrade_search() -> None:
    for table, column in PARTS:
        op.execute(f"DROP INDEX IF EXISTS ix_{table}_{column}_trgm")
    for table in BEGINNINGS:
        op.execute(f"DROP INDEX ix_{table}_number_pattern")
    bind = op.get_bind()
    try:
        with bind.begin_nested():
            bind.execute(sa.text("DROP EXTENSION IF EXISTS pg_trgm"))
    except sa.exc.DBAPIError:  # somebody else uses it, or brought it in
        return
