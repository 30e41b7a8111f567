"""How long a connection to PostgreSQL waits, and for what.

Whoever waits at a page gets an answer in seconds, even from a server that takes connections and never answers: the kernel there goes on
acknowledging packets, so no TCP setting notices, and `statement_timeout` would have to be kept by the very server that is gone. So the
wait is bounded here, in the client. A server that only takes too long is asked to stop: then the connection lives on, and whoever reads is
told to ask for less (`kernel.db_failures.is_cut`) rather than to wait for a database that is away.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg
from flask import has_request_context
from sqlalchemy import event
from sqlalchemy.engine import Engine

PAGE_SECONDS = 5.0  # one statement, while somebody waits
STOP_SECONDS = 0.5  # for a server that was asked to stop a statement
JOB_SECONDS = 900.0  # one statement of a job, a command, a migration

# Given where the URL names nothing else. Behind PgBouncer `options=` is left empty in the URL: it knows no start-up options.
_DEFAULTS = {
    "connect_timeout": "2",
    "tcp_user_timeout": "5000",  # milliseconds: the cable was pulled
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    # a lock is waited for no longer than a page is; a server process whose client has gone lets its locks go; compiling a plan costs a
    # page more than running it
    "options": "-c lock_timeout=4s -c idle_in_transaction_session_timeout=120s -c client_connection_check_interval=2s -c jit=off",
}

_seconds: ContextVar[float | None] = ContextVar("seconds", default=None)
writing: ContextVar[bool] = ContextVar("writing", default=False)  # inside `in_transaction`


@contextmanager
def answer_within(seconds: float) -> Iterator[None]:
    """Wait no longer than this for each answer of the database."""
    token = _seconds.set(seconds)
    try:
        yield
    finally:
        _seconds.reset(token)


def longest_wait() -> float:
    """Seconds to wait for one answer."""
    return _seconds.get() or (PAGE_SECONDS if has_request_context() else JOB_SECONDS)


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is given up when no answer comes. What it was doing is then unknown, so it is closed, never used again."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, longest_wait() if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:
            if not writing.get() and self._is_stopped(gen, interval):  # a command that is cut short is done again as a whole
                raise psycopg.errors.QueryCanceled("the statement took too long") from None
            self.pgconn.finish()
            raise psycopg.OperationalError("no answer from the database in time") from None

    def _is_stopped(self, gen: Any, interval: float) -> bool:
        """Ask the server to stop the statement; whether it said that it has."""
        if self.pgconn.transaction_status != psycopg.pq.TransactionStatus.ACTIVE or not psycopg.capabilities.has_cancel_safe():
            return False
        try:
            self.cancel_safe(timeout=STOP_SECONDS)
            super().wait(gen, interval, STOP_SECONDS)
        except psycopg.errors.QueryCanceled:
            return True
        except psycopg.Error:
            return False
        return False  # it answered after all, too late to be heard


@event.listens_for(Engine, "do_connect")
def _connect(dialect: Any, _record: Any, args: Any, parameters: dict[str, Any]) -> Any:
    if dialect.driver != "psycopg":
        return None
    return BoundedConnection.connect(*args, **{**_DEFAULTS, **parameters})
