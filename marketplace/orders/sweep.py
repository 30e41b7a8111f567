"""What time does to orders: those not taken or contracted in time lapse, the late are reminded. Running it twice is the same."""

from datetime import date, datetime
from functools import partial

from marketplace.kernel.db import in_transaction
from marketplace.orders import queries, service


def sweep(now: datetime, today: date) -> int:
    """Each order in a transaction of its own, so one that waits for a lock holds up no other. How many lapsed or were reminded."""
    done = 0
    for order_id in queries.overdue(today):
        lapsed = in_transaction(partial(service.lapse, order_id, now=now))
        done += lapsed or in_transaction(partial(service.remind, order_id, now=now))
    return done
