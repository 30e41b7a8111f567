"""Claims, payment batches and lines.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008_settlement"
down_revision = '0007_orders'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('payment_batches',
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('book_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'submitted', 'approved', 'rejected', 'closed', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state_reason', sa.String(length=300), nullable=False),
    sa.Column('prepared_by', sa.Uuid(), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved_by', sa.Uuid(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("state NOT IN ('approved', 'closed') OR approved_by IS NOT NULL", name=op.f('ck_payment_batches_approved_by_somebody')),
    sa.CheckConstraint('approved_by IS NULL OR approved_by <> prepared_by', name=op.f('ck_payment_batches_two_people')),
    sa.ForeignKeyConstraint(['book_id'], ['ledger_books.id'], name=op.f('fk_payment_batches_book_id_ledger_books')),
    sa.ForeignKeyConstraint(['programme_id'], ['programmes.id'], name=op.f('fk_payment_batches_programme_id_programmes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_batches')),
    sa.UniqueConstraint('number', name=op.f('uq_payment_batches_number'))
    )
    op.create_index(op.f('ix_payment_batches_state'), 'payment_batches', ['state'], unique=False)
    op.create_table('claims',
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('payee_id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('book_id', sa.Uuid(), nullable=False),
    sa.Column('requested_fen', sa.BigInteger(), nullable=False),
    sa.Column('approved_fen', sa.BigInteger(), nullable=True),
    sa.Column('cut_reason', sa.String(length=500), nullable=False),
    sa.Column('checks', sa.JSON(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'submitted', 'returned', 'approved', 'refused', 'batched', 'settled', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state_reason', sa.String(length=500), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('submitted_by', sa.Uuid(), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('approved_fen IS NULL OR (approved_fen >= 0 AND approved_fen <= requested_fen)', name=op.f('ck_claims_approved_within_request')),
    sa.CheckConstraint('approved_fen IS NULL OR approved_fen = requested_fen OR length(cut_reason) > 0', name=op.f('ck_claims_cut_has_reason')),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> submitted_by', name=op.f('ck_claims_decided_by_another')),
    sa.CheckConstraint('requested_fen > 0', name=op.f('ck_claims_requested_positive')),
    sa.ForeignKeyConstraint(['book_id'], ['ledger_books.id'], name=op.f('fk_claims_book_id_ledger_books')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_claims_order_id_orders')),
    sa.ForeignKeyConstraint(['payee_id'], ['organisations.id'], name=op.f('fk_claims_payee_id_organisations')),
    sa.ForeignKeyConstraint(['programme_id'], ['programmes.id'], name=op.f('fk_claims_programme_id_programmes')),
    sa.ForeignKeyConstraint(['provider_id'], ['providers.id'], name=op.f('fk_claims_provider_id_providers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_claims')),
    sa.UniqueConstraint('number', name=op.f('uq_claims_number')),
    sa.UniqueConstraint('order_id', name=op.f('uq_claims_order_id'))
    )
    op.create_index(op.f('ix_claims_programme_id_state'), 'claims', ['programme_id', 'state'], unique=False)
    op.create_index(op.f('ix_claims_provider_id_state'), 'claims', ['provider_id', 'state'], unique=False)
    op.create_table('payment_lines',
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('claim_id', sa.Uuid(), nullable=False),
    sa.Column('live_claim_id', sa.Uuid(), nullable=True),
    sa.Column('payee_name', sa.String(length=120), nullable=False),
    sa.Column('payee_bank', sa.String(length=100), nullable=False),
    sa.Column('payee_account', sa.String(length=40), nullable=False),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False),
    sa.Column('split', sa.JSON(), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'paid', 'failed', 'dropped', name='state_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('bank_reference', sa.String(length=60), nullable=False),
    sa.Column('paid_on', sa.Date(), nullable=True),
    sa.Column('failure', sa.String(length=300), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.Column('recorded_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("state <> 'failed' OR length(failure) > 0", name=op.f('ck_payment_lines_failed_has_reason')),
    sa.CheckConstraint("state <> 'paid' OR (length(bank_reference) > 0 AND paid_on IS NOT NULL)", name=op.f('ck_payment_lines_paid_has_slip')),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_payment_lines_amount_positive')),
    sa.ForeignKeyConstraint(['batch_id'], ['payment_batches.id'], name=op.f('fk_payment_lines_batch_id_payment_batches')),
    sa.ForeignKeyConstraint(['claim_id'], ['claims.id'], name=op.f('fk_payment_lines_claim_id_claims')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_files.id'], name=op.f('fk_payment_lines_file_id_stored_files')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_lines')),
    sa.UniqueConstraint('batch_id', 'claim_id', name=op.f('uq_payment_lines_batch_id_claim_id')),
    sa.UniqueConstraint('live_claim_id', name=op.f('uq_payment_lines_live_claim_id'))
    )
    op.create_index(op.f('ix_payment_lines_bank_reference'), 'payment_lines', ['bank_reference'], unique=False)
    op.create_index(op.f('ix_payment_lines_claim_id'), 'payment_lines', ['claim_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_payment_lines_claim_id'), table_name='payment_lines')
    op.drop_index(op.f('ix_payment_lines_bank_reference'), table_name='payment_lines')
    op.drop_table('payment_lines')
    op.drop_index(op.f('ix_claims_provider_id_state'), table_name='claims')
    op.drop_index(op.f('ix_claims_programme_id_state'), table_name='claims')
    op.drop_table('claims')
    op.drop_index(op.f('ix_payment_batches_state'), table_name='payment_batches')
    op.drop_table('payment_batches')
