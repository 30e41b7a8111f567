"""What the matching learnt from outcomes, version by version, with what it was learnt from."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0113_match_lessons"
down_revision = "0112_level_terms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "match_lessons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("way", sa.String(20), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("weights_hash", sa.String(64), nullable=False),
        sa.Column("training", sa.LargeBinary(), nullable=False),
        sa.Column("training_hash", sa.String(64), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(weights_hash) = 64 AND length(training_hash) = 64", name=op.f("ck_match_lessons_hashes_whole")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_lessons")),
    )
    op.create_index(op.f("ix_match_lessons_weights_hash"), "match_lessons", ["weights_hash"])
    protect(op, "match_lessons")


def downgrade() -> None:
    release(op, "match_lessons")
    op.drop_table("match_lessons")
