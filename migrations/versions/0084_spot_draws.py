"""Spot checks beside those of claims: a rule and a seed fixed beforehand, who entered, what was drawn, and what was found."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0084_spot_draws"
down_revision = "0083_supervision"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _draws()
    _entries()
    _items()


def _draws() -> None:
    op.create_table(
        "spot_draws",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("form", sa.String(32), nullable=False),
        sa.Column("population", sa.String(32), nullable=False),
        sa.Column("area_code", sa.String(6), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("above_fen", sa.BigInteger()),
        sa.Column("by_risk", sa.Boolean(), nullable=False),
        sa.Column("seed", sa.String(64), nullable=False),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("entered", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("planned_by", sa.Uuid(), nullable=False),
        sa.Column("planned_in", sa.Uuid()),
        sa.Column("planned_at", _AT, nullable=False),
        sa.Column("drawn_at", _AT),
        sa.Column("closed_at", _AT),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_spot_draws_days_in_order")),
        sa.CheckConstraint("size >= 0 AND (size > 0 OR above_fen IS NOT NULL)", name=op.f("ck_spot_draws_draws_something")),
        sa.CheckConstraint("length(seed) = 64 AND length(commitment) = 64", name=op.f("ck_spot_draws_seed_committed")),
        sa.CheckConstraint(
            "drawn_at IS NULL OR (drawn_at > planned_at AND entered > 0 AND length(digest) = 64)",
            name=op.f("ck_spot_draws_drawn_of_something"),
        ),
        sa.CheckConstraint("(state = 'planned') = (drawn_at IS NULL)", name=op.f("ck_spot_draws_drawn_when_drawn")),
        sa.CheckConstraint("form IN ('routine', 'special', 'cross', 'surprise', 'expert')", name=op.f("ck_spot_draws_form_known")),
        sa.CheckConstraint(
            "population IN ('claims', 'orders', 'matches', 'reports', 'providers')", name=op.f("ck_spot_draws_population_known")
        ),
        sa.CheckConstraint("state IN ('planned', 'drawn', 'closed')", name=op.f("ck_spot_draws_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_draws")),
        sa.UniqueConstraint("number", name=op.f("uq_spot_draws_number")),
    )
    op.create_index(op.f("ix_spot_draws_area_code_state"), "spot_draws", ["area_code", "state"])
    op.create_index(op.f("ix_spot_draws_planned_at_id"), "spot_draws", ["planned_at", "id"])


def _entries() -> None:
    op.create_table(
        "spot_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("subject_type", sa.String(64), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid()),
        sa.Column("decided_by", sa.Uuid()),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("picked_by", sa.String(32), nullable=False),
        sa.CheckConstraint("weight >= 1", name=op.f("ck_spot_entries_weight_positive")),
        sa.CheckConstraint("picked_by IN ('none', 'above', 'lot', 'risk')", name=op.f("ck_spot_entries_picked_by_known")),
        sa.ForeignKeyConstraint(["draw_id"], ["spot_draws.id"], name=op.f("fk_spot_entries_draw_id_spot_draws")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_spot_entries_organisation_id_organisations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_entries")),
        sa.UniqueConstraint("draw_id", "place", name=op.f("uq_spot_entries_draw_id_place")),
        sa.UniqueConstraint("draw_id", "subject_id", name=op.f("uq_spot_entries_draw_id_subject_id")),
    )
    protect(op, "spot_entries")


def _items() -> None:
    op.create_table(
        "spot_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("checked_by", sa.Uuid()),
        sa.Column("checked_at", _AT),
        sa.Column("finding", sa.String(10)),
        sa.Column("report", sa.String(2000), nullable=False),
        sa.Column("file_id", sa.Uuid()),
        sa.CheckConstraint(
            "checked_by IS NULL OR (length(report) > 0 AND finding IN ('good', 'bad'))", name=op.f("ck_spot_items_checked_says_what")
        ),
        sa.ForeignKeyConstraint(["draw_id"], ["spot_draws.id"], name=op.f("fk_spot_items_draw_id_spot_draws")),
        sa.ForeignKeyConstraint(["entry_id"], ["spot_entries.id"], name=op.f("fk_spot_items_entry_id_spot_entries")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_spot_items_file_id_stored_files")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_items")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_spot_items_entry_id")),
    )
    op.create_index(op.f("ix_spot_items_draw_id_checked_by"), "spot_items", ["draw_id", "checked_by"])


def downgrade() -> None:
    op.drop_table("spot_items")
    release(op, "spot_entries")
    for table in ("spot_entries", "spot_draws"):
        op.drop_table(table)
