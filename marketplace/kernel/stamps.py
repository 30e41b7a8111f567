"""What tells a process that its copy of something in the database is old: a stamp, renewed with every change.

A stamp is never the same again, so one that was rolled back, or stands in another database, is taken for no other.
"""

from uuid import UUID

from sqlalchemy import String, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from marketplace.kernel.db import Model, db, table_of
from marketplace.kernel.ids import uuid7

_SEEN = "stamps"  # in Session.info: what this transaction has read, by name


class Stamp(Model):
    """The newest stamp of something that processes keep a copy of."""

    __tablename__ = "stamps"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[UUID]


def current(name: str) -> UUID | None:
    """The stamp of now, asked once in a transaction. None: it was never changed, so nothing may be kept."""
    known: dict[str, UUID | None] = db.session().info.setdefault(_SEEN, {})
    if name not in known:
        known[name] = db.session.scalar(select(Stamp.value).where(Stamp.name == name))
    return known[name]


def renew(name: str) -> None:
    """Say that something has changed, in the transaction that changes it."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    row = insert(table_of(Stamp)).values(name=name, value=uuid7())
    db.session.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value}))
    db.session().info.pop(_SEEN, None)


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, _transaction: SessionTransaction) -> None:
    session.info.pop(_SEEN, None)
