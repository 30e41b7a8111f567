"""Who gets what: results of a window are published, reviewed firms are granted, returned money goes to the waitlist in its order."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy import func, select

from marketplace.audit import service as audit
from marketplace.kernel.db import db, in_turn, locked
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.moves import service as moves
from marketplace.moves.service import By
from marketplace.notices.service import Message
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import AllocationMode, UnusedRule
from marketplace.risk.queries import barred_of
from marketplace.vouchers.lifecycle import APPLICATION, ROUND
from marketplace.vouchers.models import Application, Round
from marketplace.vouchers.queries import scores
from marketplace.vouchers.queries.associates import shared_label
from marketplace.vouchers.queries.facts import facts_of_many
from marketplace.vouchers.queries.grant_caps import limits_left_of
from marketplace.vouchers.queries.lots import places_of
from marketplace.vouchers.queries.parts import budgets
from marketplace.vouchers.queries.spending import phase_at, spec_of
from marketplace.vouchers.rules import allotment, eligibility, scoring
from marketplace.vouchers.rules.allotment import Allotment, Allotted, Applicant, answers_at_once
from marketplace.vouchers.rules.facts import Eligibility
from marketplace.vouchers.rules.grant_caps import CapsLeft, Together
from marketplace.vouchers.rules.rights import Right
from marketplace.vouchers.rules.scoring import is_scored
from marketplace.vouchers.rules.states import ApplicationState, RoundState, Side
from marketplace.vouchers.service import appeal_terms, lots
from marketplace.vouchers.service.firm_messages import tell_firms
from marketplace.vouchers.service.issuing import Award, issue_all, kept_left, one_at_a_time

Refused = tuple[Application, Sentence]
UNDER_REVIEW = (ApplicationState.SUBMITTED, ApplicationState.REVIEWING, ApplicationState.RETURNED)
BEFORE_RESULTS = frozenset({RoundState.DRAFT, RoundState.ANNOUNCED, RoundState.APPLYING, RoundState.CLOSED})
OVER = frozenset({RoundState.SETTLING, RoundState.FINISHED})
BACK_FILLED_IN = frozenset({RoundState.APPLYING, RoundState.CLOSED, RoundState.PUBLISHED, RoundState.IN_USE})


def in_line(round_id: UUID, most: int) -> list[UUID]:
    """The next applications of a round to be answered, in the order of their places."""
    waits = (Application.round_id == round_id) & (Application.state == ApplicationState.SUBMITTED)
    return list(db.session.scalars(select(Application.id).where(waits).order_by(Application.sequence).limit(most)))


def waiting_in(round_id: UUID, *states: ApplicationState) -> list[Application]:
    """Applications of a round in some states, by arrival, read anew."""
    wanted = select(Application).where(Application.round_id == round_id, Application.state.in_(states)).order_by(Application.sequence)
    return list(db.session.scalars(wanted.execution_options(populate_existing=True)).unique())


def preview(round_: Round) -> Allotment:
    """What publishing the results now would give to whom."""
    spec = spec_of(round_.version_id)
    rows = waiting_in(round_.id, ApplicationState.SUBMITTED, ApplicationState.WAITLISTED)
    return allotment.allot(spec, _applicants(spec, round_, rows), budgets(round_))


def _applicants(spec: ProgrammeSpec, round_: Round, rows: Iterable[Application]) -> list[Applicant]:
    """Applications as the rules see them, by the order of their lots or scores where there are any."""
    places = places_of(round_.id) if lots.is_drawn_by_lot(spec) else scores.places_of(round_.id, spec) if is_scored(spec) else {}
    return [applicant(spec, row, places) for row in rows]


def applicant(spec: ProgrammeSpec, row: Application, places: Mapping[UUID, int]) -> Applicant:
    """An application as the rules see it: its classes as they were on the day it arrived, its place by lot or score, or by arrival; behind
    all of these where it has none."""
    order = spec.allocation.priority
    rank = frozenset({order[row.priority_class]}) if row.priority_class < len(order) else frozenset[str]()
    return Applicant(row.id, Fen(row.requested_fen), places.get(row.id, len(places) + row.sequence), rank, row.part_name)


def results_are_out(round_: Round) -> bool:
    """Whether it is known who got a voucher, so that what comes later is granted at once."""
    state = RoundState(round_.suspended_from) if round_.suspended_from else round_.state
    return state not in BEFORE_RESULTS or answers_at_once(spec_of(round_.version_id))


def can_publish(round_: Round) -> bool:
    """Whether nothing of a reviewed round is still under review, and nothing of one that is scored without its scores."""
    spec = spec_of(round_.version_id)
    if is_scored(spec):
        return not scores.missing_in(round_, spec)
    return spec.allocation.mode.value is not AllocationMode.REVIEW or not waiting_in(round_.id, *UNDER_REVIEW)


def publish(round_id: UUID, *, actor_id: UUID | None, now: datetime) -> Round:
    """Publish the results of a window: allot along the queue, issue the vouchers, tell everybody. Nobody applies meanwhile.

    Raises: RuleViolation: the window is not closed, or applications are still under review.
    """
    in_turn(round_id)
    round_ = locked(Round, round_id)
    if round_.state in {RoundState.PUBLISHED, RoundState.IN_USE}:
        return round_
    spec = spec_of(round_.version_id)
    act = moves.begun(ROUND, "published", round_, Side.OFFICER if actor_id else Side.PLATFORM, By(actor_id, now))
    if spec.allocation.mode.value is AllocationMode.REVIEW:
        open_ = waiting_in(round_id, *UNDER_REVIEW)
        if open_:
            raise RuleViolation(N_("还有 %(count)s 件申领没有审结，审结后才能公布结果。"), code="open_applications", count=len(open_))
    else:
        if lots.is_drawn_by_lot(spec):
            lots.draw_all(round_, now=now)
        if is_scored(spec):
            _refuse_low(round_, spec, actor_id=actor_id, now=now)
        if round_.day_of(now) <= round_.use_until:  # else nothing ran in time: whoever still waits is told at the end of its use
            rows = waiting_in(round_id, ApplicationState.SUBMITTED, ApplicationState.WAITLISTED)
            _settle(round_, spec, rows, actor_id=actor_id, now=now)
    moves.entered(act)
    moves.done(act)
    return round_


def _refuse_low(round_: Round, spec: ProgrammeSpec, *, actor_id: UUID | None, now: datetime) -> None:
    """Who scored below the least gets nothing, whatever the money.

    Raises: RuleViolation: sheets are missing.
    """
    missing = scores.missing_in(round_, spec)
    if missing:
        raise RuleViolation(N_("还有 %(count)s 件申领没有评满，评满后才能公布结果。"), code="open_scores", count=missing)
    totals = {one.application_id: scoring.total_bp(spec, one.sheets) for one in scores.scored_in(round_.id)}
    rows = waiting_in(round_.id, ApplicationState.SUBMITTED)
    low = [row for row in rows if not scoring.is_enough(spec, totals[row.id])]
    with audit.together():
        for row in low:
            assert spec.allocation.least_score is not None, "without a least score nobody is below it"
            given = {"score": scoring.said(totals[row.id]), "least": scoring.said(Fraction(spec.allocation.least_score.value))}
            reason = Sentence(N_("评分 %(score)s 分，低于入选的最低得分 %(least)s 分。"), given)
            _answer(row, ApplicationState.REFUSED, reason, actor_id=actor_id, now=now)
    _tell(low)


def grant_reviewed(round_: Round, row: Application, *, actor_id: UUID, now: datetime) -> None:
    """An application passed its last review: it joins the queue, and gets its voucher if the money reaches it."""
    spec = spec_of(round_.version_id)
    rows = [row] if answers_at_once(spec) else [*waiting_in(round_.id, ApplicationState.WAITLISTED), row]
    _settle(round_, spec, rows, only={row.id}, actor_id=actor_id, now=now)


def answer(round_id: UUID, application_ids: Sequence[UUID], *, now: datetime) -> int:
    """First come, first served, and no results to wait for: the next in line are answered, as if one after the other. How many.

    Others may apply meanwhile. Safe to repeat, and beside another worker: who is answered already is left alone.
    """
    round_ = locked(Round, round_id, beside_new=True)
    if phase_at(round_, now) not in BACK_FILLED_IN:  # suspended, or over, since it was looked for
        return 0
    ours = (Application.id.in_(application_ids), Application.round_id == round_id, Application.state == ApplicationState.SUBMITTED)
    wanted = select(Application).where(*ours).order_by(Application.sequence).with_for_update(of=Application)
    rows = list(db.session.scalars(wanted.execution_options(populate_existing=True)).unique())
    if rows:
        _settle(round_, spec_of(round_.version_id), rows, actor_id=None, now=now)
        round_.answered_until = max(round_.answered_until, rows[-1].sequence)
    return len(rows)


def _allotted(spec: ProgrammeSpec, round_: Round, rows: Sequence[Application], now: datetime) -> Allotment:
    """What the money reaches: along the whole queue, or for those who come behind a waitlist one by one."""
    if not answers_at_once(spec) or any(row.state is ApplicationState.WAITLISTED for row in rows):
        return allotment.allot(spec, _applicants(spec, round_, rows), budgets(round_, now))
    waits = (Application.round_id == round_.id) & (Application.state == ApplicationState.WAITLISTED)
    waiting = select(Application.part_name, func.sum(Application.requested_fen)).where(waits).group_by(Application.part_name)
    promised = {part: int(fen) for part, fen in db.session.execute(waiting)}
    free, grants = {part: fen - promised.get(part, 0) for part, fen in budgets(round_, now).items()}, list[Allotted]()
    for one in _applicants(spec, round_, rows):
        grant = allotment.allot(spec, [one], {one.part: Fen(max(0, free[one.part]))}).grants[0]
        free[one.part] -= one.requested_fen if grant.state is ApplicationState.WAITLISTED else grant.amount_fen
        grants.append(grant)
    given = Fen(sum(grant.amount_fen for grant in grants))
    return Allotment(tuple(grants), given, Fen(max(0, sum(free.values()))))


def back_fill(round_id: UUID, *, now: datetime) -> int:
    """Give returned money to the waitlist in its order; how many were granted. Safe to repeat."""
    round_ = locked(Round, round_id)
    spec = spec_of(round_.version_id)
    is_time = phase_at(round_, now) in BACK_FILLED_IN and round_.day_of(now) <= round_.use_until
    allowed = is_time and (spec.unused.value is UnusedRule.WAITLIST_BACKFILL or spec.allocation.is_released)
    rows = waiting_in(round_id, ApplicationState.WAITLISTED) if allowed else []
    if not rows:
        return 0
    return _settle(round_, spec, rows, actor_id=None, now=now)


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
    only: set[UUID] | None = None,
) -> int:
    """Allot to these applications and write what became of each; how many were granted."""
    today = round_.day_of(now)
    one_at_a_time(spec, [row.enterprise_id for row in rows], today)
    caps = _caps_of(spec, round_, rows, today)
    by_id, before = {row.id: row for row in rows}, {row.id: row.state for row in rows}
    with audit.together():
        for row, why in _kept_out(spec, round_, rows, caps, today):
            _answer(by_id.pop(row.id), ApplicationState.REFUSED, why, actor_id=actor_id, now=now)
        result = _allotted(spec, round_, list(by_id.values()), now)
        while over := _behind_associates(result, by_id, caps):
            for row, why in over:
                _answer(by_id.pop(row.id), ApplicationState.REFUSED, why, actor_id=actor_id, now=now)
            result = _allotted(spec, round_, list(by_id.values()), now)
        wanted = [(by_id[grant.application_id], grant) for grant in result.grants]
        awards = [_write(row, grant, actor_id=actor_id, now=now) for row, grant in wanted if only is None or row.id in only]
    _tell([row for row in rows if row.state is not before[row.id]])
    return len(issue_all(round_, [award for award in awards if award is not None], actor_id=actor_id, today=today))


def _caps_of(spec: ProgrammeSpec, round_: Round, rows: Sequence[Application], today: date) -> dict[UUID, CapsLeft]:
    above = {row.enterprise_id for row in rows if row.above_soft}
    return limits_left_of(spec, round_, {row.enterprise_id: row.class_key for row in rows}, today, above_soft=above)


def _kept_out(spec: ProgrammeSpec, round_: Round, rows: Sequence[Application], caps: Mapping[UUID, CapsLeft], today: date) -> list[Refused]:
    """Applications that get nothing, however much money there is, and why: the caps of their firms no longer hold what they asked for, a
    decision keeps these away, or they were given something meanwhile that stands against a voucher."""
    short = {row.id: (row, _used_up(caps[row.enterprise_id].binds)) for row in rows if row.requested_fen > caps[row.enterprise_id].left_fen}
    barred = barred_of([row.enterprise_id for row in rows], today)
    away = {row.id: (row, barred[row.enterprise_id]) for row in rows if row.enterprise_id in barred}
    rest = [row for row in rows if row.id not in short | away]
    return [*(away | short).values(), *_ruled_out(spec, round_, rest, today)]


def _used_up(cap: Sentence) -> Sentence:
    return Sentence(N_("%(cap)s已经用完或不够，不能再发放。"), {"cap": cap})


def _behind_associates(result: Allotment, rows: Mapping[UUID, Application], caps: Mapping[UUID, CapsLeft]) -> list[Refused]:
    """Who would be given more than what associates before it in the queue leave of the caps that they share."""
    together, found = Together(caps), list[Refused]()
    for grant in result.grants:
        row = rows[grant.application_id]
        if grant.amount_fen and not together.take(row.enterprise_id, grant.amount_fen):
            found.append((row, _used_up(shared_label(caps[row.enterprise_id].binds))))
    return found


def _ruled_out(spec: ProgrammeSpec, round_: Round, rows: Sequence[Application], today: date) -> list[Refused]:
    """Applications of firms that were given something meanwhile which stands against a voucher, and why."""
    if not spec.beneficiaries.aid_asked(spec.slug) or not rows:
        return []
    firms = [row.enterprise_id for row in rows]
    facts, found = facts_of_many(firms, today, spec, simulated=round_.simulated), list[Refused]()
    for row in rows:
        results = eligibility.stacking_results(spec, facts[row.enterprise_id])
        found += [(row, one.sentence) for one in results if one.verdict is Eligibility.UNMET][:1]
    return found


def _write(row: Application, grant: Allotted, *, actor_id: UUID | None, now: datetime) -> Award | None:
    """Write what became of an application; what it is to have now."""
    row.place = grant.place if row.place is None else row.place
    if grant.state is row.state:
        return None  # keeps waiting
    _answer(row, grant.state, grant.reason, actor_id=actor_id, now=now)
    if grant.state is not ApplicationState.GRANTED:
        return None
    row.granted_fen = grant.amount_fen
    return Award(row.enterprise_id, Right(row.class_key, grant.amount_fen, row.part_name), row, kept_left(grant, row.requested_fen))


def _answer(row: Application, state: ApplicationState, reason: str, *, actor_id: UUID | None, now: datetime) -> None:
    """Write a decision; the firm is told with the others."""
    act = moves.begun(APPLICATION, state.value, row, Side.PLATFORM, By(actor_id, now))
    moves.entered(act)
    row.reason, row.decided_by, row.decided_at = Sentence(reason), actor_id, now
    appeal_terms.begin(row)
    moves.written(act, reason=row.reason)


def _tell(rows: Sequence[Application]) -> None:
    """Tell firms what was answered."""
    titles = {row.id: N_("申领%(state)s：%(number)s", state=row.state.label, number=row.number) for row in rows}
    tell_firms([(row.enterprise_id, Message(titles[row.id], row.reason, f"/my/applications/{row.id}")) for row in rows])
