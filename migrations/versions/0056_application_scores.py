"""Let a panel score applications: a sheet an officer and application, kept for good."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0056_application_scores"
down_revision = "0055_places_in_line"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "application_scores",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("scorer_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_scores_application_id_applications")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_scores")),
        sa.UniqueConstraint("application_id", "scorer_id", name=op.f("uq_application_scores_application_id_scorer_id")),
    )
    protect(op, "application_scores")


def downgrade() -> None:
    release(op, "application_scores")
    op.drop_table("application_scores")
