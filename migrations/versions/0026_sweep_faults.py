"""Remember the rows that a sweep could not deal with, so that one bad row stops nobody and somebody is told of it once."""

import sqlalchemy as sa
from alembic import op

revision = "0026_sweep_faults"
down_revision = "0025_checked_payments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sweep_faults",
        sa.Column("sweep", sa.String(length=60), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweep_faults")),
        sa.UniqueConstraint("sweep", "row_id", name=op.f("uq_sweep_faults_sweep_row_id")),
    )


def downgrade() -> None:
    op.drop_table("sweep_faults")
