"""Few credit points ask for one level more in the review of a claim. Claims that wait already go on as they began."""

import sqlalchemy as sa
from alembic import op

revision = "0114_credit_reviews"
down_revision = "0113_match_lessons"
branch_labels = None
depends_on = None

_WHOLE = (
    "(few_points IS NULL) = (few_points_of IS NULL) AND (few_points IS NULL) = (few_points_floor IS NULL)"
    " AND (few_points IS NULL OR (few_points >= 0 AND few_points < few_points_floor))"
)


def upgrade() -> None:
    op.create_table(
        "credit_reviews",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("floor", sa.Integer(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("points >= 0 AND floor > points", name=op.f("ck_credit_reviews_points_below_floor")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_credit_reviews_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_reviews")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_credit_reviews_organisation_id")),
    )
    op.add_column("claims", sa.Column("few_points_of", sa.Uuid(), nullable=True))
    op.add_column("claims", sa.Column("few_points_floor", sa.Integer(), nullable=True))
    op.execute(f"ALTER TABLE claims ADD COLUMN few_points INTEGER CONSTRAINT ck_claims_few_points_whole CHECK ({_WHOLE})")
    op.add_column("claim_opinions", sa.Column("few_points", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.execute("ALTER TABLE claim_opinions DROP COLUMN few_points")
    for column in ("few_points", "few_points_floor", "few_points_of"):
        op.execute(f"ALTER TABLE claims DROP COLUMN {column}")
    op.drop_table("credit_reviews")
