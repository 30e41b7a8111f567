"""Claims approved together, as they were listed; and beside each claim how many checks are not green and how many opinions come first.

Claims that are there are counted from their checks. Of those that wait at a level nothing is known here: they count as ready for the
decision, and the approval refuses them until the opinion before it is there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0096_approval_runs"
down_revision = "0095_claim_explanations"
branch_labels = None
depends_on = None

_COUNT = {
    "sqlite": "SELECT count(*) FROM json_each(claims.checks) AS one WHERE json_extract(one.value, '$.verdict') <> 'pass'",
    "postgresql": "SELECT count(*) FROM json_array_elements(claims.checks) AS one WHERE one ->> 'verdict' <> 'pass'",
}


def upgrade() -> None:
    op.add_column("claims", sa.Column("open_checks", sa.Integer(), server_default="0", nullable=False))
    op.add_column("claims", sa.Column("levels_left", sa.Integer(), server_default="0", nullable=False))
    op.execute(f"UPDATE claims SET open_checks = ({_COUNT[op.get_bind().dialect.name]})")  # noqa: S608 - our own words
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


def downgrade() -> None:
    op.drop_table("approval_lines")
    op.drop_table("approval_runs")
    op.drop_column("claims", "levels_left")
    op.drop_column("claims", "open_checks")
