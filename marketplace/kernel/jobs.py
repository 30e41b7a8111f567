"""Long work: a row that commits with the business that asked for it, run by the worker, shown with its progress.

A queue of its own (huey, rq) would be a second store to reconcile with this one; the table is the queue.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, String, Text, func, select, update
from sqlalchemy.orm import Mapped, aliased, mapped_column

from marketplace.kernel import clock, leases, stopping
from marketplace.kernel.db import HasId, Model, db, in_transaction, state_enum, table_of
from marketplace.kernel.errors import N_, Busy, DomainError
from marketplace.kernel.leases import LeaseLost
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.turns import Turns

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
LEASE = timedelta(minutes=2)  # renewed while the job runs: one without has lost its worker, and is taken up again


class JobState(Word):
    QUEUED = "queued", N_("排队中")
    RUNNING = "running", N_("进行中")
    DONE = "done", N_("已完成")
    FAILED = "failed", N_("未完成")


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
    not_before: Mapped[datetime] = mapped_column(default=clock.now)  # while running: until when its worker has it
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Stopped(Exception):
    """The worker was told to stop: the job goes back, and another goes on with it."""


class Progress(Protocol):
    """Told by a running job how far it is."""

    def __call__(self, done: int, total: int) -> None: ...


Handler = Callable[[Mapping[str, Any], Progress], Mapping[str, Any]]

_JOBS = table_of(Job)
_WORKERS_DIED = N_("这项工作几次都中途断掉，没有完成。已保存的部分仍然有效，请联系系统管理员查看原因后重新提交。")

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


def call_off(job_id: UUID, sentence: str) -> bool:
    """End a job that waits or runs, inside the caller's transaction; whether it did. Its worker notices when it says how far it is."""
    living = (_JOBS.c.id == job_id) & _JOBS.c.state.in_((JobState.QUEUED, JobState.RUNNING))
    said = {"state": JobState.FAILED, "error": sentence, "finished_at": clock.now()}
    return db.session.execute(update(_JOBS).where(living).values(**said).returning(_JOBS.c.id)).first() is not None


def _take() -> tuple[UUID, int] | None:
    """Mark the next job as ours; its id and which attempt this is, or None when nothing waits.

    Turns are fair: who asked for a long job has one of its kind done at a time, and who has none under way comes first. What the platform
    asked for itself has no owner, and waits for nobody.
    """
    moment = clock.now()
    _give_up(moment)
    waiting = Job.state.in_((JobState.QUEUED, JobState.RUNNING)) & (Job.not_before <= moment)
    other = aliased(Job)
    under_way = (other.owner_id == Job.owner_id) & (other.state == JobState.RUNNING) & (other.not_before > moment)
    busy = select(func.count()).select_from(other).where(under_way).correlate(Job).scalar_subquery()
    same = select(other.id).where(under_way, other.kind == Job.kind).correlate(Job).exists()
    statement = select(Job.id, Job.attempts).where(waiting, ~same).order_by(busy, Job.not_before, Job.id).limit(1)
    found = db.session.execute(statement.with_for_update(skip_locked=True)).one_or_none()
    if found is None:
        return None
    marked = {"state": JobState.RUNNING, "started_at": moment, "not_before": moment + LEASE, "attempts": found.attempts + 1}
    db.session.execute(update(_JOBS).where(_JOBS.c.id == found.id).values(**marked))
    return found.id, found.attempts + 1


def _give_up(moment: datetime) -> None:
    """A job whose worker died each time would otherwise kill workers for ever."""
    lost = (_JOBS.c.state == JobState.RUNNING) & (_JOBS.c.not_before <= moment) & (_JOBS.c.attempts >= MAX_ATTEMPTS)
    said = {"state": JobState.FAILED, "error": _WORKERS_DIED, "finished_at": moment}
    db.session.execute(update(_JOBS).where(lost).values(**said))


def _store(job_id: UUID, attempt: int, **values: Any) -> None:
    """Write down what became of our attempt. Raises: LeaseLost: it is no longer ours."""
    ours = (_JOBS.c.id == job_id) & (_JOBS.c.attempts == attempt) & (_JOBS.c.state == JobState.RUNNING)
    statement = update(_JOBS).where(ours).values(**values).returning(_JOBS.c.id)
    if in_transaction(lambda: db.session.execute(statement).first()) is None:
        raise LeaseLost


def _finish_badly(job: Job, error: Exception) -> None:
    if isinstance(error, DomainError) and not isinstance(error, Busy):
        _store(job.id, job.attempts, state=JobState.FAILED, error=error.text(), finished_at=clock.now())
        return
    log.exception("job %s %s failed", job.kind, job.id, exc_info=error)
    if job.attempts >= MAX_ATTEMPTS:
        _store(job.id, job.attempts, state=JobState.FAILED, error=f"{type(error).__name__}: {error}", finished_at=clock.now())
    else:
        _store(job.id, job.attempts, state=JobState.QUEUED, not_before=clock.now() + timedelta(seconds=5 * job.attempts))


def run_next() -> bool:
    """Do one waiting job. False when nothing waits. A refusal ends the job with its sentence; a bug is tried three times."""
    taken = in_transaction(_take)
    if taken is None:
        return False
    job_id, attempt = taken
    job = db.session.get(Job, job_id, populate_existing=True)
    assert job is not None
    kind, payload = job.kind, dict(job.payload)
    db.session.expunge(job)
    job.attempts = attempt

    turns = Turns()

    def progress(done: int, total: int) -> None:
        turns.give()
        if not stopping.goes_on():
            raise Stopped
        _store(job_id, attempt, done=done, total=total, not_before=clock.now() + LEASE)

    try:
        with leases.renewed(lambda: _store(job_id, attempt, not_before=clock.now() + LEASE), LEASE / 4):
            result = _handlers[kind](payload, progress)
        _store(job_id, attempt, state=JobState.DONE, result=dict(result), error=None, finished_at=clock.now())
    except LeaseLost:
        db.session.rollback()
        log.warning("job %s %s was taken up by another worker", kind, job_id)
    except Stopped:
        db.session.rollback()
        _store(job_id, attempt, state=JobState.QUEUED, attempts=attempt - 1, not_before=clock.now())
    except Exception as error:
        db.session.rollback()
        _finish_badly(job, error)
    return True


def run_all() -> int:
    """Do everything that waits; how many were done. For the demo, the tests and the nightly command."""
    count = 0
    while run_next():
        count += 1
    return count
