"""Keep with an order and a service record what decided on the day.

A firm served in one year that grew in the next left the first year's count; orders could never count as low-fee service, for the fee kind
was nowhere. Records now keep size class and titles of the firm, offerings say their fee kind, and orders keep it. Records that were there
before get what is known today, marked as read by this migration; titles go by their dates.
"""

from alembic import op

from marketplace.kernel.append_only import protect, release

revision = "0022_facts_of_the_day"
down_revision = "0021_password_codes"
branch_labels = None
depends_on = None

_SIZES = "('large', 'medium', 'small', 'micro', 'not_covered', 'unknown')"
_ADDED = {
    "offerings": [("fee_kind", "VARCHAR(20)", "'standard'", "('low_fee', 'standard')", "ck_offerings_fee_kind_known")],
    "orders": [("fee_kind", "VARCHAR(20)", "'standard'", "('public_benefit', 'low_fee', 'standard')", "ck_orders_fee_kind_known")],
    "service_records": [
        ("firm_size", "VARCHAR(16)", "'unknown'", _SIZES, "ck_service_records_firm_size_known"),
        ("firm_facts_from", "VARCHAR(12)", "'migration'", "('record', 'migration')", "ck_service_records_firm_facts_from_known"),
    ],
}


def upgrade() -> None:
    for table, columns in _ADDED.items():
        for name, kind, default, allowed, check in columns:
            # A column's own CHECK: SQLite adds it without making the table anew, which would drop its triggers.
            op.execute(
                f"ALTER TABLE {table} ADD COLUMN {name} {kind} NOT NULL DEFAULT {default} CONSTRAINT {check} CHECK ({name} IN {allowed})"
            )
    op.execute("ALTER TABLE service_records ADD COLUMN firm_titles JSON NOT NULL DEFAULT '[]'")
    op.execute("ALTER TABLE service_records ADD COLUMN firm_facts_on DATE")
    release(op, "service_records")
    op.execute(
        "UPDATE service_records SET firm_facts_on = CURRENT_DATE, firm_size = COALESCE("
        "(SELECT size_class FROM enterprises WHERE enterprises.id = service_records.enterprise_id), 'unknown')"
    )
    gathered = "json_agg(kind)" if op.get_bind().dialect.name == "postgresql" else "json_group_array(kind)"
    held = (
        "titles.organisation_id = service_records.enterprise_id AND titles.state = 'accepted' "
        "AND titles.valid_from <= service_records.delivered_on "
        "AND (titles.valid_until IS NULL OR titles.valid_until >= service_records.delivered_on)"
    )
    op.execute(
        f"UPDATE service_records SET firm_titles = (SELECT {gathered} FROM (SELECT DISTINCT kind FROM titles WHERE {held} ORDER BY kind) AS k) "
        f"WHERE EXISTS (SELECT 1 FROM titles WHERE {held})"
    )
    protect(op, "service_records")


def downgrade() -> None:
    for name in ("firm_facts_on", "firm_titles"):
        op.execute(f"ALTER TABLE service_records DROP COLUMN {name}")
    for table, columns in _ADDED.items():
        for name, *_rest in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
