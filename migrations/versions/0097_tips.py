"""Tips of people who saw something; who they are stands in this table alone."""

import sqlalchemy as sa
from alembic import op

revision = "0097_tips"
down_revision = "0096_approval_runs"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)
_KEYS = (("organisation_id", "organisations"), ("claim_id", "claims"), ("case_id", "supervision_cases"))
_CHECKS = {
    "facts_given": "length(facts) > 0",
    "handled_by_somebody": "state = 'received' OR handled_by IS NOT NULL",
    "refusal_says_why": "state <> 'refused' OR length(answer) > 0",
    "opened_has_case": "state NOT IN ('opened', 'rewarded') OR case_id IS NOT NULL",
    "rewarded_by_another": "rewarded_by IS NULL OR (reward_fen > 0 AND rewarded_by <> handled_by)",
    "reward_bounded": "reward_fen <= 1000000000000000",
    "state_known": "state IN ('received', 'taken', 'opened', 'refused', 'rewarded')",
}


def upgrade() -> None:
    op.create_table(
        "tips",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("region_code", sa.String(6), nullable=False),
        sa.Column("about", sa.String(120), nullable=False),
        sa.Column("organisation_id", sa.Uuid()),
        sa.Column("claim_id", sa.Uuid()),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("sender_name", sa.String(60), nullable=False),
        sa.Column("sender_contact", sa.String(100), nullable=False),
        sa.Column("sent_from", sa.String(64), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("handled_by", sa.Uuid()),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid()),
        sa.Column("reward_fen", sa.BigInteger()),
        sa.Column("rewarded_by", sa.Uuid()),
        sa.Column("received_at", _AT, nullable=False),
        sa.Column("taken_at", _AT),
        sa.Column("closed_at", _AT),
        sa.Column("rewarded_at", _AT),
        *(sa.CheckConstraint(condition, name=op.f(f"ck_tips_{name}")) for name, condition in _CHECKS.items()),
        *(sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_tips_{column}_{table}")) for column, table in _KEYS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tips")),
        sa.UniqueConstraint("number", name=op.f("uq_tips_number")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_tips_code_hash")),
    )
    op.create_index(op.f("ix_tips_region_code_state"), "tips", ["region_code", "state"])
    op.create_index(op.f("ix_tips_received_at_id"), "tips", ["received_at", "id"])
    op.create_index(op.f("ix_tips_sent_from_received_at"), "tips", ["sent_from", "received_at"])


def downgrade() -> None:
    op.drop_table("tips")
