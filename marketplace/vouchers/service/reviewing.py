"""Officers review applications, level by level, and answer appeals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.identity.page_mark import check as check_shown
from marketplace.identity.scope import may_act
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import by_id, locked
from marketplace.kernel.errors import N_, Denied, RuleViolation
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.notices import service as notices
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import AllocationMode
from marketplace.risk import queries as risk
from marketplace.vouchers.lifecycle import APPLICATION
from marketplace.vouchers.models import Application, Round
from marketplace.vouchers.queries.spending import phase_at, spec_of
from marketplace.vouchers.rules.states import ApplicationDecision, ApplicationState, RoundState, Side
from marketplace.vouchers.service import allotting, appeal_terms, issuing

_REVIEWED_IN = frozenset({RoundState.APPLYING, RoundState.CLOSED, RoundState.PUBLISHED, RoundState.IN_USE})


def passed(row: Application) -> list[dict[str, str]]:
    """The levels that are behind an application."""
    return [one for one in row.reviews if one["decision"] == ApplicationDecision.PASS.value]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What an officer says of an application, and why."""

    decision: ApplicationDecision
    reason: str


def decide(
    application_id: UUID, said: Reviewed, *, actor_id: UUID, now: datetime, areas: Sequence[str] | None = None, shown: str | None = None
) -> Application:
    """One officer's decision on one level. The last pass grants; nobody passes two levels.

    Args:
        areas: of the officer; the last of several levels, whatever is decided, belongs to who runs the programme or the round.
        shown: the mark of the page; a page of an earlier level decides nothing on the next.

    Raises: Conflict: the page is older than the application.
        RuleViolation: no reason, the wrong state, a second level by the same person, a firm kept away, or a programme without review.
    """
    (round_, row), decision, reason = _locked(application_id), said.decision, said.reason
    check_shown(row.id, shown, ApplicationDecision.labels() | APPLICATION.pasts())
    act = moves.begun(APPLICATION, "decide", row, Side.OFFICER, By(actor_id, now))
    spec = spec_of(round_.version_id)
    is_review = spec.allocation.mode.value is AllocationMode.REVIEW
    _check_may(round_, row, said, actor_id=actor_id, areas=areas, now=now)
    level = len(passed(row)) + 1
    if decision is ApplicationDecision.PASS:
        risk.check_not_barred((row.enterprise_id,), row.day_of(now))
    is_last = is_review and level == spec.allocation.review_levels
    if is_last and decision is ApplicationDecision.PASS:
        row.above_soft = _above_soft(spec, row, reason, now)
    row.reviews = [*row.reviews, {
        "level": str(level), "decision": decision.value, "reason": reason.strip(), "by": str(actor_id), "at": now.isoformat(),
    }]  # fmt: skip
    moves.done(act, level=level, decision=decision, reason=reason.strip())
    if decision is ApplicationDecision.PASS and level < spec.allocation.review_levels:
        moves.entered(act, ApplicationState.REVIEWING)
    elif decision is ApplicationDecision.PASS:
        allotting.grant_reviewed(round_, row, actor_id=actor_id, now=now)
    else:
        _send_back(act, decision, reason.strip())
    return row


def _locked(application_id: UUID) -> tuple[Round, Application]:
    """The round first, as everywhere: it decides the queue."""
    round_ = locked(Round, by_id(Application, application_id).round_id)
    return round_, locked(Application, application_id)


def obstacle(row: Application, decision: ApplicationDecision, *, actor_id: UUID, areas: Sequence[str], now: datetime) -> Sentence | None:
    """Why somebody could not decide so, before it is tried; what the words of a reason must say is not asked."""
    if row.state not in APPLICATION.move("decide").by[Side.OFFICER]:
        return N_("当前为“%(state)s”，不能再审核。", state=row.state.label)
    try:
        _check_may(row.round, row, Reviewed(decision, "—"), actor_id=actor_id, areas=areas, now=now)
    except RuleViolation as refusal:
        return Sentence(refusal.message, refusal.params)
    return None


def state_after(row: Application, decision: ApplicationDecision) -> ApplicationState:
    """What an application becomes by a decision that nothing speaks against."""
    if decision is not ApplicationDecision.PASS:
        return ApplicationState.RETURNED if decision is ApplicationDecision.RETURN else ApplicationState.REFUSED
    is_last = len(passed(row)) + 1 == spec_of(row.round.version_id).allocation.review_levels
    return ApplicationState.GRANTED if is_last else ApplicationState.REVIEWING


