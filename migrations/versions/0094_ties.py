"""Organisations are found by what they share: their controlling firm, address, telephone or account."""

from alembic import op

revision = "0094_ties"
down_revision = "0093_bid_scores"
branch_labels = None
depends_on = None

_COLUMNS = ("group_uscc", "address", "contact_phone", "bank_account")


def upgrade() -> None:
    for column in _COLUMNS:
        op.create_index(op.f(f"ix_organisations_{column}"), "organisations", [column])


def downgrade() -> None:
    for column in _COLUMNS:
        op.drop_index(op.f(f"ix_organisations_{column}"), table_name="organisations")
