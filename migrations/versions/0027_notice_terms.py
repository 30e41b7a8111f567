"""Let a public notice say how long it lasts where that is not a number of working days.

A notice of so many natural days ended in working days, and one of months was not given at all. The last day is counted by the programme's own
limit now; the words of that limit stand with the notice. Notices of before keep their working days.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027_notice_terms"
down_revision = "0026_sweep_faults"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("public_notices", sa.Column("term", sa.String(length=40), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("public_notices", "term")
