"""What a firm says of a cost that it asks a subsidy for, and the scan of it, stand with the application."""

import sqlalchemy as sa
from alembic import op

revision = "0059_evidence"
down_revision = "0058_subsidies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subsidies", sa.Column("evidence", sa.JSON(), nullable=False, server_default="[]"))
    uuid = "UUID" if op.get_bind().dialect.name == "postgresql" else "CHAR(32)"
    op.execute(f"ALTER TABLE subsidies ADD COLUMN file_id {uuid} CONSTRAINT fk_subsidies_file_id_stored_files REFERENCES stored_files (id)")


def downgrade() -> None:
    op.drop_column("subsidies", "file_id")
    op.drop_column("subsidies", "evidence")
