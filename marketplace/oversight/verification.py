"""Verification as a job: started from the page and every night, its result kept with the job; what it finds becomes a signal."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import or_, select

from marketplace.audit import service as audit
from marketplace.kernel import clock
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import db, in_transaction, snapshot
from marketplace.kernel.errors import N_
from marketplace.kernel.jobs import Job, JobState, Progress, enqueue, handler
from marketplace.kernel.parallel_reading import usable_processes
from marketplace.kernel.raw_rows import Fault
from marketplace.ledger.verify import Verification
from marketplace.oversight.queries import reconciling
from marketplace.oversight.service import findings

KIND = "ledger.verify"
SHOWN = 500  # faults kept with the job; the command lists all


def ask(*, actor_id: UUID, request_key: UUID) -> Job:
    """Ask for a verification; a repeat of the request, or one while another still waits, answers with the job that is there."""
    key = f"{KIND}:{request_key}"
    begin(Command(request_key, "verification.asked", actor_id, request_key))
    known = or_(Job.dedupe_key == key, Job.state.in_([JobState.QUEUED, JobState.RUNNING]))
    job = db.session.scalars(select(Job).where(Job.kind == KIND, known).order_by(Job.created_at).limit(1)).first()
    if job is None:
        job = enqueue(KIND, {}, title=N_("账本核验"), owner_id=actor_id, dedupe_key=key)
        audit.record("verification.asked", actor_id=actor_id, subject_type="verification", subject_id=job.id)
    return job


def ask_nightly(today: date) -> bool:
    """Ask for the verification of a day, once. Whether it was asked for now."""
    key = f"{KIND}:nightly:{today.isoformat()}"
    if db.session.scalar(select(Job.id).where(Job.dedupe_key == key)) is not None:
        return False
    enqueue(KIND, {}, title=N_("账本核验"), dedupe_key=key)
    return True


def faults(verification: Verification) -> Iterator[Fault]:
    """Everything that is wrong: in the books and the trail themselves, then where the rows around them say something else."""
    yield from verification.faults()
    yield from reconciling.faults(verification.connection, verification.counts)


@handler(KIND)
def run(_payload: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Read everything at one moment; what is wrong goes into the result, the first of it in words."""
    found, kept = 0, []
    with snapshot() as connection:
        verification = Verification(connection, Path(current_app.config["SEALS_ROOT"]), clock.now(), progress, usable_processes())
        for fault in faults(verification):
            found += 1
            if found <= SHOWN:
                kept.append(
                    {"check": fault.check, "table": fault.table, "row": fault.row, "message": fault.message, "params": fault.params}
                )
    if found:
        in_transaction(lambda: findings.of_verification(kept, found, now=clock.now()))
    return {"clean": not found, "found": found, "checked": dict(verification.counts), "faults": kept}


def runs(limit: int = 10) -> list[Job]:
    """The last verifications, newest first, whoever asked."""
    return list(db.session.scalars(select(Job).where(Job.kind == KIND).order_by(Job.created_at.desc()).limit(limit)))
