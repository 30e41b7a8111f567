"""Several firms buy one service together: what they mean to buy, and who pays which part with which voucher."""

import sqlalchemy as sa
from alembic import op

revision = "0098_joint_orders"
down_revision = "0097_tips"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "joint_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("requirement", sa.String(1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(500), nullable=False),
        sa.CheckConstraint("price_fen > 0 AND price_fen <= 1000000000000000", name=op.f("ck_joint_orders_price_bounded")),
        sa.CheckConstraint("(ended_at IS NULL) = (length(end_reason) = 0)", name=op.f("ck_joint_orders_end_has_reason")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_joint_orders_programme_id_programmes")),
        sa.ForeignKeyConstraint(["offering_id"], ["offerings.id"], name=op.f("fk_joint_orders_offering_id_offerings")),
        sa.ForeignKeyConstraint(["lead_id"], ["enterprises.id"], name=op.f("fk_joint_orders_lead_id_enterprises")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_joint_orders_number")),
    )
    where = sa.text("placed_at IS NOT NULL AND ended_at IS NULL")
    op.create_index("ix_joint_orders_placed", "joint_orders", ["placed_at"], postgresql_where=where, sqlite_where=where)
    op.create_table(
        "joint_parts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("joint_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_joint_parts_amount_positive")),
        sa.CheckConstraint("(voucher_id IS NULL) = (confirmed_at IS NULL)", name=op.f("ck_joint_parts_confirmed_with_voucher")),
        sa.CheckConstraint("(confirmed_by IS NULL) = (confirmed_at IS NULL)", name=op.f("ck_joint_parts_confirmed_by_somebody")),
        sa.CheckConstraint("order_id IS NULL OR voucher_id IS NOT NULL", name=op.f("ck_joint_parts_order_when_confirmed")),
        sa.ForeignKeyConstraint(["joint_id"], ["joint_orders.id"], name=op.f("fk_joint_parts_joint_id_joint_orders")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_joint_parts_enterprise_id_enterprises")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name=op.f("fk_joint_parts_voucher_id_vouchers")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_joint_parts_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_parts")),
        sa.UniqueConstraint("joint_id", "enterprise_id", name=op.f("uq_joint_parts_joint_id_enterprise_id")),
        sa.UniqueConstraint("order_id", name=op.f("uq_joint_parts_order_id")),
    )
    op.create_index(op.f("ix_joint_parts_enterprise_id"), "joint_parts", ["enterprise_id"])


def downgrade() -> None:
    op.drop_table("joint_parts")
    op.drop_table("joint_orders")
