"""Who gets what: results of a window are published, reviewed firms are granted, returned money goes to the waitlist in its order."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.moves import service as moves
from marketplace.notices.service import Message
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import AllocationMode, UnusedRule
from marketplace.vouchers.lifecycle import APPLICATION, ROUND
from marketplace.vouchers.models import Application, Round
from marketplace.vouchers.queries.funds import free_fen
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules import allotment
from marketplace.vouchers.rules.allotment import Allotment, Allotted, Applicant
from marketplace.vouchers.rules.rights import Right
from marketplace.vouchers.rules.states import ApplicationState, RoundState, Side
from marketplace.vouchers.service import appeal_terms
from marketplace.vouchers.service.firm_messages import tell_firms
from marketplace.vouchers.service.issuing import Award, issue_all, limits_left_of

UNDER_REVIEW = (ApplicationState.SUBMITTED, ApplicationState.REVIEWING, ApplicationState.RETURNED)
OVER = frozenset({RoundState.SETTLING, RoundState.FINISHED})
BACK_FILLED_IN = frozenset({RoundState.APPLYING, RoundState.CLOSED, RoundState.PUBLISHED, RoundState.IN_USE})


def waiting_in(round_id: UUID, *states: ApplicationState) -> list[Application]:
    """Applications of a round in some states, by arrival, read anew."""
    wanted = select(Application).where(Application.round_id == round_id, Application.state.in_(states)).order_by(Application.sequence)
    return list(db.session.scalars(wanted.execution_options(populate_existing=True)).unique())


def preview(round_: Round) -> Allotment:
    """What publishing the results now would give to whom."""
    spec = spec_of(round_.version_id)
    rows = waiting_in(round_.id, ApplicationState.SUBMITTED, ApplicationState.WAITLISTED)
    return allotment.allot(spec, [applicant(spec, row) for row in rows], free_fen(round_))


def applicant(spec: ProgrammeSpec, row: Application) -> Applicant:
    """An application as the rules see it: its classes as they were on the day it arrived."""
    order = spec.allocation.priority
    rank = frozenset({order[row.priority_class]}) if row.priority_class < len(order) else frozenset[str]()
    return Applicant(row.id, Fen(row.requested_fen), row.sequence, rank)


def can_publish(round_: Round) -> bool:
    """Whether nothing of a reviewed round is still under review."""
    reviewed = spec_of(round_.version_id).allocation.mode.value is AllocationMode.REVIEW
    return not reviewed or not waiting_in(round_.id, *UNDER_REVIEW)


def publish(round_id: UUID, *, actor_id: UUID | None, now: datetime, today: date) -> Round:
    """Publish the results of a window: allot along the queue, issue the vouchers, tell everybody.

    Raises: RuleViolation: the window is not closed, or applications are still under review.
    """
    round_ = locked(Round, round_id)
    if round_.state in {RoundState.PUBLISHED, RoundState.IN_USE}:
        return round_
    spec = spec_of(round_.version_id)
    act = moves.begun(ROUND, "published", round_, Side.OFFICER if actor_id else Side.PLATFORM, actor_id=actor_id, now=now)
    if spec.allocation.mode.value is AllocationMode.REVIEW:
        open_ = waiting_in(round_id, *UNDER_REVIEW)
        if open_:
            raise RuleViolation(N_("还有 %(count)s 件申领没有审结，审结后才能公布结果。"), code="open_applications", count=len(open_))
    else:
        rows = waiting_in(round_id, ApplicationState.SUBMITTED, ApplicationState.WAITLISTED)
        _settle(round_, spec, rows, actor_id=actor_id, now=now, today=today)
    moves.entered(act)
    moves.done(act)
    return round_


def grant_reviewed(round_: Round, row: Application, *, actor_id: UUID, now: datetime, today: date) -> None:
    """An application passed its last review: it joins the queue, and gets its voucher if the money reaches it."""
    spec = spec_of(round_.version_id)
    rows = [*waiting_in(round_.id, ApplicationState.WAITLISTED), row]
    _settle(round_, spec, rows, only={row.id}, actor_id=actor_id, now=now, today=today)


def decide_at_once(round_: Round, row: Application, *, now: datetime, today: date) -> None:
    """First come, first served, and no results to wait for: the answer is given with the application."""
    spec = spec_of(round_.version_id)
    rows = [*waiting_in(round_.id, ApplicationState.WAITLISTED), row]
    _settle(round_, spec, rows, only={row.id}, actor_id=None, now=now, today=today)


def back_fill(round_id: UUID, *, now: datetime, today: date) -> int:
    """Give returned money to the waitlist in its order; how many were granted. Safe to repeat."""
    round_ = locked(Round, round_id)
    spec = spec_of(round_.version_id)
    allowed = spec.unused.value is UnusedRule.WAITLIST_BACKFILL and round_.state in BACK_FILLED_IN and today <= round_.use_until
    rows = waiting_in(round_id, ApplicationState.WAITLISTED) if allowed else []
    if not rows:
        return 0
    return _settle(round_, spec, rows, actor_id=None, now=now, today=today)


def end_waiting(round_id: UUID, *, now: datetime) -> int:
    """A round takes no more orders: whoever still waits is told, and waits no longer. How many. Safe to repeat."""
    round_ = locked(Round, round_id)
    if round_.state not in OVER:
        return 0
    rows = waiting_in(round_id, ApplicationState.WAITLISTED, *UNDER_REVIEW)
    reason = N_("本批次用券期已结束，不再发放，候补到此为止。请关注下一批次。")
    with audit.together():
        for row in rows:
            _answer(row, ApplicationState.REFUSED, reason, actor_id=None, now=now)
    _tell(rows)
    return len(rows)


def _settle(
    round_: Round,
    spec: ProgrammeSpec,
    rows: Sequence[Application],
    *,
    actor_id: UUID | None,
    now: datetime,
    today: date,
    only: set[UUID] | None = None,
) -> int:
    """Allot to these applications and write what became of each; how many were granted."""
    by_id, short = {row.id: row for row in rows}, _short_of(spec, round_, rows, today)
    before = {row.id: row.state for row in rows}
    with audit.together():
        for row in short:
            _answer(row, ApplicationState.REFUSED, N_("本企业本年度的额度已经用完，不能再发放。"), actor_id=actor_id, now=now)
            del by_id[row.id]
        result = allotment.allot(spec, [applicant(spec, row) for row in by_id.values()], free_fen(round_))
        wanted = [(by_id[grant.application_id], grant) for grant in result.grants]
        awards = [_write(row, grant, actor_id=actor_id, now=now) for row, grant in wanted if only is None or row.id in only]
    _tell([row for row in rows if row.state is not before[row.id]])
    return len(issue_all(round_, [award for award in awards if award is not None], actor_id=actor_id, today=today))


def _short_of(spec: ProgrammeSpec, round_: Round, rows: Sequence[Application], today: date) -> list[Application]:
    """Applications of firms whose own caps no longer hold what they asked for: another round has used them."""
    left = limits_left_of(spec, round_, {row.enterprise_id: row.class_key for row in rows}, today)
    return [row for row in rows if row.requested_fen > left[row.enterprise_id][1]]


def _write(row: Application, grant: Allotted, *, actor_id: UUID | None, now: datetime) -> Award | None:
    """Write what became of an application; what it is to have now."""
    row.place = grant.place if row.place is None else row.place
    if grant.state is row.state:
        return None  # keeps waiting
    _answer(row, grant.state, grant.reason, actor_id=actor_id, now=now)
    if grant.state is not ApplicationState.GRANTED:
        return None
    row.granted_fen = grant.amount_fen
    return Award(row.enterprise_id, Right(row.class_key, grant.amount_fen), row)


def _answer(row: Application, state: ApplicationState, reason: str, *, actor_id: UUID | None, now: datetime) -> None:
    """Write a decision; the firm is told with the others."""
    act = moves.begun(APPLICATION, state.value, row, Side.PLATFORM, actor_id=actor_id, now=now)
    moves.entered(act)
    row.reason, row.decided_by, row.decided_at = Sentence(reason), actor_id, now
    appeal_terms.begin(row)
    moves.written(act, reason=row.reason)


def _tell(rows: Sequence[Application]) -> None:
    """Tell firms what was answered."""
    titles = {row.id: N_("申领%(state)s：%(number)s", state=row.state.label, number=row.number) for row in rows}
    tell_firms([(row.enterprise_id, Message(titles[row.id], row.reason, f"/my/applications/{row.id}")) for row in rows])
