"""By when the level of a review whose turn it is says its word. Claims that wait at a level already have no day: nobody was told one."""

import sqlalchemy as sa
from alembic import op

revision = "0112_level_terms"
down_revision = "0111_signals_by_cause"
branch_labels = None
depends_on = None

_WHOLE = "(level_by IS NULL) = (level_from IS NULL) AND (level_by IS NULL) = (level_days IS NULL)"


def upgrade() -> None:
    op.add_column("claims", sa.Column("level_from", sa.Date(), nullable=True))
    op.add_column("claims", sa.Column("level_days", sa.Integer(), nullable=True))
    op.execute(f"ALTER TABLE claims ADD COLUMN level_by DATE CONSTRAINT ck_claims_level_term_whole CHECK ({_WHOLE})")
    op.create_index(op.f("ix_claims_level_by"), "claims", ["level_by"])


def downgrade() -> None:
    op.drop_index(op.f("ix_claims_level_by"), table_name="claims")
    for column in ("level_by", "level_days", "level_from"):
        op.execute(f"ALTER TABLE claims DROP COLUMN {column}")
