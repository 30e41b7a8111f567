"""Several officers score a bid where the programme says so: one row each, kept for good."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0093_bid_scores"
down_revision = "0092_spent_by_class"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bid_scores",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bid_id", sa.Uuid(), nullable=False),
        sa.Column("scorer_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("opinion", sa.String(500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("points BETWEEN 0 AND 100", name=op.f("ck_bid_scores_points_bounded")),
        sa.CheckConstraint("length(opinion) > 0", name=op.f("ck_bid_scores_opinion_given")),
        sa.ForeignKeyConstraint(["bid_id"], ["provider_bids.id"], name=op.f("fk_bid_scores_bid_id_provider_bids")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bid_scores")),
        sa.UniqueConstraint("bid_id", "scorer_id", name=op.f("uq_bid_scores_bid_id_scorer_id")),
    )
    protect(op, "bid_scores")


def downgrade() -> None:
    release(op, "bid_scores")
    op.drop_table("bid_scores")
