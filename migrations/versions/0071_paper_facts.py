"""Invoices say their tax apart, contracts the price of a unit, metering logs how many units were used."""

from alembic import op

revision = "0071_paper_facts"
down_revision = "0070_subsidy_months"
branch_labels = None
depends_on = None

_WHOLE = "(tax_fen IS NULL) = (net_fen IS NULL) AND (tax_fen IS NULL OR (tax_fen >= 0 AND net_fen + tax_fen = amount_fen))"
_COLUMNS = {  # in this order: the tax is held to the net amount
    "net_fen": ("only_invoices_have_net", "net_fen IS NULL OR (net_fen > 0 AND kind = 'invoice')"),
    "tax_fen": ("net_and_tax_are_whole", _WHOLE),
    "units": ("only_logs_have_units", "units IS NULL OR (units > 0 AND kind = 'metering_log')"),
    "unit_fen": ("only_contracts_have_unit_price", "unit_fen IS NULL OR (unit_fen > 0 AND kind = 'contract')"),
}


def upgrade() -> None:
    for column, (name, text) in _COLUMNS.items():
        op.execute(f"ALTER TABLE order_documents ADD COLUMN {column} BIGINT CONSTRAINT ck_order_documents_{name} CHECK ({text})")


def downgrade() -> None:
    for column in reversed(_COLUMNS):
        op.drop_column("order_documents", column)
