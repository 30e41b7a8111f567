"""Remind of last days ahead, each thing once at each step, and keep the last day of ratings and appeals beside what they belong to.

Until when an order may be rated was reckoned anew at each look; it follows from the day of the reminder that waits, which stood a day
before it. Orders that are to be delivered or rated are reminded by steps from now on, so their own reminder goes. Applications that were
refused before keep no day: theirs is counted by the calendar, and within a week it is over.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037_reminders"
down_revision = "0036_changed_facts"
branch_labels = None
depends_on = None

_KINDS = "'working', 'natural', 'months', 'fixed'"


def upgrade() -> None:
    op.create_table(
        "reminders",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("step > 0", name=op.f("ck_reminders_step_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("kind", "subject_id", "due_on", "step", name=op.f("uq_reminders_kind_subject_id_due_on_step")),
    )
    op.create_table(
        "reminder_days",
        sa.Column("room", sa.String(length=40), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("room", name=op.f("pk_reminder_days")),
    )
    op.add_column("orders", sa.Column("rate_until", sa.Date()))
    op.create_index(op.f("ix_orders_rate_until"), "orders", ["rate_until"])
    next_day = "date(remind_on, '+1 day')" if op.get_bind().dialect.name == "sqlite" else "remind_on + 1"
    op.execute(f"UPDATE orders SET rate_until = {next_day} WHERE state = 'redeemed' AND remind_on IS NOT NULL")
    op.execute("UPDATE orders SET remind_on = NULL WHERE state IN ('redeemed', 'contracted')")
    op.execute("ALTER TABLE applications ADD COLUMN due_on DATE")
    op.execute("ALTER TABLE applications ADD COLUMN due_start DATE")
    op.execute("ALTER TABLE applications ADD COLUMN due_days BIGINT")
    check = f"CONSTRAINT ck_applications_due_kind_known CHECK (due_kind IN ({_KINDS}))"
    op.execute(f"ALTER TABLE applications ADD COLUMN due_kind VARCHAR(32) {check}")
    op.add_column("applications", sa.Column("due_provisional", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(op.f("ix_applications_due_on"), "applications", ["due_on"])


def downgrade() -> None:
    op.drop_index(op.f("ix_applications_due_on"), table_name="applications")
    for column in ("due_provisional", "due_kind", "due_days", "due_start", "due_on"):
        op.execute(f"ALTER TABLE applications DROP COLUMN {column}")
    day_before = "date(rate_until, '-1 day')" if op.get_bind().dialect.name == "sqlite" else "rate_until - 1"
    op.execute(f"UPDATE orders SET remind_on = {day_before} WHERE state = 'redeemed' AND rate_until IS NOT NULL")
    op.drop_index(op.f("ix_orders_rate_until"), table_name="orders")
    op.execute("ALTER TABLE orders DROP COLUMN rate_until")
    op.drop_table("reminder_days")
    op.drop_table("reminders")
