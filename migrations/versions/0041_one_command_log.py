"""Keep the keys of all commands in one table, bound to actor, verb and row: orders had a log of their own, and others none.

Keys of before stay and answer as they did: their hash already holds who asked what. Verb and actor are those that the trail wrote down
next, where only one command fits; else the verb is only `order`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0041_one_command_log"
down_revision = "0040_spent_days"
branch_labels = None
depends_on = None

_MOVE = """
INSERT INTO commands (key, verb, actor_id, subject_id, request_hash, done_at)
SELECT c.key, coalesce(e.action, 'order'), e.actor_id, c.order_id, c.request_hash, c.done_at
FROM order_commands c LEFT JOIN audit_events e ON e.id = (
  SELECT x.id FROM audit_events x WHERE x.subject_id = c.order_id AND x.action LIKE 'order.%' AND x.at >= c.done_at
  ORDER BY x.at, x.id LIMIT 1
) AND NOT EXISTS (SELECT 1 FROM order_commands o WHERE o.order_id = c.order_id AND o.done_at = c.done_at AND o.key <> c.key)
"""
_MOVE_BACK = """
INSERT INTO order_commands (key, order_id, request_hash, done_at)
SELECT key, subject_id, request_hash, done_at FROM commands WHERE subject_id IN (SELECT id FROM orders)
"""


def upgrade() -> None:
    op.create_table(
        "commands",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("verb", sa.String(length=64), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_commands")),
    )
    op.create_index(op.f("ix_commands_subject_id"), "commands", ["subject_id"])
    op.execute(_MOVE)
    op.drop_table("order_commands")


def downgrade() -> None:
    op.create_table(
        "order_commands",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_commands_order_id_orders")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_order_commands")),
    )
    op.create_index(op.f("ix_order_commands_order_id"), "order_commands", ["order_id"])
    op.execute(_MOVE_BACK)
    op.drop_table("commands")
