"""Who has too few credit points orders, and is ordered from, only up to an amount.

Decisions that are settled already limit nobody until the next one of the same organisation is settled.
"""

import sqlalchemy as sa
from alembic import op

revision = "0108_credit_limits"
down_revision = "0107_sources"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credit_limits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("most_fen", sa.BigInteger(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.CheckConstraint("most_fen > 0 AND points >= 0", name=op.f("ck_credit_limits_limit_positive")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_credit_limits_organisation_id_organisations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_limits")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_credit_limits_organisation_id")),
    )


def downgrade() -> None:
    op.drop_table("credit_limits")
