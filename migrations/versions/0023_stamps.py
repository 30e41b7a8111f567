"""Stamps that tell a process that its copy of something is old, so the working-day calendar is not read anew for every page.

The calendar that is there already gets its first stamp here.
"""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0023_stamps"
down_revision = "0022_facts_of_the_day"
branch_labels = None
depends_on = None


def upgrade() -> None:
    stamps = op.create_table(
        "stamps",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_stamps")),
    )
    op.bulk_insert(stamps, [{"name": "calendar", "value": uuid.uuid4()}])


def downgrade() -> None:
    op.drop_table("stamps")
