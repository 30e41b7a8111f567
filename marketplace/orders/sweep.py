"""What time does to orders: silence counts, what nobody acts on lapses, people are reminded. Running it twice is the same."""

from datetime import datetime
from functools import partial
from uuid import UUID

from marketplace.kernel import sweeping
from marketplace.kernel.db import in_transaction
from marketplace.notices import reminding
from marketplace.orders import queries, reminders, service
from marketplace.orders.queries import joint as joint_reads
from marketplace.orders.service import joint, signals
from marketplace.policy import terms
from marketplace.policy.terms import Changed


def sweep(now: datetime) -> int:
    """Each order in transactions of its own, so one that waits for a lock holds up no other. For how many something was done."""
    done = terms.recount("orders", now, partial(_recount, now))
    done += sweeping.each("orders.remind", queries.to_remind(now), partial(service.remind_ahead, now=now), now=now)
    done += reminding.sweep("orders", reminders.to_remind, partial(reminders.remind, ways=reminding.ways(), now=now), now=now)
    done += sweeping.each("orders.split", queries.split_no_more(), partial(signals.close_split, now=now), now=now)
    done += sweeping.each("orders.joint", joint_reads.broken(), partial(joint.end_broken, now=now), now=now)
    done += sweeping.each("orders.stale", joint_reads.stale(), partial(joint.end_stale, now=now), now=now)
    late = queries.overdue(now)
    return done + sweeping.alone("orders.overdue", late, partial(_overdue, now=now), now=now, waits=True)


def _overdue(order_id: UUID, *, now: datetime) -> int:
    steps = (service.accept_by_default, service.ask_officer, service.put_unanswered, service.lapse, service.remind)
    return any(in_transaction(partial(step, order_id, now=now)) for step in steps)


def _recount(now: datetime, changed: Changed) -> int:
    in_transaction(partial(sweeping.wake, "orders.overdue"))  # some waited for the calendar
    return sweeping.each("orders.recount", queries.running_over(changed), partial(service.recount, now=now), now=now)
