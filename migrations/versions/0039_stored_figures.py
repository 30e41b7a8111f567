"""Keep the figures of the public front page with the moment they are of.

They were counted over all records at each visit: half a second to three seconds at a million orders, by anybody who wants it.
"""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.db import UtcDateTime

revision = "0039_stored_figures"
down_revision = "0038_simulated_rows"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stored_figures",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("as_of", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_stored_figures")),
    )


def downgrade() -> None:
    op.drop_table("stored_figures")
