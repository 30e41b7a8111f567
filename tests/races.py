"""Several people at the same moment: runs works in threads that start together, each with a context and a connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from flask import Flask

from marketplace.kernel.db import db


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
