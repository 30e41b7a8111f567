"""Say when a provider's file was changed, and find what was changed lately: a search brings its copy of the shelf up to date by it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033_shelf_changes"
down_revision = "0032_import_unread"
branch_labels = None
depends_on = None

_LONG_AGO = "2020-01-01 00:00:00.000000"


def upgrade() -> None:
    op.add_column("providers", sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=_LONG_AGO))
    op.execute("UPDATE providers SET updated_at = coalesce(admitted_at, applied_at, created_at)")
    for table in ("providers", "organisations"):
        op.create_index(op.f(f"ix_{table}_updated_at"), table, ["updated_at"])


def downgrade() -> None:
    for table in ("organisations", "providers"):
        op.drop_index(op.f(f"ix_{table}_updated_at"), table_name=table)
    op.drop_column("providers", "updated_at")
