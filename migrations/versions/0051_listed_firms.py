"""Keep the lists of firms that a programme's conditions name (名录), by credit code."""

import sqlalchemy as sa
from alembic import op

revision = "0051_listed_firms"
down_revision = "0050_facts_of_classes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "listed_firms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("list_name", sa.String(length=40), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(uscc) = 18", name=op.f("ck_listed_firms_uscc_length")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_listed_firms_programme_id_programmes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listed_firms")),
        sa.UniqueConstraint("programme_id", "list_name", "uscc", name=op.f("uq_listed_firms_programme_id_list_name_uscc")),
    )
    op.create_index(op.f("ix_listed_firms_uscc"), "listed_firms", ["uscc"])
    op.create_index(op.f("ix_listed_firms_updated_at"), "listed_firms", ["updated_at"])


def downgrade() -> None:
    op.drop_table("listed_firms")
