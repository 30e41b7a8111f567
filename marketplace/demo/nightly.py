"""What happened by itself at night: notices closed, quotas appeared, windows opened and closed, orders lapsed."""

from marketplace.capabilities import modules
from marketplace.demo.days import Days, at
from marketplace.demo.known_ids import KnownIds
from marketplace.demo.timeline import Moment, Step, Story


def sweeps(ids: KnownIds, days: Days) -> Story:
    """Before the offices open on every working day."""
    day = days.near(-204)
    while day <= days.ago(1):
        yield Step(at(day, "02:00"), _all, alone=True)
        day = days.calendar.add_working_days(day, 1, "540000").on
    yield Step(at(days.ago(1), "23:30"), _all, alone=True)


def _all(moment: Moment) -> None:
    for module in modules("sweep"):
        if not getattr(module, "LOOKS_ON", False):
            module.sweep(now=moment.now)
