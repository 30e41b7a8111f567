"""Keep what the ledger's invariants came to: counting them for each request of the monitoring read the whole books.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035_invariant_counts"
down_revision = "0034_exports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invariant_counts",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("took_ms", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind IN ('whole', 'recent')", name=op.f("ck_invariant_counts_kind_known")),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_invariant_counts")),
    )


def downgrade() -> None:
    op.drop_table("invariant_counts")
