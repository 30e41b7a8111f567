"""Fee offices and operators that a round pays, with their account; whom an application is for if not the firm itself."""

import sqlalchemy as sa
from alembic import op

revision = "0066_round_payees"
down_revision = "0065_cap_levels"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "round_payees",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("bank_name", sa.String(100), nullable=False),
        sa.Column("bank_account", sa.String(40), nullable=False),
        sa.Column("named_by", sa.Uuid(), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("length(bank_name) > 0 AND length(bank_account) > 0", name=op.f("ck_round_payees_account_given")),
        sa.CheckConstraint("confirmed_by IS NULL OR confirmed_by <> named_by", name=op.f("ck_round_payees_confirmed_by_another")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_round_payees_round_id_rounds")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_round_payees_organisation_id_organisations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_payees")),
        sa.UniqueConstraint("round_id", "organisation_id", name=op.f("uq_round_payees_round_id_organisation_id")),
    )
    op.create_index(op.f("ix_round_payees_organisation_id"), "round_payees", ["organisation_id"])
    op.create_index(op.f("ix_round_payees_round_id_named_at"), "round_payees", ["round_id", "named_at"])
    uuid = "UUID" if op.get_bind().dialect.name == "postgresql" else "CHAR(32)"
    op.execute(
        f"ALTER TABLE subsidies ADD COLUMN payee_id {uuid} CONSTRAINT fk_subsidies_payee_id_organisations REFERENCES organisations (id)"
    )


def downgrade() -> None:
    if op.get_bind().execute(sa.text("SELECT 1 FROM subsidies WHERE payee_id IS NOT NULL")).first():
        raise RuntimeError("applications for a fee office stand in the books: the schema before cannot hold them")
    op.drop_column("subsidies", "payee_id")
    op.drop_table("round_payees")
