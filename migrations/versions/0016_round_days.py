"""Give a round a last day for each step, and an order the day its contract was signed.

One date stood for ordering, contracting, delivering and accepting, so a contract signed on it lapsed the next morning. Each step now has a
day of its own; a round that leaves one open goes on as before, except that a signed contract lives its service term. The term counts from the
day of the contract, which orders keep from now on; those that have a contract take it from the paper, or from when it was uploaded.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016_round_days"
down_revision = "0015_planned_units"
branch_labels = None
depends_on = None

# A check stands with the newest column it reads: SQLite adds and drops both together, without writing the table anew.
_DAYS: tuple[tuple[str, str, str], ...] = (
    ("take_until", "", ""),
    ("contract_until", "contract_after_order", "contract_until IS NULL OR contract_until >= use_until"),
    ("deliver_until", "delivery_after_contract", "deliver_until IS NULL OR deliver_until >= COALESCE(contract_until, use_until)"),
    (
        "accept_until",
        "acceptance_after_delivery",
        "accept_until IS NULL OR accept_until >= COALESCE(deliver_until, contract_until, use_until)",
    ),
    (
        "rate_until",
        "claim_after_acceptance",
        "redeem_until >= COALESCE(accept_until, deliver_until, contract_until, use_until)",
    ),
    ("review_until", "", ""),
    ("notice_until", "", ""),
    ("results_on", "", ""),
)
_ORDERS = sa.table(
    "orders", sa.column("id", sa.Uuid()), sa.column("contract_on", sa.Date()), sa.column("contracted_at", sa.DateTime(timezone=True)),
)  # fmt: skip
_PAPERS = sa.table(
    "order_documents", sa.column("order_id", sa.Uuid()), sa.column("kind", sa.String()), sa.column("dated_on", sa.Date()),
    sa.column("replaced_at", sa.DateTime(timezone=True)),
)  # fmt: skip


def upgrade() -> None:
    for column, name, check in _DAYS:
        constraint = f" CONSTRAINT ck_rounds_{name} CHECK ({check})" if name else ""
        op.execute(f"ALTER TABLE rounds ADD COLUMN {column} DATE{constraint}")
    op.add_column("orders", sa.Column("contract_on", sa.Date(), nullable=True))
    signed = (
        sa.select(sa.func.min(_PAPERS.c.dated_on))
        .where(_PAPERS.c.order_id == _ORDERS.c.id, _PAPERS.c.kind == "contract", _PAPERS.c.replaced_at.is_(None))
        .scalar_subquery()
    )
    op.execute(sa.update(_ORDERS).where(_ORDERS.c.contracted_at.is_not(None)).values(contract_on=signed))
    shifted = "date(contracted_at, '+8 hours')" if op.get_bind().dialect.name == "sqlite" else "(contracted_at AT TIME ZONE 'Asia/Shanghai')::date"
    op.execute(f"UPDATE orders SET contract_on = {shifted} WHERE contract_on IS NULL AND contracted_at IS NOT NULL")  # noqa: S608


def downgrade() -> None:
    op.drop_column("orders", "contract_on")
    for column, _name, _check in reversed(_DAYS):
        op.execute(f"ALTER TABLE rounds DROP COLUMN {column}")
