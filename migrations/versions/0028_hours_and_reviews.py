"""Say when a bureau's phone is answered, and count the reviews that were written.

The foot of every page named an officer nobody could phone. Reviews were never counted on their offerings: every card said that there were
none, however many firms had rated the service.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028_hours_and_reviews"
down_revision = "0027_notice_terms"
branch_labels = None
depends_on = None

_OF = "FROM reviews JOIN orders ON orders.id = reviews.order_id WHERE orders.offering_id = offerings.id"


def upgrade() -> None:
    op.add_column("organisations", sa.Column("contact_hours", sa.String(length=60), nullable=False, server_default=""))
    op.execute(
        f"UPDATE offerings SET review_count = (SELECT count(*) {_OF}), review_total = (SELECT coalesce(sum(reviews.score), 0) {_OF}) "
        f"WHERE EXISTS (SELECT 1 {_OF})"
    )


def downgrade() -> None:
    op.drop_column("organisations", "contact_hours")
