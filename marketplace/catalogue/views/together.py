"""Decide on admissions together: those that were ticked, or all of the list that wait for it."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from flask import request, url_for
from flask_login import current_user
from sqlalchemy import Select

from marketplace.catalogue import queries
from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Provider
from marketplace.catalogue.queries import ProviderWaiting
from marketplace.catalogue.rules.admission import AdmissionDecision, Ruling
from marketplace.catalogue.service import admission as service
from marketplace.catalogue.views.blueprint import bp
from marketplace.identity import regions
from marketplace.kernel import clock
from marketplace.kernel.errors import N_
from marketplace.kernel.locales import said
from marketplace.kernel.sentences import Sentence
from marketplace.piles import pages
from marketplace.piles.work import PileAsk, PileDecision, PileRow, PileWork
from marketplace.policy.service_categories import category_names
from marketplace.risk import queries as risk
from marketplace.web.query_string import asked_word


def asked_providers(areas: Iterable[str]) -> Select[Provider]:
    """The list as the address narrows it."""
    state, waiting = request.args.get("state", ""), asked_word("waiting", ProviderWaiting)
    return queries.providers_in_areas(areas, state=state, text=request.args.get("q", ""), waiting=waiting)


def _matching(ticked: Sequence[UUID] | None) -> Select[Provider]:
    areas = current_user.areas_for("providers.review")
    if ticked is not None:
        return queries.providers_in_areas(areas).where(Provider.id.in_(ticked))
    return asked_providers(areas).where(Provider.state == ProviderState.APPLIED)


def _rows(ids: Sequence[UUID], decision: str) -> Mapping[UUID, PileRow]:
    return {one.id: _row(one, AdmissionDecision(decision)) for one in queries.some_providers(ids)}


def _row(row: Provider, decision: AdmissionDecision) -> PileRow:
    own, names = row.organisation, category_names()
    does = row.state is ProviderState.APPLIED
    then = decision.move.to[0] if does else row.state
    categories = "、".join(names.get(code, code) for code in row.categories)
    cells = own.uscc or "", regions.full_name(own.region_code), categories, said(row.state.label), said(then.label)
    return PileRow(own.name, url_for("catalogue.admission", provider_id=row.id), cells)


def _why_not(ids: Sequence[UUID], ask: PileAsk) -> Mapping[UUID, Sentence]:
    decision = AdmissionDecision(ask.decision)
    barred = risk.barred_of(ids, clock.civil_date(ask.now)) if decision is AdmissionDecision.PASS else {}
    found = {one.id: service.obstacle(one, decision, now=ask.now) for one in queries.some_providers(ids)}
    return {**barred, **{key: why for key, why in found.items() if why is not None}}


def _decide(provider_id: UUID, mark: str, ask: PileAsk) -> None:
    queries.provider_in_areas(provider_id, ask.areas)
    ruling = Ruling(AdmissionDecision(ask.decision), ask.reason)
    service.decide(provider_id, ruling, actor_id=ask.actor_id, request_key=ask.key(provider_id), now=ask.now, shown=mark)


ADMIT = PileWork(
    kind="catalogue.admit",
    permission="providers.review",
    title=N_("批量审核入库"),
    columns=(N_("统一社会信用代码"), N_("所在地区"), N_("服务类别"), N_("现在"), N_("办理后")),
    decisions={
        AdmissionDecision.PASS.value: PileDecision(
            AdmissionDecision.PASS.label,
            N_("已发布公示"),
            (N_("每家机构各发布一份入库公示，期满无异议的入库。"), N_("单位信息还没有核实的，随入库审核一并核实。")),
            needs_reason=None,
        ),
        AdmissionDecision.RETURN.value: PileDecision(
            AdmissionDecision.RETURN.label, N_("已退回补正"), (N_("机构收到原因，补正后可以再次申请。"),)
        ),
        AdmissionDecision.REFUSE.value: PileDecision(AdmissionDecision.REFUSE.label, N_("已不予入库"), (N_("机构收到原因。"),)),
    },
    back="catalogue.admissions",
    key=Provider.id,
    matching=_matching,
    rows=_rows,
    why_not=_why_not,
    decide=_decide,
    reason_help=N_("同一原因写给每一家机构。退回的，请写明怎样补正。"),
)
pages.add_pages(bp, "/admissions/together", ADMIT)
