"""One person, one duty: a user's roles all belong to the same kind of work.

A firm's roles, officer, finance, auditor, operator, expert and the three administrators are different duties; whoever holds two can ask and
decide, or decide and pay. Each grant names its duty, which follows from the role, and refers to its user's duty: a second duty finds no row to
refer to. The word that kept the three administrators apart goes: this is the same rule for everybody.

Users who hold several duties today keep the one that was granted last, which is what the security administrator meant last; their other roles
are taken back with a row in the trail, their sessions end, and a signal names each of them, so that an auditor looks at what they did meanwhile.
"""

import json
from collections import defaultdict

import sqlalchemy as sa
from alembic import op

from marketplace.audit.leaves import LEAF_FORMAT, canonical_json, event_leaf
from marketplace.kernel import clock
from marketplace.kernel.ids import uuid7

revision = "0017_one_duty"
down_revision = "0016_round_days"
branch_labels = None
depends_on = None

_FIRM = ("sme", "provider", "chain_leader")
_OTHERS = ("officer", "finance", "auditor", "operator", "expert", "system_admin", "security_admin", "audit_admin")
_DUTY_FOLLOWS_ROLE = " OR ".join(
    ["(duty = 'firm' AND role IN ('sme', 'provider', 'chain_leader'))", *(f"(duty = '{one}' AND role IN ('{one}'))" for one in _OTHERS)]
)
_ADMINS = "role IN ('system_admin', 'security_admin', 'audit_admin')"

_GRANTS = sa.table(
    "grants", sa.column("id", sa.Uuid()), sa.column("user_id", sa.Uuid()), sa.column("role", sa.String()), sa.column("duty", sa.String()),
    sa.column("created_at", sa.DateTime(timezone=True)),
)  # fmt: skip
_USERS = sa.table("users", sa.column("id", sa.Uuid()), sa.column("duty", sa.String()))
_SESSIONS = sa.table("user_sessions", sa.column("user_id", sa.Uuid()), sa.column("ended_at", sa.DateTime(timezone=True)))
_TRAIL = sa.table(
    "audit_events", sa.column("id", sa.Uuid()), sa.column("at", sa.DateTime(timezone=True)), sa.column("action", sa.String()),
    sa.column("actor_id", sa.Uuid()), sa.column("subject_type", sa.String()), sa.column("subject_id", sa.Uuid()),
    sa.column("book_id", sa.Uuid()), sa.column("details", sa.Text()), sa.column("leaf_format", sa.SmallInteger()),
    sa.column("leaf_hash", sa.String()),
)  # fmt: skip
_SIGNALS = sa.table(
    "risk_signals", sa.column("id", sa.Uuid()), sa.column("kind", sa.String()), sa.column("severity", sa.String()),
    sa.column("subject_type", sa.String()), sa.column("subject_id", sa.Uuid()), sa.column("region_code", sa.String()),
    sa.column("reason", sa.Text()), sa.column("evidence", sa.Text()), sa.column("state", sa.String()), sa.column("answer", sa.Text()),
    sa.column("raised_at", sa.DateTime(timezone=True)),
)  # fmt: skip


def upgrade() -> None:
    op.add_column("users", sa.Column("duty", sa.String(length=16), nullable=True))
    op.create_index("uq_users_id_duty", "users", ["id", "duty"], unique=True)
    op.add_column("grants", sa.Column("duty", sa.String(length=16), nullable=True))
    duty = sa.case((_GRANTS.c.role.in_(_FIRM), "firm"), else_=_GRANTS.c.role)
    op.execute(sa.update(_GRANTS).values(duty=duty))
    _keep_the_newest(op.get_bind())
    held = sa.select(sa.func.max(_GRANTS.c.duty)).where(_GRANTS.c.user_id == _USERS.c.id).scalar_subquery()
    op.execute(sa.update(_USERS).values(duty=held))
    with op.batch_alter_table("grants") as table:
        table.drop_constraint("uq_grants_separated", type_="unique")
        table.drop_constraint(op.f("ck_grants_separation_follows_role"), type_="check")
        table.drop_constraint(op.f("fk_grants_user_id_users"), type_="foreignkey")
        table.drop_column("separation")
        table.alter_column("duty", existing_type=sa.String(length=16), nullable=False)
        table.create_check_constraint(op.f("ck_grants_duty_follows_role"), _DUTY_FOLLOWS_ROLE)
        table.create_foreign_key("fk_grants_one_duty", "users", ["user_id", "duty"], ["id", "duty"])


def _keep_the_newest(connection: sa.Connection) -> None:
    rows = connection.execute(sa.select(_GRANTS).order_by(_GRANTS.c.created_at, _GRANTS.c.id)).all()
    held = defaultdict(list)
    for row in rows:
        held[row.user_id].append(row)
    for user_id, grants in held.items():
        kept = grants[-1].duty
        lost = [row for row in grants if row.duty != kept]
        if lost:
            _take_back(connection, user_id, kept, lost)


def _take_back(connection: sa.Connection, user_id: object, kept: str, lost: list[sa.Row]) -> None:
    now = clock.now()
    connection.execute(sa.delete(_GRANTS).where(_GRANTS.c.id.in_([row.id for row in lost])))
    connection.execute(sa.update(_SESSIONS).where(_SESSIONS.c.user_id == user_id, _SESSIONS.c.ended_at.is_(None)).values(ended_at=now))
    roles = sorted(row.role for row in lost)
    for role in roles:
        event = {
            "id": uuid7(), "at": now, "action": "role.revoked", "actor_id": None, "subject_type": "user", "subject_id": user_id,
            "book_id": None, "details": canonical_json({"role": role, "reason": "one person, one duty"}), "leaf_format": LEAF_FORMAT,
        }  # fmt: skip
        connection.execute(sa.insert(_TRAIL).values(**event, leaf_hash=event_leaf(event)))
    connection.execute(
        sa.insert(_SIGNALS).values(
            id=uuid7(), kind="duties_together", severity="serious", subject_type="user", subject_id=user_id, region_code=None,
            reason="一人曾同时担任须由不同的人担任的职责，系统保留了最后授予的一类，收回了其余角色。请核查其任职期间办理的事项。",
            evidence=json.dumps({"kept": kept, "revoked": roles}, sort_keys=True), state="open", answer="", raised_at=now,
        )
    )  # fmt: skip


def downgrade() -> None:
    op.add_column("grants", sa.Column("separation", sa.String(length=8), nullable=True))
    op.execute(f"UPDATE grants SET separation = 'admin' WHERE {_ADMINS}")  # noqa: S608 – our own words
    with op.batch_alter_table("grants") as table:
        table.drop_constraint("fk_grants_one_duty", type_="foreignkey")
        table.drop_constraint(op.f("ck_grants_duty_follows_role"), type_="check")
        table.drop_column("duty")
        table.create_foreign_key(op.f("fk_grants_user_id_users"), "users", ["user_id"], ["id"])
        table.create_unique_constraint("uq_grants_separated", ["user_id", "separation"])
        table.create_check_constraint(op.f("ck_grants_separation_follows_role"), f"({_ADMINS}) = (separation IS NOT NULL)")
    op.drop_index("uq_users_id_duty", table_name="users")
    op.drop_column("users", "duty")
