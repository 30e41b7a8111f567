"""Closes notices whose period is over. Runs with the worker; running it again changes nothing."""

from datetime import datetime
from functools import partial

from marketplace.kernel import sweeping
from marketplace.publicity import queries, service


def sweep(*, now: datetime) -> int:
    """How many notices were closed."""
    return sweeping.each("publicity.close", queries.ended_ids(now), partial(service.close_if_ended, now=now), now=now)
