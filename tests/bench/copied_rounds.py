"""A round as its people made it, copied as often as asked for: what is decided, what it stood on, the books and the trail, with new ids.

Every copy is like the first but for its ids, so it follows from its rules and facts as the first does. Only a bench may do this: the copies
go past every guard of the database.
"""

from sqlalchemy import Connection, insert, text

from marketplace.audit import leaves
from marketplace.audit.models import AuditEvent
from marketplace.kernel.db import db, table_of
from marketplace.kernel.pieces import pieces
from tests.order_factories import a_batch, a_claim, an_order, with_papers

_MONEY = "appropriations claims claim_opinions payment_batches payment_lines ledger_accounts ledger_entries ledger_transfers"
TABLES = f"rounds vouchers orders order_documents order_proposals order_disputes {_MONEY} audit_events".split()
SHARED = {"programme_id", "version_id", "book_id"}  # what all copies belong to
_ID = "([0-9a-f]{8})(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
_MADE_BY = "lpad(to_hex(copy), 8, '0')"  # the first digits of the ids of a copy


def a_round_of_orders(round_, count: int) -> None:
    """Three of ten orders of a round are paid, three are claimed, two accepted, two placed: each on a voucher of its own."""
    from tests.factories import a_voucher, an_offering

    offering = an_offering()
    for n in range(count):
        card = a_voucher(round_=round_)
        order = an_order("placed" if n % 10 > 7 else "redeemed", voucher=card, offering=offering)
        if n % 10 < 6:
            claim = a_claim("approved", order=with_papers(order))
            if n % 10 < 3:
                a_batch(claims=[claim])


def copied(times: int) -> None:
    """Everything once more for each time; the trail with leaves that fit."""
    db.session.remove()  # what it read would keep the tables from being changed
    with db.engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        for table in TABLES:
            _unbind(connection, table)
            _copy(connection, table, times)
    _seal_leaves()
    with db.engine.begin() as connection:
        connection.execute(text("ANALYZE"))


def _unbind(connection: Connection, table: str) -> None:
    """Printed numbers decide what is drawn, so copies bear the same: what is unique but for the key is no longer."""
    wanted = "SELECT conname FROM pg_constraint WHERE conrelid = CAST(:table AS regclass) AND contype = 'u'"
    for name in connection.scalars(text(wanted), {"table": table}).all():
        connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE'))
    wanted = (
        "SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid"
        " WHERE x.indrelid = CAST(:table AS regclass) AND x.indisunique AND NOT x.indisprimary"
    )
    for name in connection.scalars(text(wanted), {"table": table}).all():
        connection.execute(text(f'DROP INDEX "{name}"'))


def _copy(connection: Connection, table: str, times: int) -> None:
    wanted = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = :table AND table_schema = current_schema()"
    columns = connection.execute(text(wanted), {"table": table}).all()
    values = ", ".join(_value(name, kind) for name, kind in columns)
    named = ", ".join(f'"{name}"' for name, _kind in columns)
    statement = f"INSERT INTO {table} ({named}) SELECT {values} FROM {table}, generate_series(1, :times) AS copy"
    connection.execute(text(statement), {"times": times})


def _value(name: str, kind: str) -> str:
    """SQL of a column of a copy: the ids in it are the copy's own."""
    if kind == "uuid" and name not in SHARED:
        return f'CAST({_MADE_BY} || substr(CAST("{name}" AS text), 9) AS uuid)'
    if kind in {"json", "text", "character varying"}:
        return f"CAST(regexp_replace(CAST(\"{name}\" AS text), '{_ID}', {_MADE_BY} || '\\2', 'g') AS {kind})"
    return f'"{name}"'


def _seal_leaves() -> None:
    """A leaf is over the ids too."""
    events = table_of(AuditEvent)
    with db.engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        made = [
            {**row._asdict(), "leaf_hash": leaves.event_leaf(row._asdict())}
            for rows in pieces(connection, events.select(), events.c.at, events.c.id)
            for row in rows
        ]
        connection.execute(text("TRUNCATE audit_events CASCADE"))
        for start in range(0, len(made), 20_000):
            connection.execute(insert(events), made[start : start + 20_000])
