"""The firm's pages for money without an order: what it would get, asking for it, asking again, its list."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import Field

from marketplace.kernel import clock, typed
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import NotFound, RuleViolation
from marketplace.kernel.files import StoredFile
from marketplace.kernel.locales import said
from marketplace.policy.programme_decisions import EvidenceField
from marketplace.policy.programme_words import EvidenceKind
from marketplace.settlement import queries, service
from marketplace.settlement.forms import EvidenceForm, SubsidyForm, evidence_asked, evidence_form
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import causes
from marketplace.settlement.views import presenter
from marketplace.settlement.views.blueprint import bp, viewer
from marketplace.subsidies import queries as subsidies
from marketplace.subsidies.evidence import in_form, named
from marketplace.subsidies.queries import DirectOffer
from marketplace.subsidies.rules import Ground
from marketplace.subsidies.service import Asked
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries import payees
from marketplace.vouchers.queries.spending import phase_of, way_of
from marketplace.vouchers.rules import rounds
from marketplace.vouchers.rules.states import RoundState, Way
from marketplace.vouchers.service.applications import check_may_apply
from marketplace.web import uploads
from marketplace.web.access import requires
from marketplace.web.forms import CivilDateField, carried_out
from marketplace.web.paging import paged
from marketplace.web.select_fields import SelectField


def _offered(round_: Round, known: Claim | None = None) -> tuple[DirectOffer, SubsidyForm | EvidenceForm]:
    """What the firm would get, and the form with its titles, or with the evidence that the programme asks for."""
    offer = subsidies.offer_of(round_, current_user.organisation_id, round_.day_of(clock.now()))
    if not offer.spec.on_titles:
        return offer, _with_evidence(evidence_form(offer.spec, named(payees.confirmed(round_.id))), known)
    form = SubsidyForm()
    form.ground.choices = [(one.word, _titled(one)) for one in offer.grounds]
    if len(offer.grounds) == 1 and not form.is_submitted():
        form.ground.data = offer.grounds[0].word
    return offer, form


def _with_evidence(form: EvidenceForm, known: Claim | None) -> EvidenceForm:
    """What was said before, where it is mended."""
    if known is not None and known.subsidy is not None and not form.is_submitted():
        for one in known.subsidy.evidence:
            if one["kind"] != EvidenceKind.FILE:
                control = form[in_form(one["name"])]
                control.data = _as_typed(control, one["value"])
    return form


def _as_typed(control: Field, value: str) -> object:
    """What is put into a control so that it says this again: a day is one, and what is chosen has its word."""
    if isinstance(control, CivilDateField):
        return typed.day(value)
    if isinstance(control, SelectField):
        return next((one.value for one in control.choices if str(one.label) == value), value)
    return value


def _asked(offer: DirectOffer, form: SubsidyForm | EvidenceForm) -> tuple[Asked, Callable[[], Callable[[], UUID | None]]]:
    """What is asked for, and what keeps the scan before the transaction."""
    if isinstance(form, SubsidyForm):
        return Asked(ground=str(form.ground.data)), partial(uploads.chosen, None)
    scan = next((in_form(one.name) for one in offer.spec.evidence_fields if one.kind is EvidenceKind.FILE), None)
    has_file = scan is not None and uploads.is_chosen(form[scan].data)
    return Asked(evidence=form.typed(offer.spec), has_file=has_file), partial(uploads.chosen, form[scan] if scan is not None else None)


def _titled(ground: Ground) -> str:
    return _("%(title)s，编号 %(number)s", title=_(ground.label), number=ground.number or "—")


@bp.route("/rounds/<uuid:round_id>/subsidy", methods=["GET", "POST"])
@requires("vouchers.apply")
def subsidy(round_id: UUID) -> ResponseReturnValue:
    """Ask for an award, or for a subsidy of a cost, in a round."""
    row = by_id(Round, round_id)
    if row.state is RoundState.DRAFT or way_of(row) is not Way.DIRECT:
        raise NotFound
    offer, form = _offered(row)
    key = form.key()
    if form.validate_on_submit():
        (asked, keep), mine = _asked(offer, form), {"enterprise_id": current_user.organisation_id, "actor_id": current_user.id}
        if done := carried_out(
            form, lambda file: service.ask(round_id, replace(asked, store=file), **mine, request_key=key, now=clock.now()), before=keep
        ):
            flash(_("申请 %(number)s 已提交。", number=done.answer.number), "success")
            return redirect(url_for("settlement.claim", claim_id=done.answer.id))
    return _page(row, offer, form, None)


@bp.route("/claims/<uuid:claim_id>/subsidy", methods=["GET", "POST"])
@requires("vouchers.apply")
def of_subsidy(claim_id: UUID) -> ResponseReturnValue:
    """Ask again after mending what was returned."""
    claim = causes.own_subsidy(claim_id, current_user.organisation_id)
    offer, form = _offered(claim.round, claim)
    key = form.key()
    if claim.state is not ClaimState.RETURNED and not form.is_submitted():
        return redirect(url_for("settlement.claim", claim_id=claim_id))
    if form.validate_on_submit():
        (asked, keep), mine = _asked(offer, form), {"enterprise_id": current_user.organisation_id, "actor_id": current_user.id}
        work = lambda file: service.ask_again(  # noqa: E731
            claim_id, replace(asked, store=file), **mine, request_key=key, now=clock.now()
        )
        if carried_out(form, work, _("申请已重新提交。"), before=keep):
            return redirect(url_for("settlement.claim", claim_id=claim_id))
    return _page(claim.round, offer, form, claim)


@bp.get("/claims/<uuid:claim_id>/evidence")
@requires("claims.open")
def subsidy_scan(claim_id: UUID) -> Response:
    """The scan of the evidence, for whoever may open the claim."""
    claim = queries.visible(claim_id, viewer())
    if claim.subsidy is None or claim.subsidy.file_id is None:
        raise NotFound
    return uploads.send(by_id(StoredFile, claim.subsidy.file_id))


def _page(row: Round, offer: DirectOffer, form: SubsidyForm | EvidenceForm, claim: Claim | None) -> ResponseReturnValue:
    asked = [] if offer.spec.on_titles else evidence_asked(offer.spec)
    return render_template(
        "settlement/subsidy.html",
        row=row,
        evidence=[(form[in_form(one.name)], _may_stay_empty(one, claim)) for one in asked],
        offer=offer,
        form=form,
        claim=claim,
        why_not=_why_not(row, offer, claim),
        amount_fen=claim.requested_fen if claim is not None else offer.amount_fen,
    ), form.status


def _may_stay_empty(one: EvidenceField, claim: Claim | None) -> bool | None:
    """Of a scan, whether none need be chosen: it is there already. Of anything else the field says it itself."""
    return None if one.kind is not EvidenceKind.FILE else not one.required or claim is not None


def _why_not(row: Round, offer: DirectOffer, claim: Claim | None) -> str:
    """Why the firm cannot ask now; nothing if it can."""
    phase = phase_of(row, today=row.day_of(clock.now()), now=clock.now())
    try:
        rounds.check_takes_applications(phase, Way.DIRECT) if claim is None else rounds.check_takes_direct_claims(phase)
        check_may_apply(offer.spec, offer.results)
    except RuleViolation as refusal:
        return said(refusal)
    return said(offer.refusal) if offer.refusal is not None and claim is None else ""


@bp.get("/my/subsidies")
@requires("vouchers.apply")
def my_subsidies() -> ResponseReturnValue:
    view = request.args.get("view", "")
    page = paged(causes.of_enterprise(current_user.organisation_id, presenter.VIEWS.get(view, ())))
    return render_template(
        "settlement/my_subsidies.html",
        page=page,
        view=view,
        days_left=presenter.days_left,
        next_step=presenter.next_step,
        said_of=presenter.said_of,
    )
