"""Decide on applications together: those that were ticked, or all that match the queue's filter."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import request, url_for
from flask_login import current_user
from sqlalchemy import Select

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_
from marketplace.kernel.locales import said
from marketplace.kernel.sentences import Sentence
from marketplace.piles import pages
from marketplace.piles.work import PileAsk, PileDecision, PileRow, PileWork
from marketplace.vouchers.models import Application
from marketplace.vouchers.queries import applications as reads
from marketplace.vouchers.rules.states import ApplicationDecision
from marketplace.vouchers.service import reviewing
from marketplace.vouchers.views.common import bp
from marketplace.web.query_string import asked_key, asked_text


def asked_queue() -> reads.QueueFilter:
    """What the queue is narrowed to by the address."""
    return reads.QueueFilter(asked_text("q"), request.args.get("state", "open"), asked_key("round"), current_user.id)


def _matching(ticked: Sequence[UUID] | None) -> Select[Application]:
    areas = current_user.areas_for("vouchers.review")
    if ticked is not None:
        return reads.queue(areas, reads.QueueFilter()).where(Application.id.in_(ticked))
    return reads.queue(areas, asked_queue())


def _rows(ids: Sequence[UUID], decision: str) -> Mapping[UUID, PileRow]:
    found = {}
    for one in reads.some(ids):
        row = one.application
        then = reviewing.state_after(row, ApplicationDecision(decision)) if row.state in reads.OPEN else row.state
        cells = one.firm.name, row.round.name, format_money(row.requested_fen, row.currency), said(row.state.label), said(then.label)
        found[row.id] = PileRow(row.number, url_for("vouchers.office_application", application_id=row.id), cells)
    return found


def _why_not(ids: Sequence[UUID], ask: PileAsk) -> Mapping[UUID, Sentence]:
    decision = ApplicationDecision(ask.decision)
    refused = {
        one.application.id: reviewing.obstacle(one.application, decision, actor_id=ask.actor_id, areas=ask.areas, now=ask.now)
        for one in reads.some(ids)
    }
    return {key: why for key, why in refused.items() if why is not None}


def _decide(application_id: UUID, mark: str, ask: PileAsk) -> None:
    reads.in_area(application_id, ask.areas)
    said_of = reviewing.Reviewed(ApplicationDecision(ask.decision), ask.reason)
    reviewing.decide(application_id, said_of, actor_id=ask.actor_id, areas=ask.areas, now=ask.now, shown=mark)


DECIDE = PileWork(
    kind="vouchers.decide",
    permission="vouchers.review",
    title=N_("批量审核申领"),
    columns=(N_("企业"), N_("批次"), N_("申领金额"), N_("现在"), N_("办理后")),
    decisions={
        ApplicationDecision.PASS.value: PileDecision(
            ApplicationDecision.PASS.label,
            N_("已通过"),
            (N_("最后一级通过的，即时核发；还有下一级的，转下一级审核。"),),
            needs_reason=False,
        ),
        ApplicationDecision.RETURN.value: PileDecision(
            ApplicationDecision.RETURN.label, N_("已退回补正"), (N_("企业收到理由，补正后可以再次提交。"),)
        ),
        ApplicationDecision.REFUSE.value: PileDecision(
            ApplicationDecision.REFUSE.label, N_("已不予发放"), (N_("企业收到理由，可在申诉期内申诉一次。"),)
        ),
    },
    back="vouchers.applications",
    key=Application.id,
    matching=_matching,
    rows=_rows,
    why_not=_why_not,
    decide=_decide,
    reason_help=N_("同一理由写给每一家企业。退回和不予发放的，请写明企业可以怎样改正。"),
)
pages.add_pages(bp, "/office/applications/together", DECIDE)
