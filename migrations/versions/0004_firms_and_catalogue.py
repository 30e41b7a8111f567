"""SMEs with yearly figures and titles; providers, their dossiers, staff, experts; offerings and prices.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004_firms_and_catalogue"
down_revision = '0003_policy_publicity_risk'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('enterprises',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('main_products', sa.String(length=500), nullable=False),
    sa.Column('introduction', sa.String(length=1000), nullable=False),
    sa.Column('size_class', sa.String(length=16), nullable=False),
    sa.Column('size_year', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("size_class IN ('large', 'medium', 'small', 'micro', 'not_covered', 'unknown')", name=op.f('ck_enterprises_size_known')),
    sa.ForeignKeyConstraint(['id'], ['organisations.id'], name=op.f('fk_enterprises_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_enterprises'))
    )
    op.create_table('providers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('introduction', sa.Text(), nullable=False),
    sa.Column('categories', sa.JSON(), nullable=False),
    sa.Column('service_regions', sa.JSON(), nullable=False),
    sa.Column('hotline', sa.String(length=30), nullable=False),
    sa.Column('service_hours', sa.String(length=60), nullable=False),
    sa.Column('website', sa.String(length=200), nullable=False),
    sa.Column('state', sa.Enum('draft', 'applied', 'returned', 'noticed', 'admitted', 'suspended', 'removed', 'refused', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state_reason', sa.String(length=500), nullable=False),
    sa.Column('agreement_signed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('notice_id', sa.Uuid(), nullable=True),
    sa.Column('admitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('banned_until', sa.Date(), nullable=True),
    sa.Column('last_key', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['organisations.id'], name=op.f('fk_providers_id_organisations')),
    sa.ForeignKeyConstraint(['notice_id'], ['public_notices.id'], name=op.f('fk_providers_notice_id_public_notices')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_providers'))
    )
    op.create_table('titles',
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('granted_by', sa.String(length=120), nullable=False),
    sa.Column('document', sa.String(length=200), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('state', sa.Enum('declared', 'accepted', 'returned', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('valid_until IS NULL OR valid_until >= valid_from', name=op.f('ck_titles_period_order')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_files.id'], name=op.f('fk_titles_file_id_stored_files')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_titles_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_titles')),
    sa.UniqueConstraint('organisation_id', 'kind', 'valid_from', name=op.f('uq_titles_organisation_id_kind_valid_from'))
    )
    op.create_index(op.f('ix_titles_kind_valid_from'), 'titles', ['kind', 'valid_from'], unique=False)
    op.create_table('dossier_items',
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('year', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=True),
    sa.Column('dated_on', sa.Date(), nullable=False),
    sa.Column('issuer', sa.String(length=120), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.Enum('declared', 'accepted', 'returned', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state_reason', sa.String(length=500), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('number IS NULL OR number >= 0', name=op.f('ck_dossier_items_number_positive')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_files.id'], name=op.f('fk_dossier_items_file_id_stored_files')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_dossier_items_provider_id_providers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dossier_items'))
    )
    op.create_index(op.f('ix_dossier_items_provider_id_year_kind'), 'dossier_items', ['provider_id', 'year', 'kind'], unique=False)
    op.create_table('enterprise_years',
    sa.Column('enterprise_id', sa.Uuid(), nullable=False),
    sa.Column('year', sa.BigInteger(), nullable=False),
    sa.Column('employees', sa.BigInteger(), nullable=False),
    sa.Column('revenue_fen', sa.BigInteger(), nullable=False),
    sa.Column('assets_fen', sa.BigInteger(), nullable=False),
    sa.Column('source', sa.String(length=100), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.Enum('declared', 'accepted', 'returned', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state_reason', sa.String(length=500), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('employees >= 0 AND revenue_fen >= 0 AND assets_fen >= 0', name=op.f('ck_enterprise_years_figures_positive')),
    sa.CheckConstraint('revenue_fen <= 1000000000000000000 AND assets_fen <= 1000000000000000000', name=op.f('ck_enterprise_years_figures_bounded')),
    sa.ForeignKeyConstraint(['enterprise_id'], ['enterprises.id'], name=op.f('fk_enterprise_years_enterprise_id_enterprises')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_files.id'], name=op.f('fk_enterprise_years_file_id_stored_files')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_enterprise_years')),
    sa.UniqueConstraint('enterprise_id', 'year', name=op.f('uq_enterprise_years_enterprise_id_year'))
    )
    op.create_table('experts',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('organisation_name', sa.String(length=120), nullable=False),
    sa.Column('field', sa.String(length=120), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('phone', sa.String(length=30), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('provider_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.Enum('declared', 'accepted', 'returned', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state_reason', sa.String(length=500), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_experts_provider_id_providers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_experts'))
    )
    op.create_index(op.f('ix_experts_provider_id'), 'experts', ['provider_id'], unique=False)
    op.create_table('offerings',
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('summary', sa.String(length=300), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('deliverables', sa.Text(), nullable=False),
    sa.Column('price_fen', sa.BigInteger(), nullable=False),
    sa.Column('price_unit', sa.String(length=20), nullable=False),
    sa.Column('cycle_days', sa.BigInteger(), nullable=False),
    sa.Column('mode', sa.String(length=16), nullable=False),
    sa.Column('discount_note', sa.String(length=200), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('review_count', sa.BigInteger(), nullable=False),
    sa.Column('review_total', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'submitted', 'returned', 'listed', 'delisted', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state_reason', sa.String(length=500), nullable=False),
    sa.Column('listed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_key', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("mode IN ('online', 'offline', 'both')", name=op.f('ck_offerings_mode_known')),
    sa.CheckConstraint('cycle_days > 0', name=op.f('ck_offerings_cycle_positive')),
    sa.CheckConstraint('price_fen <= 1000000000000000', name=op.f('ck_offerings_price_bounded')),
    sa.CheckConstraint('price_fen > 0', name=op.f('ck_offerings_price_positive')),
    sa.CheckConstraint('review_total BETWEEN review_count AND 5 * review_count', name=op.f('ck_offerings_reviews_one_to_five')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_offerings_provider_id_providers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offerings')),
    sa.UniqueConstraint('number', name=op.f('uq_offerings_number'))
    )
    op.create_index(op.f('ix_offerings_provider_id'), 'offerings', ['provider_id'], unique=False)
    op.create_index(op.f('ix_offerings_state_category'), 'offerings', ['state', 'category'], unique=False)
    op.create_table('provider_staff',
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('position', sa.String(length=60), nullable=False),
    sa.Column('degree', sa.String(length=16), nullable=False),
    sa.Column('title_level', sa.String(length=16), nullable=False),
    sa.Column('title_name', sa.String(length=60), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.Enum('declared', 'accepted', 'returned', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state_reason', sa.String(length=500), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("degree IN ('none', 'college', 'bachelor', 'master', 'doctor')", name=op.f('ck_provider_staff_degree_known')),
    sa.CheckConstraint("title_level IN ('none', 'junior', 'intermediate', 'senior')", name=op.f('ck_provider_staff_title_known')),
    sa.CheckConstraint('until_on IS NULL OR until_on >= from_on', name=op.f('ck_provider_staff_period_order')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_files.id'], name=op.f('fk_provider_staff_file_id_stored_files')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_provider_staff_provider_id_providers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_staff'))
    )
    op.create_index(op.f('ix_provider_staff_provider_id'), 'provider_staff', ['provider_id'], unique=False)
    op.create_table('offering_prices',
    sa.Column('offering_id', sa.Uuid(), nullable=False),
    sa.Column('price_fen', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('state', sa.Enum('proposed', 'accepted', 'refused', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('answer', sa.String(length=300), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('price_fen > 0', name=op.f('ck_offering_prices_price_positive')),
    sa.ForeignKeyConstraint(['offering_id'], ['offerings.id'], name=op.f('fk_offering_prices_offering_id_offerings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offering_prices'))
    )
    op.create_index(op.f('ix_offering_prices_offering_id_created_at'), 'offering_prices', ['offering_id', 'created_at'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_offering_prices_offering_id_created_at'), table_name='offering_prices')
    op.drop_table('offering_prices')
    op.drop_index(op.f('ix_provider_staff_provider_id'), table_name='provider_staff')
    op.drop_table('provider_staff')
    op.drop_index(op.f('ix_offerings_state_category'), table_name='offerings')
    op.drop_index(op.f('ix_offerings_provider_id'), table_name='offerings')
    op.drop_table('offerings')
    op.drop_index(op.f('ix_experts_provider_id'), table_name='experts')
    op.drop_table('experts')
    op.drop_table('enterprise_years')
    op.drop_index(op.f('ix_dossier_items_provider_id_year_kind'), table_name='dossier_items')
    op.drop_table('dossier_items')
    op.drop_index(op.f('ix_titles_kind_valid_from'), table_name='titles')
    op.drop_table('titles')
    op.drop_table('providers')
    op.drop_table('enterprises')
