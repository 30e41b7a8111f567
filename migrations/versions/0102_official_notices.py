"""Public notices name who publishes them and whom to phone, bear a document number, titles in other languages and files.

What was published before named nobody and stays so: what the public read is not rewritten.
"""

import sqlalchemy as sa
from alembic import op

revision = "0102_official_notices"
down_revision = "0101_draft_files"
branch_labels = None
depends_on = None

_TEXTS = {
    "issuer": 120, "contact_name": 60, "contact_phone": 30, "contact_hours": 60, "document_number": 60,
    "title_bo": 300, "title_ug": 300, "title_mn": 300,
}  # fmt: skip
_REACHABLE = (
    "CONSTRAINT ck_public_notices_issuer_reachable "
    "CHECK (issuer = '' OR (contact_name <> '' AND contact_phone <> '' AND oversight_phone <> ''))"
)


def upgrade() -> None:
    op.add_column("organisations", sa.Column("oversight_phone", sa.String(30), nullable=False, server_default=""))
    for name, length in _TEXTS.items():
        op.add_column("public_notices", sa.Column(name, sa.String(length), nullable=False, server_default=""))
    op.execute(f"ALTER TABLE public_notices ADD COLUMN oversight_phone VARCHAR(30) DEFAULT '' NOT NULL {_REACHABLE}")
    op.create_table(
        "notice_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("added_by", sa.Uuid()),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["public_notices.id"], name=op.f("fk_notice_files_notice_id_public_notices")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_notice_files_file_id_stored_files")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_files")),
    )
    op.create_index(op.f("ix_notice_files_notice_id"), "notice_files", ["notice_id"])


def downgrade() -> None:
    op.drop_table("notice_files")
    for name in ("oversight_phone", *_TEXTS):
        op.execute(f"ALTER TABLE public_notices DROP COLUMN {name}")
    op.drop_column("organisations", "oversight_phone")
