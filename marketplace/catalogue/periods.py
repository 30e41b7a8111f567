"""Counts the periods of public notices again when the calendar changes. Running it again changes nothing.

Publicity itself knows no calendar, and whoever waits for a notice stands above it. Runs before notices are closed.
"""

from datetime import datetime
from functools import partial
from uuid import UUID

from marketplace.kernel import sweeping
from marketplace.policy import terms
from marketplace.policy.queries import working_calendar
from marketplace.policy.terms import Changed
from marketplace.publicity import queries, service


def sweep(*, now: datetime) -> int:
    """How many notices got another last day."""
    return terms.recount("public_notices", now, partial(_recount, now))


def _recount(now: datetime, changed: Changed) -> int:
    return sweeping.each("publicity.recount", queries.running_over(changed.first, changed.last), _recount_one, now=now)


def _recount_one(notice_id: UUID) -> bool:
    return service.recount(notice_id, calendar=working_calendar())
