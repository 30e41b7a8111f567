"""Lets files go whose days are over. Runs with the worker; running it again changes nothing."""

from datetime import datetime
from functools import partial

from marketplace.exports import queries, service
from marketplace.exports.writing import files, tidy
from marketplace.kernel import sweeping

LOOKS_ON = True  # what it does is no part of the past that a demo tells


def sweep(*, now: datetime) -> int:
    """How many files were let go."""
    return tidy(now=now) + sweeping.each(
        "exports.lapse", queries.ended_ids(now=now), partial(service.lapse, files=files(), now=now), now=now
    )
