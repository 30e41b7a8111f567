"""What an application without an order is counted under, and the sums of days without what was granted and paid on such applications.

The sums are counted anew by the worker: those that stand there know of orders alone.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0060_subsidies_counted"
down_revision = "0059_evidence"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subsidies", sa.Column("category", sa.String(40), nullable=False, server_default="award"))
    bind = op.get_bind()
    for version_id, spec in bind.execute(
        sa.text("SELECT id, spec FROM programme_versions WHERE id IN (SELECT DISTINCT version_id FROM subsidies)")
    ).all():
        services = json.loads(spec).get("services", {}).get("value") or ["award"]
        bind.execute(sa.text("UPDATE subsidies SET category = :category WHERE version_id = :id"), {"category": services[0], "id": version_id})
    _count_anew()


def downgrade() -> None:
    op.drop_column("subsidies", "category")
    _count_anew()


def _count_anew() -> None:
    op.execute("DELETE FROM spent_days")
    op.execute("DELETE FROM stored_figures WHERE name = 'spending'")
