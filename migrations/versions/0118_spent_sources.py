"""Sums of spending say which document paid, so that they can be grouped by source: counted anew by the worker."""

import sqlalchemy as sa
from alembic import op

revision = "0118_spent_sources"
down_revision = "0117_match_steps"
branch_labels = None
depends_on = None

_KEYS = ("day", "programme_id", "enterprise_id", "provider_id", "category", "class_key", "region_code", "paid_from")


def upgrade() -> None:
    _make(_KEYS)


def downgrade() -> None:
    _make(_KEYS[:-1])


def _make(keys: tuple[str, ...]) -> None:
    types = {
        "day": sa.Date(),
        "category": sa.String(40),
        "class_key": sa.String(40),
        "region_code": sa.String(6),
        "paid_from": sa.String(36),
    }
    op.drop_table("spent_days")
    op.create_table(
        "spent_days",
        *(sa.Column(name, types.get(name, sa.Uuid()), nullable=False) for name in keys),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("redeemed_fen", "cut_fen", "paid_fen", "orders")),
        sa.CheckConstraint("redeemed_fen >= 0 AND orders >= 0", name=op.f("ck_spent_days_sums_positive")),
        sa.PrimaryKeyConstraint(*keys, name=op.f("pk_spent_days")),
    )
    op.execute("DELETE FROM stored_figures WHERE name = 'spending'")
