"""Long work: a row that commits with the business that asked for it, run by the worker, shown with its progress.

A queue of its own (huey, rq) would be a second store to reconcile with this one; the table is the queue.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, String, Text, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model, db, in_transaction, state_enum
from marketplace.kernel.errors import DomainError

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
STALE_AFTER = timedelta(minutes=10)  # a running job whose worker died is taken up again


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(HasId, Model):
    """A piece of long work and how far it is."""

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("done >= 0 AND total >= 0", name="progress_positive"),
        Index(None, "state", "not_before"),
        Index(None, "owner_id"),
    )

    kind: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200), default="")
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[JobState] = mapped_column(state_enum(JobState, "state_known"), default=JobState.QUEUED)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    error: Mapped[str | None] = mapped_column(Text)
    owner_id: Mapped[UUID | None]  # the user who asked
    dedupe_key: Mapped[str | None] = mapped_column(String(120), unique=True)  # the same key is queued once, for ever
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(default=clock.now)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Progress(Protocol):
    """Told by a running job how far it is."""

    def __call__(self, done: int, total: int) -> None: ...


Handler = Callable[[Mapping[str, Any], Progress], Mapping[str, Any]]

_handlers: dict[str, Handler] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of a kind: (payload, progress) -> result. It opens its own transactions and is repeatable."""

    def register(work: Handler) -> Handler:
        _handlers[kind] = work
        return work

    return register


def enqueue(kind: str, payload: Mapping[str, Any], *, title: str = "", owner_id: UUID | None = None, dedupe_key: str | None = None) -> Job:
    """Ask for a job, inside the caller's transaction."""
    if dedupe_key is not None:
        known = db.session.scalars(select(Job).where(Job.dedupe_key == dedupe_key)).one_or_none()
        if known is not None:
            return known
    job = Job(kind=kind, payload=dict(payload), title=title, owner_id=owner_id, dedupe_key=dedupe_key)
    db.session.add(job)
    db.session.flush()
    return job


def _take() -> UUID | None:
    """Mark the next job as ours; its id, or None when nothing waits."""
    moment = clock.now()
    waiting = or_(Job.state == JobState.QUEUED, (Job.state == JobState.RUNNING) & (Job.started_at < moment - STALE_AFTER))
    statement = select(Job.id).where(waiting, Job.not_before <= moment).order_by(Job.not_before, Job.id).limit(1)
    job_id = db.session.scalars(statement.with_for_update(skip_locked=True)).one_or_none()
    if job_id is not None:
        marked = {"state": JobState.RUNNING, "started_at": moment, "attempts": Job.attempts + 1}
        db.session.execute(update(Job.__table__).where(Job.id == job_id).values(**marked))  # type: ignore[arg-type]
    return job_id


def _store(job_id: UUID, **values: Any) -> None:
    in_transaction(lambda: db.session.execute(update(Job.__table__).where(Job.id == job_id).values(**values)))  # type: ignore[arg-type]


def _finish_badly(job: Job, error: Exception) -> None:
    if isinstance(error, DomainError):
        _store(job.id, state=JobState.FAILED, error=error.text(), finished_at=clock.now())
        return
    log.exception("job %s %s failed", job.kind, job.id, exc_info=error)
    if job.attempts >= MAX_ATTEMPTS:
        _store(job.id, state=JobState.FAILED, error=f"{type(error).__name__}: {error}", finished_at=clock.now())
    else:
        _store(job.id, state=JobState.QUEUED, not_before=clock.now() + timedelta(seconds=5 * job.attempts))


def run_next() -> bool:
    """Do one waiting job. False when nothing waits. A refusal ends the job with its sentence; a bug is tried three times."""
    job_id = in_transaction(_take)
    if job_id is None:
        return False
    job = db.session.get(Job, job_id, populate_existing=True)
    assert job is not None
    kind, payload = job.kind, dict(job.payload)
    db.session.expunge(job)

    def progress(done: int, total: int) -> None:
        _store(job_id, done=done, total=total)

    try:
        result = _handlers[kind](payload, progress)
    except Exception as error:
        db.session.rollback()
        _finish_badly(job, error)
    else:
        _store(job_id, state=JobState.DONE, result=dict(result), error=None, finished_at=clock.now())
    return True


def run_all() -> int:
    """Do everything that waits; how many were done. For the demo, the tests and the nightly command."""
    count = 0
    while run_next():
        count += 1
    return count
