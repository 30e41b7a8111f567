"""Contracts of matches: registered by one side, confirmed or sent back by the other, voided by an officer or auditor."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.files import StoredFile
from marketplace.kernel.filetypes import is_blank_pdf
from marketplace.matching import service
from marketplace.matching.forms import ContractForm, GoForm, ReasonForm
from marketplace.matching.models import Match, MatchContract
from marketplace.matching.service import contracts
from marketplace.matching.service.contracts import Signed
from marketplace.matching.views import bp
from marketplace.matching.views.match_pages import seen_match
from marketplace.web import uploads
from marketplace.web.access import requires
from marketplace.web.forms import carried_out, once


def _page_of(match_id: UUID) -> str:
    return url_for("matching.match", match_id=match_id)


def own_match(match_id: UUID) -> Match:
    """A match of which the user's organisation is a side: nobody else signs for them. Raises: NotFound."""
    match = seen_match(match_id)
    if current_user.organisation_id not in {match.leader_id, match.enterprise_id}:
        raise NotFound
    return match


def contract_of(match_id: UUID, contract_id: UUID) -> MatchContract:
    """Raises: NotFound: no such contract of this match."""
    row = by_id(MatchContract, contract_id)
    if row.match_id != match_id:
        raise NotFound
    return row


@bp.route("/matches/<uuid:match_id>/contract", methods=["GET", "POST"])
@requires("matching.sign")
def contract(match_id: UUID) -> ResponseReturnValue:
    match, form = own_match(match_id), ContractForm()
    key = form.key()
    if form.validate_on_submit() and carried_out(
        form,
        lambda upload: _register(key, match_id, form, upload),
        _("签约已登记，对方确认后计入服务台账。"),
        before=lambda: _received(form),
    ):
        return redirect(_page_of(match_id))
    if not form.is_submitted():
        form.contracted_on.data = clock.today()
        form.quantity.data, form.unit.data = match.planned_quantity, match.planned_unit or match.need.unit
    return render_template("matching/contract.html", match=match, form=form), form.status


def _received(form: ContractForm) -> uploads.Upload:
    """Raises: RuleViolation."""
    name, content = uploads.content_of(form.contract.data, field="contract")
    if is_blank_pdf(content):
        raise RuleViolation(N_("这份 PDF 里没有页面，请上传完整的合同或签约凭证。"), field="contract")
    return uploads.keep(name, content, organisation_id=current_user.organisation_id, actor_id=current_user.id, field="contract")


def _register(key: UUID, match_id: UUID, form: ContractForm, upload: uploads.Upload) -> None:
    file_id = uploads.store(upload).id
    signed = Signed(form.contracted_on.data, form.contract_fen.data, file_id, form.quantity.data, form.unit.data or "")
    by = current_user.organisation_id
    contracts.register_contract(key, match_id, signed, actor_id=current_user.id, by=by, now=clock.now())


@bp.post("/matches/<uuid:match_id>/contracts/<uuid:contract_id>/confirm")
@requires("matching.sign")
def confirm_contract(match_id: UUID, contract_id: UUID) -> ResponseReturnValue:
    own_match(match_id)
    contract_of(match_id, contract_id)
    actor_id, by = current_user.id, current_user.organisation_id
    if GoForm().validate_on_submit():
        in_transaction(once(lambda: contracts.confirm(contract_id, actor_id=actor_id, by=by, now=clock.now())))
        flash(_("签约已由双方确认，并已计入服务台账。"), "success")
    return redirect(_page_of(match_id))


@bp.route("/matches/<uuid:match_id>/contracts/<uuid:contract_id>/decline", methods=["GET", "POST"])
@requires("matching.sign")
def decline_contract(match_id: UUID, contract_id: UUID) -> ResponseReturnValue:
    match = own_match(match_id)
    contract_of(match_id, contract_id)
    form, actor_id, by = ReasonForm(), current_user.id, current_user.organisation_id
    if form.validate_on_submit() and carried_out(
        form,
        lambda: contracts.decline(contract_id, reason=form.reason.data or "", actor_id=actor_id, by=by, now=clock.now()),
        _("已退回，并已告知对方。"),
    ):
        return redirect(_page_of(match_id))
    action = url_for("matching.decline_contract", match_id=match_id, contract_id=contract_id)
    return render_template("matching/give_reason.html", match=match, form=form, action=action, heading=_("退回签约登记")), form.status


@bp.route("/matches/<uuid:match_id>/contracts/<uuid:contract_id>/void", methods=["GET", "POST"])
@requires("matching.void")
def void_contract(match_id: UUID, contract_id: UUID) -> ResponseReturnValue:
    match = service.in_area(match_id, current_user.areas_for("matching.void"))
    contract_of(match_id, contract_id)
    form, actor_id = ReasonForm(), current_user.id
    key = form.key()
    if form.validate_on_submit() and carried_out(
        form,
        lambda: contracts.void(key, contract_id, reason=form.reason.data or "", actor_id=actor_id, now=clock.now()),
        _("签约已作废，服务台账中的记录已冲销。"),
    ):
        return redirect(_page_of(match_id))
    action = url_for("matching.void_contract", match_id=match_id, contract_id=contract_id)
    return render_template("matching/give_reason.html", match=match, form=form, action=action, heading=_("作废签约")), form.status


@bp.get("/matches/<uuid:match_id>/contracts/<uuid:contract_id>/file")
@requires("home.see")
def contract_file(match_id: UUID, contract_id: UUID) -> ResponseReturnValue:
    if not (current_user.can("matches.own") or current_user.can("matches.see")):
        raise NotFound
    seen_match(match_id)
    row = contract_of(match_id, contract_id)
    if row.file_id is None:
        raise NotFound
    return uploads.send(by_id(StoredFile, row.file_id))
