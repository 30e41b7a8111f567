"""What time does to claims: what nobody asked for, and what was not mended in time, goes back. Running it twice is the same."""

from datetime import date, datetime
from functools import partial

from marketplace.kernel.db import in_transaction
from marketplace.policy import terms
from marketplace.policy.terms import Changed
from marketplace.settlement import queries, service


def sweep(now: datetime, today: date) -> int:
    """How many claims got another day, orders were forfeited and claims refused."""
    done = terms.recount("claims", now, _recount)
    orders, claims = queries.overdue(today)
    done += sum(in_transaction(partial(service.forfeit, order_id, now=now)) for order_id in orders)
    return done + sum(in_transaction(partial(service.refuse_late, claim_id, now=now)) for claim_id in claims)


def _recount(changed: Changed) -> int:
    return sum(in_transaction(partial(service.recount, claim_id)) for claim_id in queries.running_over(changed))
