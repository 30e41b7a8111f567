"""What the bank or finance did not pay of a line (部分支付、扣款): the line says what was paid, what was not, and why.

The claim stays payable with the rest, as after a returned payment. Lines from before were paid whole.
"""

from alembic import op

revision = "0087_partial_payments"
down_revision = "0086_in_kind"
branch_labels = None
depends_on = None

_KIND = "CONSTRAINT ck_payment_lines_short_kind_known CHECK (short_kind IN ('partial', 'deducted'))"
_SAID = (
    "CONSTRAINT ck_payment_lines_short_is_said CHECK (short_fen >= 0 AND (short_fen = 0"
    " OR (state IN ('paid', 'bounced') AND short_kind IS NOT NULL AND length(short_reason) > 0)))"
)


def upgrade() -> None:
    op.execute(f"ALTER TABLE payment_lines ADD COLUMN short_kind VARCHAR(32) {_KIND}")
    op.execute("ALTER TABLE payment_lines ADD COLUMN short_reason VARCHAR(300) DEFAULT '' NOT NULL")
    op.execute(f"ALTER TABLE payment_lines ADD COLUMN short_fen BIGINT DEFAULT 0 NOT NULL {_SAID}")


def downgrade() -> None:
    for column in ("short_fen", "short_reason", "short_kind"):
        op.execute(f"ALTER TABLE payment_lines DROP COLUMN {column}")
