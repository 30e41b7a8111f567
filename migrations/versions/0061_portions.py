"""A quota may be granted by kind of service, and amounts moved between kinds: what stands where, and each move as a row for good."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0061_portions"
down_revision = "0060_subsidies_counted"
branch_labels = None
depends_on = None

_CHECKS = {
    "amount_positive": "amount_fen > 0",
    "two_portions": "source <> target",
    "mover_known": "moved_by IN ('firm', 'officer')",
    "move_has_reason": "length(reason) > 0",
}


def upgrade() -> None:
    for table in ("applications", "vouchers"):
        op.add_column(table, sa.Column("portions", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "portion_moves",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("moved_by", sa.String(16), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.CheckConstraint(text, name=op.f(f"ck_portion_moves_{name}")) for name, text in _CHECKS.items()),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name=op.f("fk_portion_moves_voucher_id_vouchers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portion_moves")),
    )
    op.create_index("ix_portion_moves_voucher_id_created_at", "portion_moves", ["voucher_id", "created_at"])
    protect(op, "portion_moves")


def downgrade() -> None:
    release(op, "portion_moves")
    op.drop_table("portion_moves")
    for table in ("vouchers", "applications"):
        op.drop_column(table, "portions")
