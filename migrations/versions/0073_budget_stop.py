"""Since when the money of a round is used up to where its rules stop something: officers are told once."""

import sqlalchemy as sa
from alembic import op

revision = "0073_budget_stop"
down_revision = "0072_releases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rounds", sa.Column("budget_stopped_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("rounds", "budget_stopped_at")
