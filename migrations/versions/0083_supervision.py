"""Cases of supervision with what was decided in them, organisations kept away for a time, titles revoked on a day."""

import sqlalchemy as sa
from alembic import op

revision = "0083_supervision"
down_revision = "0082_more_kept_facts"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("ALTER TABLE titles ADD COLUMN revoked_on DATE")
    _bars()
    _cases()
    _measures()


def _bars() -> None:
    op.create_table(
        "bars",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("lifted_on", sa.Date()),
        sa.Column("created_at", _AT, nullable=False),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_bars_days_in_order")),
        sa.CheckConstraint("length(number) > 0", name=op.f("ck_bars_by_a_decision")),
        sa.CheckConstraint("kind IN ('suspension', 'ban')", name=op.f("ck_bars_kind_known")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_bars_organisation_id_organisations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bars")),
    )
    op.create_index(op.f("ix_bars_organisation_id_until_on"), "bars", ["organisation_id", "until_on"])


def _cases() -> None:
    op.create_table(
        "supervision_cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(6), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("source_id", sa.Uuid()),
        sa.Column("subject_type", sa.String(64), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reason_values", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("is_established", sa.Boolean()),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("found_by", sa.Uuid()),
        sa.Column("found_at", _AT),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid()),
        sa.Column("decided_at", _AT),
        sa.Column("appeal", sa.Text(), nullable=False),
        sa.Column("appeal_file_id", sa.Uuid()),
        sa.Column("appealed_at", _AT),
        sa.Column("appeal_answer", sa.String(32)),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Uuid()),
        sa.Column("opened_by", sa.Uuid()),
        sa.Column("opened_at", _AT, nullable=False),
        sa.Column("closed_at", _AT),
        sa.Column("due_on", sa.Date()),
        sa.Column("due_start", sa.Date()),
        sa.Column("due_days", sa.BigInteger()),
        sa.Column("due_kind", sa.String(32)),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "decided_by IS NULL OR (found_by IS NOT NULL AND decided_by <> found_by)", name=op.f("ck_supervision_cases_decided_by_another")
        ),
        sa.CheckConstraint(
            "answered_by IS NULL OR (decided_by IS NOT NULL AND answered_by <> decided_by AND answered_by <> found_by)",
            name=op.f("ck_supervision_cases_answered_by_a_third"),
        ),
        sa.CheckConstraint(
            "state IN ('investigating', 'found') OR decided_by IS NOT NULL", name=op.f("ck_supervision_cases_decided_by_somebody")
        ),
        sa.CheckConstraint("state <> 'appealed' OR length(appeal) > 0", name=op.f("ck_supervision_cases_appeal_says_why")),
        sa.CheckConstraint("found_at IS NULL OR length(finding) > 0", name=op.f("ck_supervision_cases_finding_said")),
        sa.CheckConstraint("source IN ('own', 'signal', 'check', 'tip')", name=op.f("ck_supervision_cases_source_known")),
        sa.CheckConstraint(
            "state IN ('investigating', 'found', 'decided', 'appealed', 'closed', 'dismissed')",
            name=op.f("ck_supervision_cases_state_known"),
        ),
        sa.CheckConstraint("appeal_answer IN ('upheld', 'revoked')", name=op.f("ck_supervision_cases_appeal_answer_known")),
        sa.CheckConstraint("due_kind IN ('working', 'natural', 'months', 'fixed')", name=op.f("ck_supervision_cases_due_kind_known")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_supervision_cases_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["appeal_file_id"], ["stored_files.id"], name=op.f("fk_supervision_cases_appeal_file_id_stored_files")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_supervision_cases_number")),
    )
    for columns in (["organisation_id", "state"], ["region_code", "state"], ["opened_at", "id"], ["subject_id"]):
        op.create_index(op.f(f"ix_supervision_cases_{'_'.join(columns)}"), "supervision_cases", columns)
    op.execute("CREATE UNIQUE INDEX uq_supervision_cases_source_id ON supervision_cases (source_id) WHERE source_id IS NOT NULL")


def _measures() -> None:
    op.create_table(
        "case_measures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("target_number", sa.String(60), nullable=False),
        sa.Column("until_on", sa.Date()),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_fen", sa.BigInteger()),
        sa.Column("receiver", sa.String(120), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.CheckConstraint("kind <> 'recovery' OR amount_fen > 0", name=op.f("ck_case_measures_recovery_has_amount")),
        sa.CheckConstraint("kind NOT IN ('suspension', 'ban') OR until_on IS NOT NULL", name=op.f("ck_case_measures_ends_on_a_day")),
        sa.CheckConstraint("kind <> 'referral' OR length(receiver) > 0", name=op.f("ck_case_measures_referral_has_receiver")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_case_measures_currency_code")),
        sa.CheckConstraint(
            "kind IN ('recovery', 'warning', 'suspension', 'ban', 'removal', 'title', 'count', 'referral')",
            name=op.f("ck_case_measures_kind_known"),
        ),
        sa.CheckConstraint("state IN ('proposed', 'in_force', 'lifted')", name=op.f("ck_case_measures_state_known")),
        sa.ForeignKeyConstraint(["case_id"], ["supervision_cases.id"], name=op.f("fk_case_measures_case_id_supervision_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_measures")),
        sa.UniqueConstraint("case_id", "kind", "target_id", name=op.f("uq_case_measures_case_id_kind_target_id")),
    )
    op.create_index(op.f("ix_case_measures_target_id"), "case_measures", ["target_id"])


def downgrade() -> None:
    for table in ("case_measures", "supervision_cases", "bars"):
        op.drop_table(table)
    op.execute("ALTER TABLE titles DROP COLUMN revoked_on")
