"""Programmes may ask for what a firm was given under others: when a voucher was first used and first paid, and money without a voucher."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0064_aid"
down_revision = "0063_order_proposals"
branch_labels = None
depends_on = None

_CHECK = "CONSTRAINT ck_vouchers_used_before_completed CHECK (completed_on IS NULL OR completed_on >= used_on)"


def _day(moment: str) -> str:
    """The day of an instant in China."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    return f"CAST({moment} AT TIME ZONE 'Asia/Shanghai' AS DATE)" if is_postgresql else f"DATE({moment}, '+8 hours')"


def upgrade() -> None:
    op.execute("ALTER TABLE vouchers ADD COLUMN used_on DATE")
    op.execute(f"ALTER TABLE vouchers ADD COLUMN completed_on DATE {_CHECK}")
    op.execute(
        f"UPDATE vouchers SET used_on = (SELECT {_day('MIN(orders.redeemed_at)')} FROM orders"
        " WHERE orders.voucher_id = vouchers.id AND orders.redeemed_at IS NOT NULL)"
    )
    op.execute(
        f"UPDATE vouchers SET completed_on = (SELECT {_day('MIN(claims.decided_at)')} FROM claims JOIN orders ON orders.id = claims.order_id"
        " WHERE orders.voucher_id = vouchers.id AND claims.approved_fen > 0) WHERE used_on IS NOT NULL"
    )
    op.create_table(
        "direct_aids",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_direct_aids_round_id_rounds")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_direct_aids_enterprise_id_enterprises")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_direct_aids")),
    )
    op.create_index(op.f("ix_direct_aids_enterprise_id"), "direct_aids", ["enterprise_id"])
    op.execute(
        "INSERT INTO direct_aids (id, round_id, enterprise_id, approved_on)"
        f" SELECT subsidies.id, subsidies.round_id, subsidies.enterprise_id, {_day('claims.decided_at')}"
        " FROM subsidies JOIN claims ON claims.subsidy_id = subsidies.id WHERE claims.approved_fen > 0"
    )

    protect(op, "direct_aids")


def downgrade() -> None:
    release(op, "direct_aids")
    op.drop_table("direct_aids")
    op.execute("ALTER TABLE vouchers DROP COLUMN completed_on")
    op.execute("ALTER TABLE vouchers DROP COLUMN used_on")
