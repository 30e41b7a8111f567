"""Keep why an organisation was verified, returned or stopped as a sentence and what fills it, as the other reasons are.

What was written before stays the text that it was: a sentence that nothing fills.
"""

import sqlalchemy as sa
from alembic import op

revision = "0049_verdicts_said"
down_revision = "0048_list_states"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisations", sa.Column("state_reason_values", sa.JSON(), nullable=False, server_default="{}"))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("organisations", "state_reason_values", server_default=None)


def downgrade() -> None:
    op.drop_column("organisations", "state_reason_values")
