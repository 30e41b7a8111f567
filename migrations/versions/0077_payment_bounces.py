"""What a bank sent back of what it had paid (退汇): once for a line, no more than the line, and the account is looked at again.

A paid line was final. A line that came back whole has a state of its own; one that came back in part stays paid with what did not.
"""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0077_payment_bounces"
down_revision = "0076_agreements"
branch_labels = None
depends_on = None

_BEFORE = ("waiting", "paid", "failed", "dropped")
_AFTER = ("waiting", "paid", "failed", "bounced", "dropped")


def upgrade() -> None:
    _let_states_be(_BEFORE, _AFTER)
    op.add_column("claims", sa.Column("account_doubted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("claims", sa.Column("bank_hint", sa.String(300), nullable=False, server_default=""))
    op.execute(
        "ALTER TABLE payment_lines ADD COLUMN bounced_fen BIGINT DEFAULT 0 NOT NULL"
        " CONSTRAINT ck_payment_lines_bounced_within_paid CHECK"
        " (bounced_fen >= 0 AND bounced_fen <= amount_fen AND (bounced_fen = 0 OR state IN ('paid', 'bounced')))"
    )
    op.create_table(
        "payment_bounces",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("split", sa.JSON(), nullable=False),
        sa.Column("reference", sa.String(60), nullable=False),
        sa.Column("reference_key", sa.String(60), nullable=False),
        sa.Column("bounced_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payment_bounces_amount_positive")),
        sa.CheckConstraint("length(reference_key) > 0", name=op.f("ck_payment_bounces_reference_given")),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_payment_bounces_reason_said")),
        sa.ForeignKeyConstraint(["line_id"], ["payment_lines.id"], name=op.f("fk_payment_bounces_line_id_payment_lines")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_bounces")),
        sa.UniqueConstraint("line_id", name=op.f("uq_payment_bounces_line_id")),
        sa.UniqueConstraint("reference_key", name=op.f("uq_payment_bounces_reference_key")),
    )
    op.create_index(op.f("ix_payment_bounces_bounced_on_id"), "payment_bounces", ["bounced_on", "id"])
    protect(op, "payment_bounces")


def downgrade() -> None:
    release(op, "payment_bounces")
    op.drop_table("payment_bounces")
    op.execute("ALTER TABLE payment_lines DROP COLUMN bounced_fen")
    op.execute("UPDATE payment_lines SET state = 'failed', failure = 'bounced' WHERE state = 'bounced'")
    op.drop_column("claims", "bank_hint")
    op.drop_column("claims", "account_doubted")
    _let_states_be(_AFTER, _BEFORE)


def _let_states_be(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    old, new = (", ".join(f"'{state}'" for state in states) for states in (before, after))
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_payment_lines_state_known"), "payment_lines", type_="check")
        op.create_check_constraint(op.f("ck_payment_lines_state_known"), "payment_lines", f"state IN ({new})")
        return
    # SQLite keeps a CHECK as the text of its table, and a table that others point to cannot be written anew inside a transaction.
    op.execute("PRAGMA writable_schema = ON")
    words = {"old": f"state IN ({old})", "new": f"state IN ({new})"}
    changed = op.get_bind().execute(
        sa.text("UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = 'payment_lines'"), words
    )
    assert changed.rowcount == 1, "the table is there"
    op.execute("PRAGMA writable_schema = RESET")
