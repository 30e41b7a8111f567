"""Whoever has the turn in a match is asked to act until a day; the sides write to each other; what an office corrects of a contract is a row.

Matches under way get no day: when their step was taken is not known. The next step sets one.
"""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0122_match_talk"
down_revision = "0121_social_supervisors"
branch_labels = None
depends_on = None

_KINDS = "CONSTRAINT ck_matches_due_kind_known CHECK (due_kind IN ('working', 'natural', 'months', 'fixed'))"


def upgrade() -> None:
    for column in (sa.Column("due_on", sa.Date()), sa.Column("due_start", sa.Date()), sa.Column("due_days", sa.Integer())):
        op.add_column("matches", column)
    op.execute(f"ALTER TABLE matches ADD COLUMN due_kind VARCHAR(32) {_KINDS}")
    op.add_column("matches", sa.Column("due_provisional", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(op.f("ix_matches_due_on"), "matches", ["due_on"])
    op.create_table(
        "match_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.String(1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(body) > 0", name=op.f("ck_match_messages_something_said")),
        sa.ForeignKeyConstraint(["match_id"], ["matches.id"], name=op.f("fk_match_messages_match_id_matches")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_match_messages_organisation_id_organisations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_messages")),
    )
    op.create_index(op.f("ix_match_messages_match_id"), "match_messages", ["match_id"])
    op.create_table(
        "match_corrections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_match_corrections_amount_positive")),
        sa.CheckConstraint("quantity IS NULL OR quantity > 0", name=op.f("ck_match_corrections_quantity_positive")),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_match_corrections_reason_given")),
        sa.ForeignKeyConstraint(["contract_id"], ["match_contracts.id"], name=op.f("fk_match_corrections_contract_id_match_contracts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_corrections")),
    )
    op.create_index(op.f("ix_match_corrections_contract_id"), "match_corrections", ["contract_id"])
    for table in ("match_messages", "match_corrections"):
        protect(op, table)


def downgrade() -> None:
    for table in ("match_corrections", "match_messages"):
        release(op, table)
        op.drop_table(table)
    op.drop_index(op.f("ix_matches_due_on"), "matches")
    for column in ("due_provisional", "due_kind", "due_days", "due_start", "due_on"):
        op.execute(f"ALTER TABLE matches DROP COLUMN {column}")
