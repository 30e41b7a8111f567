"""Let a round give out its money at several moments."""

import sqlalchemy as sa
from alembic import op

revision = "0072_releases"
down_revision = "0071_paper_facts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "round_releases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_round_releases_amount_positive")),
        sa.CheckConstraint("amount_fen <= 1000000000000000", name=op.f("ck_round_releases_amount_bounded")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_round_releases_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_releases")),
        sa.UniqueConstraint("round_id", "at", name=op.f("uq_round_releases_round_id_at")),
    )


def downgrade() -> None:
    op.drop_table("round_releases")
