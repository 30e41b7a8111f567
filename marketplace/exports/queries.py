"""Reads of files that were asked for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.exports.models import Export
from marketplace.kernel.db import db
from marketplace.kernel.jobs import Job, JobState

AT_ONCE = 500  # files that one sweep lets go


def own(actor_id: UUID) -> Select[Export]:
    """What somebody asked for, newest first."""
    return select(Export).where(Export.actor_id == actor_id).order_by(Export.asked_at.desc(), Export.id.desc())


def waiting(actor_id: UUID, fingerprint: str) -> Export | None:
    """The same list asked for by the same person, while its job waits or runs."""
    unfinished = Job.state.in_((JobState.QUEUED, JobState.RUNNING))
    asked = select(Export).join(Job, Job.id == Export.job_id).where(Export.actor_id == actor_id, Export.fingerprint == fingerprint)
    return db.session.scalars(asked.where(unfinished).order_by(Export.asked_at).limit(1)).first()


def ended_ids(*, now: datetime) -> list[UUID]:
    """Files whose days are over."""
    over = select(Export.id).where(Export.expires_at <= now, Export.lapsed_at.is_(None))
    return list(db.session.scalars(over.order_by(Export.expires_at).limit(AT_ONCE)))


def is_kept_by_another(export: Export) -> bool:
    """Whether the same bytes are also the file of another export that still keeps it."""
    others = select(func.count()).where(Export.sha256 == export.sha256, Export.id != export.id, Export.lapsed_at.is_(None))
    return bool(db.session.scalar(others))
