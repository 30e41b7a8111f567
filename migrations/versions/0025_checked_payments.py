"""Pay what the papers deserve, to an account somebody checked, and not by who reviewed the claim.

A claim keeps what its papers deserve and the account that was there when it was approved; a payment line keeps who reviewed the claim, made
the batch and let it pass. Claims approved before take today's account as theirs, since no other is known; what they deserved then was not
kept and stays empty, and so does the reviewer of a line that was paid before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025_checked_payments"
down_revision = "0024_list_indexes"
branch_labels = None
depends_on = None

DESERVED = "approved_fen IS NULL OR deserved_fen IS NULL OR approved_fen <= deserved_fen"
REVIEWER = (
    "reviewed_by IS NULL OR ((prepared_by IS NULL OR reviewed_by <> prepared_by)"
    " AND (approved_by IS NULL OR reviewed_by <> approved_by))"
)
_KINDS = {"BIGINT": sa.BigInteger(), "CHAR(32)": sa.Uuid()}


def _add_checked(table: str, column: str, kind: str, name: str, condition: str) -> None:
    """A column and the CHECK over it: on SQLite together, since a table that others point to is not rebuilt there."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind} CONSTRAINT ck_{table}_{name} CHECK ({condition})")
        return
    op.add_column(table, sa.Column(column, _KINDS[kind]))
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _drop_checked(table: str, column: str, name: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.drop_column(table, column)


def upgrade() -> None:
    _add_checked("claims", "deserved_fen", "BIGINT", "approved_within_deserved", DESERVED)
    op.add_column("claims", sa.Column("payee_bank", sa.String(100), nullable=False, server_default=""))
    op.add_column("claims", sa.Column("payee_account", sa.String(40), nullable=False, server_default=""))
    op.execute(
        "UPDATE claims SET payee_bank = (SELECT bank_name FROM organisations WHERE organisations.id = claims.payee_id),"
        " payee_account = (SELECT bank_account FROM organisations WHERE organisations.id = claims.payee_id)"
        " WHERE state IN ('approved', 'batched')"
    )
    op.add_column("payment_lines", sa.Column("prepared_by", sa.Uuid()))
    op.add_column("payment_lines", sa.Column("approved_by", sa.Uuid()))
    _add_checked("payment_lines", "reviewed_by", "CHAR(32)", "reviewer_does_not_pay", REVIEWER)


def downgrade() -> None:
    _drop_checked("payment_lines", "reviewed_by", "reviewer_does_not_pay")
    op.drop_column("payment_lines", "approved_by")
    op.drop_column("payment_lines", "prepared_by")
    op.drop_column("claims", "payee_account")
    op.drop_column("claims", "payee_bank")
    _drop_checked("claims", "deserved_fen", "approved_within_deserved")
