"""Books, accounts, entries, transfers.

The book's id is in every key. Entries and transfers are append-only; leaf hashes are there from the first row.
"""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, protect_totals, release

revision = "0002_ledger"
down_revision = '0001_kernel_audit_identity'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('ledger_books',
    sa.Column('code', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('leaf_format', sa.SmallInteger(), nullable=False),
    sa.Column('leaf_hash', sa.String(length=64), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_books')),
    sa.UniqueConstraint('code', name=op.f('uq_ledger_books_code'))
    )
    op.create_table('ledger_accounts',
    sa.Column('book_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=160), nullable=False),
    sa.Column('kind', sa.Enum('appropriation', 'pool', 'voucher', 'reserved', 'redeemed', 'payable', 'paid', 'recovered', 'surrendered', 'limit', 'limit_used', name='kind_known', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('shared', sa.Boolean(), nullable=False),
    sa.Column('may_go_negative', sa.Boolean(), nullable=False),
    sa.Column('debits_fen', sa.BigInteger(), nullable=False),
    sa.Column('credits_fen', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('leaf_format', sa.SmallInteger(), nullable=False),
    sa.Column('leaf_hash', sa.String(length=64), nullable=False),
    sa.CheckConstraint('debits_fen <= 4611686018427387904 AND credits_fen <= 4611686018427387904', name=op.f('ck_ledger_accounts_totals_bounded')),
    sa.CheckConstraint('debits_fen = CAST(debits_fen AS BIGINT) AND credits_fen = CAST(credits_fen AS BIGINT) AND version = CAST(version AS BIGINT)', name=op.f('ck_ledger_accounts_totals_whole')),
    sa.CheckConstraint('debits_fen >= 0 AND credits_fen >= 0 AND version >= 0', name=op.f('ck_ledger_accounts_totals_positive')),
    sa.CheckConstraint('may_go_negative OR debits_fen <= credits_fen', name=op.f('ck_ledger_accounts_not_overdrawn')),
    sa.ForeignKeyConstraint(['book_id'], ['ledger_books.id'], name=op.f('fk_ledger_accounts_book_id_ledger_books')),
    sa.PrimaryKeyConstraint('book_id', 'id', name=op.f('pk_ledger_accounts')),
    sa.UniqueConstraint('book_id', 'code', name=op.f('uq_ledger_accounts_book_id_code'))
    )
    op.create_index(op.f('ix_ledger_accounts_book_id_kind'), 'ledger_accounts', ['book_id', 'kind'], unique=False)
    op.create_index(op.f('ix_ledger_accounts_book_id_opened_at'), 'ledger_accounts', ['book_id', 'opened_at'], unique=False)
    op.create_table('ledger_entries',
    sa.Column('book_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('verb', sa.String(length=64), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('subject_type', sa.String(length=64), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('idempotency_key', sa.String(length=200), nullable=False),
    sa.Column('request_hash', sa.String(length=64), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reverses_id', sa.Uuid(), nullable=True),
    sa.Column('transfer_count', sa.SmallInteger(), nullable=False),
    sa.ForeignKeyConstraint(['book_id', 'reverses_id'], ['ledger_entries.book_id', 'ledger_entries.id'], name=op.f('fk_ledger_entries_book_id_reverses_id_ledger_entries')),
    sa.ForeignKeyConstraint(['book_id'], ['ledger_books.id'], name=op.f('fk_ledger_entries_book_id_ledger_books')),
    sa.PrimaryKeyConstraint('book_id', 'id', name=op.f('pk_ledger_entries')),
    sa.UniqueConstraint('book_id', 'idempotency_key', name=op.f('uq_ledger_entries_book_id_idempotency_key')),
    sa.UniqueConstraint('book_id', 'reverses_id', name=op.f('uq_ledger_entries_book_id_reverses_id'))
    )
    op.create_index(op.f('ix_ledger_entries_book_id_effective_on'), 'ledger_entries', ['book_id', 'effective_on'], unique=False)
    op.create_index(op.f('ix_ledger_entries_book_id_subject_id'), 'ledger_entries', ['book_id', 'subject_id'], unique=False)
    op.create_table('ledger_transfers',
    sa.Column('book_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('debit_account_id', sa.Uuid(), nullable=False),
    sa.Column('credit_account_id', sa.Uuid(), nullable=False),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False),
    sa.Column('debit_version', sa.BigInteger(), nullable=False),
    sa.Column('debit_balance_fen', sa.BigInteger(), nullable=False),
    sa.Column('credit_version', sa.BigInteger(), nullable=False),
    sa.Column('credit_balance_fen', sa.BigInteger(), nullable=False),
    sa.Column('leaf_format', sa.SmallInteger(), nullable=False),
    sa.Column('leaf_hash', sa.String(length=64), nullable=False),
    sa.CheckConstraint('amount_fen <= 1000000000000000', name=op.f('ck_ledger_transfers_amount_bounded')),
    sa.CheckConstraint('amount_fen = CAST(amount_fen AS BIGINT) AND debit_balance_fen = CAST(debit_balance_fen AS BIGINT) AND credit_balance_fen = CAST(credit_balance_fen AS BIGINT)', name=op.f('ck_ledger_transfers_amounts_whole')),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_ledger_transfers_amount_positive')),
    sa.CheckConstraint('debit_account_id <> credit_account_id', name=op.f('ck_ledger_transfers_two_accounts')),
    sa.ForeignKeyConstraint(['book_id', 'credit_account_id'], ['ledger_accounts.book_id', 'ledger_accounts.id'], name=op.f('fk_ledger_transfers_book_id_credit_account_id_ledger_accounts')),
    sa.ForeignKeyConstraint(['book_id', 'debit_account_id'], ['ledger_accounts.book_id', 'ledger_accounts.id'], name=op.f('fk_ledger_transfers_book_id_debit_account_id_ledger_accounts')),
    sa.ForeignKeyConstraint(['book_id', 'entry_id'], ['ledger_entries.book_id', 'ledger_entries.id'], name=op.f('fk_ledger_transfers_book_id_entry_id_ledger_entries')),
    sa.PrimaryKeyConstraint('book_id', 'id', name=op.f('pk_ledger_transfers')),
    sa.UniqueConstraint('book_id', 'credit_account_id', 'credit_version', name=op.f('uq_ledger_transfers_book_id_credit_account_id_credit_version')),
    sa.UniqueConstraint('book_id', 'debit_account_id', 'debit_version', name=op.f('uq_ledger_transfers_book_id_debit_account_id_debit_version')),
    sa.UniqueConstraint('book_id', 'entry_id', 'position', name=op.f('uq_ledger_transfers_book_id_entry_id_position'))
    )
    protect(op, "ledger_books")
    protect(op, "ledger_entries")
    protect(op, "ledger_transfers")
    protect_totals(op, 'ledger_accounts', totals=['debits_fen', 'credits_fen'], counter='version', fixed=['book_id', 'id', 'code', 'kind', 'shared', 'may_go_negative', 'opened_at', 'leaf_format', 'leaf_hash'])


def downgrade() -> None:
    release(op, "ledger_accounts")
    release(op, "ledger_transfers")
    release(op, "ledger_entries")
    release(op, "ledger_books")
    op.drop_table('ledger_transfers')
    op.drop_index(op.f('ix_ledger_entries_book_id_subject_id'), table_name='ledger_entries')
    op.drop_index(op.f('ix_ledger_entries_book_id_effective_on'), table_name='ledger_entries')
    op.drop_table('ledger_entries')
    op.drop_index(op.f('ix_ledger_accounts_book_id_opened_at'), table_name='ledger_accounts')
    op.drop_index(op.f('ix_ledger_accounts_book_id_kind'), table_name='ledger_accounts')
    op.drop_table('ledger_accounts')
    op.drop_table('ledger_books')
