"""Sealed blocks of the ledger and the trail, and which rows each holds.

Both are append-only; the heads are published outside the database as well.
"""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0011_seals"
down_revision = '0010_evaluation'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('seal_blocks',
    sa.Column('stream', sa.String(length=60), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('root', sa.String(length=64), nullable=False),
    sa.Column('previous_head', sa.String(length=64), nullable=False),
    sa.Column('algorithm', sa.String(length=16), nullable=False),
    sa.Column('key_id', sa.String(length=16), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('block_format', sa.SmallInteger(), nullable=False),
    sa.Column('head', sa.String(length=64), nullable=False),
    sa.Column('signature', sa.String(length=128), nullable=False),
    sa.CheckConstraint('number > 0 AND size > 0 AND total >= size', name=op.f('ck_seal_blocks_counts_positive')),
    sa.PrimaryKeyConstraint('stream', 'number', name=op.f('pk_seal_blocks'))
    )
    op.create_table('seal_members',
    sa.Column('stream', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('row_id', sa.Uuid(), nullable=False),
    sa.Column('block_number', sa.BigInteger(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('leaf_hash', sa.String(length=64), nullable=False),
    sa.CheckConstraint('position >= 0', name=op.f('ck_seal_members_position_positive')),
    sa.ForeignKeyConstraint(['stream', 'block_number'], ['seal_blocks.stream', 'seal_blocks.number'], name=op.f('fk_seal_members_stream_block_number_seal_blocks')),
    sa.PrimaryKeyConstraint('stream', 'kind', 'row_id', name=op.f('pk_seal_members')),
    sa.UniqueConstraint('stream', 'block_number', 'position', name=op.f('uq_seal_members_stream_block_number_position'))
    )
    protect(op, "seal_blocks")
    protect(op, "seal_members")


def downgrade() -> None:
    release(op, "seal_members")
    release(op, "seal_blocks")
    op.drop_table('seal_members')
    op.drop_table('seal_blocks')
