"""Notices announce several things in a table; an objection may be to one row, comes with evidence, has a day and is decided by another.

Claims that were announced one by one keep their notices; objections of before have no day: nobody was told one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0106_objections_to_rows"
down_revision = "0105_piles"
branch_labels = None
depends_on = None

_TEXTS = {"subject_type": 64, "number": 24, "party": 120, "partner": 120, "about": 200, "currency": 3}
_ROW = "CONSTRAINT fk_objections_row_id_notice_rows REFERENCES notice_rows (id)"
_ANOTHER = (
    "CONSTRAINT ck_objections_decided_by_another "
    "CHECK (decided_by IS NULL OR published_by IS NULL OR decided_by <> published_by)"
)


def upgrade() -> None:
    uuid = "UUID" if op.get_bind().dialect.name == "postgresql" else "CHAR(32)"
    op.create_table(
        "notice_rows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.String(length), nullable=False) for name, length in _TEXTS.items()),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.Uuid()),
        sa.Column("stopped_by", sa.String(24), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["notice_id"], ["public_notices.id"], name=op.f("fk_notice_rows_notice_id_public_notices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_rows")),
        sa.UniqueConstraint("notice_id", "position", name=op.f("uq_notice_rows_notice_id_position")),
    )
    op.create_index(op.f("ix_notice_rows_subject_id"), "notice_rows", ["subject_id"])
    op.create_table(
        "objection_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("objection_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["objection_id"], ["objections.id"], name=op.f("fk_objection_files_objection_id_objections")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_objection_files_file_id_stored_files")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection_files")),
    )
    op.create_index(op.f("ix_objection_files_objection_id"), "objection_files", ["objection_id"])
    op.add_column("objections", sa.Column("evidence", sa.Text(), nullable=False, server_default=""))
    op.add_column("objections", sa.Column("due_on", sa.Date(), nullable=True))
    op.execute(f"ALTER TABLE objections ADD COLUMN row_id {uuid} {_ROW}")
    op.execute(f"ALTER TABLE objections ADD COLUMN published_by {uuid} {_ANOTHER}")


def downgrade() -> None:
    for name in ("published_by", "due_on", "evidence"):
        op.execute(f"ALTER TABLE objections DROP COLUMN {name}")
    op.drop_column("objections", "row_id")
    op.drop_table("objection_files")
    op.drop_table("notice_rows")
