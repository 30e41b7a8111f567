"""Names are found however they are spelt: the letters and digits of a name, in one width and case, stand beside it for searches.
"""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.normal_text import findable

revision = "0031_name_keys"
down_revision = "0030_committed_draw"
branch_labels = None
depends_on = None

_WIDTHS = {"organisations": 240, "users": 120, "experts": 120}
_AT_ONCE = 5000


def upgrade() -> None:
    bind = op.get_bind()
    for name, width in _WIDTHS.items():
        op.add_column(name, sa.Column("name_key", sa.String(length=width), nullable=False, server_default=""))
        table = sa.table(name, sa.column("id", sa.Uuid()), sa.column("name", sa.String()), sa.column("name_key", sa.String()))
        known = [(row.id, findable(row.name)[:width]) for row in bind.execute(sa.select(table.c.id, table.c.name))]
        change = table.update().where(table.c.id == sa.bindparam("row")).values(name_key=sa.bindparam("spelt"))
        for start in range(0, len(known), _AT_ONCE):
            bind.execute(change, [{"row": row, "spelt": spelt} for row, spelt in known[start : start + _AT_ONCE]])
    if bind.dialect.name == "postgresql" and bind.scalar(sa.text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")):
        op.execute("CREATE INDEX ix_organisations_name_key_trgm ON organisations USING gin (name_key gin_trgm_ops)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX IF EXISTS ix_organisations_name_key_trgm")
    for name in _WIDTHS:
        op.drop_column(name, "name_key")
