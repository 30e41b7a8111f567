"""The pages of a claim's files beside the decision."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid4

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug import Response

from marketplace.kernel.db import by_id
from marketplace.kernel.errors import NotFound
from marketplace.kernel.files import StoredFile
from marketplace.kernel.pictures import DrawnPages
from marketplace.kernel.pictures.kept import drawn_of
from marketplace.policy.programme_words import EvidenceKind
from marketplace.settlement import queries, service
from marketplace.settlement.models import Claim
from marketplace.settlement.queries.evidence_files import EvidenceFile, evidence_files
from marketplace.settlement.views.blueprint import bp, viewer
from marketplace.settlement.views.filters import carried
from marketplace.vouchers.queries.spending import spec_of
from marketplace.web import uploads
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, carried_out


@dataclass(frozen=True, slots=True)
class FileShown:
    """A file with its pages; `pages` None: not drawn yet."""

    label: str
    note: str
    amount_fen: int | None
    url: str
    pages: DrawnPages | None
    pictures: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class FilesShown:
    """The files of a claim, and the button that has missing pages drawn."""

    files: list[FileShown]
    key: str

    @property
    def is_missing(self) -> bool:
        """Whether pages of a file are not drawn yet."""
        return any(one.pages is None for one in self.files)


def files_shown(claim: Claim) -> FilesShown:
    """What stands beside a decision."""
    found = evidence_files(claim)
    drawn = drawn_of(one.file for one in found)
    return FilesShown([_shown(claim, one, drawn[one.file.id]) for one in found], str(uuid4()))


def _shown(claim: Claim, one: EvidenceFile, pages: DrawnPages | None) -> FileShown:
    numbers = pages.numbers if pages else range(0)
    if one.paper is None:
        picture = partial(url_for, "settlement.subsidy_page", claim_id=claim.id)
        file, label, note, amount_fen = url_for("settlement.subsidy_scan", claim_id=claim.id), _scan_label(claim), one.file.name, None
    else:
        picture = partial(url_for, "orders.document_page", document_id=one.paper.id)
        file, label = url_for("orders.document", document_id=one.paper.id), _(one.paper.kind.label)
        note, amount_fen = one.paper.number or one.file.name, one.paper.amount_fen
    return FileShown(label, note, amount_fen, file, pages, [(number, picture(number=number)) for number in numbers])


def _scan_label(claim: Claim) -> str:
    """What the rules call the scan of an application without an order."""
    asked = spec_of(claim.subsidy.version_id).evidence_fields if claim.subsidy else ()
    return next((one.label for one in asked if one.kind is EvidenceKind.FILE), _("扫描件"))


@bp.get("/claims/<uuid:claim_id>/evidence/pages/<int:number>")
@requires("claims.open")
def subsidy_page(claim_id: UUID, number: int) -> Response:
    """A page of the scan, for whoever may open the claim."""
    claim = queries.visible(claim_id, viewer())
    if claim.subsidy is None or claim.subsidy.file_id is None:
        raise NotFound
    return uploads.send_picture(by_id(StoredFile, claim.subsidy.file_id), number)


@bp.post("/claims/<uuid:claim_id>/pictures")
@requires("claims.review")
def draw_files(claim_id: UUID) -> ResponseReturnValue:
    """Have the pages drawn that are missing."""
    claim, form = queries.in_area(claim_id, current_user.areas_for("claims.review")), CommandForm()
    key = form.row_id()
    if form.validate_on_submit():
        carried_out(form, lambda: service.ask_for_pictures(claim, request_key=key), _("正在生成页面图，请过一会儿刷新页面。"))
    if form.refusal:
        raise form.refusal
    for message in form.errors.get("request_key", ()):
        flash(message, "danger")
    return redirect(url_for("settlement.claim", claim_id=claim_id, **carried()))
