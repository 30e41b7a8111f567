"""A document says until when its money may be used; what is left goes back or is carried over as two persons decide."""

import sqlalchemy as sa
from alembic import op

revision = "0115_use_of_money"
down_revision = "0114_credit_reviews"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appropriations", sa.Column("use_by", sa.Date(), nullable=True))
    op.create_index(op.f("ix_appropriations_use_by"), "appropriations", ["use_by"])
    op.create_table(
        "fund_acts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("appropriation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("part", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.String(300), nullable=False),
        sa.CheckConstraint("kind IN ('recall', 'carry')", name=op.f("ck_fund_acts_kind_known")),
        sa.CheckConstraint("amount_fen > 0 AND amount_fen <= 1000000000000000", name=op.f("ck_fund_acts_amount_bounded")),
        sa.CheckConstraint("(kind = 'carry') = (until_on IS NOT NULL)", name=op.f("ck_fund_acts_until_of_carry")),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_fund_acts_reason_said")),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (accepted IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_fund_acts_decided_whole")
        ),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name=op.f("ck_fund_acts_two_people")),
        sa.ForeignKeyConstraint(["appropriation_id"], ["appropriations.id"], name=op.f("fk_fund_acts_appropriation_id_appropriations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_acts")),
        sa.UniqueConstraint("number", name=op.f("uq_fund_acts_number")),
    )
    open_only = sa.text("decided_by IS NULL")
    op.create_index("uq_fund_acts_open", "fund_acts", ["appropriation_id"], unique=True, sqlite_where=open_only, postgresql_where=open_only)
    op.create_index(op.f("ix_fund_acts_appropriation_id_proposed_at"), "fund_acts", ["appropriation_id", "proposed_at"])


def downgrade() -> None:
    op.drop_table("fund_acts")
    op.drop_index(op.f("ix_appropriations_use_by"), "appropriations")
    op.drop_column("appropriations", "use_by")
