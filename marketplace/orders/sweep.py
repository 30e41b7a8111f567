"""What time does to orders: those not taken or contracted in time lapse, the late are reminded. Running it twice is the same."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from marketplace.kernel.db import in_transaction
from marketplace.orders import queries, service


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did."""

    lapsed: int
    reminded: int


def sweep(now: datetime, today: date) -> Swept:
    """Each order in a transaction of its own, so one that waits for a lock holds up no other."""
    lapsed = reminded = 0
    for order_id in queries.overdue(today):
        if in_transaction(partial(service.lapse, order_id, now=now)):
            lapsed += 1
        elif in_transaction(partial(service.remind, order_id, now=now)):
            reminded += 1
    return Swept(lapsed, reminded)
