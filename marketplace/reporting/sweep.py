"""Counts the figures of the front page and of spending when they are old. Runs with the worker; running it again changes nothing."""

from datetime import datetime, timedelta
from functools import partial

from flask import current_app

from marketplace.kernel.db import in_transaction
from marketplace.reporting.queries import counts
from marketplace.reporting.queries.spent import as_of
from marketplace.reporting.service import public_figures, summing

LOOKS_ON = True  # what it does is no part of the past that a demo tells


def sweep(*, now: datetime) -> int:
    """How much was counted."""
    every = timedelta(minutes=current_app.config["FIGURES_MINUTES"])
    return _front(now, now - every) + _spending(now, now - every)


def _front(now: datetime, before: datetime) -> int:
    if not public_figures.is_old(before=before):
        return 0
    found = counts()  # outside the transaction that keeps them
    return in_transaction(partial(public_figures.keep, found, now=now))


def _spending(now: datetime, before: datetime) -> int:
    last = as_of()
    if last is not None and last > before:
        return 0
    return in_transaction(partial(summing.count, None if last is None else summing.touched(last), now=now))
