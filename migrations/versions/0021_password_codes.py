"""Ways for an owner to set a password, and why a user was stopped.

Nobody chooses or sees another's password: a row says who asked, who confirmed, how the one-time code went out and when it was used; of the code
itself only a hash is stored. One is under way per user. Who asked never confirms, and where a second person is needed there is no code before.
Users and their passwords stay as they are; nobody has a request under way. Why somebody was stopped before today is not known.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021_password_codes"
down_revision = "0020_evidence_once"
branch_labels = None
depends_on = None


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.add_column("users", sa.Column("state_reason", sa.String(length=300), nullable=True))
    op.add_column("users", sa.Column("stopped_by", sa.Uuid(), nullable=True))
    op.create_table(
        "password_codes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("live_user_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", _words("purpose_known", "invited", "asked", "forgotten"), nullable=False),
        sa.Column("channel", _words("channel_known", "mail", "slip"), nullable=False),
        sa.Column("state", _words("state_known", "waiting", "ready", "issued", "used", "refused", "ended"), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=300), nullable=False),
        sa.Column("times_issued", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("printed_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('waiting', 'ready', 'issued')) = (live_user_id IS NOT NULL)", name=op.f("ck_password_codes_live_while_open")
        ),
        sa.CheckConstraint("live_user_id IS NULL OR live_user_id = user_id", name=op.f("ck_password_codes_live_is_the_user")),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR (confirmed_by <> user_id AND (requested_by IS NULL OR confirmed_by <> requested_by))",
            name=op.f("ck_password_codes_second_person"),
        ),
        sa.CheckConstraint(
            "NOT needs_second OR confirmed_by IS NOT NULL OR code_hash IS NULL", name=op.f("ck_password_codes_confirmed_first")
        ),
        sa.CheckConstraint("(code_hash IS NULL) = (expires_at IS NULL)", name=op.f("ck_password_codes_code_ends")),
        sa.CheckConstraint("state NOT IN ('issued', 'used') OR code_hash IS NOT NULL", name=op.f("ck_password_codes_code_was_made")),
        sa.CheckConstraint("(state = 'used') = (used_at IS NOT NULL)", name=op.f("ck_password_codes_used_once")),
        sa.CheckConstraint("requested_by IS NULL OR requested_by <> user_id", name=op.f("ck_password_codes_not_for_oneself")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_password_codes_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_codes")),
        sa.UniqueConstraint("live_user_id", name=op.f("uq_password_codes_live_user_id")),
    )
    op.create_index(op.f("ix_password_codes_user_id"), "password_codes", ["user_id"])
    op.create_index(op.f("ix_password_codes_used_at"), "password_codes", ["used_at"])


def downgrade() -> None:
    op.drop_table("password_codes")
    op.drop_column("users", "stopped_by")
    op.drop_column("users", "state_reason")
