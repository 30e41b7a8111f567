"""Freeze rule sets as they were when something was decided by them, and keep assessments with the facts they were made of."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0123_kept_assessments"
down_revision = "0122_match_talk"
branch_labels = None
depends_on = None

_VERDICTS = "verdict IN ('met', 'unmet', 'unknown', 'manual_review', 'not_applicable')"


def upgrade() -> None:
    op.create_table(
        "ruleset_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ruleset", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruleset_versions")),
        sa.UniqueConstraint("ruleset", "number", name=op.f("uq_ruleset_versions_ruleset_number")),
        sa.UniqueConstraint("ruleset", "sha256", name=op.f("uq_ruleset_versions_ruleset_sha256")),
    )
    protect(op, "ruleset_versions")
    op.create_table(
        "assessments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_VERDICTS, name=op.f("ck_assessments_verdict_known")),
        sa.ForeignKeyConstraint(["version_id"], ["ruleset_versions.id"], name=op.f("fk_assessments_version_id_ruleset_versions")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_assessments_organisation_id_organisations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments")),
    )
    op.create_index(op.f("ix_assessments_organisation_id_created_at"), "assessments", ["organisation_id", "created_at"])
    protect(op, "assessments")


def downgrade() -> None:
    for table in ("assessments", "ruleset_versions"):
        release(op, table)
        op.drop_table(table)
