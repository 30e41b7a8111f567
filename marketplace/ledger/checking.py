"""When the invariants are counted, and what was counted last: what was posted lately each round, the whole books at a rhythm.

A whole count reads every transfer, so it comes again after a hundred times as long as it took, and at least once a day: a small ledger
is counted each minute, a large one each hour, and never does it take more than a hundredth of the time. Monitoring reads what is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from marketplace.kernel import clock
from marketplace.kernel.db import db, in_transaction, snapshot, table_of
from marketplace.ledger import invariants, recent
from marketplace.ledger.models import InvariantCount

KINDS = (WHOLE, RECENT) = ("whole", "recent")
REST = 100  # times as long as a whole count took
AT_LEAST_EVERY = timedelta(days=1)
OVERLAP = timedelta(minutes=1)  # longer than most transactions that post; what a longer one wrote, the whole count reads


@dataclass(frozen=True, slots=True)
class Counted:
    """The last counts, the worse of both kinds, and when each kind was taken."""

    counts: Mapping[str, int]
    at: Mapping[str, datetime]


def last() -> Counted:
    """What was counted last; no counts where nobody counted yet."""
    rows = _rows()
    found: dict[str, int] = {}
    for row in rows.values():
        for name, count in row.counts.items():
            found[name] = max(count, found.get(name, 0))
    return Counted(found, {row.kind: row.counted_at for row in rows.values()})


def count(now: datetime) -> Counted:
    """Count what is due and keep it. What the lately posted shows stays until the whole was counted, and has it counted at once."""
    rows = _rows()
    whole, lately = rows.get(WHOLE), rows.get(RECENT)
    if whole is not None and whole.counted_at <= now < whole.counted_at + _rest(whole):
        began, since = clock.ticks(), min(now, max(row.counted_at for row in rows.values())) - OVERLAP
        with snapshot() as connection:
            found = recent.counts(connection, since)
        if not any(found.values()):
            known = lately.counts if lately else {}
            in_transaction(lambda: _keep(RECENT, now, began, {name: max(n, known.get(name, 0)) for name, n in found.items()}))
            return last()
        in_transaction(lambda: _keep(RECENT, now, began, found))
    elif lately is not None:
        in_transaction(_forget_recent)
    began = clock.ticks()
    with snapshot() as connection:
        all_of_it = invariants.counts(connection)
    in_transaction(lambda: _keep(WHOLE, now, began, all_of_it))
    return last()


def _rest(whole: InvariantCount) -> timedelta:
    return min(timedelta(milliseconds=REST * whole.took_ms), AT_LEAST_EVERY)


def _rows() -> dict[str, InvariantCount]:
    return {row.kind: row for row in db.session.scalars(select(InvariantCount))}


def _forget_recent() -> None:
    db.session.execute(delete(table_of(InvariantCount)).where(InvariantCount.kind == RECENT))


def _keep(kind: str, now: datetime, began: float, counts: Mapping[str, int]) -> None:
    row = db.session.get(InvariantCount, kind, populate_existing=True)
    if row is None:
        row = InvariantCount(kind=kind)
        db.session.add(row)
    row.counted_at, row.took_ms, row.counts = now, round(1000 * (clock.ticks() - began)), dict(counts)
