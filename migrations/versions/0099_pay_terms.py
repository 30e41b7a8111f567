"""By when finance pays an approved claim. Claims that were approved before have no day: nobody was told one."""

import sqlalchemy as sa
from alembic import op

revision = "0099_pay_terms"
down_revision = "0098_joint_orders"
branch_labels = None
depends_on = None

_WHOLE = (
    "CONSTRAINT ck_claims_pay_term_whole CHECK ((pay_by IS NULL) = (pay_from IS NULL) AND (pay_by IS NULL) = (pay_days IS NULL))"
)


def upgrade() -> None:
    op.add_column("claims", sa.Column("pay_from", sa.Date(), nullable=True))
    op.add_column("claims", sa.Column("pay_days", sa.Integer(), nullable=True))
    op.execute(f"ALTER TABLE claims ADD COLUMN pay_by DATE {_WHOLE}")
    op.create_index(op.f("ix_claims_pay_by"), "claims", ["pay_by"])


def downgrade() -> None:
    op.drop_index(op.f("ix_claims_pay_by"), table_name="claims")
    for column in ("pay_by", "pay_days", "pay_from"):
        op.execute(f"ALTER TABLE claims DROP COLUMN {column}")
