"""On a day on which a bank sends back more than was paid, what was paid is below nought: the sums are counted anew by the worker."""

import sqlalchemy as sa
from alembic import op

revision = "0085_spent_below_nought"
down_revision = "0084_spot_draws"
branch_labels = None
depends_on = None

_KEYS = ("day", "programme_id", "enterprise_id", "provider_id", "category", "region_code")


def upgrade() -> None:
    _make("redeemed_fen >= 0 AND orders >= 0")


def downgrade() -> None:
    _make("redeemed_fen >= 0 AND paid_fen >= 0 AND orders >= 0")


def _make(check: str) -> None:
    types = {"day": sa.Date(), "category": sa.String(40), "region_code": sa.String(6)}
    op.drop_table("spent_days")
    op.create_table(
        "spent_days",
        *(sa.Column(name, types.get(name, sa.Uuid()), nullable=False) for name in _KEYS),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("redeemed_fen", "paid_fen", "orders")),
        sa.CheckConstraint(check, name=op.f("ck_spent_days_sums_positive")),
        sa.PrimaryKeyConstraint(*_KEYS, name=op.f("pk_spent_days")),
    )
    op.execute("DELETE FROM stored_figures WHERE name = 'spending'")
