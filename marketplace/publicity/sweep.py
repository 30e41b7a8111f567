"""Closes notices whose period is over, and reminds of objections before their day. Runs with the worker; again it changes nothing."""

from datetime import datetime
from functools import partial

from marketplace.kernel import sweeping
from marketplace.notices import reminding
from marketplace.publicity import queries, reminders, service


def sweep(*, now: datetime) -> int:
    """How many notices were closed, and of how many objections somebody was reminded."""
    closed = sweeping.each("publicity.close", queries.ended_ids(now), partial(service.close_if_ended, now=now), now=now)
    tell = partial(reminders.remind, ways=reminding.ways(), now=now)
    return closed + reminding.sweep("publicity", reminders.to_remind, tell, now=now)
