"""Verify firms together: those that were ticked, or all of the list that wait for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from flask import url_for
from flask_login import current_user
from sqlalchemy import Select

from marketplace.enterprises import queries
from marketplace.enterprises.models import Enterprise
from marketplace.enterprises.queries import Filter
from marketplace.enterprises.views.blueprint import bp, size_words
from marketplace.enterprises.views.filters import asked_filter
from marketplace.identity import regions
from marketplace.identity import service as identity
from marketplace.identity.lifecycle import OrganisationState
from marketplace.kernel.errors import N_
from marketplace.kernel.sentences import Sentence
from marketplace.piles import pages
from marketplace.piles.work import PileAsk, PileDecision, PileRow, PileWork


def _matching(ticked: Sequence[UUID] | None) -> Select[Enterprise]:
    areas = current_user.areas_for("enterprises.verify")
    if ticked is not None:
        return queries.listed(areas, Filter()).where(Enterprise.id.in_(ticked))
    wanted = asked_filter()
    return queries.listed(areas, replace(wanted, state=wanted.state or OrganisationState.PENDING))


def _rows(ids: Sequence[UUID], _decision: str) -> Mapping[UUID, PileRow]:
    return {one.id: _row(one) for one in queries.some(ids)}


def _row(firm: Enterprise) -> PileRow:
    own = firm.organisation
    cells = own.uscc or "", regions.full_name(own.region_code), size_words(firm)
    return PileRow(own.name, url_for("enterprises.show", enterprise_id=firm.id), cells)


def _why_not(ids: Sequence[UUID], _ask: PileAsk) -> Mapping[UUID, Sentence]:
    found = {one.id: one.organisation.state for one in queries.some(ids)}
    return {
        key: N_("当前为“%(state)s”，不需要核实。", state=state.label)
        for key, state in found.items()
        if state is not OrganisationState.PENDING
    }


def _verify(enterprise_id: UUID, mark: str, ask: PileAsk) -> None:
    queries.in_area(enterprise_id, ask.areas)
    verified = OrganisationState.VERIFIED
    identity.decide_organisation(enterprise_id, verified, reason="", actor_id=ask.actor_id, now=ask.now, shown=mark)


VERIFY = PileWork(
    kind="enterprises.verify",
    permission="enterprises.verify",
    title=N_("批量核实企业"),
    columns=(N_("统一社会信用代码"), N_("所在地区"), N_("规模")),
    decisions={
        "verify": PileDecision(
            N_("全部核实通过"),
            N_("已核实"),
            (N_("这些企业变为“已核实”，可以申领和使用服务券。"), N_("每家企业都会收到通知，办理记录里留下您的名字。")),
            needs_reason=None,
        )
    },
    back="enterprises.index",
    key=Enterprise.id,
    matching=_matching,
    rows=_rows,
    decide=_verify,
    why_not=_why_not,
)
pages.add_pages(bp, "/enterprises/together", VERIFY)
