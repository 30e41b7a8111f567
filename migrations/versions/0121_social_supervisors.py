"""Social supervisors: appointed from outside for a region and a term, invited to checks; a check may ask for one of them."""

import sqlalchemy as sa
from alembic import op

revision = "0121_social_supervisors"
down_revision = "0120_closed_years"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "social_supervisors",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.String(6), nullable=False),
        sa.Column("capacity", sa.String(60), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("appointed_by", sa.Uuid(), nullable=False),
        sa.Column("appointed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(300), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_social_supervisors_days_in_order")),
        sa.CheckConstraint("appointed_by <> user_id", name=op.f("ck_social_supervisors_appointed_by_another")),
        sa.CheckConstraint("(ended_on IS NULL) = (length(end_reason) = 0)", name=op.f("ck_social_supervisors_end_says_why")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_social_supervisors_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_social_supervisors")),
    )
    running = {"sqlite_where": sa.text("ended_on IS NULL"), "postgresql_where": sa.text("ended_on IS NULL")}
    op.create_index("uq_social_supervisors_user_id", "social_supervisors", ["user_id"], unique=True, **running)
    op.create_index(op.f("ix_social_supervisors_area_code_appointed_at"), "social_supervisors", ["area_code", "appointed_at"])
    op.create_index(op.f("ix_social_supervisors_until_on"), "social_supervisors", ["until_on"])
    op.create_table(
        "social_visits",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("observation", sa.String(2000), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(observed_at IS NULL) = (length(observation) = 0)", name=op.f("ck_social_visits_observed_says_what")),
        sa.ForeignKeyConstraint(["item_id"], ["spot_items.id"], name=op.f("fk_social_visits_item_id_spot_items")),
        sa.ForeignKeyConstraint(
            ["supervisor_id"], ["social_supervisors.id"], name=op.f("fk_social_visits_supervisor_id_social_supervisors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_social_visits")),
        sa.UniqueConstraint("item_id", "supervisor_id", name=op.f("uq_social_visits_item_id_supervisor_id")),
    )
    op.create_index(op.f("ix_social_visits_supervisor_id_invited_at"), "social_visits", ["supervisor_id", "invited_at"])
    op.add_column("spot_draws", sa.Column("is_social", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.execute("ALTER TABLE spot_draws DROP COLUMN is_social")
    op.drop_table("social_visits")
    op.drop_table("social_supervisors")
