"""Let a round's vouchers be drawn by lot: the seed committed to, and the lots.

A list that was closed stays: no lot is taken away, and the place that a lot drew is not given again.
"""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect_totals, release

revision = "0052_lots"
down_revision = "0051_listed_firms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lotteries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.String(64), nullable=False),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fixed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lots_digest", sa.String(64), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("fixed_at IS NULL OR fixed_at >= committed_at", name=op.f("ck_lotteries_committed_first")),
        sa.CheckConstraint("drawn_at IS NULL OR drawn_at >= fixed_at", name=op.f("ck_lotteries_fixed_first")),
        sa.CheckConstraint("drawn_at IS NULL OR fixed_at IS NOT NULL", name=op.f("ck_lotteries_drawn_after_list")),
        sa.CheckConstraint("(fixed_at IS NULL) = (lots_digest = '')", name=op.f("ck_lotteries_list_digest")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_lotteries_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lotteries")),
        sa.UniqueConstraint("round_id", name=op.f("uq_lotteries_round_id")),
    )
    op.create_table(
        "lots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(24), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.CheckConstraint("place > 0", name=op.f("ck_lots_place_positive")),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_lots_application_id_applications")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_lots_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("application_id", name=op.f("uq_lots_application_id")),
        sa.UniqueConstraint("round_id", "name", name=op.f("uq_lots_round_id_name")),
        sa.UniqueConstraint("round_id", "place", name=op.f("uq_lots_round_id_place")),
    )
    protect_totals(op, "lots", totals=("place",), counter="place", fixed=("id", "round_id", "application_id", "name"))


def downgrade() -> None:
    release(op, "lots")
    op.drop_table("lots")
    op.drop_table("lotteries")
