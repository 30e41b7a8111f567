"""The months for which a relief was asked on a contract, each once."""

import sqlalchemy as sa
from alembic import op

revision = "0070_subsidy_months"
down_revision = "0069_currencies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subsidy_months",
        sa.Column("subsidy_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("number_key", sa.String(60), nullable=True),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("number_key IS NULL OR length(number_key) > 0", name=op.f("ck_subsidy_months_number_given")),
        sa.ForeignKeyConstraint(["subsidy_id"], ["subsidies.id"], name=op.f("fk_subsidy_months_subsidy_id_subsidies")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_subsidy_months_programme_id_programmes")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_subsidy_months_enterprise_id_enterprises")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subsidy_months")),
        sa.UniqueConstraint(
            "programme_id", "simulated", "number_key", "month", name=op.f("uq_subsidy_months_programme_id_simulated_number_key_month")
        ),
    )
    op.create_index(op.f("ix_subsidy_months_subsidy_id"), "subsidy_months", ["subsidy_id"])
    op.create_index(op.f("ix_subsidy_months_enterprise_id_programme_id"), "subsidy_months", ["enterprise_id", "programme_id"])


def downgrade() -> None:
    op.drop_table("subsidy_months")
