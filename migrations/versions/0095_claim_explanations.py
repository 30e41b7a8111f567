"""Why a claim was approved although an automatic check was not green: a word a check, kept for good."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0095_claim_explanations"
down_revision = "0094_ties"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claim_explanations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("check_key", sa.String(40), nullable=False),
        sa.Column("verdict", sa.String(10), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("explained_by", sa.Uuid(), nullable=False),
        sa.Column("words", sa.String(300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(words) > 0", name=op.f("ck_claim_explanations_words_said")),
        sa.CheckConstraint("verdict IN ('warn', 'fail')", name=op.f("ck_claim_explanations_verdict_known")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_explanations_claim_id_claims")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_explanations")),
        sa.UniqueConstraint("claim_id", "submitted_at", "check_key", name=op.f("uq_claim_explanations_claim_id_submitted_at_check_key")),
    )
    protect(op, "claim_explanations")


def downgrade() -> None:
    release(op, "claim_explanations")
    op.drop_table("claim_explanations")
