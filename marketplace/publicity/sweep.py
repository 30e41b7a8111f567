"""Closes notices whose period is over. Runs with the worker; running it again changes nothing."""

from datetime import date, datetime
from functools import partial

from marketplace.kernel import sweeping
from marketplace.publicity import queries, service


def sweep(*, now: datetime, today: date) -> int:
    """How many notices were closed."""
    return sweeping.each("publicity.close", queries.ended_ids(today=today), partial(service.close_if_ended, now=now, today=today), now=now)
