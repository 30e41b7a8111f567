"""Keep with a record to whose platforms it counted, and close years.

A membership accepted or ended later changed what a year that was over said, and nothing told which figures a bureau had gone by. Records
that were there before count to the platforms whose accepted member body their provider was on the day, marked as read by this migration.
"""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0120_closed_years"
down_revision = "0119_firm_groups"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE service_records ADD COLUMN after_close BOOLEAN NOT NULL DEFAULT FALSE")
    op.create_table(
        "record_platforms",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("platform_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("known_from", sa.String(12), nullable=False),
        sa.CheckConstraint("known_from IN ('record', 'decision', 'migration')", name=op.f("ck_record_platforms_known_from_known")),
        sa.ForeignKeyConstraint(["record_id"], ["service_records.id"], name=op.f("fk_record_platforms_record_id_service_records")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_record_platforms_platform_id_platforms")),
        sa.ForeignKeyConstraint(["member_id"], ["platform_members.id"], name=op.f("fk_record_platforms_member_id_platform_members")),
        sa.PrimaryKeyConstraint("record_id", "platform_id", name=op.f("pk_record_platforms")),
    )
    op.create_index(op.f("ix_record_platforms_platform_id"), "record_platforms", ["platform_id"])
    op.create_index(op.f("ix_record_platforms_member_id"), "record_platforms", ["member_id"])
    first = "MIN(m.id)" if op.get_bind().dialect.name == "sqlite" else "(array_agg(m.id ORDER BY m.id))[1]"
    op.execute(
        f"INSERT INTO record_platforms (record_id, platform_id, member_id, known_from) SELECT r.id, m.platform_id, {first}, 'migration' "
        "FROM service_records r JOIN platform_members m ON m.provider_id = r.provider_id AND m.state = 'accepted' "
        "AND m.from_on <= r.delivered_on AND (m.until_on IS NULL OR m.until_on >= r.delivered_on) GROUP BY r.id, m.platform_id"
    )
    op.create_table(
        "closed_years",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.String(6), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("figures", sa.JSON(), nullable=True),
        sa.CheckConstraint("closed_by IS NULL OR closed_by <> asked_by", name=op.f("ck_closed_years_closed_by_another")),
        sa.CheckConstraint("(closed_by IS NULL) = (closed_at IS NULL)", name=op.f("ck_closed_years_closed_whole")),
        sa.CheckConstraint("(closed_at IS NULL) = (figures IS NULL)", name=op.f("ck_closed_years_closed_with_figures")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_years")),
        sa.UniqueConstraint("area_code", "year", name=op.f("uq_closed_years_area_code_year")),
    )
    op.create_table(
        "year_figures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("closed_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["closed_id"], ["closed_years.id"], name=op.f("fk_year_figures_closed_id_closed_years")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("fk_year_figures_provider_id_organisations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_year_figures")),
        sa.UniqueConstraint("provider_id", "year", name=op.f("uq_year_figures_provider_id_year")),
    )
    op.create_index(op.f("ix_year_figures_closed_id"), "year_figures", ["closed_id"])
    protect(op, "year_figures")


def downgrade() -> None:
    release(op, "year_figures")
    for table in ("year_figures", "closed_years", "record_platforms"):
        op.drop_table(table)
    op.execute("ALTER TABLE service_records DROP COLUMN after_close")
