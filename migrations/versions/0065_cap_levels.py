"""A cap is brought to the amount of the rules under which it is used: beside its account stands to which amount it was brought last.

Accounts that are open already get their row when they are next used under another cap.
"""

import sqlalchemy as sa
from alembic import op

revision = "0065_cap_levels"
down_revision = "0064_aid"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cap_levels",
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("level_fen", sa.BigInteger(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.CheckConstraint("level_fen >= 0", name=op.f("ck_cap_levels_level_bounded")),
        sa.CheckConstraint("changes >= 0", name=op.f("ck_cap_levels_changes_counted")),
        sa.ForeignKeyConstraint(["book_id"], ["ledger_books.id"], name=op.f("fk_cap_levels_book_id_ledger_books")),
        sa.PrimaryKeyConstraint("book_id", "account_id", name=op.f("pk_cap_levels")),
    )


def downgrade() -> None:
    op.drop_table("cap_levels")
