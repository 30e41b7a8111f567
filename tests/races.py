"""Several people at the same moment: runs works in threads that start together, each with a context and a connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from flask import Flask

from marketplace.kernel.db import db, in_transaction
from marketplace.kernel.errors import Busy


def tried(work: Callable[[], Any]) -> Any:
    """Until the database is less busy: what a person does with a 503."""
    while True:
        try:
            return in_transaction(work)
        except Busy:
            continue


def race(app: Flask, works: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each work answered, or the exception it ended with, in the order given. For tests with `fresh_app`."""
    start = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        with app.app_context():
            start.wait(timeout=10)
            try:
                return work()
            except Exception as error:
                return error
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