def _check_may(round_: Round, row: Application, said: Reviewed, *, actor_id: UUID, areas: Sequence[str] | None, now: datetime) -> None:
    if phase_at(round_, now) not in _REVIEWED_IN:
        raise RuleViolation(N_("批次当前不能审核申领，请核对批次状态。"), code="round_state")
    allocation = spec_of(round_.version_id).allocation
    is_review = allocation.mode.value is AllocationMode.REVIEW
    _check(row, said.decision, said.reason, is_review=is_review, actor_id=actor_id)
    if is_review and len(passed(row)) + 1 == allocation.review_levels > 1:
        _check_last(round_, areas)


def _check(row: Application, decision: ApplicationDecision, reason: str, *, is_review: bool, actor_id: UUID) -> None:
    if not is_review and decision is not ApplicationDecision.REFUSE:
        raise RuleViolation(N_("本项目按先后发放，到公布结果时自动排定；这里只能对不符合条件的申领不予发放。"), code="not_reviewed")
    if decision is not ApplicationDecision.PASS:
        checked_reason(reason, N_("退回和不予发放须写明原因，以及企业可以怎样改正。"))
    if decision is ApplicationDecision.PASS and any(one["by"] == str(actor_id) for one in passed(row)):
        raise Denied(N_("申领 %(number)s 的上一级审核也是您办理的，下一级须由另一位人员审核。"), code="four_eyes", number=row.number)


def _above_soft(spec: ProgrammeSpec, row: Application, reason: str, now: datetime) -> str:
    """Why more is granted than a soft cap still allows; nothing where it allows enough. Raises: RuleViolation: nobody says why."""
    most = issuing.soft_left(spec, row, row.day_of(now))
    if most is None or row.requested_fen <= most:
        return ""
    said = {"asked": format_money(row.requested_fen, row.currency), "most": format_money(most, row.currency)}
    wanted = N_("申领 %(asked)s 元，软上限还有 %(most)s 元。同意超过的，请写明理由；不同意的，请退回，由企业改为不超过这一金额。", **said)
    return fitting(checked_reason(reason, wanted), 500)


def _check_last(round_: Round, areas: Sequence[str] | None) -> None:
    if areas is not None and not any(may_act(areas, code) for code in (round_.area_code, round_.programme.area_code)):
        raise Denied(N_("最后一级审核由批次的主管地区办理，请等待上级审核。"), code="last_level")


def _send_back(act: Act[Application], decision: ApplicationDecision, reason: str) -> None:
    row = act.row
    moves.entered(act, ApplicationState.RETURNED if decision is ApplicationDecision.RETURN else ApplicationState.REFUSED)
    row.reason, row.decided_by, row.decided_at = Sentence(fitting(reason, 500)), act.actor_id, act.now
    appeal_terms.begin(row)
    words = N_("申领已退回补正：%(number)s") if decision is ApplicationDecision.RETURN else N_("申领未获批准：%(number)s")
    title = Sentence(words, {"number": row.number})
    notices.tell(identity.user_ids_of(row.enterprise_id), title, row.reason, f"/my/applications/{row.id}")


def answer_appeal(
    application_id: UUID, *, upheld: bool, answer: str, actor_id: UUID, now: datetime, shown: str | None = None
) -> Application:
    """An appeal is answered by somebody who did not refuse. Upheld, the application is reviewed again, or takes its place in the queue:
    before the results are out it waits for them with the others.

    Raises: Conflict: the page is older than the application. RuleViolation: no appeal, answered already, no reason, or the same person.
    """
    round_, row = _locked(application_id)
    check_shown(row.id, shown, ApplicationDecision.labels() | APPLICATION.pasts())
    if row.appealed_at is None or row.appeal_answer:
        raise RuleViolation(N_("这件申领没有待答复的申诉。"), code="state")
    act = moves.begun(APPLICATION, "answer_appeal", row, Side.OFFICER, By(actor_id, now))
    if row.decided_by == actor_id:
        raise Denied(N_("不予发放是您决定的，申诉须由另一位人员答复。"), code="four_eyes")
    checked_reason(answer, N_("请写明答复意见。"), field="answer")
    row.appeal_answer = answer.strip()
    is_queued = spec_of(round_.version_id).allocation.mode.value is not AllocationMode.REVIEW
    is_early = is_queued and not allotting.results_are_out(round_)
    if upheld:
        moves.entered(act, ApplicationState.SUBMITTED if is_early else ApplicationState.REVIEWING)
        row.reviews = []
        appeal_terms.begin(row)
    moves.done(act, upheld=upheld, answer=row.appeal_answer, at=now)
    if upheld and is_queued and not is_early:
        allotting.grant_reviewed(round_, row, actor_id=actor_id, now=now)
    again = N_("申诉成立，恢复排队：%(number)s") if is_early else N_("申诉成立，重新审核：%(number)s")
    words = again if upheld else N_("申诉不成立：%(number)s")
    notices.tell(
        identity.user_ids_of(row.enterprise_id), Sentence(words, {"number": row.number}), row.appeal_answer, f"/my/applications/{row.id}"
    )
    return row
