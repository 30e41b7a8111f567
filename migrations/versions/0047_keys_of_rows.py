"""Let keys of before answer where their command has another name now, or where only the row that it made carried them.

An officer's return of a claim kept its key as the order's; a member proposed and a judgement were known by their id alone. Nobody kept
what had been asked, or it was asked of another row, so these answer whoever asked it.
"""

from alembic import op

revision = "0047_keys_of_rows"
down_revision = "0046_said_sentences"
branch_labels = None
depends_on = None

_CLAIM = "(SELECT c.id FROM claims c WHERE c.order_id = commands.subject_id)"
_RETURNED = f"""
UPDATE commands SET verb = 'claim.returned', subject_id = {_CLAIM}, request_hash = ''
WHERE verb = 'order.claim_returned' AND EXISTS {_CLAIM}"""
_INTO = "INSERT INTO commands (key, verb, actor_id, subject_id, request_hash, done_at) "
_MADE = (
    "SELECT id, 'evaluation.propose_member', proposed_by, id, '', created_at FROM platform_members WHERE true",
    "SELECT id, 'evaluation.judge', actor_id, organisation_id, '', created_at FROM judgements WHERE true",
)


def upgrade() -> None:
    op.execute(_RETURNED)
    for rows in _MADE:
        op.execute(_INTO + rows + " ON CONFLICT DO NOTHING")


def downgrade() -> None:
    op.execute("DELETE FROM commands WHERE verb IN ('evaluation.propose_member', 'evaluation.judge') AND request_hash = ''")
