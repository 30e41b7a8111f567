"""The job that writes a file: it opens the list's own view as whoever asked, and writes what that view shows."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app, g
from flask_babel import force_locale
from werkzeug.routing import BuildError

from marketplace.exports import service
from marketplace.exports.models import Export
from marketplace.exports.offers import OFFERS, Exported, Offer
from marketplace.exports.service import WrittenFile
from marketplace.identity import queries as identity
from marketplace.identity.models import UserState
from marketplace.identity.sign_in import SignedIn, signed_in
from marketplace.kernel import clock, jobs
from marketplace.kernel.blobs import BlobStore
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.kernel.db_failures import is_cut
from marketplace.kernel.db_timeouts import JOB_SECONDS, answer_within
from marketplace.kernel.errors import N_, Forbidden, RuleViolation
from marketplace.kernel.sheets.schema import EXCEL_ROWS


def files() -> BlobStore:
    """The store of written files: apart from the evidence, so that letting a file go can never touch that."""
    return BlobStore(Path(current_app.config["FILES_ROOT"]) / "exports")


def tidy(*, now: datetime) -> int:
    """Remove what workers that were killed have left half written; that of the last day may still be worked on."""
    root, before = files().root, (now - timedelta(days=1)).timestamp()
    left = [path for path in (*root.glob("tmp?*"), *root.glob("tmp/*")) if path.stat().st_mtime < before]
    for path in left:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return len(left)


def asker(user_id: UUID, *, now: datetime) -> SignedIn:
    """Whoever asked, with the roles of today.

    Raises: Forbidden: may no longer sign in.
    """
    user = identity.user(user_id)
    if user.state is not UserState.ACTIVE:
        raise Forbidden(N_("提出导出的账号已停用，文件没有生成。"))
    return signed_in(user, "", now)


@contextmanager
def opened(export: Export, who: SignedIn) -> Iterator[tuple[Offer, Exported]]:
    """The list as this user sees it now, in a context and a session of its own.

    Raises: Forbidden, NotFound, RuleViolation: as the list's page says them.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    endpoint, view_args, query, locale = export.endpoint, dict(export.view_args), export.query, export.locale
    offer = OFFERS.get(endpoint)
    if offer is None or not who.can(offer.permission):
        raise Forbidden(N_("您的账号没有查看这份名单的权限，不能导出。如果工作需要，请联系本单位的管理员。"))
    with app.app_context(), app.test_request_context(_path(endpoint, view_args), query_string=query), force_locale(locale):
        g._login_user = who
        from flask import request

        yield offer, offer.build(**(request.view_args or {}))


def _path(endpoint: str, view_args: dict[str, Any]) -> str:
    """The address of a list. Raises: RuleViolation: the platform no longer has it."""
    try:
        built = current_app.url_map.bind("localhost").build(endpoint, view_args)
    except BuildError:
        raise RuleViolation(N_("这份名单已不再提供导出，请回到原来的页面查看。")) from None
    return urlsplit(built).path


@jobs.handler(service.KIND)
def write(payload: Mapping[str, Any], progress: jobs.Progress) -> Mapping[str, Any]:
    """Write a file that was asked for. Run again, it keeps what was written."""
    export = by_id(Export, UUID(payload["export_id"]))
    if export.written_at is None:
        try:
            written = _written(export, asker(export.actor_id, now=clock.now()), progress)
        except Exception as error:
            if is_cut(error):
                raise RuleViolation(N_("这份名单没有在限定的时间内读完。请缩小筛选范围，再导出一次。"), code="cut") from error
            raise
        days = current_app.config["EXPORT_DAYS"]
        kept = in_transaction(lambda: service.keep(UUID(payload["export_id"]), written, days=days, now=clock.now()))
        if kept.sha256 != written.sha256:  # another worker was faster
            files().remove(written.sha256)
    return {}


def _written(export: Export, who: SignedIn, progress: jobs.Progress) -> WrittenFile:
    store = files()
    store.root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=store.root) as folder, opened(export, who) as (offer, book), answer_within(JOB_SECONDS):
        total = int(book.count(EXCEL_ROWS))

        def told(done: int) -> None:
            with current_app.app_context():  # a session of its own: the list is still being read in this one
                progress(done, total)

        path = Path(folder) / f"list{book.suffix}"
        with path.open("wb") as target:
            number = book.write(target, told=told, folder=folder)
        db.session.rollback()  # the list is read
        with path.open("rb") as source:
            return WrittenFile(store.put(source), path.stat().st_size, number, offer.areas(who))
