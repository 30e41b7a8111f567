"""An import says what of its book was not read: columns, worksheets, totals. Earlier ones do not know.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032_import_unread"
down_revision = "0031_name_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("imports", sa.Column("unread", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("imports", "unread")
