"""Programmes with frozen versions, rounds, appropriations, applications, vouchers.

A version is append-only: an order placed under it is settled under it.
"""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0005_vouchers"
down_revision = '0004_firms_and_catalogue'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('programmes',
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('area_code', sa.String(length=6), nullable=False),
    sa.Column('book_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['book_id'], ['ledger_books.id'], name=op.f('fk_programmes_book_id_ledger_books')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programmes')),
    sa.UniqueConstraint('book_id', name=op.f('uq_programmes_book_id')),
    sa.UniqueConstraint('slug', name=op.f('uq_programmes_slug'))
    )
    op.create_table('programme_versions',
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('spec', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['programme_id'], ['programmes.id'], name=op.f('fk_programme_versions_programme_id_programmes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_versions')),
    sa.UniqueConstraint('programme_id', 'number', name=op.f('uq_programme_versions_programme_id_number')),
    sa.UniqueConstraint('programme_id', 'sha256', name=op.f('uq_programme_versions_programme_id_sha256'))
    )
    op.create_table('rounds',
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('version_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('area_code', sa.String(length=6), nullable=False),
    sa.Column('claim_from_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claim_until_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('use_from', sa.Date(), nullable=False),
    sa.Column('use_until', sa.Date(), nullable=False),
    sa.Column('redeem_until', sa.Date(), nullable=False),
    sa.Column('simulated', sa.Boolean(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'announced', 'claiming', 'closed', 'published', 'in_use', 'settling', 'finished', 'suspended', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state_reason', sa.String(length=300), nullable=False),
    sa.Column('suspended_from', sa.String(length=32), nullable=True),
    sa.Column('last_sequence', sa.BigInteger(), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('claim_until_at >= claim_from_at', name=op.f('ck_rounds_claim_window_order')),
    sa.CheckConstraint('last_sequence >= 0', name=op.f('ck_rounds_sequence_positive')),
    sa.CheckConstraint('redeem_until >= use_until', name=op.f('ck_rounds_redeem_after_use')),
    sa.CheckConstraint('use_until >= use_from', name=op.f('ck_rounds_use_window_order')),
    sa.ForeignKeyConstraint(['programme_id'], ['programmes.id'], name=op.f('fk_rounds_programme_id_programmes')),
    sa.ForeignKeyConstraint(['version_id'], ['programme_versions.id'], name=op.f('fk_rounds_version_id_programme_versions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rounds')),
    sa.UniqueConstraint('number', name=op.f('uq_rounds_number')),
    sa.UniqueConstraint('programme_id', 'name', name=op.f('uq_rounds_programme_id_name'))
    )
    op.create_index(op.f('ix_rounds_state'), 'rounds', ['state'], unique=False)
    op.create_table('signed_values',
    sa.Column('version_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(length=160), nullable=False),
    sa.Column('action', sa.String(length=16), nullable=False),
    sa.Column('value', sa.String(length=200), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("action IN ('signed', 'replaced')", name=op.f('ck_signed_values_action_known')),
    sa.ForeignKeyConstraint(['version_id'], ['programme_versions.id'], name=op.f('fk_signed_values_version_id_programme_versions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signed_values')),
    sa.UniqueConstraint('version_id', 'key', name=op.f('uq_signed_values_version_id_key'))
    )
    op.create_table('applications',
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('round_id', sa.Uuid(), nullable=False),
    sa.Column('enterprise_id', sa.Uuid(), nullable=False),
    sa.Column('sequence', sa.BigInteger(), nullable=False),
    sa.Column('requested_fen', sa.BigInteger(), nullable=False),
    sa.Column('granted_fen', sa.BigInteger(), nullable=False),
    sa.Column('priority_class', sa.BigInteger(), nullable=False),
    sa.Column('priority_name', sa.String(length=60), nullable=False),
    sa.Column('plan', sa.String(length=500), nullable=False),
    sa.Column('checks', sa.JSON(), nullable=False),
    sa.Column('state', sa.Enum('submitted', 'reviewing', 'granted', 'waitlisted', 'refused', 'withdrawn', 'returned', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('class_key', sa.String(length=40), nullable=False),
    sa.Column('place', sa.BigInteger(), nullable=True),
    sa.Column('reviews', sa.JSON(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('appeal', sa.String(length=1000), nullable=False),
    sa.Column('appealed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('appeal_answer', sa.String(length=500), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('granted_fen >= 0 AND granted_fen <= requested_fen', name=op.f('ck_applications_granted_within_request')),
    sa.CheckConstraint('requested_fen > 0', name=op.f('ck_applications_requested_positive')),
    sa.ForeignKeyConstraint(['enterprise_id'], ['enterprises.id'], name=op.f('fk_applications_enterprise_id_enterprises')),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_applications_round_id_rounds')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_applications')),
    sa.UniqueConstraint('number', name=op.f('uq_applications_number')),
    sa.UniqueConstraint('round_id', 'enterprise_id', name=op.f('uq_applications_round_id_enterprise_id')),
    sa.UniqueConstraint('round_id', 'sequence', name=op.f('uq_applications_round_id_sequence'))
    )
    op.create_index(op.f('ix_applications_enterprise_id'), 'applications', ['enterprise_id'], unique=False)
    op.create_index(op.f('ix_applications_state'), 'applications', ['state'], unique=False)
    op.create_table('appropriations',
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('round_id', sa.Uuid(), nullable=False),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('document_number', sa.String(length=100), nullable=False),
    sa.Column('dated_on', sa.Date(), nullable=False),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("source IN ('central', 'region', 'prefecture', 'county', 'park', 'carried_over')", name=op.f('ck_appropriations_source_known')),
    sa.CheckConstraint('amount_fen <= 1000000000000000', name=op.f('ck_appropriations_amount_bounded')),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_appropriations_amount_positive')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_files.id'], name=op.f('fk_appropriations_file_id_stored_files')),
    sa.ForeignKeyConstraint(['programme_id'], ['programmes.id'], name=op.f('fk_appropriations_programme_id_programmes')),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_appropriations_round_id_rounds')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appropriations')),
    sa.UniqueConstraint('number', name=op.f('uq_appropriations_number')),
    sa.UniqueConstraint('round_id', 'source', 'document_number', name=op.f('uq_appropriations_round_id_source_document_number'))
    )
    op.create_table('vouchers',
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('round_id', sa.Uuid(), nullable=False),
    sa.Column('enterprise_id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=True),
    sa.Column('instrument', sa.String(length=16), nullable=False),
    sa.Column('face_fen', sa.BigInteger(), nullable=False),
    sa.Column('class_key', sa.String(length=40), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=False),
    sa.Column('state', sa.Enum('available', 'partly_used', 'used_up', 'frozen', 'expired', 'void', 'reclaimed', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state_reason', sa.String(length=300), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("instrument IN ('face_value', 'quota')", name=op.f('ck_vouchers_instrument_known')),
    sa.CheckConstraint('face_fen <= 1000000000000000', name=op.f('ck_vouchers_face_bounded')),
    sa.CheckConstraint('face_fen > 0', name=op.f('ck_vouchers_face_positive')),
    sa.CheckConstraint('valid_until >= valid_from', name=op.f('ck_vouchers_validity_order')),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_vouchers_application_id_applications')),
    sa.ForeignKeyConstraint(['enterprise_id'], ['enterprises.id'], name=op.f('fk_vouchers_enterprise_id_enterprises')),
    sa.ForeignKeyConstraint(['programme_id'], ['programmes.id'], name=op.f('fk_vouchers_programme_id_programmes')),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_vouchers_round_id_rounds')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vouchers')),
    sa.UniqueConstraint('number', name=op.f('uq_vouchers_number')),
    sa.UniqueConstraint('round_id', 'enterprise_id', name=op.f('uq_vouchers_round_id_enterprise_id'))
    )
    op.create_index(op.f('ix_vouchers_enterprise_id'), 'vouchers', ['enterprise_id'], unique=False)
    op.create_index(op.f('ix_vouchers_state_valid_until'), 'vouchers', ['state', 'valid_until'], unique=False)
    protect(op, "programme_versions")
    protect(op, "signed_values")


def downgrade() -> None:
    release(op, "signed_values")
    release(op, "programme_versions")
    op.drop_index(op.f('ix_vouchers_state_valid_until'), table_name='vouchers')
    op.drop_index(op.f('ix_vouchers_enterprise_id'), table_name='vouchers')
    op.drop_table('vouchers')
    op.drop_table('appropriations')
    op.drop_index(op.f('ix_applications_state'), table_name='applications')
    op.drop_index(op.f('ix_applications_enterprise_id'), table_name='applications')
    op.drop_table('applications')
    op.drop_table('signed_values')
    op.drop_index(op.f('ix_rounds_state'), table_name='rounds')
    op.drop_table('rounds')
    op.drop_table('programme_versions')
    op.drop_table('programmes')
