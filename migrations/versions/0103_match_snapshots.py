"""What a run of the matching decided from and what it decided, kept so that anybody can decide it again."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0103_match_snapshots"
down_revision = "0102_official_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "match_snapshots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("build", sa.String(40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("answer_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(content_hash) = 64 AND length(answer_hash) = 64", name=op.f("ck_match_snapshots_hashes_whole")),
        sa.ForeignKeyConstraint(["run_id"], ["match_runs.id"], name=op.f("fk_match_snapshots_run_id_match_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_snapshots")),
        sa.UniqueConstraint("run_id", name=op.f("uq_match_snapshots_run_id")),
    )
    protect(op, "match_snapshots")


def downgrade() -> None:
    release(op, "match_snapshots")
    op.drop_table("match_snapshots")
