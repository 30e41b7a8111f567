"""Platforms and member bodies, settings of rule sets, judgements.
"""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0010_evaluation"
down_revision = '0009_matching'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('ruleset_settings',
    sa.Column('ruleset', sa.String(length=80), nullable=False),
    sa.Column('area_code', sa.String(length=6), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('value', sa.String(length=80), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ruleset_settings'))
    )
    op.create_index(op.f('ix_ruleset_settings_ruleset_key'), 'ruleset_settings', ['ruleset', 'key'], unique=False)
    op.create_table('judgements',
    sa.Column('ruleset', sa.String(length=80), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('year', sa.BigInteger(), nullable=False),
    sa.Column('criterion_id', sa.String(length=80), nullable=False),
    sa.Column('verdict', sa.String(length=10), nullable=False),
    sa.Column('opinion', sa.Text(), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=True),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("verdict IN ('met', 'unmet', 'unknown')", name=op.f('ck_judgements_verdict_known')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_files.id'], name=op.f('fk_judgements_file_id_stored_files')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_judgements_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_judgements'))
    )
    op.create_index(op.f('ix_judgements_organisation_id_ruleset_year'), 'judgements', ['organisation_id', 'ruleset', 'year'], unique=False)
    op.create_table('platforms',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('attribution', sa.String(length=10), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("attribution IN ('own', 'members', 'both')", name=op.f('ck_platforms_attribution_known')),
    sa.ForeignKeyConstraint(['id'], ['providers.id'], name=op.f('fk_platforms_id_providers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_platforms'))
    )
    op.create_table('platform_members',
    sa.Column('platform_id', sa.Uuid(), nullable=False),
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('agreement', sa.String(length=200), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.Enum('proposed', 'accepted', 'refused', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state_reason', sa.String(length=300), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> proposed_by', name=op.f('ck_platform_members_decided_by_another')),
    sa.CheckConstraint('platform_id <> provider_id', name=op.f('ck_platform_members_not_itself')),
    sa.CheckConstraint('until_on IS NULL OR until_on >= from_on', name=op.f('ck_platform_members_period_order')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_files.id'], name=op.f('fk_platform_members_file_id_stored_files')),
    sa.ForeignKeyConstraint(['platform_id'], ['platforms.id'], name=op.f('fk_platform_members_platform_id_platforms')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_platform_members_provider_id_providers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_platform_members'))
    )
    op.create_index(op.f('ix_platform_members_provider_id'), 'platform_members', ['provider_id'], unique=False)
    op.create_index('uq_platform_members_standing', 'platform_members', ['platform_id', 'provider_id', 'from_on'], unique=True, sqlite_where=sa.text("state <> 'refused'"), postgresql_where=sa.text("state <> 'refused'"))
    protect(op, "ruleset_settings")
    protect(op, "judgements")


def downgrade() -> None:
    release(op, "judgements")
    release(op, "ruleset_settings")
    op.drop_index('uq_platform_members_standing', table_name='platform_members', sqlite_where=sa.text("state <> 'refused'"), postgresql_where=sa.text("state <> 'refused'"))
    op.drop_index(op.f('ix_platform_members_provider_id'), table_name='platform_members')
    op.drop_table('platform_members')
    op.drop_table('platforms')
    op.drop_index(op.f('ix_judgements_organisation_id_ruleset_year'), table_name='judgements')
    op.drop_table('judgements')
    op.drop_index(op.f('ix_ruleset_settings_ruleset_key'), table_name='ruleset_settings')
    op.drop_table('ruleset_settings')
