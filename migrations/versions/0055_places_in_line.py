"""Find the next in line of a round at once, however many were answered before."""

from alembic import op

revision = "0055_places_in_line"
down_revision = "0054_programme_drafts"
branch_labels = None
depends_on = None

_NAME = "ix_applications_round_id_state_sequence"


def upgrade() -> None:
    op.create_index(op.f(_NAME), "applications", ["round_id", "state", "sequence"])


def downgrade() -> None:
    op.drop_index(op.f(_NAME), table_name="applications")
