"""What each level of a review said of a claim, and the amount that it found right: a person a level, kept for good."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0074_claim_opinions"
down_revision = "0073_budget_stop"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claim_opinions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("opinion", sa.String(1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_claim_opinions_amount_positive")),
        sa.CheckConstraint("length(opinion) > 0", name=op.f("ck_claim_opinions_opinion_said")),
        sa.CheckConstraint("level IN ('formal', 'expert', 'final')", name=op.f("ck_claim_opinions_level_known")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_opinions_claim_id_claims")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_opinions")),
        sa.UniqueConstraint("claim_id", "submitted_at", "level", name=op.f("uq_claim_opinions_claim_id_submitted_at_level")),
        sa.UniqueConstraint("claim_id", "submitted_at", "reviewer_id", name=op.f("uq_claim_opinions_claim_id_submitted_at_reviewer_id")),
    )
    protect(op, "claim_opinions")


def downgrade() -> None:
    release(op, "claim_opinions")
    op.drop_table("claim_opinions")
