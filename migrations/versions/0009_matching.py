"""Chains, needs and supply lists, surveys, runs, matches.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009_matching"
down_revision = '0008_settlement'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('chains',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('area_code', sa.String(length=6), nullable=False),
    sa.Column('head_name', sa.String(length=60), nullable=False),
    sa.Column('head_post', sa.String(length=100), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chains')),
    sa.UniqueConstraint('area_code', 'name', name=op.f('uq_chains_area_code_name'))
    )
    op.create_table('survey_campaigns',
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('area_code', sa.String(length=6), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey_campaigns'))
    )
    op.create_table('chain_appointments',
    sa.Column('chain_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('document', sa.String(length=200), nullable=False),
    sa.Column('appointed_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("role IN ('leader', 'research')", name=op.f('ck_chain_appointments_role_known')),
    sa.CheckConstraint('until_on IS NULL OR until_on >= from_on', name=op.f('ck_chain_appointments_period_order')),
    sa.ForeignKeyConstraint(['chain_id'], ['chains.id'], name=op.f('fk_chain_appointments_chain_id_chains')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_chain_appointments_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chain_appointments')),
    sa.UniqueConstraint('chain_id', 'organisation_id', 'role', 'from_on', name=op.f('uq_chain_appointments_chain_id_organisation_id_role_from_on'))
    )
    op.create_index(op.f('ix_chain_appointments_organisation_id'), 'chain_appointments', ['organisation_id'], unique=False)
    op.create_table('needs_lists',
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('leader_id', sa.Uuid(), nullable=False),
    sa.Column('chain_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('direction', sa.String(length=12), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'submitted', 'published', 'replaced', 'withdrawn', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('checksum', sa.String(length=64), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("direction IN ('upstream', 'downstream')", name=op.f('ck_needs_lists_direction_known')),
    sa.ForeignKeyConstraint(['chain_id'], ['chains.id'], name=op.f('fk_needs_lists_chain_id_chains')),
    sa.ForeignKeyConstraint(['leader_id'], ['organisations.id'], name=op.f('fk_needs_lists_leader_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_needs_lists')),
    sa.UniqueConstraint('leader_id', 'title', 'version', name=op.f('uq_needs_lists_leader_id_title_version')),
    sa.UniqueConstraint('number', name=op.f('uq_needs_lists_number'))
    )
    op.create_index(op.f('ix_needs_lists_leader_id'), 'needs_lists', ['leader_id'], unique=False)
    op.create_table('match_runs',
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('list_id', sa.Uuid(), nullable=False),
    sa.Column('job_id', sa.Uuid(), nullable=True),
    sa.Column('parameters', sa.JSON(), nullable=False),
    sa.Column('code_version', sa.String(length=40), nullable=False),
    sa.Column('supplies_hash', sa.String(length=64), nullable=False),
    sa.Column('supplies_count', sa.BigInteger(), nullable=False),
    sa.Column('excluded', sa.JSON(), nullable=False),
    sa.Column('objective', sa.Float(), nullable=True),
    sa.Column('bound', sa.Float(), nullable=True),
    sa.Column('summary', sa.JSON(), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['jobs.id'], name=op.f('fk_match_runs_job_id_jobs')),
    sa.ForeignKeyConstraint(['list_id'], ['needs_lists.id'], name=op.f('fk_match_runs_list_id_needs_lists')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_match_runs')),
    sa.UniqueConstraint('number', name=op.f('uq_match_runs_number'))
    )
    op.create_index(op.f('ix_match_runs_list_id'), 'match_runs', ['list_id'], unique=False)
    op.create_table('needs',
    sa.Column('list_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('product', sa.String(length=120), nullable=False),
    sa.Column('specification', sa.String(length=300), nullable=False),
    sa.Column('industry_code', sa.String(length=4), nullable=True),
    sa.Column('quantity', sa.BigInteger(), nullable=True),
    sa.Column('unit', sa.String(length=20), nullable=False),
    sa.Column('target_price_fen', sa.BigInteger(), nullable=True),
    sa.Column('needed_by', sa.Date(), nullable=True),
    sa.Column('certificates', sa.JSON(), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=True),
    sa.Column('max_suppliers', sa.BigInteger(), nullable=False),
    sa.Column('share_cap_bp', sa.BigInteger(), nullable=False),
    sa.Column('excluded', sa.JSON(), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('max_suppliers >= 1', name=op.f('ck_needs_suppliers_positive')),
    sa.CheckConstraint('quantity IS NULL OR quantity > 0', name=op.f('ck_needs_quantity_positive')),
    sa.CheckConstraint('share_cap_bp BETWEEN 1 AND 10000', name=op.f('ck_needs_share_cap_range')),
    sa.CheckConstraint('target_price_fen IS NULL OR target_price_fen > 0', name=op.f('ck_needs_price_positive')),
    sa.ForeignKeyConstraint(['list_id'], ['needs_lists.id'], name=op.f('fk_needs_list_id_needs_lists')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_needs')),
    sa.UniqueConstraint('list_id', 'position', name=op.f('uq_needs_list_id_position'))
    )
    op.create_table('supply_lists',
    sa.Column('enterprise_id', sa.Uuid(), nullable=False),
    sa.Column('campaign_id', sa.Uuid(), nullable=True),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'submitted', 'published', 'replaced', 'withdrawn', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('entered_by_officer', sa.Boolean(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['survey_campaigns.id'], name=op.f('fk_supply_lists_campaign_id_survey_campaigns')),
    sa.ForeignKeyConstraint(['enterprise_id'], ['enterprises.id'], name=op.f('fk_supply_lists_enterprise_id_enterprises')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supply_lists')),
    sa.UniqueConstraint('enterprise_id', 'version', name=op.f('uq_supply_lists_enterprise_id_version'))
    )
    op.create_index(op.f('ix_supply_lists_state'), 'supply_lists', ['state'], unique=False)
    op.create_table('supplies',
    sa.Column('list_id', sa.Uuid(), nullable=False),
    sa.Column('enterprise_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('side', sa.String(length=8), nullable=False),
    sa.Column('product', sa.String(length=120), nullable=False),
    sa.Column('specification', sa.String(length=300), nullable=False),
    sa.Column('industry_code', sa.String(length=4), nullable=True),
    sa.Column('capacity', sa.BigInteger(), nullable=True),
    sa.Column('unit', sa.String(length=20), nullable=False),
    sa.Column('price_fen', sa.BigInteger(), nullable=True),
    sa.Column('lead_days', sa.BigInteger(), nullable=True),
    sa.Column('certificates', sa.JSON(), nullable=False),
    sa.Column('wanted_customers', sa.String(length=200), nullable=False),
    sa.Column('max_customers', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("side IN ('sells', 'buys')", name=op.f('ck_supplies_side_known')),
    sa.CheckConstraint('capacity IS NULL OR capacity > 0', name=op.f('ck_supplies_capacity_positive')),
    sa.CheckConstraint('max_customers >= 1', name=op.f('ck_supplies_customers_positive')),
    sa.ForeignKeyConstraint(['enterprise_id'], ['enterprises.id'], name=op.f('fk_supplies_enterprise_id_enterprises')),
    sa.ForeignKeyConstraint(['list_id'], ['supply_lists.id'], name=op.f('fk_supplies_list_id_supply_lists')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supplies')),
    sa.UniqueConstraint('list_id', 'position', name=op.f('uq_supplies_list_id_position'))
    )
    op.create_index(op.f('ix_supplies_enterprise_id'), 'supplies', ['enterprise_id'], unique=False)
    op.create_table('matches',
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('need_id', sa.Uuid(), nullable=False),
    sa.Column('supply_id', sa.Uuid(), nullable=False),
    sa.Column('leader_id', sa.Uuid(), nullable=False),
    sa.Column('enterprise_id', sa.Uuid(), nullable=False),
    sa.Column('score', sa.Float(), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('planned', sa.Boolean(), nullable=False),
    sa.Column('planned_quantity', sa.BigInteger(), nullable=True),
    sa.Column('state', sa.Enum('proposed', 'recommended', 'contacted', 'negotiating', 'contracted', 'refused', 'withdrawn', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('refusal_reason', sa.String(length=40), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('contract_fen', sa.BigInteger(), nullable=True),
    sa.Column('contracted_on', sa.Date(), nullable=True),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("state <> 'contracted' OR contracted_on IS NOT NULL", name=op.f('ck_matches_contract_has_date')),
    sa.CheckConstraint("state <> 'refused' OR length(refusal_reason) > 0", name=op.f('ck_matches_refusal_has_reason')),
    sa.CheckConstraint('contract_fen IS NULL OR contract_fen > 0', name=op.f('ck_matches_contract_positive')),
    sa.ForeignKeyConstraint(['enterprise_id'], ['enterprises.id'], name=op.f('fk_matches_enterprise_id_enterprises')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_files.id'], name=op.f('fk_matches_file_id_stored_files')),
    sa.ForeignKeyConstraint(['leader_id'], ['organisations.id'], name=op.f('fk_matches_leader_id_organisations')),
    sa.ForeignKeyConstraint(['need_id'], ['needs.id'], name=op.f('fk_matches_need_id_needs')),
    sa.ForeignKeyConstraint(['run_id'], ['match_runs.id'], name=op.f('fk_matches_run_id_match_runs')),
    sa.ForeignKeyConstraint(['supply_id'], ['supplies.id'], name=op.f('fk_matches_supply_id_supplies')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_matches')),
    sa.UniqueConstraint('number', name=op.f('uq_matches_number')),
    sa.UniqueConstraint('run_id', 'need_id', 'supply_id', name=op.f('uq_matches_run_id_need_id_supply_id'))
    )
    op.create_index(op.f('ix_matches_enterprise_id_state'), 'matches', ['enterprise_id', 'state'], unique=False)
    op.create_index(op.f('ix_matches_leader_id_state'), 'matches', ['leader_id', 'state'], unique=False)
    op.create_index(op.f('ix_matches_need_id'), 'matches', ['need_id'], unique=False)
    op.create_index(op.f('ix_matches_supply_id'), 'matches', ['supply_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_matches_supply_id'), table_name='matches')
    op.drop_index(op.f('ix_matches_need_id'), table_name='matches')
    op.drop_index(op.f('ix_matches_leader_id_state'), table_name='matches')
    op.drop_index(op.f('ix_matches_enterprise_id_state'), table_name='matches')
    op.drop_table('matches')
    op.drop_index(op.f('ix_supplies_enterprise_id'), table_name='supplies')
    op.drop_table('supplies')
    op.drop_index(op.f('ix_supply_lists_state'), table_name='supply_lists')
    op.drop_table('supply_lists')
    op.drop_table('needs')
    op.drop_index(op.f('ix_match_runs_list_id'), table_name='match_runs')
    op.drop_table('match_runs')
    op.drop_index(op.f('ix_needs_lists_leader_id'), table_name='needs_lists')
    op.drop_table('needs_lists')
    op.drop_index(op.f('ix_chain_appointments_organisation_id'), table_name='chain_appointments')
    op.drop_table('chain_appointments')
    op.drop_table('survey_campaigns')
    op.drop_table('chains')
