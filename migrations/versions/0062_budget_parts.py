"""Divide the budget of a round: its parts, what was moved between them, and which part a voucher and an application draw on."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0062_budget_parts"
down_revision = "0061_portions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "round_parts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_round_parts_amount_not_negative")),
        sa.CheckConstraint("amount_fen <= 1000000000000000", name=op.f("ck_round_parts_amount_bounded")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_round_parts_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_parts")),
        sa.UniqueConstraint("round_id", "name", name=op.f("uq_round_parts_round_id_name")),
    )
    op.create_table(
        "part_shifts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_part_shifts_amount_positive")),
        sa.CheckConstraint("amount_fen <= 1000000000000000", name=op.f("ck_part_shifts_amount_bounded")),
        sa.CheckConstraint("source <> target", name=op.f("ck_part_shifts_between_two")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_part_shifts_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_part_shifts")),
    )
    op.create_index(op.f("ix_part_shifts_round_id_created_at"), "part_shifts", ["round_id", "created_at"])
    protect(op, "part_shifts")
    for table in ("vouchers", "applications"):
        op.add_column(table, sa.Column("part_name", sa.String(40), nullable=False, server_default=""))
    op.execute("ALTER TABLE rounds ADD COLUMN pooled_on DATE CONSTRAINT ck_rounds_pooled_in_use CHECK (pooled_on BETWEEN use_from AND use_until)")
    op.add_column("rounds", sa.Column("pooled_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("pooled_at", "pooled_on"):
        op.drop_column("rounds", column)
    for table in ("applications", "vouchers"):
        op.drop_column(table, "part_name")
    release(op, "part_shifts")
    op.drop_table("part_shifts")
    op.drop_table("round_parts")
