"""The budget codes that an appropriation's document names: empty for those that were recorded before."""

import sqlalchemy as sa
from alembic import op

revision = "0110_budget_codes"
down_revision = "0109_arrears"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("function_code", "economy_code"):
        op.add_column("appropriations", sa.Column(column, sa.String(12), nullable=False, server_default=""))


def downgrade() -> None:
    for column in ("economy_code", "function_code"):
        op.execute(f"ALTER TABLE appropriations DROP COLUMN {column}")
