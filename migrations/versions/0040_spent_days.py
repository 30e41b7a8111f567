"""Keep what was redeemed and paid by day, firm, provider, category and region, so that spending is added up from sums.

Each look at the page of spending joined every transfer of the span to its accounts, its order and its firm, six times: seven seconds at a
hundred thousand orders. The worker counts the days on which something was recorded; the first time all of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0040_spent_days"
down_revision = "0039_stored_figures"
branch_labels = None
depends_on = None

_KEYS = ("day", "programme_id", "enterprise_id", "provider_id", "category", "region_code")


def upgrade() -> None:
    op.create_table(
        "spent_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("region_code", sa.String(length=6), nullable=False),
        sa.Column("redeemed_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("orders", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("redeemed_fen >= 0 AND paid_fen >= 0 AND orders >= 0", name=op.f("ck_spent_days_sums_positive")),
        sa.PrimaryKeyConstraint(*_KEYS, name=op.f("pk_spent_days")),
    )


def downgrade() -> None:
    op.drop_table("spent_days")
