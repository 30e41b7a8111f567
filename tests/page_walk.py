"""What a page costs: its statements, the rows that came back, its size, its time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import event

from marketplace.kernel.db import db
from tests.browser import Browser


@dataclass
class Counted:
    """Statements that were sent, rows that came back, and transactions begun."""

    statements: list[str] = field(default_factory=list)
    rows: int = 0
    transactions: int = 0


@contextmanager
def counted(app: Flask) -> Iterator[Counted]:
    """Count what is sent to an application's database, in whichever context."""
    with app.app_context():
        engine = getattr(db.engine, "engine", db.engine)
    seen = Counted()

    def note(_connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        seen.statements.append(statement)
        seen.rows += max(0, cursor.rowcount)

    def begin(_connection: Any) -> None:
        seen.transactions += 1

    event.listen(engine, "after_cursor_execute", note)
    event.listen(engine, "begin", begin)
    try:
        yield seen
    finally:
        event.remove(engine, "after_cursor_execute", note)
        event.remove(engine, "begin", begin)


@dataclass(frozen=True, slots=True)
class Visit:
    """One answer and what it took."""

    status: int
    statements: tuple[str, ...]
    rows: int
    milliseconds: int
    kilobytes: int


def visit(browser: Browser, path: str) -> Visit:
    """Open a page as the browser's user does, without looking at it."""
    began = time.perf_counter()
    with counted(browser.app) as seen:
        response = Context().run(lambda: browser.client.get(path, buffered=True))
    taken = round(1000 * (time.perf_counter() - began))
    return Visit(response.status_code, tuple(seen.statements), seen.rows, taken, len(response.data) // 1000)
