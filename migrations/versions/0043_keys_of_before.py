"""Move keys of before into the log of commands: rows that carry the id of the page that made them, and columns that held the last key.

Nobody kept what had been asked, so these answer whoever asked it for the same verb and row; the trail knows who that was. The columns
held nothing else, and go.
"""

import sqlalchemy as sa
from alembic import op

revision = "0043_keys_of_before"
down_revision = "0042_firm_of_claims"
branch_labels = None
depends_on = None

_INTO = "INSERT INTO commands (key, verb, actor_id, subject_id, request_hash, done_at) "
_FIRST = " ON CONFLICT DO NOTHING"

_MADE = (  # rows with their page's id, which the trail tells of from the first; who registers makes an organisation and a user
    "organisation.registered", "user.added", "offering.drafted", "dossier.declared", "staff.added", "objection.raised", "round.created",
    "appropriation.recorded", "report.created", "chain.created", "needs.drafted", "survey.opened", "batch.prepared", "export.asked",
)  # fmt: skip
_OF_THE_TRAIL = """
SELECT subject_id, action, actor_id, subject_id, '', at FROM audit_events WHERE action = '{action}' AND subject_id IS NOT NULL
ORDER BY at, id"""
_OF_ROWS = (
    "SELECT id, 'price.proposed', proposed_by, offering_id, '', created_at FROM offering_prices WHERE proposed_by IS NOT NULL",
    "SELECT id, 'chain.appointed', appointed_by, chain_id, '', created_at FROM chain_appointments WHERE true",
    "SELECT id, 'report.created', created_by, corrects_record_id, '', created_at FROM service_reports WHERE corrects_record_id IS NOT NULL",
    "SELECT v.id, 'programme.value_' || s.action, s.actor_id, v.programme_id, '', v.created_at"
    " FROM programme_versions v JOIN signed_values s ON s.version_id = v.id WHERE true",
    *(
        f"SELECT r.id, e.action, e.actor_id, r.{subject}, '', e.at FROM {table} r JOIN audit_events e ON e.subject_id = r.id"
        f" WHERE e.action = '{action}' ORDER BY e.at, e.id"
        for table, subject, action in (
            ("applications", "round_id", "application.submitted"),
            ("enterprise_years", "enterprise_id", "enterprise_year.declared"),
            ("titles", "organisation_id", "title.declared"),
        )
    ),
)
_LAST = """
SELECT r.last_key, e.action, e.actor_id, r.id, '', e.at FROM {table} r JOIN audit_events e ON e.id = (
  SELECT x.id FROM audit_events x WHERE x.subject_id = r.id AND x.action LIKE '{noun}.%' AND x.actor_id IS NOT NULL
  AND x.action NOT IN ('provider.opened', 'provider.profile_saved', 'provider.entered') ORDER BY x.at DESC, x.id DESC LIMIT 1
) WHERE r.last_key IS NOT NULL"""
_LAST_AGAIN = """
UPDATE {table} SET last_key = (
  SELECT c.key FROM commands c WHERE c.subject_id = {table}.id AND c.key <> {table}.id AND c.verb LIKE '{noun}.%'
  ORDER BY c.done_at DESC LIMIT 1
)"""
_HELD = (("providers", "provider"), ("offerings", "offering"))


def upgrade() -> None:
    for rows in (*_OF_ROWS, *(_OF_THE_TRAIL.format(action=action) for action in _MADE)):
        op.execute(_INTO + rows + _FIRST)
    for table, noun in _HELD:
        op.execute(_INTO + _LAST.format(table=table, noun=noun) + _FIRST)
        op.drop_column(table, "last_key")


def downgrade() -> None:
    for table, noun in _HELD:
        op.add_column(table, sa.Column("last_key", sa.Uuid(), nullable=True))
        op.execute(_LAST_AGAIN.format(table=table, noun=noun))
