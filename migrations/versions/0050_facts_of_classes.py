"""Keep what classes of firms ask for: the legal form of an organisation, the grade of a title, and when a year's figures last changed.

Nobody said the first two before: they are open until somebody does.
"""

import sqlalchemy as sa
from alembic import op

revision = "0050_facts_of_classes"
down_revision = "0049_verdicts_said"
branch_labels = None
depends_on = None

_LONG_AGO = "2020-01-01 00:00:00.000000"
_WORDS = (  # table, column, words
    (
        "organisations",
        "legal_form",
        ("company", "cooperative", "other_legal_person", "sole_proprietorship", "partnership", "branch", "individual_business"),
    ),
    ("titles", "grade", ("national", "province", "prefecture", "county")),
)


def upgrade() -> None:
    for table, column, words in _WORDS:
        allowed = ", ".join(f"'{word}'" for word in words)
        check = f"CONSTRAINT ck_{table}_{column}_known CHECK ({column} IN ({allowed}))"
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} VARCHAR(32) {check}")
    op.add_column("enterprise_years", sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=_LONG_AGO))
    op.execute("UPDATE enterprise_years SET updated_at = created_at")
    op.create_index(op.f("ix_enterprise_years_updated_at"), "enterprise_years", ["updated_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_enterprise_years_updated_at"), table_name="enterprise_years")
    op.drop_column("enterprise_years", "updated_at")
    for table, column, _words in reversed(_WORDS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
