"""Answer objections together: those that were ticked, or all of the list that wait for it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import request, url_for
from flask_login import current_user
from sqlalchemy import Select

from marketplace.identity import page_mark
from marketplace.kernel.errors import N_
from marketplace.kernel.locales import said
from marketplace.kernel.sentences import Sentence
from marketplace.piles.work import PileAsk, PileDecision, PileRow, PileWork
from marketplace.publicity import queries, service
from marketplace.publicity.models import Objection, ObjectionState


def _matching(ticked: Sequence[UUID] | None) -> Select[Objection]:
    areas = current_user.areas_for("publicity.manage")
    if ticked is not None:
        return queries.objections(areas).where(Objection.id.in_(ticked))
    return queries.objections(areas, state=request.args.get("state", "")).where(Objection.state == ObjectionState.RAISED)


def _rows(ids: Sequence[UUID], decision: str) -> Mapping[UUID, PileRow]:
    rows = queries.some_objections(ids)
    notices, lines = queries.notices_by_id(one.notice_id for one in rows), queries.rows_by_id(one.row_id for one in rows)
    found = {}
    for one in rows:
        line = lines[one.row_id].number if one.row_id else "—"
        then = ObjectionState(decision) if one.state is ObjectionState.RAISED else one.state
        cells = notices[one.notice_id].title, line, one.name, one.grounds, said(then.label)
        found[one.id] = PileRow(one.number, url_for("publicity.objection", objection_id=one.id), cells)
    return found


def _why_not(ids: Sequence[UUID], ask: PileAsk) -> Mapping[UUID, Sentence]:
    rows = queries.some_objections(ids)
    theirs = queries.who_published_each(rows)
    found = {one.id: service.obstacle(one, theirs[one.id], actor_id=ask.actor_id) for one in rows}
    return {key: why for key, why in found.items() if why is not None}


def _decide(objection_id: UUID, mark: str, ask: PileAsk) -> None:
    queries.objection_in_areas(objection_id, ask.areas)
    decision, key = ObjectionState(ask.decision), ask.key(objection_id)
    page_mark.check(objection_id, mark)  # it is decided on once: whoever comes between is told so by the service
    service.decide_objection(objection_id, decision, answer=ask.reason, actor_id=ask.actor_id, request_key=key, now=ask.now)


ANSWER = PileWork(
    kind="publicity.answer",
    permission="publicity.manage",
    title=N_("批量答复异议"),
    columns=(N_("公示"), N_("对哪一项"), N_("异议人"), N_("异议内容"), N_("办理后")),
    decisions={
        ObjectionState.REJECTED.value: PileDecision(
            ObjectionState.REJECTED.label, N_("已答复"), (N_("答复在各公示页公开，请不要写异议人的姓名和联系方式。"),)
        ),
        ObjectionState.UPHELD.value: PileDecision(
            ObjectionState.UPHELD.label,
            N_("已答复"),
            (N_("异议成立的事项立即终止公示，不再生效。"), N_("答复在各公示页公开，请不要写异议人的姓名和联系方式。")),
        ),
    },
    back="publicity.objections",
    key=Objection.id,
    matching=_matching,
    rows=_rows,
    why_not=_why_not,
    decide=_decide,
    reason_help=N_("作为每一件异议的处理意见公布。"),
)
