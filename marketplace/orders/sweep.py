"""What time does to orders: those not taken or contracted in time lapse, the late are reminded. Running it twice is the same."""

from datetime import date, datetime
from functools import partial

from marketplace.kernel.db import in_transaction
from marketplace.orders import queries, service
from marketplace.policy import terms
from marketplace.policy.terms import Changed


def sweep(now: datetime, today: date) -> int:
    """Each order in a transaction of its own, so one that waits for a lock holds up no other. How many moved, lapsed or were reminded."""
    done = terms.recount("orders", now, _recount)
    for order_id in queries.overdue(today):
        lapsed = in_transaction(partial(service.lapse, order_id, now=now))
        done += lapsed or in_transaction(partial(service.remind, order_id, now=now))
    return done


def _recount(changed: Changed) -> int:
    return sum(in_transaction(partial(service.recount, order_id)) for order_id in queries.running_over(changed))
