"""What the clock does to oversight: the ledger's counts every round, the whole verification every night. Running it twice is the same."""

from datetime import datetime

from flask import current_app

from marketplace.kernel import clock, outbox, sweeping
from marketplace.kernel.db import in_transaction
from marketplace.ledger import checking
from marketplace.orders import queries as orders
from marketplace.oversight import verification
from marketplace.oversight.service import findings, resets
from marketplace.policy.queries import working_calendar
from marketplace.settlement import queries as settlement

LOOKS_ON = True  # what it does is no part of the past that a demo tells

NIGHT_HOUR = 2  # China time; from then on the day's verification is due


def sweep(now: datetime) -> int:
    """How many signals were raised and verifications begun."""
    today = clock.civil_date(now)
    counts = checking.count(now).counts
    done = in_transaction(lambda: resets.watch(now, hours=current_app.config["RESET_WATCH_HOURS"]))
    if any(counts.values()):
        done += in_transaction(lambda: findings.of_invariants(counts, now=now))
    if sweeping.untold():
        done += in_transaction(lambda: findings.of_faults(sweeping.untold(), now=now))
    if outbox.given_up(1):
        done += in_transaction(lambda: findings.of_unsent(outbox.given_up(), now=now))
    missing = working_calendar().to_confirm(today)
    if missing:
        waiting = orders.provisional() + settlement.provisional()
        done += in_transaction(lambda: sum(findings.of_calendar(year, layer, waiting, now=now) for year, layer in missing))
    if now.astimezone(clock.CST).hour >= NIGHT_HOUR:
        done += in_transaction(lambda: verification.ask_nightly(today))
    return done
