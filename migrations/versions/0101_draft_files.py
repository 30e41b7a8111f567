"""A draft may be a copy of a rules file that is shipped, and is compared with it."""

import sqlalchemy as sa
from alembic import op

revision = "0101_draft_files"
down_revision = "0100_spent_cuts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("programme_drafts", sa.Column("base_file", sa.String(80), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("programme_drafts", "base_file")
