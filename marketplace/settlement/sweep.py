"""What time does to claims: what nobody asked for, and what was not mended in time, goes back. Running it twice is the same."""

from datetime import datetime
from functools import partial

from marketplace.kernel import sweeping
from marketplace.kernel.db import in_transaction
from marketplace.notices import reminding
from marketplace.policy import terms
from marketplace.policy.terms import Changed
from marketplace.settlement import queries, reminders, service
from marketplace.settlement.queries import claim_terms, recoveries
from marketplace.settlement.recovery_models import Recovery
from marketplace.settlement.service import opening


def sweep(now: datetime) -> int:
    """How many claims got another day, orders were forfeited and claims refused."""
    done = terms.recount("claims", now, partial(_recount, now))
    done += reminding.sweep("settlement", reminders.to_remind, partial(reminders.remind, ways=reminding.ways(), now=now), now=now)
    done += sweeping.each("settlement.open_sources", opening.unopened(), partial(opening.open_sources, now=now), now=now)
    orders, claims = queries.overdue(now)
    done += sweeping.each("settlement.forfeit", orders, partial(service.forfeit, now=now), now=now, waits=True)
    return done + sweeping.each("settlement.refuse_late", claims, partial(service.refuse_late, now=now), now=now, waits=True)


def _recount(now: datetime, changed: Changed) -> int:
    for waiting in ("settlement.forfeit", "settlement.refuse_late"):  # some waited for the calendar
        in_transaction(partial(sweeping.wake, waiting))
    paid = claim_terms.PAYMENT.over(changed)
    sweeping.each("settlement.recount_pay", paid, service.recount_pay_term, now=now)
    reviewed = claim_terms.LEVEL.over(changed)
    sweeping.each("settlement.recount_level", reviewed, service.recount_level_term, now=now)
    moved = sweeping.each("settlement.recount", queries.running_over(changed), partial(service.recount, now=now), now=now)
    cases = recoveries.running_over(changed.touches(Recovery))
    return moved + sweeping.each("settlement.recount_recovery", cases, partial(service.recount_recovery, now=now), now=now)
