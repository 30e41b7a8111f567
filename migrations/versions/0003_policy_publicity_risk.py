"""The working-day calendar, public notices and objections, risk signals.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_policy_publicity_risk"
down_revision = '0002_ledger'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('calendar_days',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('layer', sa.String(length=6), nullable=False),
    sa.Column('is_working', sa.Boolean(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('changed_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("layer = '00' OR length(layer) = 6", name=op.f('ck_calendar_days_layer_shape')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_days')),
    sa.UniqueConstraint('day', 'layer', name=op.f('uq_calendar_days_day_layer'))
    )
    op.create_table('calendar_years',
    sa.Column('year', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('layer', sa.String(length=6), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('year', 'layer', name=op.f('pk_calendar_years'))
    )
    op.create_table('public_notices',
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('subject_type', sa.String(length=64), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('area_code', sa.String(length=6), nullable=False),
    sa.Column('published_on', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('working_days', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Enum('open', 'closed', 'stopped', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('outcome', sa.String(length=500), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('last_day >= published_on', name=op.f('ck_public_notices_period_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_public_notices')),
    sa.UniqueConstraint('number', name=op.f('uq_public_notices_number'))
    )
    op.create_index(op.f('ix_public_notices_state_last_day'), 'public_notices', ['state', 'last_day'], unique=False)
    op.create_index(op.f('ix_public_notices_subject_id'), 'public_notices', ['subject_id'], unique=False)
    op.create_table('risk_signals',
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('severity', sa.Enum('note', 'warning', 'serious', name='severity_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('subject_type', sa.String(length=64), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('state', sa.Enum('open', 'explained', 'confirmed', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('closed_by', sa.Uuid(), nullable=True),
    sa.Column('raised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_risk_signals')),
    sa.UniqueConstraint('kind', 'subject_id', name=op.f('uq_risk_signals_kind_subject_id'))
    )
    op.create_index(op.f('ix_risk_signals_state_severity'), 'risk_signals', ['state', 'severity'], unique=False)
    op.create_table('objections',
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('notice_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('contact', sa.String(length=100), nullable=False),
    sa.Column('grounds', sa.Text(), nullable=False),
    sa.Column('address', sa.String(length=45), nullable=False),
    sa.Column('state', sa.Enum('raised', 'upheld', 'rejected', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['public_notices.id'], name=op.f('fk_objections_notice_id_public_notices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_objections')),
    sa.UniqueConstraint('number', name=op.f('uq_objections_number'))
    )
    op.create_index(op.f('ix_objections_address_created_at'), 'objections', ['address', 'created_at'], unique=False)
    op.create_index(op.f('ix_objections_notice_id'), 'objections', ['notice_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_objections_notice_id'), table_name='objections')
    op.drop_index(op.f('ix_objections_address_created_at'), table_name='objections')
    op.drop_table('objections')
    op.drop_index(op.f('ix_risk_signals_state_severity'), table_name='risk_signals')
    op.drop_table('risk_signals')
    op.drop_index(op.f('ix_public_notices_subject_id'), table_name='public_notices')
    op.drop_index(op.f('ix_public_notices_state_last_day'), table_name='public_notices')
    op.drop_table('public_notices')
    op.drop_table('calendar_years')
    op.drop_table('calendar_days')
