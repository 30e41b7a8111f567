"""Work in many transactions, one after the other, lets other writers in between. SQLite has one writer at a time and no queue: who waits
asks again every tenth of a second, and never meets the gap between two transactions of somebody in a hurry."""

import time

from marketplace.kernel.db import db

EVERY_SECONDS = 1.0  # well within the five seconds for which others ask (db.py: busy_timeout)
PAUSE_SECONDS = 0.12  # longer than who waits rests between two questions


class Turns:
    """How long somebody has been writing; `give` is called between two transactions."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def give(self) -> None:
        """Rest for a moment where others may have waited for a second."""
        if db.engine.dialect.name == "sqlite" and time.monotonic() - self._since >= EVERY_SECONDS:
            time.sleep(PAUSE_SECONDS)
            self._since = time.monotonic()
