"""Leases: who takes long keeps what it does, and who dies holds it for two minutes."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Thread
from uuid import UUID

from flask import current_app
from sqlalchemy import String, update
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import Model, db, in_transaction, insert_new, table_of

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)


class LeaseLost(Exception):
    """Another worker has taken it up: this one stops, and writes nothing more about it."""


class Lease(Model):
    """Something that one of several workers does at a time."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    holder: Mapped[UUID]  # the worker that has it, or had it last
    until: Mapped[datetime]  # nobody else has it before


@contextmanager
def renewed(renew: Callable[[], object], every: timedelta) -> Iterator[None]:
    """Renew a lease from a thread aside while the block runs. A database that is away for a while is asked again."""
    app, over = current_app._get_current_object(), Event()  # type: ignore[attr-defined]

    def keep() -> None:
        while not over.wait(every.total_seconds()):
            with app.app_context():
                try:
                    renew()
                except LeaseLost:
                    return
                except Exception:
                    log.warning("a lease could not be renewed", exc_info=True)
                finally:
                    db.session.remove()

    aside = Thread(target=keep, name="lease", daemon=True)
    aside.start()
    try:
        yield
    finally:
        over.set()
        aside.join(every.total_seconds())


@contextmanager
def held(name: str, holder: UUID, *, rests: timedelta) -> Iterator[bool]:
    """Whether this worker may do it now. If so it has it until the block ends; from its beginning nobody else does it before `rests`."""
    began, take = clock.now(), partial(in_transaction, partial(_take, name, holder))
    if not take():
        yield False
        return
    with renewed(take, LEASE / 4):
        yield True
    table = table_of(Lease)
    ours = (table.c.name == name) & (table.c.holder == holder)
    in_transaction(lambda: db.session.execute(update(table).where(ours).values(until=began + rests)))


def _take(name: str, holder: UUID) -> bool:
    table, now = table_of(Lease), clock.now()
    free = (table.c.name == name) & ((table.c.until <= now) | (table.c.holder == holder))
    taken = update(table).where(free).values(holder=holder, until=now + LEASE).returning(table.c.name)
    if db.session.execute(taken).first() is not None:
        return True
    return insert_new(table, {"name": name, "holder": holder, "until": now + LEASE})
