"""Let a role be given for several areas.

A grant was unique per user and role, so no officer could serve two areas. It is unique per user, role and area now; a role without an
area is still given once. Every grant there is stays as it is. On the way back the first area of a role is kept.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014_areas_of_a_role"
down_revision = "0013_ledger_post_batch"
branch_labels = None
depends_on = None

_NO_AREA = sa.text("area_code IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("grants") as table:
        table.drop_constraint("uq_grants_user_role", type_="unique")
        table.create_unique_constraint("uq_grants_user_role_area", ["user_id", "role", "area_code"])
    op.create_index(
        "uq_grants_user_role", "grants", ["user_id", "role"], unique=True, sqlite_where=_NO_AREA, postgresql_where=_NO_AREA
    )


def downgrade() -> None:
    op.drop_index("uq_grants_user_role", table_name="grants", sqlite_where=_NO_AREA, postgresql_where=_NO_AREA)
    op.execute(
        "DELETE FROM grants WHERE EXISTS (SELECT 1 FROM grants AS earlier WHERE earlier.user_id = grants.user_id"
        " AND earlier.role = grants.role AND (earlier.created_at, CAST(earlier.id AS VARCHAR)) < (grants.created_at, CAST(grants.id AS VARCHAR)))"
    )
    with op.batch_alter_table("grants") as table:
        table.drop_constraint("uq_grants_user_role_area", type_="unique")
        table.create_unique_constraint("uq_grants_user_role", ["user_id", "role"])
