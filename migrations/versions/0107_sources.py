"""An appropriation says what it may pay for, and a payment line of which appropriations it is taken.

The books say it too, from the next posting on; one entry a book, made by the worker, says what is left of what came before. Lines that were
paid before keep their split by source as history: their draws stay empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0107_sources"
down_revision = "0106_objections_to_rows"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appropriations", sa.Column("bound_to", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("payment_lines", sa.Column("draws", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("payment_lines", sa.Column("funds", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    for table, column in (("payment_lines", "funds"), ("payment_lines", "draws"), ("appropriations", "bound_to")):
        op.drop_column(table, column)
