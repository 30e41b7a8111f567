"""Orders, the commands they carried out, their documents, reviews.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007_orders"
down_revision = '0006_records'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('orders',
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('enterprise_id', sa.Uuid(), nullable=False),
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('offering_id', sa.Uuid(), nullable=False),
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('region_code', sa.String(length=6), nullable=False),
    sa.Column('voucher_id', sa.Uuid(), nullable=True),
    sa.Column('programme_id', sa.Uuid(), nullable=True),
    sa.Column('version_id', sa.Uuid(), nullable=True),
    sa.Column('round_id', sa.Uuid(), nullable=True),
    sa.Column('book_id', sa.Uuid(), nullable=True),
    sa.Column('price_fen', sa.BigInteger(), nullable=False),
    sa.Column('contract_fen', sa.BigInteger(), nullable=False),
    sa.Column('subsidy_fen', sa.BigInteger(), nullable=False),
    sa.Column('preview', sa.JSON(), nullable=False),
    sa.Column('limits', sa.JSON(), nullable=False),
    sa.Column('requirement', sa.String(length=1000), nullable=False),
    sa.Column('state', sa.Enum('placed', 'taken', 'contracted', 'delivered', 'redeemed', 'declined', 'cancelled', 'lapsed', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state_reason', sa.String(length=500), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('placed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('contracted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('redeemed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('placed_by', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('(voucher_id IS NULL) = (book_id IS NULL)', name=op.f('ck_orders_voucher_names_book')),
    sa.CheckConstraint('contract_fen <= 1000000000000000', name=op.f('ck_orders_price_bounded')),
    sa.CheckConstraint('enterprise_id <> provider_id', name=op.f('ck_orders_two_parties')),
    sa.CheckConstraint('price_fen > 0 AND contract_fen > 0', name=op.f('ck_orders_price_positive')),
    sa.CheckConstraint('subsidy_fen >= 0 AND subsidy_fen <= contract_fen', name=op.f('ck_orders_subsidy_within_price')),
    sa.CheckConstraint('voucher_id IS NOT NULL OR subsidy_fen = 0', name=op.f('ck_orders_no_subsidy_without_voucher')),
    sa.ForeignKeyConstraint(['book_id'], ['ledger_books.id'], name=op.f('fk_orders_book_id_ledger_books')),
    sa.ForeignKeyConstraint(['enterprise_id'], ['enterprises.id'], name=op.f('fk_orders_enterprise_id_enterprises')),
    sa.ForeignKeyConstraint(['offering_id'], ['offerings.id'], name=op.f('fk_orders_offering_id_offerings')),
    sa.ForeignKeyConstraint(['programme_id'], ['programmes.id'], name=op.f('fk_orders_programme_id_programmes')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_orders_provider_id_providers')),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_orders_round_id_rounds')),
    sa.ForeignKeyConstraint(['version_id'], ['programme_versions.id'], name=op.f('fk_orders_version_id_programme_versions')),
    sa.ForeignKeyConstraint(['voucher_id'], ['vouchers.id'], name=op.f('fk_orders_voucher_id_vouchers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_orders')),
    sa.UniqueConstraint('number', name=op.f('uq_orders_number'))
    )
    op.create_index(op.f('ix_orders_enterprise_id_placed_at'), 'orders', ['enterprise_id', 'placed_at'], unique=False)
    op.create_index(op.f('ix_orders_programme_id_state'), 'orders', ['programme_id', 'state'], unique=False)
    op.create_index(op.f('ix_orders_provider_id_state'), 'orders', ['provider_id', 'state'], unique=False)
    op.create_index(op.f('ix_orders_voucher_id'), 'orders', ['voucher_id'], unique=False)
    op.create_table('order_commands',
    sa.Column('key', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('request_hash', sa.String(length=64), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_order_commands_order_id_orders')),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_order_commands'))
    )
    op.create_index(op.f('ix_order_commands_order_id'), 'order_commands', ['order_id'], unique=False)
    op.create_table('order_documents',
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('contract', 'invoice', 'bank_transfer_slip', 'deliverable', 'service_record', 'acceptance_form', 'rating', 'quotation', 'photo', 'metering_log', name='kind_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('invoice_key', sa.String(length=80), nullable=True),
    sa.Column('amount_fen', sa.BigInteger(), nullable=True),
    sa.Column('dated_on', sa.Date(), nullable=True),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("invoice_key IS NULL OR kind = 'invoice'", name=op.f('ck_order_documents_only_invoices_have_keys')),
    sa.CheckConstraint('amount_fen IS NULL OR amount_fen > 0', name=op.f('ck_order_documents_amount_positive')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_files.id'], name=op.f('fk_order_documents_file_id_stored_files')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_order_documents_order_id_orders')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_documents')),
    sa.UniqueConstraint('invoice_key', name=op.f('uq_order_documents_invoice_key'))
    )
    op.create_index(op.f('ix_order_documents_order_id_kind'), 'order_documents', ['order_id', 'kind'], unique=False)
    op.create_table('reviews',
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('enterprise_id', sa.Uuid(), nullable=False),
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('score', sa.BigInteger(), nullable=False),
    sa.Column('comment', sa.String(length=500), nullable=False),
    sa.Column('answer', sa.String(length=500), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('score BETWEEN 1 AND 5', name=op.f('ck_reviews_score_range')),
    sa.ForeignKeyConstraint(['enterprise_id'], ['enterprises.id'], name=op.f('fk_reviews_enterprise_id_enterprises')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_reviews_order_id_orders')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_reviews_provider_id_providers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reviews')),
    sa.UniqueConstraint('order_id', name=op.f('uq_reviews_order_id'))
    )
    op.create_index(op.f('ix_reviews_provider_id'), 'reviews', ['provider_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_reviews_provider_id'), table_name='reviews')
    op.drop_table('reviews')
    op.drop_index(op.f('ix_order_documents_order_id_kind'), table_name='order_documents')
    op.drop_table('order_documents')
    op.drop_index(op.f('ix_order_commands_order_id'), table_name='order_commands')
    op.drop_table('order_commands')
    op.drop_index(op.f('ix_orders_voucher_id'), table_name='orders')
    op.drop_index(op.f('ix_orders_provider_id_state'), table_name='orders')
    op.drop_index(op.f('ix_orders_programme_id_state'), table_name='orders')
    op.drop_index(op.f('ix_orders_enterprise_id_placed_at'), table_name='orders')
    op.drop_table('orders')
