"""Files in and out over HTTP. The bytes are checked and kept before the transaction; the row is written inside it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from flask import Response, current_app, send_file
from flask_login import current_user
from werkzeug.datastructures import FileStorage
from wtforms import Field

from marketplace.kernel.blobs import BlobStore
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, DomainError, RuleViolation
from marketplace.kernel.files import StoredFile
from marketplace.kernel.filetypes import ALL_KINDS, MAX_BYTES, FileFacts, check_file, safe_name
from marketplace.kernel.pictures.kept import picture_store
from marketplace.kernel.sheets import check_workbook

EVIDENCE = frozenset({"pdf", "jpg", "png", "docx", "xlsx", "ofd"})  # what contracts, invoices and slips come as
SHEETS = frozenset({"xlsx"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was looked at and kept on disk, without a row yet."""

    facts: FileFacts
    organisation_id: UUID | None
    actor_id: UUID | None


def blobs() -> BlobStore:
    """The store of this application."""
    return BlobStore(Path(current_app.config["FILES_ROOT"]))


def is_chosen(storage: object) -> bool:
    """Whether a file was chosen at all."""
    return isinstance(storage, FileStorage) and bool(storage.filename)


def content_of(storage: object, *, field: str | None = None) -> tuple[str, bytes]:
    """Name and bytes of a chosen file. Raises: RuleViolation: none was chosen."""
    if not isinstance(storage, FileStorage) or not storage.filename:
        raise RuleViolation(N_("请选择要上传的文件。"), field=field)
    return storage.filename, storage.stream.read()


def receive(
    storage: object, *, organisation_id: UUID | None, actor_id: UUID | None, field: str | None = None, allowed: frozenset[str] = EVIDENCE
) -> Upload:
    """Check an uploaded file and keep its bytes. Before the transaction: nothing refers to them until `store`.

    Raises: RuleViolation beside the field: no file, wrong kind, too large, spoilt.
    """
    name, content = content_of(storage, field=field)
    return keep(name, content, organisation_id=organisation_id, actor_id=actor_id, field=field, allowed=allowed)


def keep(
    name: str,
    content: bytes,
    *,
    organisation_id: UUID | None,
    actor_id: UUID | None,
    field: str | None = None,
    allowed: frozenset[str] = ALL_KINDS,
) -> Upload:
    """The same for bytes at hand."""
    try:
        facts = check_file(name, content, allowed=allowed)
    except DomainError as error:
        error.field = error.field or field
        raise
    blobs().put(content)
    return Upload(facts, organisation_id, actor_id)


def keep_sheet(name: str, content: bytes, *, organisation_id: UUID | None, actor_id: UUID | None) -> Upload:
    """The same for an Excel book, old .xls and WPS books included: imports read them, nobody else does.

    Raises: RuleViolation: no workbook, locked, with macros, too large, spoilt.
    """
    kind = check_workbook(content, MAX_BYTES)
    if kind == "xlsx":
        stem = name.rpartition(".")[0] or name
        return keep(f"{stem}.xlsx", content, organisation_id=organisation_id, actor_id=actor_id, allowed=SHEETS)
    facts = FileFacts(kind, "application/vnd.ms-excel", len(content), hashlib.sha256(content).hexdigest(), safe_name(name, kind))
    blobs().put(content)
    return Upload(facts, organisation_id, actor_id)


def chosen(field: Field | None) -> Callable[[], UUID | None]:
    """The file of a form's field, if it has one, checked and kept before the transaction; what it answers writes the row in it.

    Answers: the row's id, or None where no file was chosen. Raises: as `receive`.
    """
    if field is None or not is_chosen(field.data):
        return lambda: None
    upload = receive(field.data, organisation_id=current_user.organisation_id, actor_id=current_user.id, field=field.short_name)
    return lambda: store(upload).id


def store(upload: Upload) -> StoredFile:
    """The row of a kept file, in the caller's transaction."""
    facts = upload.facts
    row = StoredFile(
        sha256=facts.sha256,
        name=facts.safe_name,
        mime=facts.mime,
        size_bytes=facts.size,
        organisation_id=upload.organisation_id,
        uploaded_by=upload.actor_id,
    )
    db.session.add(row)
    db.session.flush()
    return row


def send_picture(file: StoredFile, number: int) -> Response:
    """Hand out the picture of a file's page, from 1, which we drew ourselves: shown inside our pages. Raises: NotFound: not drawn."""
    response = send_file(picture_store().path(file.sha256, number), mimetype="image/jpeg")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def send(file: StoredFile) -> Response:
    """Hand a stored file out: always as an attachment under its own name, never shown inside our pages."""
    response = send_file(blobs().path(file.sha256), mimetype=file.mime, as_attachment=True, download_name=file.name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
