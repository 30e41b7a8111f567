"""Keep the firm of a claim with it: a bureau's list asked every order of its area which of them had a claim.

It is the order's firm, which never changes; where the firm is now is still asked of the firm.
"""

from alembic import op

revision = "0042_firm_of_claims"
down_revision = "0041_one_command_log"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = "UUID" if op.get_bind().dialect.name == "postgresql" else "CHAR(32)"
    reference = "CONSTRAINT fk_claims_enterprise_id_enterprises REFERENCES enterprises (id)"
    op.execute(f"ALTER TABLE claims ADD COLUMN enterprise_id {kind} {reference}")
    op.execute("UPDATE claims SET enterprise_id = (SELECT enterprise_id FROM orders WHERE orders.id = claims.order_id)")
    op.create_index(op.f("ix_claims_enterprise_id"), "claims", ["enterprise_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_claims_enterprise_id"), table_name="claims")
    op.drop_column("claims", "enterprise_id")
