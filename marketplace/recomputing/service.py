"""What a recomputation found, as it is kept and said; and asking for one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from marketplace.audit import service as audit
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.jobs import Job, JobState, enqueue
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
    area: str
    rule: str
    stored: str
    recomputed: str


def as_kept(one: Redecided) -> Iterator[KeptDifference]:
    """The differences of a decision: row, what is stored, what it is decided again, and the rule."""
    for found in one.mismatches:
        said = (_said(value, one, found) for value in (found.stored, found.recomputed))
        yield KeptDifference(one.kind.value, str(one.row_id), one.number, one.address, one.area_code, found.rule, *said)


def _said(value: Value, one: Redecided, found: Mismatch) -> str:
    if value is None:
        return "—"
    return format_money(value, one.currency) if found.is_money and isinstance(value, int) else str(value)


def ask(*, actor_id: UUID, request_key: UUID) -> Job:
    """Ask for a recomputation of everything; a repeat, or one while another still waits, answers with the job that is there."""
    key = f"{KIND}:{request_key}"
    begin(Command(request_key, "recomputation.asked", actor_id, request_key))
    known = or_(Job.dedupe_key == key, Job.state.in_([JobState.QUEUED, JobState.RUNNING]))
    job = db.session.scalars(select(Job).where(Job.kind == KIND, known).order_by(Job.created_at).limit(1)).first()
    if job is None:
        job = enqueue(KIND, {"since": None}, title=N_("复算"), owner_id=actor_id, dedupe_key=key)
        audit.record("recomputation.asked", actor_id=actor_id, subject_type="recomputation", subject_id=job.id)
    return job


def ask_nightly(today: date, *, now: datetime) -> bool:
    """Ask for the recomputation of a night, once. Whether it was asked for now."""
    key = f"{KIND}:nightly:{today.isoformat()}"
    if db.session.scalar(select(Job.id).where(Job.dedupe_key == key)) is not None:
        return False
    enqueue(KIND, {"since": (now - NEWEST).isoformat()}, title=N_("复算"), dedupe_key=key)
    return True


def runs(limit: int = 10) -> list[Job]:
    """The last recomputations, newest first, whoever asked."""
    return list(db.session.scalars(select(Job).where(Job.kind == KIND).order_by(Job.created_at.desc()).limit(limit)))
