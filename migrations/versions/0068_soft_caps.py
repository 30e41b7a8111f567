"""An officer may grant more than a soft cap allows, and says why: kept with the application and its voucher."""

import sqlalchemy as sa
from alembic import op

revision = "0068_soft_caps"
down_revision = "0067_supplements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("applications", "vouchers"):
        op.add_column(table, sa.Column("above_soft", sa.String(500), nullable=False, server_default=""))


def downgrade() -> None:
    for table in ("applications", "vouchers"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN above_soft")
