"""Providers ask to be chosen for a round and are scored by one officer and chosen by another; firms draw on what each is allotted."""

import sqlalchemy as sa
from alembic import op

revision = "0081_provider_bids"
down_revision = "0080_invoice_checks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_bids",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("plan", sa.String(1000), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("state_reason", sa.String(300), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("opinion", sa.String(500), nullable=False),
        sa.Column("scored_by", sa.Uuid(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("submitted_by", sa.Uuid(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(plan) > 0", name=op.f("ck_provider_bids_plan_given")),
        sa.CheckConstraint(
            "(score IS NULL) = (scored_by IS NULL) AND score BETWEEN 0 AND 100", name=op.f("ck_provider_bids_score_bounded")
        ),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> scored_by", name=op.f("ck_provider_bids_decided_by_another")),
        sa.CheckConstraint(
            "state NOT IN ('chosen', 'ended') OR (amount_fen > 0 AND decided_by IS NOT NULL)",
            name=op.f("ck_provider_bids_chosen_has_amount"),
        ),
        sa.CheckConstraint("amount_fen <= 1000000000000000", name=op.f("ck_provider_bids_amount_bounded")),
        sa.CheckConstraint(
            "state IN ('submitted', 'chosen', 'passed_over', 'withdrawn', 'ended')", name=op.f("ck_provider_bids_state_known")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_provider_bids_round_id_rounds")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_provider_bids_provider_id_providers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_bids")),
        sa.UniqueConstraint("number", name=op.f("uq_provider_bids_number")),
        sa.UniqueConstraint("round_id", "provider_id", name=op.f("uq_provider_bids_round_id_provider_id")),
    )
    for columns in (("round_id", "submitted_at", "id"), ("provider_id", "submitted_at", "id")):
        op.create_index(op.f(f"ix_provider_bids_{'_'.join(columns)}"), "provider_bids", list(columns))


def downgrade() -> None:
    op.drop_table("provider_bids")
