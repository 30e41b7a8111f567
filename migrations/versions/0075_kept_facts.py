"""Decisions keep the facts that they stood on, so that they can be decided again; rows of before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0075_kept_facts"
down_revision = "0074_claim_opinions"
branch_labels = None
depends_on = None

_TABLES = ("orders",)


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("facts", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "facts")
