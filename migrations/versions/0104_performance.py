"""What a programme should reach in a year, what was read of it, and who signed it: readings are kept for good."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0104_performance"
down_revision = "0103_match_snapshots"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "performance_plans",
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("answer", sa.String(300), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Uuid()),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_performance_plans")),
        sa.CheckConstraint("year BETWEEN 2000 AND 2199", name=op.f("ck_performance_plans_year_near")),
        sa.CheckConstraint("confirmed_by IS NULL OR confirmed_by <> entered_by", name=op.f("ck_performance_plans_confirmed_by_another")),
        sa.CheckConstraint("state IN ('entered', 'returned') OR confirmed_by IS NOT NULL", name=op.f("ck_performance_plans_confirmed_by_somebody")),
        sa.CheckConstraint("state <> 'returned' OR length(answer) > 0", name=op.f("ck_performance_plans_return_says_why")),
        sa.UniqueConstraint("number", name=op.f("uq_performance_plans_number")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_performance_plans_programme_id_programmes")),
        sa.CheckConstraint("state IN ('entered', 'confirmed', 'assessed', 'signed', 'returned')", name=op.f("ck_performance_plans_state_known")),
    )
    op.create_index(op.f("ix_performance_plans_year_id"), "performance_plans", ["year", "id"])
    op.create_index(op.f("uq_performance_plans_standing"), "performance_plans", ["programme_id", "year"], unique=True, sqlite_where=sa.text("state <> 'returned'"), postgresql_where=sa.text("state <> 'returned'"))
    op.create_table(
        "performance_targets",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("indicator", sa.String(32), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_performance_targets")),
        sa.CheckConstraint("value > 0", name=op.f("ck_performance_targets_value_positive")),
        sa.CheckConstraint("weight BETWEEN 1 AND 100", name=op.f("ck_performance_targets_weight_range")),
        sa.UniqueConstraint("plan_id", "indicator", name=op.f("uq_performance_targets_plan_id_indicator")),
        sa.ForeignKeyConstraint(["plan_id"], ["performance_plans.id"], name=op.f("fk_performance_targets_plan_id_performance_plans")),
        sa.CheckConstraint("indicator IN ('paid', 'redeemed', 'firms', 'services', 'execution', 'timely', 'satisfaction')", name=op.f("ck_performance_targets_indicator_known")),
    )
    protect(op, "performance_targets")
    op.create_table(
        "performance_readings",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("sure", sa.BigInteger(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("scale", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_performance_readings")),
        sa.CheckConstraint("(kind = 'correction') = (length(reason) > 0)", name=op.f("ck_performance_readings_correction_says_why")),
        sa.CheckConstraint("most >= sure AND sure >= 0 AND most <= 10000", name=op.f("ck_performance_readings_points_range")),
        sa.ForeignKeyConstraint(["plan_id"], ["performance_plans.id"], name=op.f("fk_performance_readings_plan_id_performance_plans")),
        sa.CheckConstraint("kind IN ('midterm', 'yearly', 'correction')", name=op.f("ck_performance_readings_kind_known")),
    )
    op.create_index(op.f("ix_performance_readings_plan_id_taken_at"), "performance_readings", ["plan_id", "taken_at"])
    protect(op, "performance_readings")
    op.create_table(
        "performance_values",
        sa.Column("reading_id", sa.Uuid(), nullable=False),
        sa.Column("indicator", sa.String(32), nullable=False),
        sa.Column("value", sa.BigInteger()),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger()),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_performance_values")),
        sa.CheckConstraint("(value IS NULL) = (points IS NULL)", name=op.f("ck_performance_values_unknown_earns_nothing_known")),
        sa.UniqueConstraint("reading_id", "indicator", name=op.f("uq_performance_values_reading_id_indicator")),
        sa.ForeignKeyConstraint(["reading_id"], ["performance_readings.id"], name=op.f("fk_performance_values_reading_id_performance_readings")),
        sa.CheckConstraint("indicator IN ('paid', 'redeemed', 'firms', 'services', 'execution', 'timely', 'satisfaction')", name=op.f("ck_performance_values_indicator_known")),
    )
    protect(op, "performance_values")
    op.create_table(
        "performance_decisions",
        sa.Column("reading_id", sa.Uuid(), nullable=False),
        sa.Column("signed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_performance_decisions")),
        sa.CheckConstraint("decided_by <> taken_by", name=op.f("ck_performance_decisions_decided_by_another")),
        sa.CheckConstraint("signed OR length(reason) > 0", name=op.f("ck_performance_decisions_refusal_says_why")),
        sa.UniqueConstraint("reading_id", name=op.f("uq_performance_decisions_reading_id")),
        sa.ForeignKeyConstraint(["reading_id"], ["performance_readings.id"], name=op.f("fk_performance_decisions_reading_id_performance_readings")),
    )
    protect(op, "performance_decisions")


def downgrade() -> None:
    release(op, "performance_decisions")
    op.drop_table("performance_decisions")
    release(op, "performance_values")
    op.drop_table("performance_values")
    release(op, "performance_readings")
    op.drop_table("performance_readings")
    release(op, "performance_targets")
    op.drop_table("performance_targets")
    op.drop_table("performance_plans")
