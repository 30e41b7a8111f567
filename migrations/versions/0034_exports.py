"""Keep what somebody asked to take away: long lists are written by the worker, and kept for some days.

A list of a hundred thousand rows was written while its reader waited, in a thread of the web server, and ended in an error page.
"""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.db import UtcDateTime

revision = "0034_exports"
down_revision = "0033_shelf_changes"
branch_labels = None
depends_on = None

_WHOLE = " AND ".join(f"(written_at IS NULL) = ({name} IS NULL)" for name in ("sha256", "size_bytes", "row_count", "expires_at"))


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.String(length=80), nullable=False),
        sa.Column("view_args", sa.JSON(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("locale", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("permission", sa.String(length=60), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("areas", sa.JSON(), nullable=True),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("written_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("lapsed_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_WHOLE, name=op.f("ck_exports_written_whole")),
        sa.CheckConstraint("lapsed_at IS NULL OR lapsed_at >= expires_at", name=op.f("ck_exports_kept_as_promised")),
        sa.CheckConstraint("tries > 0", name=op.f("ck_exports_tries_positive")),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_exports_actor_id_users")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_exports_organisation_id_organisations")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_exports_job_id_jobs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index(op.f("ix_exports_actor_id_asked_at"), "exports", ["actor_id", "asked_at"])
    op.create_index(op.f("ix_exports_expires_at"), "exports", ["expires_at"])


def downgrade() -> None:
    op.drop_table("exports")
