"""A planned quantity names its unit: 600 公斤 of a need of 1 吨 is no longer rounded to nothing. Earlier ones are in the need's unit.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015_planned_units"
down_revision = "0014_areas_of_a_role"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("matches", sa.Column("planned_unit", sa.String(length=20), nullable=False, server_default=""))
    op.execute("UPDATE matches SET planned_unit = (SELECT needs.unit FROM needs WHERE needs.id = matches.need_id)")


def downgrade() -> None:
    op.drop_column("matches", "planned_unit")
