"""What of its own share a firm gives in kind is declared with the order, and shown by a paper of a kind of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0086_in_kind"
down_revision = "0085_spent_below_nought"
branch_labels = None
depends_on = None

_BEFORE = "'contract', 'invoice', 'bank_transfer_slip', 'deliverable', 'service_record', 'acceptance_form', 'rating', 'quotation', 'photo', 'metering_log'"
_AFTER = f"{_BEFORE}, 'in_kind_record'"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE orders ADD COLUMN in_kind_fen BIGINT DEFAULT 0 NOT NULL"
        " CONSTRAINT ck_orders_in_kind_bounded CHECK (in_kind_fen >= 0 AND in_kind_fen <= 1000000000000000)"
        " CONSTRAINT ck_orders_in_kind_beside_voucher CHECK (in_kind_fen = 0 OR voucher_id IS NOT NULL)"
    )
    _let_kinds_be(_BEFORE, _AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM order_documents WHERE kind = 'in_kind_record'")
    _let_kinds_be(_AFTER, _BEFORE)
    op.drop_column("orders", "in_kind_fen")


def _let_kinds_be(before: str, after: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_order_documents_kind_known"), "order_documents", type_="check")
        op.create_check_constraint(op.f("ck_order_documents_kind_known"), "order_documents", f"kind IN ({after})")
        return
    # SQLite keeps a CHECK as the text of its table, and a table that others point to cannot be written anew inside a transaction.
    op.execute("PRAGMA writable_schema = ON")
    words = {"old": f"kind IN ({before})", "new": f"kind IN ({after})"}
    changed = op.get_bind().execute(
        sa.text("UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = 'order_documents'"), words
    )
    assert changed.rowcount == 1, "the table is there"
    op.execute("PRAGMA writable_schema = RESET")
