"""Groups of associated firms that an officer names, with entries that are only added to."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0119_firm_groups"
down_revision = "0118_spent_sources"
branch_labels = None
depends_on = None

TABLES = ("firm_groups", "firm_group_entries")


def upgrade() -> None:
    op.create_table(
        "firm_groups",
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("region_code", sa.String(6), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("evidence", sa.String(500), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firm_groups")),
        sa.UniqueConstraint("number", name=op.f("uq_firm_groups_number")),
        sa.CheckConstraint("length(reason) > 0 AND length(evidence) > 0", name=op.f("ck_firm_groups_reason_given")),
    )
    op.create_index(op.f("ix_firm_groups_region_code"), "firm_groups", ["region_code"])
    op.create_table(
        "firm_group_entries",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("joins", sa.Boolean(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firm_group_entries")),
        sa.ForeignKeyConstraint(["group_id"], ["firm_groups.id"], name=op.f("fk_firm_group_entries_group_id_firm_groups")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_firm_group_entries_organisation_id_organisations")),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_firm_group_entries_reason_given")),
    )
    op.create_index(op.f("ix_firm_group_entries_organisation_id_on_day"), "firm_group_entries", ["organisation_id", "on_day"])
    op.create_index(op.f("ix_firm_group_entries_group_id_on_day"), "firm_group_entries", ["group_id", "on_day"])
    for table in TABLES:
        protect(op, table)


def downgrade() -> None:
    for table in reversed(TABLES):
        release(op, table)
        op.drop_table(table)
