"""What a book says as a whole before it is stored (counts, sums, differences) is kept with the import: a long one is examined by a job."""

import sqlalchemy as sa
from alembic import op

revision = "0088_import_overviews"
down_revision = "0087_partial_payments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("imports", sa.Column("overview", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("imports", "overview")
