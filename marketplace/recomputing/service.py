"""What a recomputation found, as it is kept and said; and asking for one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.jobs import Job, enqueue
from marketplace.recomputing.rules.outcome import Mismatch, Redecided, Value

KIND = "recompute.run"
NEWEST = timedelta(days=2)  # a night that was missed is caught up with by the next


@dataclass(frozen=True, slots=True)
class KeptDifference:
    """A difference as a job keeps it and the command tells it."""

    kind: str  # word of rules.outcome.DecisionKind
    row: str
    number: str
    address: str
    rule: str
    stored: str
    recomputed: str


def as_kept(one: Redecided) -> Iterator[KeptDifference]:
    """The differences of a decision: row, what is stored, what it is decided again, and the rule."""
    for found in one.mismatches:
        said = (_said(value, one, found) for value in (found.stored, found.recomputed))
        yield KeptDifference(one.kind.value, str(one.row_id), one.number, one.address, found.rule, *said)


def _said(value: Value, one: Redecided, found: Mismatch) -> str:
    if value is None:
        return "—"
    return format_money(value, one.currency) if found.is_money and isinstance(value, int) else str(value)


def ask_nightly(today: date, *, now: datetime) -> bool:
    """Ask for the recomputation of a night, once. Whether it was asked for now."""
    key = f"{KIND}:nightly:{today.isoformat()}"
    if db.session.scalar(select(Job.id).where(Job.dedupe_key == key)) is not None:
        return False
    enqueue(KIND, {"since": (now - NEWEST).isoformat()}, title=N_("复算"), dedupe_key=key)
    return True
