"""Service records and providers' own reports.

Records are append-only: a correction is a new row that names the one it replaces.
"""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0006_records"
down_revision = '0005_vouchers'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('service_records',
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('enterprise_id', sa.Uuid(), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('function', sa.String(length=20), nullable=False),
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('activity', sa.String(length=120), nullable=False),
    sa.Column('activity_kind', sa.String(length=40), nullable=False),
    sa.Column('mode', sa.String(length=10), nullable=False),
    sa.Column('fee_kind', sa.String(length=20), nullable=False),
    sa.Column('fee_fen', sa.BigInteger(), nullable=False),
    sa.Column('subsidised', sa.Boolean(), nullable=False),
    sa.Column('person_times', sa.BigInteger(), nullable=False),
    sa.Column('delivered_on', sa.Date(), nullable=False),
    sa.Column('source_kind', sa.String(length=12), nullable=False),
    sa.Column('source_id', sa.Uuid(), nullable=False),
    sa.Column('source_number', sa.String(length=40), nullable=False),
    sa.Column('evidence_grade', sa.String(length=20), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.Column('corrects_id', sa.Uuid(), nullable=True),
    sa.Column('is_void', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("evidence_grade IN ('system', 'reviewed', 'imported')", name=op.f('ck_service_records_grade_known')),
    sa.CheckConstraint("fee_kind IN ('public_benefit', 'low_fee', 'standard')", name=op.f('ck_service_records_fee_kind_known')),
    sa.CheckConstraint("function IN ('information', 'technology', 'entrepreneurship', 'training', 'finance', 'other')", name=op.f('ck_service_records_function_known')),
    sa.CheckConstraint("mode IN ('online', 'offline', 'both')", name=op.f('ck_service_records_mode_known')),
    sa.CheckConstraint("source_kind IN ('order', 'report', 'match', 'activity', 'import')", name=op.f('ck_service_records_source_known')),
    sa.CheckConstraint('NOT is_void OR corrects_id IS NOT NULL', name=op.f('ck_service_records_void_names_record')),
    sa.CheckConstraint('fee_fen >= 0', name=op.f('ck_service_records_fee_positive')),
    sa.CheckConstraint('person_times >= 1', name=op.f('ck_service_records_person_times_positive')),
    sa.ForeignKeyConstraint(['corrects_id'], ['service_records.id'], name=op.f('fk_service_records_corrects_id_service_records')),
    sa.ForeignKeyConstraint(['enterprise_id'], ['organisations.id'], name=op.f('fk_service_records_enterprise_id_organisations')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_files.id'], name=op.f('fk_service_records_file_id_stored_files')),
    sa.ForeignKeyConstraint(['provider_id'], ['organisations.id'], name=op.f('fk_service_records_provider_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_service_records')),
    sa.UniqueConstraint('corrects_id', name=op.f('uq_service_records_corrects_id')),
    sa.UniqueConstraint('source_kind', 'source_id', name=op.f('uq_service_records_source_kind_source_id'))
    )
    op.create_index(op.f('ix_service_records_enterprise_id_delivered_on'), 'service_records', ['enterprise_id', 'delivered_on'], unique=False)
    op.create_index(op.f('ix_service_records_provider_id_delivered_on'), 'service_records', ['provider_id', 'delivered_on'], unique=False)
    op.create_index(op.f('ix_service_records_region_code_delivered_on'), 'service_records', ['region_code', 'delivered_on'], unique=False)
    op.create_table('service_reports',
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('state', sa.Enum('draft', 'submitted', 'returned', 'accepted', 'refused', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state_reason', sa.String(length=500), nullable=False),
    sa.Column('imported', sa.Boolean(), nullable=False),
    sa.Column('corrects_record_id', sa.Uuid(), nullable=True),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('submitted_by', sa.Uuid(), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> submitted_by', name=op.f('ck_service_reports_decided_by_another')),
    sa.ForeignKeyConstraint(['corrects_record_id'], ['service_records.id'], name=op.f('fk_service_reports_corrects_record_id_service_records')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_service_reports_provider_id_providers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_service_reports')),
    sa.UniqueConstraint('number', name=op.f('uq_service_reports_number'))
    )
    op.create_index(op.f('ix_service_reports_provider_id_state'), 'service_reports', ['provider_id', 'state'], unique=False)
    op.create_table('report_rows',
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('enterprise_id', sa.Uuid(), nullable=False),
    sa.Column('function', sa.String(length=20), nullable=False),
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('activity', sa.String(length=120), nullable=False),
    sa.Column('activity_kind', sa.String(length=40), nullable=False),
    sa.Column('mode', sa.String(length=10), nullable=False),
    sa.Column('fee_kind', sa.String(length=20), nullable=False),
    sa.Column('fee_fen', sa.BigInteger(), nullable=False),
    sa.Column('person_times', sa.BigInteger(), nullable=False),
    sa.Column('delivered_on', sa.Date(), nullable=False),
    sa.Column('is_void', sa.Boolean(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.Column('findings', sa.JSON(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('fee_fen >= 0', name=op.f('ck_report_rows_fee_positive')),
    sa.CheckConstraint('person_times >= 1', name=op.f('ck_report_rows_person_times_positive')),
    sa.ForeignKeyConstraint(['enterprise_id'], ['organisations.id'], name=op.f('fk_report_rows_enterprise_id_organisations')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_files.id'], name=op.f('fk_report_rows_file_id_stored_files')),
    sa.ForeignKeyConstraint(['report_id'], ['service_reports.id'], name=op.f('fk_report_rows_report_id_service_reports')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_rows')),
    sa.UniqueConstraint('report_id', 'position', name=op.f('uq_report_rows_report_id_position'))
    )
    protect(op, "service_records")


def downgrade() -> None:
    release(op, "service_records")
    op.drop_table('report_rows')
    op.drop_index(op.f('ix_service_reports_provider_id_state'), table_name='service_reports')
    op.drop_table('service_reports')
    op.drop_index(op.f('ix_service_records_region_code_delivered_on'), table_name='service_records')
    op.drop_index(op.f('ix_service_records_provider_id_delivered_on'), table_name='service_records')
    op.drop_index(op.f('ix_service_records_enterprise_id_delivered_on'), table_name='service_records')
    op.drop_table('service_records')
