"""What a bureau agrees with a provider pays for orders: the agreement, the order that it serves, the claim that its signer does not decide."""

import sqlalchemy as sa
from alembic import op

revision = "0076_agreements"
down_revision = "0075_kept_facts"
branch_labels = None
depends_on = None

_STATES = ("running", "ended", "terminated")


def upgrade() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("number_key", sa.String(60), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.Column("prices", sa.JSON(), nullable=False),
        sa.Column("state", sa.Enum(*_STATES, name="state_known", native_enum=False, create_constraint=True, length=32), nullable=False),
        sa.Column("state_reason", sa.String(300), nullable=False),
        sa.Column("signed_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("length(number_key) > 0", name="number_given"),
        sa.CheckConstraint("amount_fen > 0 AND amount_fen <= 1000000000000000", name="amount_bounded"),
        sa.CheckConstraint("last_on >= first_on", name="days_order"),
        sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended_when_over"),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"]),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"]),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("programme_id", "simulated", "number_key"),
    )
    running = {"sqlite_where": sa.text("ended_at IS NULL"), "postgresql_where": sa.text("ended_at IS NULL")}
    op.create_index("uq_agreements_running", "agreements", ["round_id", "provider_id"], unique=True, **running)
    op.create_index("ix_agreements_round_id_signed_on_id", "agreements", ["round_id", "signed_on", "id"])
    op.create_index("ix_agreements_provider_id_signed_on_id", "agreements", ["provider_id", "signed_on", "id"])
    op.create_index("ix_agreements_running_until", "agreements", ["last_on"], **running)
    uuid = "UUID" if op.get_bind().dialect.name == "postgresql" else "CHAR(32)"
    op.execute(
        f"ALTER TABLE orders ADD COLUMN agreement_id {uuid} CONSTRAINT fk_orders_agreement_id_agreements REFERENCES agreements (id)"
        " CONSTRAINT ck_orders_agreement_serves_right CHECK (agreement_id IS NULL OR voucher_id IS NOT NULL)"
    )
    op.create_index("ix_orders_agreement_id", "orders", ["agreement_id"])
    op.execute(
        f"ALTER TABLE claims ADD COLUMN signed_by {uuid} CONSTRAINT ck_claims_decided_by_no_signer"
        " CHECK (decided_by IS NULL OR signed_by IS NULL OR decided_by <> signed_by)"
    )


def downgrade() -> None:
    op.drop_column("claims", "signed_by")
    op.drop_index("ix_orders_agreement_id", "orders")
    op.drop_column("orders", "agreement_id")
    op.drop_table("agreements")
