"""Who was refused, or got less than was asked for, may appeal: the words, and who answered, another than who decided."""

import sqlalchemy as sa
from alembic import op

revision = "0090_claim_appeals"
down_revision = "0089_bank_statements"
branch_labels = None
depends_on = None

_ANOTHER = (
    "CONSTRAINT ck_claims_appeal_answered_by_another CHECK (appeal_answered_by IS NULL OR (appealed_at IS NOT NULL AND"
    " length(appeal_answer) > 0 AND (decided_by IS NULL OR appeal_answered_by <> decided_by)))"
)


def upgrade() -> None:
    op.add_column("claims", sa.Column("appeal", sa.String(1000), nullable=False, server_default=""))
    op.add_column("claims", sa.Column("appealed_at", sa.DateTime(timezone=True)))
    op.add_column("claims", sa.Column("appeal_answer", sa.String(500), nullable=False, server_default=""))
    uuid = "UUID" if op.get_bind().dialect.name == "postgresql" else "CHAR(32)"
    op.execute(f"ALTER TABLE claims ADD COLUMN appeal_answered_by {uuid} {_ANOTHER}")


def downgrade() -> None:
    for name in ("appeal_answered_by", "appeal_answer", "appealed_at", "appeal"):
        op.drop_column("claims", name)
