"""What time does to orders: silence counts, what nobody acts on lapses, people are reminded. Running it twice is the same."""

from datetime import date, datetime
from functools import partial

from marketplace.kernel.db import in_transaction
from marketplace.orders import queries, service
from marketplace.policy import terms
from marketplace.policy.terms import Changed


def sweep(now: datetime, today: date) -> int:
    """Each order in a transaction of its own, so one that waits for a lock holds up no other. For how many something was done."""
    done = terms.recount("orders", now, _recount)
    done += sum(in_transaction(partial(service.remind_ahead, order_id, now=now)) for order_id in queries.to_remind(today))
    for order_id in queries.overdue(today):
        steps = (service.accept_by_default, service.ask_officer, service.lapse, service.remind)
        done += any(in_transaction(partial(step, order_id, now=now)) for step in steps)
    return done


def _recount(changed: Changed) -> int:
    return sum(in_transaction(partial(service.recount, order_id)) for order_id in queries.running_over(changed))
