"""Judgements keep what their verdict follows from: the rule set as it was and its threshold; rows of before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0091_judgements_keep_facts"
down_revision = "0090_claim_appeals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("judgements", sa.Column("facts", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("judgements", "facts")
