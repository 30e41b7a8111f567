"""Give a round a day of its own from which contracts may be dated.

Where a programme looks back, the start of use stood for that day: a round that looked back a year seemed to have taken orders for a year.
Rounds of before keep none, and go on as they were.
"""

from alembic import op

revision = "0053_look_back_day"
down_revision = "0052_lots"
branch_labels = None
depends_on = None


def upgrade() -> None:
    check = "CONSTRAINT ck_rounds_look_back CHECK (contract_from IS NULL OR contract_from <= use_from)"
    op.execute(f"ALTER TABLE rounds ADD COLUMN contract_from DATE {check}")


def downgrade() -> None:
    op.execute("ALTER TABLE rounds DROP COLUMN contract_from")
