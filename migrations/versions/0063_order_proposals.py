"""Either side of an order may propose another price, or an end with what was done; the other answers. One waits for an answer at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0063_order_proposals"
down_revision = "0062_budget_parts"
branch_labels = None
depends_on = None

_CHECKS = {
    "kind_known": "kind IN ('price', 'termination')",
    "side_known": "side IN ('firm', 'provider')",
    "outcome_known": "outcome IN ('', 'agreed', 'refused', 'withdrawn')",
    "amount_of_kind": "amount_fen >= 0 AND (amount_fen > 0 OR kind = 'termination')",
    "answered_when": "(outcome = '') = (answered_at IS NULL)",
    "answered_by_somebody": "(outcome = '') = (answered_by IS NULL)",
    "answered_by_another": "outcome IN ('', 'withdrawn') OR answered_by <> proposed_by",
    "proposal_has_reason": "length(reason) > 0",
}


def upgrade() -> None:
    op.create_table(
        "order_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("before_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("side", sa.String(16), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("answer", sa.String(500), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        *(sa.CheckConstraint(text, name=op.f(f"ck_order_proposals_{name}")) for name, text in _CHECKS.items()),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_proposals_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_proposals")),
    )
    op.create_index("ix_order_proposals_order_id_proposed_at", "order_proposals", ["order_id", "proposed_at"])
    only = {"sqlite_where": sa.text("answered_at IS NULL"), "postgresql_where": sa.text("answered_at IS NULL")}
    op.create_index("uq_order_proposals_open", "order_proposals", ["order_id"], unique=True, **only)


def downgrade() -> None:
    op.drop_table("order_proposals")
