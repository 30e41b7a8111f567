"""Keep beside every due day what it was counted from, so that it is counted again when the calendar changes.

An order of late December fell due by weekdays; when the year's notice was entered later, its day stayed and it lapsed early. Rows that
wait for somebody get start and length from what they hold (when the step began, and the limit of their frozen version). A delivery that
was sent back and a claim that was returned do not say when: their columns stay empty and their day is never counted again.
"""

import json
from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0018_terms"
down_revision = "0017_one_duty"
branch_labels = None
depends_on = None

_KINDS = "'working', 'natural', 'months', 'fixed'"
_STEPS = (  # state, since when it waits, which limit of the programme
    ("placed", "placed_at", "accept"),
    ("taken", "taken_at", "contract_upload"),
    ("delivered", "delivered_at", "acceptance"),
    ("redeemed", "redeemed_at", "claim_window"),
)


def upgrade() -> None:
    op.create_table(
        "calendar_changes",
        sa.Column("layer", sa.String(length=6), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_calendar_changes_range_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_changes")),
    )
    op.create_index(op.f("ix_calendar_changes_changed_at"), "calendar_changes", ["changed_at"])
    op.create_table(
        "calendar_readers",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("seen_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_calendar_readers")),
    )
    for table in ("orders", "claims"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN due_start DATE")
        op.execute(f"ALTER TABLE {table} ADD COLUMN due_days BIGINT")
        check = f"CONSTRAINT ck_{table}_due_kind_known CHECK (due_kind IN ({_KINDS}))"
        op.execute(f"ALTER TABLE {table} ADD COLUMN due_kind VARCHAR(32) {check}")
        op.add_column(table, sa.Column("due_provisional", sa.Boolean(), nullable=False, server_default=sa.false()))
    _derive()


def _derive() -> None:
    bind = op.get_bind()
    civil = "date({0}, '+8 hours')" if bind.dialect.name == "sqlite" else "({0} AT TIME ZONE 'Asia/Shanghai')::date"
    for version_id, text in bind.execute(sa.text("SELECT id, spec FROM programme_versions")).all():
        times = json.loads(text)["times"]
        for state, since, limit in _STEPS:
            started = f"UPDATE orders SET due_start = {civil.format(since)}, due_kind = :kind, due_days = :days"  # noqa: S608
            where = f" WHERE version_id = :version AND state = :state AND due_on IS NOT NULL AND {since} IS NOT NULL"
            bind.execute(sa.text(started + where), {"version": version_id, "state": state, **_length(times[limit])})
        signed = (
            "UPDATE orders SET due_start = contract_on, due_kind = :kind, due_days = :days"
            " WHERE version_id = :version AND state = 'contracted' AND state_reason = '' AND due_on IS NOT NULL AND contract_on IS NOT NULL"
        )
        bind.execute(sa.text(signed), {"version": version_id, **_length(times["service"])})
        asked = (
            f"UPDATE claims SET due_start = {civil.format('submitted_at')}, due_kind = :kind, due_days = :days"  # noqa: S608
            " WHERE state = 'submitted' AND due_on IS NOT NULL AND submitted_at IS NOT NULL"
            " AND order_id IN (SELECT id FROM orders WHERE version_id = :version)"
        )
        bind.execute(sa.text(asked), {"version": version_id, **_length(times["review"])})


    last = bind.execute(sa.text("SELECT max(year) FROM calendar_years WHERE layer = '00'")).scalar()
    if last is not None:  # counted again before anything lapses, so a row marked too much does no harm
        for table in ("orders", "claims"):
            marked = f"UPDATE {table} SET due_provisional = true WHERE due_kind = 'working' AND due_on > :day"  # noqa: S608
            bind.execute(sa.text(marked).bindparams(sa.bindparam("day", type_=sa.Date())), {"day": date(int(last), 12, 31)})


def _length(limit: dict[str, object]) -> dict[str, object]:
    if limit.get("months") is not None:
        return {"kind": "months", "days": limit["months"]}
    if limit.get("days") is not None:
        return {"kind": limit.get("day_kind") or "working", "days": limit["days"]}
    return {"kind": "fixed", "days": None}


def downgrade() -> None:
    for table in ("claims", "orders"):
        for column in ("due_provisional", "due_kind", "due_days", "due_start"):
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    op.drop_index(op.f("ix_calendar_changes_changed_at"), table_name="calendar_changes")
    op.drop_table("calendar_readers")
    op.drop_table("calendar_changes")
