"""Who has the turn in a match is reminded; every night the search learns from what became of matches. Running it twice is the same."""

from datetime import datetime
from functools import partial

from marketplace.kernel import clock, sweeping
from marketplace.kernel.db import in_transaction
from marketplace.matching import queries, reminders
from marketplace.matching.service import learning, steps
from marketplace.notices import reminding
from marketplace.policy import terms
from marketplace.policy.terms import Changed

LOOKS_ON = True  # what it does is no part of the past that a demo tells

NIGHT_HOUR = 3  # China time


def sweep(now: datetime) -> int:
    """How many were reminded, got another day, and how many lessons were asked for."""
    done = terms.recount("matches", now, partial(_recount, now))
    done += reminding.sweep("matching", reminders.to_remind, partial(reminders.remind, ways=reminding.ways(), now=now), now=now)
    if now.astimezone(clock.CST).hour < NIGHT_HOUR:
        return done
    return done + in_transaction(lambda: learning.ask_nightly(clock.civil_date(now)))


def _recount(now: datetime, changed: Changed) -> int:
    return sweeping.each("matches.recount", queries.running_over(changed), steps.recount, now=now)
