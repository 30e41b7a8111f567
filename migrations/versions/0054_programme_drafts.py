"""Keep programmes that officers are still writing: one draft at a time for a programme, any number for programmes to come."""

import sqlalchemy as sa
from alembic import op

revision = "0054_programme_drafts"
down_revision = "0053_look_back_day"
branch_labels = None
depends_on = None

_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "programme_drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=True),
        sa.Column("area_code", sa.String(length=6), nullable=False),
        sa.Column("base_id", sa.Uuid(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("version_id IS NULL OR closed_at IS NOT NULL", name=op.f("ck_programme_drafts_published_is_closed")),
        sa.CheckConstraint("programme_id IS NULL OR base_id IS NOT NULL", name=op.f("ck_programme_drafts_base_of_programme")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_programme_drafts_programme_id_programmes")),
        sa.ForeignKeyConstraint(["base_id"], ["programme_versions.id"], name=op.f("fk_programme_drafts_base_id_programme_versions")),
        sa.ForeignKeyConstraint(["version_id"], ["programme_versions.id"], name=op.f("fk_programme_drafts_version_id_programme_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_drafts")),
    )
    op.create_index("uq_programme_drafts_open", "programme_drafts", ["programme_id"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("ix_programme_drafts_list", "programme_drafts", ["changed_at"], sqlite_where=_OPEN, postgresql_where=_OPEN)


def downgrade() -> None:
    op.drop_table("programme_drafts")
