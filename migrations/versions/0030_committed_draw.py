"""Draw claims for a second look by a seed that is committed to beforehand.

A round keeps its secret seed and the SHA-256 that is public; a claim keeps its place in the draw, why it was drawn, and what the second
officer found. Rounds announced before get a seed now, and say that it was published later than the announcement; claims submitted before
were not drawn and have no place.
"""

import hashlib
import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0030_committed_draw"
down_revision = "0029_contracts_and_lineage"
branch_labels = None
depends_on = None

KNOWN = "drawn_by IS NULL OR drawn_by IN ('none', 'amount', 'rate', 'minimum')"
BY_ANOTHER = (
    "spot_checked_by IS NULL OR (length(spot_report) > 0 AND spot_finding IN ('good', 'bad')"
    " AND (decided_by IS NULL OR decided_by <> spot_checked_by))"
)
CHECKED = "drawn_by IS NULL OR drawn_by = 'none' OR spot_checked_by IS NOT NULL OR state NOT IN ('approved', 'batched', 'settled')"
ROUNDS = sa.table(
    "rounds", sa.column("id", sa.Uuid), sa.column("state", sa.String), sa.column("draw_seed", sa.String),
    sa.column("draw_commitment", sa.String), sa.column("draw_committed_at", sa.DateTime(timezone=True)), sa.column("draw_late", sa.Boolean),
)  # fmt: skip


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.add_column("rounds", sa.Column("draw_seed", sa.String(64)))
    op.add_column("rounds", sa.Column("draw_commitment", sa.String(64)))
    op.add_column("rounds", sa.Column("draw_committed_at", sa.DateTime(timezone=True)))
    op.add_column("rounds", sa.Column("draw_late", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("claims", sa.Column("draw_place", sa.BigInteger()))
    op.add_column("claims", sa.Column("spot_checked_at", sa.DateTime(timezone=True)))
    op.add_column("claims", sa.Column("spot_finding", sa.String(10)))
    op.add_column("claims", sa.Column("spot_report", sa.String(2000), nullable=False, server_default=""))
    if sqlite:  # a table that others point to is not rebuilt: the CHECKs come with their columns
        op.execute(
            f"ALTER TABLE claims ADD COLUMN spot_checked_by CHAR(32) CONSTRAINT ck_claims_spot_check_by_another CHECK ({BY_ANOTHER})"
        )
        op.execute(
            f"ALTER TABLE claims ADD COLUMN drawn_by VARCHAR(10) CONSTRAINT ck_claims_drawn_by_known CHECK ({KNOWN})"
            f" CONSTRAINT ck_claims_drawn_is_checked CHECK ({CHECKED})"
        )
    else:
        op.add_column("claims", sa.Column("spot_checked_by", sa.Uuid()))
        op.add_column("claims", sa.Column("drawn_by", sa.String(10)))
        op.create_check_constraint(op.f("ck_claims_spot_check_by_another"), "claims", BY_ANOTHER)
        op.create_check_constraint(op.f("ck_claims_drawn_by_known"), "claims", KNOWN)
        op.create_check_constraint(op.f("ck_claims_drawn_is_checked"), "claims", CHECKED)
    _commit_late()


def _commit_late() -> None:
    bind, now = op.get_bind(), datetime.now(UTC)
    for round_id in bind.scalars(sa.select(ROUNDS.c.id).where(ROUNDS.c.state != "draft")).all():
        seed = secrets.token_hex(32)
        digest = hashlib.sha256(bytes.fromhex(seed)).hexdigest()
        values = {"draw_seed": seed, "draw_commitment": digest, "draw_committed_at": now, "draw_late": True}
        bind.execute(sa.update(ROUNDS).where(ROUNDS.c.id == round_id).values(**values))


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        for name in ("drawn_is_checked", "drawn_by_known", "spot_check_by_another"):
            op.drop_constraint(op.f(f"ck_claims_{name}"), "claims", type_="check")
    for column in ("drawn_by", "spot_checked_by", "spot_report", "spot_finding", "spot_checked_at", "draw_place"):
        op.drop_column("claims", column)
    for column in ("draw_late", "draw_committed_at", "draw_commitment", "draw_seed"):
        op.drop_column("rounds", column)
