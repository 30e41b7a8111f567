"""Statements of bank accounts are compared with the payments of their days (对账): who explained a difference, and who confirmed it.

Rows of a statement and what was said of them never change; which payment a row is, is found anew each time it is looked at.
"""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0089_bank_statements"
down_revision = "0088_import_overviews"
branch_labels = None
depends_on = None

_TABLES = ("bank_statements", "bank_statement_rows", "explained_differences", "agreed_differences")


def upgrade() -> None:
    at = lambda: sa.Column("created_at", sa.DateTime(timezone=True), nullable=False)  # noqa: E731
    row_id = lambda name="id": sa.Column(name, sa.Uuid(), nullable=False)  # noqa: E731
    op.create_table(
        "bank_statements",
        row_id(),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("area_code", sa.String(6), nullable=False),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("currency", sa.String(3), server_default="CNY", nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("opening_fen", sa.BigInteger(), nullable=False),
        sa.Column("closing_fen", sa.BigInteger(), nullable=False),
        row_id("recorded_by"),
        at(),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_bank_statements_period_in_order")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_bank_statements_currency_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statements")),
        sa.UniqueConstraint("number", name=op.f("uq_bank_statements_number")),
        sa.UniqueConstraint(
            "account", "currency", "first_on", "last_on", name=op.f("uq_bank_statements_account_currency_first_on_last_on")
        ),
    )
    op.create_index(op.f("ix_bank_statements_last_on_id"), "bank_statements", ["last_on", "id"])
    op.create_table(
        "bank_statement_rows",
        row_id(),
        row_id("statement_id"),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        *(
            sa.Column(name, sa.String(length), nullable=False)
            for name, length in (("reference", 60), ("reference_key", 60), ("counterparty", 120), ("counter_account", 40), ("purpose", 200))
        ),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_bank_statement_rows_amount_given")),
        sa.ForeignKeyConstraint(["statement_id"], ["bank_statements.id"], name=op.f("fk_bank_statement_rows_statement_id_bank_statements")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statement_rows")),
        sa.UniqueConstraint("statement_id", "place", name=op.f("uq_bank_statement_rows_statement_id_place")),
    )
    op.create_table(
        "explained_differences",
        row_id(),
        row_id("statement_id"),
        row_id("item_id"),
        sa.Column("reason", sa.String(500), nullable=False),
        row_id("proposed_by"),
        at(),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_explained_differences_reason_said")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["bank_statements.id"], name=op.f("fk_explained_differences_statement_id_bank_statements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_explained_differences")),
        sa.UniqueConstraint("statement_id", "item_id", name=op.f("uq_explained_differences_statement_id_item_id")),
    )
    op.create_table(
        "agreed_differences",
        row_id(),
        row_id("explanation_id"),
        row_id("proposed_by"),
        row_id("confirmed_by"),
        at(),
        sa.CheckConstraint("confirmed_by <> proposed_by", name=op.f("ck_agreed_differences_two_people")),
        sa.ForeignKeyConstraint(
            ["explanation_id"], ["explained_differences.id"], name=op.f("fk_agreed_differences_explanation_id_explained_differences")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreed_differences")),
        sa.UniqueConstraint("explanation_id", name=op.f("uq_agreed_differences_explanation_id")),
    )
    for table in _TABLES:
        protect(op, table)


def downgrade() -> None:
    for table in reversed(_TABLES):
        release(op, table)
        op.drop_table(table)
