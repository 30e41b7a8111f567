"""How invoices stood with the tax authority on a day: what was paid on one that is reversed or void is looked at again."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0080_invoice_checks"
down_revision = "0079_line_corrections"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invoice_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_key", sa.String(80), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(invoice_key) > 0", name=op.f("ck_invoice_checks_invoice_named")),
        sa.CheckConstraint("status IN ('good', 'reversed', 'voided')", name=op.f("ck_invoice_checks_status_known")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_invoice_checks_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_checks")),
        sa.UniqueConstraint(
            "order_id", "invoice_key", "status", "checked_on", name=op.f("uq_invoice_checks_order_id_invoice_key_status_checked_on")
        ),
    )
    op.create_index(op.f("ix_invoice_checks_import_id"), "invoice_checks", ["import_id"])
    protect(op, "invoice_checks")


def downgrade() -> None:
    release(op, "invoice_checks")
    op.drop_table("invoice_checks")
