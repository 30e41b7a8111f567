"""Lists that are decided on together, of any kind: those of claims move over.

A list of claims that was shown before and not asked for yet is listed anew: what its lines had come to is not known here.
"""

import sqlalchemy as sa
from alembic import op

revision = "0105_piles"
down_revision = "0104_performance"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make()
    op.execute(
        "INSERT INTO pile_runs (id, kind, actor_id, decision, narrowed, reason, created_at, asked_at, job_id) "
        "SELECT id, 'settlement.approve', actor_id, 'approve', narrowed, reason, created_at, asked_at, job_id FROM approval_runs"
    )
    op.execute(
        "INSERT INTO pile_lines (run_id, row_id, place, mark, amount_fen, currency, outcome, why) "
        "SELECT run_id, claim_id, place, '', requested_fen, currency, "
        "CASE outcome WHEN 'approved' THEN 'done' ELSE outcome END, why FROM approval_lines"
    )
    op.drop_table("approval_lines")
    op.drop_table("approval_runs")


def _make() -> None:
    op.create_table(
        "pile_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("narrowed", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(asked_at IS NULL) = (job_id IS NULL)", name=op.f("ck_pile_runs_asked_with_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pile_runs")),
    )
    op.create_table(
        "pile_lines",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(20), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=True),
        sa.Column("outcome", sa.String(10), nullable=True),
        sa.Column("why", sa.JSON(), nullable=True),
        sa.CheckConstraint("outcome IS NULL OR outcome IN ('done', 'left_out', 'skipped')", name=op.f("ck_pile_lines_outcome_known")),
        sa.CheckConstraint("outcome IS NULL OR outcome = 'done' OR why IS NOT NULL", name=op.f("ck_pile_lines_left_out_with_reason")),
        sa.CheckConstraint("(amount_fen IS NULL) = (currency IS NULL)", name=op.f("ck_pile_lines_amount_has_currency")),
        sa.ForeignKeyConstraint(["run_id"], ["pile_runs.id"], name=op.f("fk_pile_lines_run_id_pile_runs")),
        sa.PrimaryKeyConstraint("run_id", "row_id", name=op.f("pk_pile_lines")),
    )
    op.create_index(op.f("ix_pile_lines_run_id_place"), "pile_lines", ["run_id", "place"])


def downgrade() -> None:
    op.create_table(
        "approval_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("narrowed", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(asked_at IS NULL) = (job_id IS NULL) AND (asked_at IS NULL OR length(reason) > 0)",
            name=op.f("ck_approval_runs_asked_with_reason"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_runs")),
    )
    op.create_table(
        "approval_lines",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_fen", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=True),
        sa.Column("why", sa.JSON(), nullable=True),
        sa.CheckConstraint("outcome IS NULL OR outcome IN ('approved', 'left_out')", name=op.f("ck_approval_lines_outcome_known")),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome = 'approved' OR why IS NOT NULL", name=op.f("ck_approval_lines_left_out_with_reason")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["approval_runs.id"], name=op.f("fk_approval_lines_run_id_approval_runs")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_approval_lines_claim_id_claims")),
        sa.PrimaryKeyConstraint("run_id", "claim_id", name=op.f("pk_approval_lines")),
    )
    op.create_index(op.f("ix_approval_lines_run_id_place"), "approval_lines", ["run_id", "place"])
    op.create_index(op.f("ix_approval_lines_claim_id"), "approval_lines", ["claim_id"])
    op.execute(
        "INSERT INTO approval_runs (id, actor_id, narrowed, reason, created_at, asked_at, job_id) "
        "SELECT id, actor_id, narrowed, reason, created_at, asked_at, job_id FROM pile_runs WHERE kind = 'settlement.approve'"
    )
    op.execute(
        "INSERT INTO approval_lines (run_id, claim_id, place, submitted_at, requested_fen, currency, outcome, why) "
        "SELECT run_id, row_id, place, coalesce(claims.submitted_at, pile_runs.created_at), amount_fen, pile_lines.currency, "
        "CASE outcome WHEN 'done' THEN 'approved' WHEN 'skipped' THEN 'left_out' ELSE outcome END, why FROM pile_lines "
        "JOIN pile_runs ON pile_runs.id = run_id AND kind = 'settlement.approve' JOIN claims ON claims.id = row_id"
    )
    op.drop_table("pile_lines")
    op.drop_table("pile_runs")
