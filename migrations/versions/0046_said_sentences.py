"""Keep messages, signals and reasons of the system as a sentence and what fills it, so that they are said in the reader's language.

What was told before stays the text that it was: a sentence that nothing fills.
"""

import sqlalchemy as sa
from alembic import op

revision = "0046_said_sentences"
down_revision = "0045_leases"
branch_labels = None
depends_on = None

COLUMNS = (("notices", "title_values"), ("notices", "body_values"), ("risk_signals", "reason_values"),
           ("vouchers", "state_reason_values"), ("applications", "reason_values"), ("providers", "state_reason_values"),
           ("public_notices", "outcome_values"))


def upgrade() -> None:
    for table, column in COLUMNS:
        op.add_column(table, sa.Column(column, sa.JSON(), nullable=False, server_default="{}"))
        if op.get_bind().dialect.name == "postgresql":
            op.alter_column(table, column, server_default=None)


def downgrade() -> None:
    for table, column in COLUMNS:
        op.drop_column(table, column)
