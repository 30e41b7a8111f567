"""Hold in the database what services alone held: a round lies inside its programme's area, a user is stopped for a reason, and whoever
approves a claim in which a spot check found a problem says how it was considered.

Triggers look at what is written from now on. A round that was drawn up abroad, and a user who was stopped before reasons were kept, stay as
they are. What was made of a finding was in the trail only: it is copied from there; claims approved before it was asked for say so.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0044_reasons_and_areas"
down_revision = "0043_keys_of_before"
branch_labels = None
depends_on = None

_INSIDE = (
    "(SELECT CASE WHEN substr(p.area_code, 3) = '0000' THEN substr(p.area_code, 1, 2) WHEN substr(p.area_code, 5) = '00'"
    " THEN substr(p.area_code, 1, 4) ELSE p.area_code END FROM programmes p WHERE p.id = NEW.programme_id) || '%'"
)
RULES = (  # table, name, columns, what may not be, what is said
    ("rounds", "inside", "area_code, programme_id", f"NEW.area_code NOT LIKE {_INSIDE}", "a round lies inside the area of its programme"),
    (
        "users", "stopped", "state, state_reason", "NEW.state = 'suspended' AND trim(coalesce(NEW.state_reason, '')) = ''",
        "a user is stopped for a reason",
    ),
    (
        "claims", "considered", "state, spot_finding, considered",
        "NEW.spot_finding = 'bad' AND NEW.state IN ('approved', 'batched', 'settled') AND trim(NEW.considered) = ''",
        "a problem found on the spot is considered before a claim is approved",
    ),
)  # fmt: skip
_UNSAID = "核准时尚未要求说明。"


def upgrade() -> None:
    op.add_column("claims", sa.Column("considered", sa.String(2000), nullable=False, server_default=""))
    _consider_old()
    for table, name, columns, wrong, said in RULES:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE FUNCTION refuse_{table}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {wrong} THEN"
                f" RAISE EXCEPTION '{said}' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
            )
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE INSERT OR UPDATE OF {columns} ON {table}"
                f" FOR EACH ROW EXECUTE FUNCTION refuse_{table}_{name}()"
            )
            continue
        for verb, when in (("insert", "INSERT"), ("update", f"UPDATE OF {columns}")):
            op.execute(
                f"CREATE TRIGGER {table}_{name}_{verb} BEFORE {when} ON {table} WHEN {wrong} BEGIN SELECT RAISE(ABORT, '{said}'); END"
            )


def _consider_old() -> None:
    claims = sa.table("claims", sa.column("id", sa.Uuid()), sa.column("spot_finding"), sa.column("state"), sa.column("considered"))
    events = sa.table("audit_events", sa.column("subject_id", sa.Uuid()), sa.column("action"), sa.column("details"))
    bad = (claims.c.spot_finding == "bad") & claims.c.state.in_(["approved", "batched", "settled"])
    joined = claims.outerjoin(events, (events.c.subject_id == claims.c.id) & (events.c.action == "claim.approved"))
    for claim_id, details in op.get_bind().execute(sa.select(claims.c.id, events.c.details).select_from(joined).where(bad)).all():
        said = (json.loads(details).get("answer") if details else None) or _UNSAID
        op.execute(claims.update().where(claims.c.id == claim_id).values(considered=said[:2000]))


def downgrade() -> None:
    for table, name, *_rest in RULES:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER {table}_{name} ON {table}")
            op.execute(f"DROP FUNCTION refuse_{table}_{name}()")
            continue
        op.execute(f"DROP TRIGGER {table}_{name}_insert")
        op.execute(f"DROP TRIGGER {table}_{name}_update")
    op.drop_column("claims", "considered")
