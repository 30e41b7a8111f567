"""Sums of spending say what was cut, refused or not asked for in time: counted anew by the worker, as before there were any."""

import sqlalchemy as sa
from alembic import op

revision = "0100_spent_cuts"
down_revision = "0099_pay_terms"
branch_labels = None
depends_on = None

_KEYS = ("day", "programme_id", "enterprise_id", "provider_id", "category", "class_key", "region_code")


def upgrade() -> None:
    _make("redeemed_fen", "cut_fen", "paid_fen", "orders")


def downgrade() -> None:
    _make("redeemed_fen", "paid_fen", "orders")


def _make(*sums: str) -> None:
    types = {"day": sa.Date(), "category": sa.String(40), "class_key": sa.String(40), "region_code": sa.String(6)}
    op.drop_table("spent_days")
    op.create_table(
        "spent_days",
        *(sa.Column(name, types.get(name, sa.Uuid()), nullable=False) for name in _KEYS),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in sums),
        sa.CheckConstraint("redeemed_fen >= 0 AND orders >= 0", name=op.f("ck_spent_days_sums_positive")),
        sa.PrimaryKeyConstraint(*_KEYS, name=op.f("pk_spent_days")),
    )
    op.execute("DELETE FROM stored_figures WHERE name = 'spending'")
