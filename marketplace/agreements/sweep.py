"""What time does to agreements: they are over after their last day, and give back what they hold. Running it twice is the same."""

from datetime import datetime
from functools import partial

from marketplace.agreements import queries, service
from marketplace.kernel import sweeping


def sweep(now: datetime) -> int:
    """How many ended, or gave back what came later."""
    done = sweeping.each("agreements.end", queries.over(now), partial(service.end, now=now), now=now)
    return done + sweeping.each("agreements.hand_back", queries.holding_after_end(), partial(service.hand_back, now=now), now=now)
