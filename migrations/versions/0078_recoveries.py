"""Money that was paid and must come back (追回): cases decided by two people, and what comes in on them, kept for good."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0078_recoveries"
down_revision = "0077_payment_bounces"
branch_labels = None
depends_on = None

_GROUNDS = "'spot_check', 'audit', 'invoice', 'tip', 'mispaid', 'own_report'"
_STATES = "'proposed', 'demanded', 'referred', 'repaid', 'dropped'"


def upgrade() -> None:
    op.create_table(
        "recoveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("live_claim_id", sa.Uuid(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("debtor_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(3), server_default="CNY", nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("recovered_fen", sa.BigInteger(), nullable=False),
        sa.Column("ground", sa.String(32), nullable=False),
        sa.Column("finding", sa.String(2000), nullable=False),
        sa.Column("returns_to", sa.String(32), nullable=False),
        sa.Column("yearly_bp", sa.Integer(), nullable=False),
        sa.Column("runs_from", sa.String(32), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("document", sa.String(100), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("state_reason", sa.String(500), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_start", sa.Date(), nullable=True),
        sa.Column("due_days", sa.Integer(), nullable=True),
        sa.Column("due_kind", sa.String(32), nullable=True),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount_fen > 0 AND amount_fen <= paid_fen", name=op.f("ck_recoveries_no_more_than_paid")),
        sa.CheckConstraint(
            "recovered_fen >= 0 AND recovered_fen <= amount_fen AND (recovered_fen = 0 OR state NOT IN ('proposed', 'dropped'))",
            name=op.f("ck_recoveries_recovered_within_amount"),
        ),
        sa.CheckConstraint("state <> 'repaid' OR recovered_fen = amount_fen", name=op.f("ck_recoveries_repaid_in_full")),
        sa.CheckConstraint("length(finding) > 0", name=op.f("ck_recoveries_finding_said")),
        sa.CheckConstraint("decided_by IS NULL OR opened_by IS NULL OR decided_by <> opened_by", name=op.f("ck_recoveries_two_people")),
        sa.CheckConstraint(
            "state IN ('proposed', 'dropped') OR (decided_by IS NOT NULL AND decided_on IS NOT NULL)",
            name=op.f("ck_recoveries_decided_by_somebody"),
        ),
        sa.CheckConstraint("yearly_bp >= 0", name=op.f("ck_recoveries_interest_positive")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_recoveries_currency_code")),
        sa.CheckConstraint(f"ground IN ({_GROUNDS})", name=op.f("ck_recoveries_ground_known")),
        sa.CheckConstraint("returns_to IN ('pool', 'treasury')", name=op.f("ck_recoveries_target_known")),
        sa.CheckConstraint("runs_from IN ('due', 'paid')", name=op.f("ck_recoveries_interest_known")),
        sa.CheckConstraint(f"state IN ({_STATES})", name=op.f("ck_recoveries_state_known")),
        sa.CheckConstraint("due_kind IN ('working', 'natural', 'months', 'fixed')", name=op.f("ck_recoveries_due_kind_known")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_recoveries_claim_id_claims")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_recoveries_enterprise_id_enterprises")),
        sa.ForeignKeyConstraint(["debtor_id"], ["organisations.id"], name=op.f("fk_recoveries_debtor_id_organisations")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_recoveries_programme_id_programmes")),
        sa.ForeignKeyConstraint(["book_id"], ["ledger_books.id"], name=op.f("fk_recoveries_book_id_ledger_books")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoveries")),
        sa.UniqueConstraint("live_claim_id", name=op.f("uq_recoveries_live_claim_id")),
        sa.UniqueConstraint("number", name=op.f("uq_recoveries_number")),
    )
    for columns in (("claim_id",), ("enterprise_id",), ("debtor_id", "state"), ("programme_id", "state"), ("due_on", "id")):
        op.create_index(op.f(f"ix_recoveries_{'_'.join(columns)}"), "recoveries", list(columns))
    op.create_table(
        "recovery_instalments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recovery_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("principal_fen", sa.BigInteger(), nullable=False),
        sa.Column("interest_fen", sa.BigInteger(), nullable=False),
        sa.Column("split", sa.JSON(), nullable=False),
        sa.Column("returned_to", sa.String(32), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(60), nullable=False),
        sa.Column("reference_key", sa.String(60), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "principal_fen >= 0 AND interest_fen >= 0 AND principal_fen + interest_fen > 0",
            name=op.f("ck_recovery_instalments_amount_positive"),
        ),
        sa.CheckConstraint("length(reference_key) > 0", name=op.f("ck_recovery_instalments_reference_given")),
        sa.CheckConstraint("returned_to IN ('pool', 'treasury')", name=op.f("ck_recovery_instalments_target_known")),
        sa.ForeignKeyConstraint(["recovery_id"], ["recoveries.id"], name=op.f("fk_recovery_instalments_recovery_id_recoveries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_instalments")),
        sa.UniqueConstraint("recovery_id", "place", name=op.f("uq_recovery_instalments_recovery_id_place")),
        sa.UniqueConstraint("reference_key", name=op.f("uq_recovery_instalments_reference_key")),
    )
    protect(op, "recovery_instalments")


def downgrade() -> None:
    release(op, "recovery_instalments")
    op.drop_table("recovery_instalments")
    op.drop_table("recoveries")
