"""The officer's side of admission: the queue, a provider's file, the decisions."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from marketplace.catalogue import importers, queries, settings
from marketplace.catalogue.forms import AdmissionDecisionForm, RemovalForm, VerificationForm
from marketplace.catalogue.lifecycle import PROVIDER, ProviderState
from marketplace.catalogue.models import Provider
from marketplace.catalogue.queries import ProviderWaiting
from marketplace.catalogue.rules import admission as rules
from marketplace.catalogue.rules.admission import AdmissionDecision, Ruling
from marketplace.catalogue.service import admission as service
from marketplace.catalogue.views.blueprint import bp, history
from marketplace.catalogue.views.together import ADMIT, asked_providers
from marketplace.exports.offers import ExportedList, each, offer, rows_of
from marketplace.identity import page_mark, regions
from marketplace.identity import service as identity_service
from marketplace.identity.lifecycle import OrganisationState
from marketplace.kernel import clock
from marketplace.kernel.sheets import CellKind, Column
from marketplace.piles.pages import offered
from marketplace.policy.service_categories import category_names
from marketplace.publicity import queries as publicity
from marketplace.web import importing
from marketplace.web.access import requires
from marketplace.web.forms import ShownForm, carried_out, choices
from marketplace.web.paging import paged
from marketplace.web.query_string import asked_word

importing.add_pages(
    bp,
    importing.Pages(
        importers.PROVIDERS,
        permission="providers.import",
        back="catalogue.admissions",
        lead=_l("已由主管部门公布的服务机构可以整批录入；没有入库依据的，只建立资料，由机构自行申请。"),
    ),
)


@bp.get("/admissions")
@requires("providers.see")
def admissions() -> ResponseReturnValue:
    page = paged(asked_providers(current_user.areas_for("providers.see")))
    counts = queries.count_by_state(current_user.areas_for("providers.see"))
    waiting = queries.undecided_dossier(current_user.areas_for("providers.see"))
    return render_template(
        "catalogue/admissions.html", page=page, waiting=waiting, may_import=current_user.can("providers.import"),
        waits=choices(ProviderWaiting), states=[(state.value, _(state.label), counts.get(state, 0)) for state in ProviderState],
        pile=offered(ADMIT),
    )  # fmt: skip


@offer(bp, "/admissions/export", permission="providers.see")
def admissions_export() -> ExportedList:
    state, text = request.args.get("state", ""), request.args.get("q", "")
    columns = (
        Column("name", _("机构名称"), width=36),
        Column("uscc", _("统一社会信用代码"), CellKind.CODE),
        Column("region", _("所在地区"), width=28),
        Column("categories", _("服务类别"), width=40),
        Column("hotline", _("服务热线"), CellKind.CODE),
        Column("state", _("状态")),
        Column("applied_at", _("申请时间"), CellKind.DATE, width=18),
        Column("admitted_at", _("入库时间"), CellKind.DATE, width=18),
    )
    areas = current_user.areas_for("providers.see")
    lines, waiting = rows_of(asked_providers(areas), each(_exported)), asked_word("waiting", ProviderWaiting)
    said = (_(ProviderState(state).label) if state in set(ProviderState) else "", _(waiting.label) if waiting else "", text)
    words = "，".join(word for word in said if word)
    return ExportedList(_("服务机构名单"), columns, lines, _("服务机构名单"), words)


def _exported(row: Provider) -> tuple[object, ...]:
    organisation = row.organisation
    categories = "、".join(category_names().get(code, code) for code in row.categories)
    return (
        organisation.name, organisation.uscc, regions.full_name(organisation.region_code), categories, row.hotline, _(row.state.label),
        row.applied_at, row.admitted_at,
    )  # fmt: skip


@bp.get("/admissions/<uuid:provider_id>")
@requires("providers.see")
def admission(provider_id: UUID) -> ResponseReturnValue:
    mark = page_mark.mark(provider_id)
    row = queries.provider_in_areas(provider_id, current_user.areas_for("providers.see"))
    return _admission_page(row, _decision_form(row, mark))


@bp.get("/organisations/<uuid:organisation_id>/registration")
@requires("enterprises.see")
def registration(organisation_id: UUID) -> ResponseReturnValue:
    """Where an officer verifies an organisation: the provider's file, or among the firms."""
    if queries.provider_of(organisation_id) is not None:
        return redirect(url_for("catalogue.admission", provider_id=organisation_id))
    return redirect(url_for("enterprises.show", enterprise_id=organisation_id))


