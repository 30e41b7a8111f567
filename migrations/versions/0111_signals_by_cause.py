"""A kind of signal is raised again where there is a new reason, the log of commands gives no tip's code away, and what came back from the
bank was paid before.

A signal of before keeps no cause. The log kept the key of a tip's page, from which its code follows: it keeps what no key follows from; the
hash of what was asked went over that key and is emptied, as of keys from before contents were kept. That cannot be undone.
"""

import hashlib
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0111_signals_by_cause"
down_revision = "0110_budget_codes"
branch_labels = None
depends_on = None

_COMMANDS = sa.table("commands", *(sa.column(name, sa.Uuid) for name in ("key", "subject_id")), sa.column("verb"), sa.column("request_hash"))
_RULES = (  # table, name, verbs, what may not be
    (
        "payment_lines", "paid_first", "UPDATE OF paid_on",
        "EXISTS (SELECT 1 FROM payment_bounces b WHERE b.line_id = NEW.id AND b.bounced_on < NEW.paid_on)",
    ),
    (
        "payment_bounces", "paid_first", "INSERT",
        "EXISTS (SELECT 1 FROM payment_lines l WHERE l.id = NEW.line_id AND l.paid_on > NEW.bounced_on)",
    ),
)  # fmt: skip
_SAID = "money comes back after it left"


def upgrade() -> None:
    with op.batch_alter_table("risk_signals") as table:
        table.add_column(sa.Column("cause", sa.String(64), nullable=False, server_default=""))
        table.drop_constraint(op.f("uq_risk_signals_kind_subject_id"), type_="unique")
        table.create_unique_constraint(op.f("uq_risk_signals_kind_subject_id_cause"), ["kind", "subject_id", "cause"])
    _hide_keys(op.get_bind())
    for table_name, name, when, wrong in _RULES:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE FUNCTION refuse_{table_name}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {wrong} THEN"
                f" RAISE EXCEPTION '{_SAID}' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
            )
            run = f"FOR EACH ROW EXECUTE FUNCTION refuse_{table_name}_{name}()"
            op.execute(f"CREATE TRIGGER {table_name}_{name} BEFORE {when} ON {table_name} {run}")
            continue
        op.execute(
            f"CREATE TRIGGER {table_name}_{name} BEFORE {when} ON {table_name} WHEN {wrong} BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
        )


def _hide_keys(bind: sa.Connection) -> None:
    of_tips = _COMMANDS.c.verb == "tip.received"
    for key in bind.scalars(sa.select(_COMMANDS.c.key).where(of_tips)).all():
        hidden = UUID(bytes=hashlib.sha256(b"tip-log:" + key.bytes).digest()[:16])
        bind.execute(sa.update(_COMMANDS).where(_COMMANDS.c.key == key).values(key=hidden, subject_id=hidden, request_hash=""))


def downgrade() -> None:
    for table_name, name, _when, _wrong in _RULES:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER {table_name}_{name} ON {table_name}")
            op.execute(f"DROP FUNCTION refuse_{table_name}_{name}()")
        else:
            op.execute(f"DROP TRIGGER {table_name}_{name}")
    op.execute("DELETE FROM risk_signals WHERE cause <> '' AND EXISTS (SELECT 1 FROM risk_signals o WHERE o.kind = risk_signals.kind"
               " AND o.subject_id = risk_signals.subject_id AND o.id <> risk_signals.id AND (o.cause = '' OR o.id > risk_signals.id))")  # fmt: skip
    with op.batch_alter_table("risk_signals") as table:
        table.drop_constraint(op.f("uq_risk_signals_kind_subject_id_cause"), type_="unique")
        table.create_unique_constraint(op.f("uq_risk_signals_kind_subject_id"), ["kind", "subject_id"])
        table.drop_column("cause")
