"""Targets are entered by one officer and confirmed by another; values are read, scored and signed, and never changed."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError

from marketplace.identity import queries as identity
from marketplace.kernel import commands
from marketplace.kernel.commands import Command
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, Conflict, Denied, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.kernel.zones import day_in, zone
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.performance import queries, rules
from marketplace.performance.indicators import Indicator, IndicatorTarget
from marketplace.performance.lifecycle import PLAN, PlanState, ReadingKind, Side
from marketplace.performance.models import PerformanceDecision, PerformancePlan, PerformanceReading, PerformanceTarget, PerformanceValue
from marketplace.performance.queries.values import CountedYear, net_execution, values_of, zone_of
from marketplace.performance.rules import MOST_WORDS, Scale, ScoredTarget, StepWords
from marketplace.performance.settings import scale_of
from marketplace.vouchers.models import Programme


def enter(programme_id: UUID, year: int, targets: Sequence[IndicatorTarget], *, by: By) -> PerformancePlan:
    """An officer enters what a programme should reach in a year. A repeat answers with the same row.

    Args:
        by: its key is the row's id.

    Raises:
        RuleViolation: weights that make no hundred, or a target of nothing.
        Conflict: the year has its targets.
    """
    assert by.key is not None and by.actor_id is not None and by.now is not None, "an officer enters them on a page"
    said = [(one.indicator.value, one.value, one.weight) for one in targets]
    content = {"programme": programme_id, "year": year, "targets": said}
    if not commands.begin(Command(by.key, "performance.entered", by.actor_id, by.key, content), now=by.now):
        return by_id(PerformancePlan, by.key)
    rules.check_targets(targets)
    programme = by_id(Programme, programme_id)
    row = PerformancePlan(
        id=by.key, number=printed_number("JX"), programme_id=programme.id, year=year, entered_by=by.actor_id, entered_at=by.now
    )
    row.state = PlanState.ENTERED
    try:
        with db.session.begin_nested():
            db.session.add(row)
            db.session.flush()
    except IntegrityError:
        raise Conflict(N_("这个项目 %(year)s 年的绩效目标已经填报。"), field="year", code="plan_known", year=year) from None
    db.session.add_all(PerformanceTarget(plan_id=row.id, indicator=one.indicator, value=one.value, weight=one.weight) for one in targets)
    act = moves.begun(PLAN, "enter", row, Side.OFFICER, By(by.actor_id, by.now))
    moves.done(act, year=year)
    _tell_others(act, programme.area_code)
    return row


def _tell_others(act: Act[PerformancePlan], area_code: str) -> None:
    others = [one for one in identity.user_ids_with("performance.manage", area_code) if one != act.actor_id]
    moves.tell_people(act, others, "")


def confirm(plan_id: UUID, _given: StepWords, *, by: By) -> PerformancePlan:
    """A second person confirms the targets: from now on they stand. Raises: Denied: who entered them."""
    act = _of_second("confirm", plan_id, by)
    if not act.is_repeat:
        act.row.confirmed_by = act.actor_id
        moves.entered(act)
        moves.done(act)
        moves.tell_people(act, [act.row.entered_by], "")
    return act.row


def send_back(plan_id: UUID, given: StepWords, *, by: By) -> PerformancePlan:
    """A second person returns the targets; other ones are entered anew. Raises: Denied; RuleViolation: no reason."""
    act = _of_second("send_back", plan_id, by)
    if not act.is_repeat:
        act.row.answer = fitting(checked_reason(given.reason, N_("请写明退回的原因。")), MOST_WORDS)
        moves.entered(act)
        moves.done(act, reason=act.row.answer)
        moves.tell_people(act, [act.row.entered_by], act.row.answer)
    return act.row


def _of_second(verb: str, plan_id: UUID, by: By) -> Act[PerformancePlan]:
    act = moves.begun(PLAN, verb, locked(PerformancePlan, plan_id), Side.SECOND, by)
    if not act.is_repeat and act.actor_id == act.row.entered_by:
        raise Denied(N_("填报人不能复核自己的绩效目标，请由另一位工作人员办理。"), code="same_person")
    return act


def counted_of(row: PerformancePlan, until: date) -> CountedYear:
    """What is counted for a plan until a day, at most its year."""
    first, last = rules.year_of(row.year)
    return CountedYear(row.programme, first, min(until, last), zone_of(row.programme))


def read(row: PerformancePlan, until: date) -> tuple[list[ScoredTarget], Scale]:
    """Each target with its value on a day, and the rule by which it is scored."""
    targets, counted, scale = queries.targets_of(row.id), counted_of(row, until), scale_of(row.programme.area_code)
    found = values_of(counted, [one.indicator for one in targets])
    return rules.scored(targets, found, row.year, counted.last, scale), scale


def net_execution_of(row: PerformancePlan, until: date) -> int | None:
    """Beside the share of the budget that was paid until a day, the share that did not come back; None where that is no target."""
    if Indicator.EXECUTION not in {one.indicator for one in queries.targets_of(row.id)}:
        return None
    return net_execution(counted_of(row, until))


def today_of(row: PerformancePlan, by: By) -> date:
    """The day where the programme is."""
    assert by.now is not None, "who reads is told the time"
    return day_in(by.now, zone(zone_of(row.programme)))


def monitor(plan_id: UUID, given: StepWords, *, by: By) -> PerformancePlan:
    """An officer reads the values in the middle of the year, and says why what is behind is behind.

    Raises: RuleViolation beside the field: a reason is missing.
    """
    act = moves.begun(PLAN, "monitor", locked(PerformancePlan, plan_id), Side.OFFICER, by)
    if not act.is_repeat:
        found, scale = read(act.row, today_of(act.row, by))
        rules.check_reasons(found, given.reasons or {}, scale)
        kept = _keep(act, ReadingKind.MIDTERM, found, scale, given)
        moves.done(act, until_on=kept.until_on)
    return act.row


def assess(plan_id: UUID, given: StepWords, *, by: By) -> PerformancePlan:
    """An officer scores a year that is over; a second person signs. Raises: RuleViolation: the year is not over, or a reason is missing."""
    act = moves.begun(PLAN, "assess", locked(PerformancePlan, plan_id), Side.OFFICER, by)
    if not act.is_repeat:
        rules.check_year_over(act.row.year, today_of(act.row, by))
        _assessed(act, ReadingKind.YEARLY, given, by)
    return act.row


def correct(plan_id: UUID, given: StepWords, *, by: By) -> PerformancePlan:
    """What was signed is counted again, for a reason: another reading beside it, which a second person signs. Raises: RuleViolation."""
    act = moves.begun(PLAN, "correct", locked(PerformancePlan, plan_id), Side.OFFICER, by)
    if not act.is_repeat:
        checked_reason(given.reason, N_("请写明更正的原因。"))
        _assessed(act, ReadingKind.CORRECTION, given, by)
    return act.row


def _assessed(act: Act[PerformancePlan], kind: ReadingKind, given: StepWords, by: By) -> None:
    found, scale = read(act.row, today_of(act.row, by))
    rules.check_reasons(found, given.reasons or {}, scale)
    kept = _keep(act, kind, found, scale, given)
    moves.entered(act)
    moves.done(act, points=kept.sure, **({"reason": kept.reason} if kept.reason else {}))
    _tell_others(act, act.row.programme.area_code)


def _keep(
    act: Act[PerformancePlan], kind: ReadingKind, found: Sequence[ScoredTarget], scale: Scale, given: StepWords
) -> PerformanceReading:
    assert act.actor_id is not None and act.now is not None, "an officer reads values on a page"
    total, until = rules.score_of(found, scale), min(day_in(act.now, zone(zone_of(act.row.programme))), rules.year_of(act.row.year)[1])
    row = PerformanceReading(
        id=uuid4(),
        plan_id=act.row.id,
        kind=kind,
        until_on=until,
        sure=total.sure,
        most=total.most,
        level=total.level.value if total.level and kind is not ReadingKind.MIDTERM else "",
        scale=scale.frozen(),
        reason=fitting(given.reason, MOST_WORDS) if kind is ReadingKind.CORRECTION else "",
        taken_by=act.actor_id,
        taken_at=act.now,
    )
    db.session.add(row)
    db.session.flush()
    db.session.add_all(_value(row.id, one, given) for one in found)
    return row


def _value(reading_id: UUID, one: ScoredTarget, given: StepWords) -> PerformanceValue:
    name = one.target.indicator
    reason = fitting((given.reasons or {}).get(name, ""), MOST_WORDS, field=f"reason_{name}")
    return PerformanceValue(reading_id=reading_id, indicator=name, value=one.value, expected=one.expected, points=one.points, reason=reason)


def sign(plan_id: UUID, _given: StepWords, *, by: By) -> PerformancePlan:
    """A second person signs what was read: it stands. Raises: Denied: who read it."""
    return _decided("sign", plan_id, "", by)


def reject(plan_id: UUID, given: StepWords, *, by: By) -> PerformancePlan:
    """A second person gives an assessment back; what was signed before it stands on. Raises: Denied; RuleViolation: no reason."""
    return _decided("reject", plan_id, given.reason, by)


def _decided(verb: str, plan_id: UUID, reason: str, by: By) -> PerformancePlan:
    act = moves.begun(PLAN, verb, locked(PerformancePlan, plan_id), Side.SECOND, by)
    if act.is_repeat:
        return act.row
    reading = queries.to_sign(plan_id)
    if reading is None or act.actor_id is None or act.now is None:
        raise RuleViolation(N_("没有等待复核的评价。"), code="nothing_to_sign")
    if act.actor_id == reading.taken_by:
        raise Denied(N_("评价人不能复核自己的评价，请由另一位工作人员办理。"), code="same_person")
    is_signed = verb == "sign"
    said = "" if is_signed else fitting(checked_reason(reason, N_("请写明退回的原因。")), MOST_WORDS)
    db.session.add(
        PerformanceDecision(
            reading_id=reading.id, signed=is_signed, reason=said, taken_by=reading.taken_by, decided_by=act.actor_id, decided_at=act.now
        )
    )
    moves.entered(act, None if is_signed else _before(plan_id))
    moves.done(act, **({} if is_signed else {"reason": said}))
    moves.tell_people(act, [reading.taken_by], said)
    return act.row


def _before(plan_id: UUID) -> PlanState:
    """Where a plan goes whose newest assessment was given back."""
    return PlanState.SIGNED if queries.signed_of(queries.readings_of(plan_id)) else PlanState.CONFIRMED