def _decision_form(row: Provider, mark: str) -> AdmissionDecisionForm:
    form = AdmissionDecisionForm(shown=mark)
    offered = [one for one in (AdmissionDecision if form.is_known() else rules.decisions(row.state)) if one is not AdmissionDecision.REMOVE]
    form.decision.choices = choices(offered)
    return form


def _admission_page(row: Provider, form: AdmissionDecisionForm) -> ResponseReturnValue:
    may_decide = current_user.may_act("providers.review", row.organisation.region_code, row.organisation.park_code)
    has_choice = bool(form.decision.choices or form.errors)  # what was typed stays on a page that was refused
    may_remove = may_decide and AdmissionDecision.REMOVE in rules.decisions(row.state)
    is_unverified = row.organisation.state is OrganisationState.PENDING and row.state is not ProviderState.APPLIED
    return render_template(
        "catalogue/admission.html", row=row, organisation=row.organisation, form=form,
        may_decide=may_decide and has_choice, may_remove=may_remove, may_verify=may_decide and is_unverified,
        notices=publicity.of_subject(row.id), page=paged(queries.listed_of(row.id)), items=queries.dossier_of(row.id),
        staff=queries.staff_of(row.id), history=history(row.id), term=settings.admission(row.organisation.region_code).admission_notice,
    ), form.status  # fmt: skip


@bp.route("/admissions/<uuid:provider_id>/decide", methods=["GET", "POST"])
@requires("providers.review")
def decide(provider_id: UUID) -> ResponseReturnValue:
    mark = page_mark.mark(provider_id)
    form = _decision_form(queries.provider_in_areas(provider_id, current_user.areas_for("providers.review")), mark)
    if form.is_sent(lambda seen: page_mark.check(provider_id, seen, PROVIDER.pasts())):
        decision = AdmissionDecision(form.decision.data)
        if carried_out(form, _deciding(provider_id, decision, form), _("已办理：%(what)s。", what=_(decision.label))):
            return redirect(url_for("catalogue.admission", provider_id=provider_id))
    return _admission_page(queries.provider_in_areas(provider_id, current_user.areas_for("providers.review")), form)


def _deciding(provider_id: UUID, decision: AdmissionDecision, form: ShownForm, ban_until: date | None = None) -> Callable[[], object]:
    key, ruling = form.key(), Ruling(decision, form["reason"].data or "", ban_until)
    return lambda: service.decide(provider_id, ruling, actor_id=current_user.id, request_key=key, now=clock.now(), shown=form.seen())


@bp.route("/admissions/<uuid:provider_id>/remove", methods=["GET", "POST"])
@requires("providers.review")
def remove(provider_id: UUID) -> ResponseReturnValue:
    form = RemovalForm(shown=page_mark.mark(provider_id))
    row = queries.provider_in_areas(provider_id, current_user.areas_for("providers.review"))
    if form.validate_on_submit():
        name = row.organisation.name
        if carried_out(form, _deciding(provider_id, AdmissionDecision.REMOVE, form, form.ban_until.data)):
            flash(_("%(name)s 已出库，出库公示已发布。", name=name), "success")
            return redirect(url_for("catalogue.admission", provider_id=provider_id))
    return render_template(
        "catalogue/remove.html", row=row, form=form, term=settings.admission(row.organisation.region_code).removal_notice
    ), form.status


@bp.route("/admissions/<uuid:provider_id>/verify", methods=["GET", "POST"])
@requires("providers.review")
def verify(provider_id: UUID) -> ResponseReturnValue:
    """The organisation changed what had been verified: look at it again."""
    form = VerificationForm(shown=page_mark.mark(provider_id))
    row = queries.provider_in_areas(provider_id, current_user.areas_for("providers.review"))
    if form.validate_on_submit():
        actor_id, state, reason = current_user.id, OrganisationState(form.decision.data), form.reason.data or ""
        seen, now = form.seen(), clock.now()
        if carried_out(
            form, lambda: identity_service.decide_organisation(provider_id, state, reason=reason, actor_id=actor_id, now=now, shown=seen)
        ):
            flash(_("单位信息的核实结果已保存。"), "success")
            return redirect(url_for("catalogue.admission", provider_id=provider_id))
    return render_template("catalogue/verify.html", row=row, organisation=row.organisation, form=form), form.status
