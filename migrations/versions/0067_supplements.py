"""Let a round take back together what it handed out, and another hand it out again."""

from alembic import op

revision = "0067_supplements"
down_revision = "0066_round_payees"
branch_labels = None
depends_on = None


def upgrade() -> None:
    uuid = "UUID" if op.get_bind().dialect.name == "postgresql" else "CHAR(32)"
    check = "CONSTRAINT ck_rounds_called_in_in_use CHECK (called_in_on >= use_from AND called_in_on < use_until)"
    op.execute(f"ALTER TABLE rounds ADD COLUMN called_in_on DATE {check}")
    op.execute("ALTER TABLE rounds ADD COLUMN call_in_reason VARCHAR(300) DEFAULT '' NOT NULL")
    foreign = "CONSTRAINT fk_rounds_supplements_id_rounds REFERENCES rounds (id)"
    another = "CONSTRAINT ck_rounds_supplements_another CHECK (supplements_id <> id)"
    op.execute(f"ALTER TABLE rounds ADD COLUMN supplements_id {uuid} {foreign} {another}")
    op.create_index(op.f("ix_rounds_supplements_id"), "rounds", ["supplements_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_rounds_supplements_id"), table_name="rounds")
    for column in ("supplements_id", "call_in_reason", "called_in_on"):
        op.execute(f"ALTER TABLE rounds DROP COLUMN {column}")
