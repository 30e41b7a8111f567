"""Asking for a file, writing down that it is there, and letting it go."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from marketplace.audit import service as audit
from marketplace.exports import queries, rules
from marketplace.exports.models import Export
from marketplace.identity.models import User
from marketplace.kernel import jobs
from marketplace.kernel.blobs import BlobStore
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.jobs import Job, JobState
from marketplace.notices import service as notices

KIND = "exports.write"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedList:
    """A list as somebody sees it: where it stands, and what it is called."""

    endpoint: str
    view_args: Mapping[str, str]
    query: str
    locale: str
    permission: str
    title: str
    name: str
    filters: str


def ask(key: UUID, wanted: WantedList, *, actor_id: UUID, organisation_id: UUID, now: datetime) -> Export:
    """Ask for a file. The same form again, or the same list while its file is being written, answers with what was asked for.

    Raises: Conflict: the key is another's.
    """
    locked(User, actor_id)  # of two clicks at once the second sees what the first asked for
    same = rules.fingerprint(wanted.endpoint, wanted.view_args, wanted.query, wanted.locale)
    begin(Command(key, "export.asked", actor_id, key, {"same": same}), now=now)
    known = db.session.get(Export, key) or queries.waiting(actor_id, same)
    if known is not None:
        return known
    export = Export(
        id=key, endpoint=wanted.endpoint, view_args=dict(wanted.view_args), query=wanted.query, locale=wanted.locale,
        permission=wanted.permission, title=wanted.title[:200], name=wanted.name[:200], filters=wanted.filters, fingerprint=same,
        actor_id=actor_id, organisation_id=organisation_id, areas=[], asked_at=now, tries=1,
        job_id=_enqueue(key, 1, wanted.title, actor_id),
    )  # fmt: skip
    db.session.add(export)
    db.session.flush()
    _note("export.asked", export, actor_id)
    return export


def ask_again(export_id: UUID, *, actor_id: UUID) -> Export:
    """Try once more after a job that failed; while one waits or runs, or the file is there, nothing is to be done."""
    export = locked(Export, export_id)
    job = db.session.get(Job, export.job_id, populate_existing=True)
    if export.written_at is None and job is not None and job.state is JobState.FAILED:
        export.tries += 1
        export.job_id = _enqueue(export.id, export.tries, export.title, export.actor_id)
        _note("export.asked", export, actor_id)
    return export


def _enqueue(export_id: UUID, number: int, title: str, owner_id: UUID) -> UUID:
    key = f"{KIND}:{export_id}:{number}"
    return jobs.enqueue(KIND, {"export_id": str(export_id)}, title=title[:200], owner_id=owner_id, dedupe_key=key).id


def _note(action: str, export: Export, actor_id: UUID | None, **details: Any) -> None:
    told = {"title": export.title, "filters": export.filters, **details}
    audit.record(action, actor_id=actor_id, subject_type="export", subject_id=export.id, **told)


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """What was written."""

    sha256: str
    size_bytes: int
    row_count: int
    areas: rules.Areas  # for which it was read


def keep(export_id: UUID, written: WrittenFile, *, days: int, now: datetime) -> Export:
    """The file is there: whoever asked is told. A job that runs twice keeps what the first one wrote."""
    export = locked(Export, export_id)
    if export.written_at is not None:
        return export
    export.sha256, export.size_bytes, export.row_count = written.sha256, written.size_bytes, written.row_count
    export.areas = None if written.areas is None else list(written.areas)
    export.written_at, export.expires_at = now, now + timedelta(days=days)
    _note("export.produced", export, None, rows=written.row_count)
    title = N_("导出的文件已做好，可以下载：%(title)s", title=export.title)
    notices.tell([export.actor_id], title, export.filters, f"/exports/{export.id}")
    return export


def lapse(export_id: UUID, *, files: BlobStore, now: datetime) -> int:
    """Let a file go whose days are over: first the bytes, so that what is written down never says less than what is kept."""
    export = locked(Export, export_id)
    if export.expires_at is None or export.lapsed_at is not None or export.expires_at > now:
        return 0
    assert export.sha256 is not None, "what expires was written"
    if not queries.is_kept_by_another(export):
        files.remove(export.sha256)
    export.lapsed_at = now
    return 1


def check_there(export: Export) -> str:
    """The name of the file's bytes.

    Raises: RuleViolation: it is not written yet, or no longer kept.
    """
    if export.sha256 is None:
        raise RuleViolation(N_("文件还没有做好。请稍后在导出页面查看进度。"), code="unwritten")
    if export.lapsed_at is not None:
        raise RuleViolation(N_("文件已超过保留期，已经删除。需要时请回到原来的名单重新导出。"), code="lapsed")
    return export.sha256
