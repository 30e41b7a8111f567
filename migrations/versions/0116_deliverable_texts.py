"""What deliverables say, as fingerprints under an index, and which of them say the same."""

import sqlalchemy as sa
from alembic import op

revision = "0116_deliverable_texts"
down_revision = "0115_use_of_money"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliverable_texts",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("firsts", sa.LargeBinary(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("letters >= 0 AND length(sha256) = 64", name=op.f("ck_deliverable_texts_text_read")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_deliverable_texts")),
    )
    op.create_table(
        "text_bands",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["deliverable_texts.sha256"], name=op.f("fk_text_bands_sha256_deliverable_texts")),
        sa.PrimaryKeyConstraint("key", "sha256", name=op.f("pk_text_bands")),
    )
    op.create_table(
        "alike_texts",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("other", sa.String(64), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=False),
        sa.CheckConstraint("share_bp > 0 AND share_bp <= 10000", name=op.f("ck_alike_texts_share_in_whole")),
        sa.ForeignKeyConstraint(["sha256"], ["deliverable_texts.sha256"], name=op.f("fk_alike_texts_sha256_deliverable_texts")),
        sa.ForeignKeyConstraint(["other"], ["deliverable_texts.sha256"], name=op.f("fk_alike_texts_other_deliverable_texts")),
        sa.PrimaryKeyConstraint("sha256", "other", name=op.f("pk_alike_texts")),
    )
    op.create_index(op.f("ix_alike_texts_other"), "alike_texts", ["other"])


def downgrade() -> None:
    for table in ("alike_texts", "text_bands", "deliverable_texts"):
        op.drop_table(table)
