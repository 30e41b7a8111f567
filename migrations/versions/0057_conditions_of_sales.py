"""Keep until when a provider's paper is good, and the most that a voucher bears of one order of an offering."""

from alembic import op

revision = "0057_conditions_of_sales"
down_revision = "0056_application_scores"
branch_labels = None
depends_on = None

_CAP = "CONSTRAINT ck_offerings_voucher_cap_positive CHECK (voucher_cap_fen > 0)"


def upgrade() -> None:
    op.execute("ALTER TABLE dossier_items ADD COLUMN valid_until DATE")
    op.execute(f"ALTER TABLE offerings ADD COLUMN voucher_cap_fen BIGINT {_CAP}")


def downgrade() -> None:
    op.execute("ALTER TABLE offerings DROP COLUMN voucher_cap_fen")
    op.execute("ALTER TABLE dossier_items DROP COLUMN valid_until")
