"""What SMEs are owed and not paid: the list, and plans and progress that are only added to."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0109_arrears"
down_revision = "0108_credit_limits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "arrears",
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("creditor_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(6), nullable=False),
        sa.Column("debtor", sa.String(120), nullable=False),
        sa.Column("debtor_kind", sa.String(32), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.String(1000), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("answer", sa.String(300), nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listed_on", sa.Date()),
        sa.Column("looked_on", sa.Date()),
        sa.Column("confirmed_by", sa.Uuid()),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrears")),
        sa.CheckConstraint("amount_fen > 0 AND amount_fen <= 1000000000000000", name=op.f("ck_arrears_amount_bounded")),
        sa.CheckConstraint("confirmed_by IS NULL OR confirmed_by <> registered_by", name=op.f("ck_arrears_confirmed_by_another")),
        sa.CheckConstraint("state = 'registered' OR confirmed_by IS NOT NULL", name=op.f("ck_arrears_confirmed_by_somebody")),
        sa.CheckConstraint("state <> 'dropped' OR length(answer) > 0", name=op.f("ck_arrears_dropped_says_why")),
        sa.UniqueConstraint("number", name=op.f("uq_arrears_number")),
        sa.ForeignKeyConstraint(["creditor_id"], ["organisations.id"], name=op.f("fk_arrears_creditor_id_organisations")),
        sa.CheckConstraint("debtor_kind IN ('bureau', 'institution', 'state_firm', 'large_firm')", name=op.f("ck_arrears_debtor_kind_known")),
        sa.CheckConstraint("state IN ('registered', 'open', 'cleared', 'dropped')", name=op.f("ck_arrears_state_known")),
    )
    op.create_index(op.f("ix_arrears_creditor_id"), "arrears", ["creditor_id"])
    op.create_index(op.f("ix_arrears_due_on_id"), "arrears", ["due_on", "id"])
    op.create_index(op.f("ix_arrears_open"), "arrears", ["looked_on"], sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
    op.create_table(
        "arrear_plans",
        sa.Column("arrear_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrear_plans")),
        sa.CheckConstraint("amount_fen >= 0 AND amount_fen <= 1000000000000000", name=op.f("ck_arrear_plans_amount_bounded")),
        sa.ForeignKeyConstraint(["arrear_id"], ["arrears.id"], name=op.f("fk_arrear_plans_arrear_id_arrears")),
    )
    op.create_index(op.f("ix_arrear_plans_arrear_id_month_made_at"), "arrear_plans", ["arrear_id", "month", "made_at"])
    op.create_index(op.f("ix_arrear_plans_month"), "arrear_plans", ["month"])
    protect(op, "arrear_plans")
    op.create_table(
        "arrear_progress",
        sa.Column("arrear_id", sa.Uuid(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("said_by", sa.Uuid(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrear_progress")),
        sa.CheckConstraint("amount_fen BETWEEN -1000000000000000 AND 1000000000000000", name=op.f("ck_arrear_progress_amount_bounded")),
        sa.CheckConstraint("length(note) > 0", name=op.f("ck_arrear_progress_note_given")),
        sa.ForeignKeyConstraint(["arrear_id"], ["arrears.id"], name=op.f("fk_arrear_progress_arrear_id_arrears")),
    )
    op.create_index(op.f("ix_arrear_progress_arrear_id_said_on"), "arrear_progress", ["arrear_id", "said_on"])
    op.create_index(op.f("ix_arrear_progress_said_on"), "arrear_progress", ["said_on"])
    protect(op, "arrear_progress")


def downgrade() -> None:
    release(op, "arrear_progress")
    op.drop_table("arrear_progress")
    release(op, "arrear_plans")
    op.drop_table("arrear_plans")
    op.drop_table("arrears")
