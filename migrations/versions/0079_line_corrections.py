"""A bank result that was recorded wrongly (更正): what it said before, once for a line, by another person, kept for good."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0079_line_corrections"
down_revision = "0078_recoveries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "line_corrections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("old_reference", sa.String(60), nullable=False),
        sa.Column("old_paid_on", sa.Date(), nullable=True),
        sa.Column("old_failure", sa.String(300), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("corrected_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_line_corrections_reason_said")),
        sa.CheckConstraint("recorded_by IS NULL OR recorded_by <> corrected_by", name=op.f("ck_line_corrections_two_people")),
        sa.CheckConstraint("kind IN ('not_paid', 'paid', 'slip')", name=op.f("ck_line_corrections_kind_known")),
        sa.ForeignKeyConstraint(["line_id"], ["payment_lines.id"], name=op.f("fk_line_corrections_line_id_payment_lines")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_corrections")),
        sa.UniqueConstraint("line_id", name=op.f("uq_line_corrections_line_id")),
    )
    protect(op, "line_corrections")


def downgrade() -> None:
    release(op, "line_corrections")
    op.drop_table("line_corrections")
