"""What happened by itself at night: notices closed, quotas appeared, windows opened and closed, orders lapsed."""

from marketplace.catalogue import sweep as catalogue
from marketplace.demo.cast import Cast
from marketplace.demo.days import Days, at
from marketplace.demo.teller import Moment, Step, Story
from marketplace.orders import sweep as orders
from marketplace.publicity import sweep as publicity
from marketplace.settlement import sweep as settlement
from marketplace.vouchers import sweep as vouchers

_SWEEPS = (publicity.sweep, catalogue.sweep, vouchers.sweep, orders.sweep, settlement.sweep)


def sweeps(cast: Cast, days: Days) -> Story:
    """Before the offices open on every working day."""
    day = days.near(-204)
    while day <= days.ago(1):
        yield Step(at(day, "02:00"), _all, alone=True)
        day = days.calendar.add_working_days(day, 1, "540000").on
    yield Step(at(days.ago(1), "23:30"), _all, alone=True)


def _all(moment: Moment) -> None:
    for sweep in _SWEEPS:
        sweep(now=moment.now, today=moment.today)
