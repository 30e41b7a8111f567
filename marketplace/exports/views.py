"""Files asked for: how far they are, and the files themselves."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.exports import queries, rules, service
from marketplace.exports.models import Export
from marketplace.exports.offers import OFFERS
from marketplace.exports.writing import files, opened
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.jobs import MAX_ATTEMPTS, JobState
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, once
from marketplace.web.paging import paged

bp = Blueprint("exports", __name__, url_prefix="/exports")


def _seen(export_id: UUID) -> Export:
    """A file that the user asked for, or may read as whoever asked. Raises: NotFound."""
    export = by_id(Export, export_id)
    if export.actor_id != current_user.id and not _may_take(export):
        raise NotFound
    return export


def _may_take(export: Export) -> bool:
    """Whether the user may open the list today, and would see there what the file holds."""
    offer, is_colleague = OFFERS.get(export.endpoint), export.organisation_id == current_user.organisation_id
    if offer is None or not current_user.can(offer.permission):
        return False
    return rules.may_take(export.areas, offer.areas(current_user), is_colleague=is_colleague)


@bp.get("")
@requires("exports.own")
def index() -> ResponseReturnValue:
    return render_template("exports/index.html", page=paged(queries.own(current_user.id)))


@bp.get("/<uuid:export_id>")
@requires("exports.own")
def show(export_id: UUID) -> ResponseReturnValue:
    export = _seen(export_id)
    has_failed = export.written_at is None and export.job.state is JobState.FAILED
    why = export.job.error if has_failed and export.job.attempts < MAX_ATTEMPTS else None  # after the last one it is our own mistake
    return render_template(
        "exports/show.html", export=export, job=export.job, has_failed=has_failed, why=why, form=CommandForm(), may_take=_may_take(export),
        is_own=export.actor_id == current_user.id,
    )  # fmt: skip


@bp.post("/<uuid:export_id>/again")
@requires("exports.own")
def again(export_id: UUID) -> ResponseReturnValue:
    export = by_id(Export, export_id)
    if export.actor_id != current_user.id:
        raise NotFound
    form, actor_id = CommandForm(), current_user.id
    if form.validate_on_submit():
        in_transaction(once(lambda: service.ask_again(export_id, actor_id=actor_id)))
    return redirect(url_for("exports.show", export_id=export_id))


@bp.get("/<uuid:export_id>/file")
@requires("exports.own")
def file(export_id: UUID) -> ResponseReturnValue:
    export = _seen(export_id)
    if export.written_at is not None and not _may_take(export):  # may have asked for it once, and may no longer
        raise NotFound
    path = files().path(service.check_there(export))
    with opened(export, current_user._get_current_object()) as (
        _offer,
        book,
    ):  # what the list's own page refuses today, the file refuses too
        mime = book.mime
    return send_file(path, mimetype=mime, as_attachment=True, download_name=export.name)
