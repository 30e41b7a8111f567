"""Say who accepted a delivery, remind people before their day, and let an officer decide where a firm disputes or says nothing.

A firm that said nothing took the provider's money: the order lapsed and the provider got nothing. Whoever accepted stands with the order and
in the register; what was accepted until now, the firms accepted themselves. Contracts under way are reminded on the last day of their term,
which from now on ends them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019_silence_and_disputes"
down_revision = "0018_terms"
branch_labels = None
depends_on = None

_BEFORE = ("placed", "taken", "contracted", "delivered", "redeemed", "declined", "cancelled", "lapsed")
_AFTER = ("placed", "taken", "contracted", "delivered", "disputed", "redeemed", "declined", "cancelled", "lapsed")


def upgrade() -> None:
    op.add_column("orders", sa.Column("remind_on", sa.Date(), nullable=True))
    op.create_index(op.f("ix_orders_remind_on"), "orders", ["remind_on"], unique=False)
    # A check stands with its column: SQLite adds and drops both together, without writing the table anew.
    op.execute(
        "ALTER TABLE orders ADD COLUMN accepted_by VARCHAR(32) DEFAULT 'firm' NOT NULL"
        " CONSTRAINT ck_orders_accepted_by_known CHECK (accepted_by IN ('firm', 'default', 'officer'))"
        " CONSTRAINT ck_orders_accepted_when_redeemed CHECK (accepted_by = 'firm' OR redeemed_at IS NOT NULL)"
    )
    op.execute(
        "ALTER TABLE service_records ADD COLUMN accepted_by VARCHAR(10) DEFAULT '' NOT NULL"
        " CONSTRAINT ck_service_records_accepted_by_known CHECK (accepted_by IN ('', 'firm', 'default', 'officer'))"
    )
    _let_states_be(_BEFORE, _AFTER)
    op.execute("UPDATE orders SET remind_on = due_on WHERE state = 'contracted'")
    op.create_table(
        "order_disputes",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_order_disputes_decided_by_somebody")),
        sa.CheckConstraint("(decided_by IS NULL) = (amount_fen IS NULL)", name=op.f("ck_order_disputes_decided_with_amount")),
        sa.CheckConstraint("amount_fen IS NULL OR amount_fen >= 0", name=op.f("ck_order_disputes_amount_not_negative")),
        sa.CheckConstraint("decided_by IS NULL OR length(answer) > 0", name=op.f("ck_order_disputes_decision_has_reason")),
        sa.CheckConstraint(
            "opened_by IS NULL OR decided_by IS NULL OR opened_by <> decided_by", name=op.f("ck_order_disputes_decided_by_another")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_disputes_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_disputes")),
        sa.UniqueConstraint("order_id", name=op.f("uq_order_disputes_order_id")),
    )


def downgrade() -> None:
    op.drop_table("order_disputes")
    op.execute("UPDATE orders SET state = 'delivered' WHERE state = 'disputed'")
    _let_states_be(_AFTER, _BEFORE)
    op.execute("ALTER TABLE service_records DROP COLUMN accepted_by")
    op.execute("ALTER TABLE orders DROP COLUMN accepted_by")
    op.drop_index(op.f("ix_orders_remind_on"), table_name="orders")
    op.drop_column("orders", "remind_on")


def _let_states_be(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    old, new = (", ".join(f"'{state}'" for state in states) for states in (before, after))
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_orders_state_known"), "orders", type_="check")
        op.create_check_constraint(op.f("ck_orders_state_known"), "orders", f"state IN ({new})")
        return
    # SQLite keeps a CHECK as the text of its table, and a table that others point to cannot be written anew inside a transaction.
    op.execute("PRAGMA writable_schema = ON")
    words = {"old": f"state IN ({old})", "new": f"state IN ({new})"}
    changed = op.get_bind().execute(
        sa.text("UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = 'orders'"), words
    )
    assert changed.rowcount == 1, "the table of orders"
    op.execute("PRAGMA writable_schema = RESET")
