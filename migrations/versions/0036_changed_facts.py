"""Say when a firm's facts and titles were changed, and how far a sweep has looked: it looks at what has changed since, not at everybody.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036_changed_facts"
down_revision = "0035_invariant_counts"
branch_labels = None
depends_on = None

_LONG_AGO = "2020-01-01 00:00:00.000000"


def upgrade() -> None:
    for table in ("enterprises", "titles"):
        op.add_column(table, sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=_LONG_AGO))
        op.execute(f"UPDATE {table} SET updated_at = created_at")
        op.create_index(op.f(f"ix_{table}_updated_at"), table, ["updated_at"])
    op.create_table(
        "sweep_marks",
        sa.Column("sweep", sa.String(length=60), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("sweep", "row_id", name=op.f("pk_sweep_marks")),
    )


def downgrade() -> None:
    op.drop_table("sweep_marks")
    for table in ("titles", "enterprises"):
        op.drop_index(op.f(f"ix_{table}_updated_at"), table_name=table)
        op.drop_column(table, "updated_at")
