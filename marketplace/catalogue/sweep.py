"""Admits providers whose notice closed, refuses those whose notice was stopped. Running it again changes nothing."""

from datetime import datetime
from functools import partial

from marketplace.catalogue import queries
from marketplace.catalogue.service import admission
from marketplace.kernel import sweeping


def sweep(*, now: datetime) -> int:
    """How many providers went on."""
    return sweeping.each("catalogue.follow", queries.with_ended_notice(), partial(admission.follow_notice, now=now), now=now)
