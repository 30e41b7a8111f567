"""Grants, applications, subsidies, claims on titles and lines of payments keep the facts that they were decided on; rows of before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0082_more_kept_facts"
down_revision = "0081_provider_bids"
branch_labels = None
depends_on = None

_COLUMNS = (("applications", "facts"), ("vouchers", "facts"), ("subsidies", "facts"), ("claims", "facts"), ("payment_lines", "sources"))


def upgrade() -> None:
    for table, column in _COLUMNS:
        op.add_column(table, sa.Column(column, sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    for table, column in _COLUMNS:
        op.drop_column(table, column)
