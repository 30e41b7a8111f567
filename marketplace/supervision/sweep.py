"""What time does to cases: where nobody appealed in time, they are closed. Running it twice is the same."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from marketplace.kernel import clock, sweeping
from marketplace.kernel.db import db, in_transaction
from marketplace.policy import terms
from marketplace.policy.terms import Changed
from marketplace.supervision import queries, service
from marketplace.supervision.queries import social as reads
from marketplace.supervision.service import looks, social

NIGHT_HOUR = 3  # China time; from then on the day's look is due


def sweep(now: datetime) -> int:
    """How many cases were closed, and how many got another day; how many social supervisors' terms are over."""
    today = clock.civil_date(now)
    if now.astimezone(clock.CST).hour >= NIGHT_HOUR:
        in_transaction(partial(looks.ask_nightly, today))
    ended = sweeping.each("supervision.social", _terms_over(now), partial(social.end_over, now=now), now=now)
    done = ended + terms.recount("supervision_cases", now, partial(_recount, now))
    return done + sweeping.each("supervision.close", _over(now), partial(service.close, now=now), now=now, waits=True)


def _over(now: datetime) -> Sequence[UUID]:
    return db.session.scalars(queries.appeal_over(clock.civil_date(now))).all()


def _terms_over(now: datetime) -> Sequence[UUID]:
    return db.session.scalars(reads.over(clock.civil_date(now))).all()


def _recount(now: datetime, changed: Changed) -> int:
    in_transaction(partial(sweeping.wake, "supervision.close"))  # some waited for the calendar
    return sweeping.each(
        "supervision.recount", db.session.scalars(queries.running_over(changed)).all(), partial(service.recount, now=now), now=now
    )
