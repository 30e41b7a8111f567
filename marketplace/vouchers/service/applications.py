"""Firms apply, take back, correct and appeal. The order of arrival is given here, to one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, func, select

from marketplace.identity import queries as identity
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import by_id, db, in_turn, locked
from marketplace.kernel.errors import N_, Conflict, DomainError, NotFound, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.money import Fen
from marketplace.kernel.typed import checked_reason
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.notices import service as notices
from marketplace.policy.programme_guards import Stops
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import AllocationMode
from marketplace.risk import queries as risk
from marketplace.vouchers.lifecycle import APPLICATION
from marketplace.vouchers.models import Application, Round
from marketplace.vouchers.queries import budget
from marketplace.vouchers.queries.facts import facts_of
from marketplace.vouchers.queries.grant_caps import limits_left
from marketplace.vouchers.queries.spending import phase_at, spec_of, way_of
from marketplace.vouchers.rules import amounts, eligibility, portions
from marketplace.vouchers.rules import rounds as round_rules
from marketplace.vouchers.rules.eligibility import RuleResult
from marketplace.vouchers.rules.facts import Eligibility, FirmFacts
from marketplace.vouchers.rules.kept_facts import kept_firm
from marketplace.vouchers.rules.parts import drawn_on
from marketplace.vouchers.rules.portions import Asked
from marketplace.vouchers.rules.states import ApplicationState, Side
from marketplace.vouchers.service import appeal_terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a firm applies for."""

    requested_fen: Fen
    plan: str  # what it wants to buy
    portions: Asked = ()  # of it by kind of service, where the rules grant so


def apply(round_id: UUID, enterprise_id: UUID, wish: Wish, *, actor_id: UUID, request_key: UUID, now: datetime) -> Application:
    """A firm applies in a round. Its place in the order of arrival is given here, once; a repeat answers with the same application.

    All that takes time is done before the firm's turn: in it, it is only numbered and written down. Who gets what is found out later.

    Raises:
        RuleViolation: not in the window, not eligible (the failed rule with its clause), or an amount that cannot be granted.
        Conflict: the firm has applied in this round for something else.
    """
    round_ = by_id(Round, round_id)
    today = round_.day_of(now)
    command = Command(request_key, "application.submitted", actor_id, round_id, {"firm": enterprise_id, "wish": wish})
    is_new = begin(command, now=now)
    known = _of_enterprise(round_id, enterprise_id)
    if not is_new and known is not None:
        return known
    if known is not None and known.state is not ApplicationState.RETURNED:
        raise _applied(known)
    _check_open(round_, is_first=known is None, now=now)
    spec = spec_of(round_.version_id)
    if not spec.has_orders:
        raise RuleViolation(N_("本批次不发放服务券，请在本批次的申请页面申请。"), code="no_vouchers")
    budget.check(round_, spec, Stops.APPLICATIONS)
    facts = facts_of(enterprise_id, today, spec, simulated=round_.simulated)
    results = eligibility.check_eligibility(spec, facts, (round_.area_code,))
    risk.check_not_barred((enterprise_id,), today)
    check_may_apply(spec, results)
    _check_amount(spec, round_, enterprise_id, facts, wish, today)
    row = locked(Application, known.id) if known else _new(round_, enterprise_id, request_key, now)
    act = moves.begun(APPLICATION, "apply", row, Side.FIRM, By(actor_id))
    _fill(row, spec, facts, results, wish, now)
    db.session.flush()
    moves.done(act, sequence=row.sequence, requested_fen=row.requested_fen)
    return row


def _check_open(round_: Round, *, is_first: bool, now: datetime) -> None:
    """Raises: RuleViolation: the round takes no applications now."""
    round_rules.check_takes_applications(phase_at(round_, now), way_of(round_))
    if is_first:
        round_rules.check_window(round_.apply_from_at, round_.apply_until_at, now)


_AT_THE_TURN = select(  # how it stands when the turn has come, in one statement
    Round.state,
    select(func.coalesce(func.max(Application.sequence), 0)).where(Application.round_id == Round.id).scalar_subquery(),
    exists().where(Application.round_id == Round.id, Application.enterprise_id == bindparam("firm")),
).where(Round.id == bindparam("round"))


def _place(round_: Round, enterprise_id: UUID, *, now: datetime) -> int:
    """The firm's place. Its turn has come when this returns: whoever moves the round, or numbered another application of it, is done.

    Raises: RuleViolation, Conflict: meanwhile the round was moved, or the firm has applied from another page.
    """
    in_turn(round_.id)
    state, last, has_applied = db.session.execute(_AT_THE_TURN, {"round": round_.id, "firm": enterprise_id}).one()
    if state is not round_.state:
        db.session.refresh(round_, ["state"])
    _check_open(round_, is_first=True, now=now)
    if has_applied and (known := _of_enterprise(round_.id, enterprise_id)) is not None:
        raise _applied(known)
    return int(last) + 1


def _of_enterprise(round_id: UUID, enterprise_id: UUID) -> Application | None:
    wanted = select(Application).where(Application.round_id == round_id, Application.enterprise_id == enterprise_id)
    return db.session.scalars(wanted.execution_options(populate_existing=True)).unique().one_or_none()


def _applied(known: Application) -> DomainError:
    if known.state is ApplicationState.WITHDRAWN:
        return RuleViolation(N_("本企业已撤回在本批次的申领，撤回后不能再次申领，请关注下一批次。"), code="withdrawn")
    return Conflict(
        N_("本企业已在本批次提交过申领（受理号 %(number)s），每家企业每批次只能申领一次。"), code="applied", number=known.number
    )


def check_may_apply(spec: ProgrammeSpec, results: Sequence[RuleResult]) -> None:
    """A firm that fails a rule is told which, and where it stands. Where officers review, a missing fact is theirs to settle.

    Raises: RuleViolation.
    """
    reviewed = spec.allocation.mode.value is AllocationMode.REVIEW
    stopping = {Eligibility.UNMET} if reviewed else {Eligibility.UNMET, Eligibility.UNKNOWN}
    failed = next((one for one in results if one.verdict in stopping), None)
    if failed is not None:
        raise RuleViolation(
            N_("暂不符合申领条件（%(label)s）：%(why)s依据：%(clause)s。"),
            code="not_eligible",
            label=failed.label,
            why=failed.sentence,
            clause=failed.provenance.text(),
        )


def _check_amount(spec: ProgrammeSpec, round_: Round, enterprise_id: UUID, facts: FirmFacts, wish: Wish, today: date) -> None:
    mine = eligibility.class_of(spec, facts)
    if mine is None:
        why = eligibility.class_result(spec, facts).sentence
        raise RuleViolation(N_("企业类别尚未判定，无法确定可申领的金额。%(why)s"), code="not_eligible", why=why)
    caps = limits_left(spec, round_, enterprise_id, mine.name, today, above_soft=True)
    portions.check_asked(spec, mine.name, wish.portions, wish.requested_fen)
    if not caps.left_fen:
        raise RuleViolation(N_("%(cap)s已经用完，不能再申领。"), field="requested", code="limit_used", cap=caps.binds)
    if caps.is_used and wish.requested_fen > caps.left_fen:
        left = format_money(caps.left_fen, spec.currency)
        raise RuleViolation(N_("%(cap)s只剩 %(left)s 元，不够申领。"), field="requested", code="limit_short", cap=caps.binds, left=left)
    amounts.check_requested(spec, wish.requested_fen, firm_class=mine.name, left_fen=caps.left_fen)


def _new(round_: Round, enterprise_id: UUID, request_key: UUID, now: datetime) -> Application:
    row = Application(
        id=request_key,
        number=printed_number("SL"),
        round_id=round_.id,
        enterprise_id=enterprise_id,
        sequence=_place(round_, enterprise_id, now=now),
        state=ApplicationState.RETURNED,  # until it is filled in
    )
    row.round = round_
    db.session.add(row)
    return row


def _fill(row: Application, spec: ProgrammeSpec, facts: FirmFacts, results: Sequence[RuleResult], wish: Wish, now: datetime) -> None:
    mine = eligibility.class_of(spec, facts)
    assert mine is not None
    belongs = {one.name: one.label for one in eligibility.classes_of(spec, facts)}
    order = spec.allocation.priority
    row.priority_class = next((rank for rank, name in enumerate(order) if name in belongs), len(order))
    row.priority_name = belongs.get(order[row.priority_class], "") if row.priority_class < len(order) else ""
    row.class_key, row.requested_fen, row.plan = mine.name, wish.requested_fen, wish.plan.strip()
    row.portions = dict(wish.portions) or portions.split(spec, mine.name, wish.requested_fen)
    part = spec.part_of_firm(mine.name, facts.region_code)
    row.part_name = drawn_on(part.name if part else "", is_pooled=row.round.pooled_at is not None)
    row.checks, row.reviews, row.facts = [snapshot(one) for one in results], [], kept_firm(facts)
    row.state, row.submitted_at = ApplicationState.SUBMITTED, now


def snapshot(one: RuleResult) -> dict[str, Any]:
    """A check as it was on the day, for ever readable."""
    return {
        "rule": one.rule, "label": one.label, "verdict": one.verdict.value, "sentence": one.sentence.text(),
        "clause": one.provenance.text(),
    }  # fmt: skip


def withdraw(application_id: UUID, enterprise_id: UUID, *, actor_id: UUID) -> Application:
    """A firm takes its application back, for good.

    Raises: NotFound; Conflict: it did before; RuleViolation: it is decided.
    """
    act = _own("withdraw", application_id, enterprise_id, actor_id=actor_id)
    moves.entered(act)
    moves.done(act)
    return act.row


def appeal(application_id: UUID, enterprise_id: UUID, text: str, *, actor_id: UUID, now: datetime) -> Application:
    """A refused firm says why it thinks the refusal wrong, once, in time.

    Raises: RuleViolation: not refused, too late, a second time, or nothing said.
    """
    act = _own("appeal", application_id, enterprise_id, actor_id=actor_id)
    row = act.row
    if row.appealed_at is not None:
        raise RuleViolation(N_("本次申领已经申诉过，每次申领只能申诉一次。"), code="appealed")
    last = appeal_terms.last_day(row)
    if last is not None and row.day_of(now) > last:
        raise RuleViolation(N_("申诉期已于 %(day)s 截止。"), code="too_late", day=last.isoformat())
    checked_reason(text, N_("请写明申诉的理由和事实。"), field="appeal")
    row.appeal, row.appealed_at = text.strip(), now
    moves.done(act, appeal=row.appeal)
    title = N_("收到申领申诉：%(number)s", number=row.number)
    notices.tell(reviewers_of(row), title, row.appeal[:200], f"/office/applications/{row.id}")
    return row


def reviewers_of(row: Application) -> list[UUID]:
    """Officers whose area covers the firm."""
    where = identity.organisation(row.enterprise_id)
    return identity.user_ids_with("vouchers.review", where.region_code, where.park_code)


def _own(verb: str, application_id: UUID, enterprise_id: UUID, *, actor_id: UUID) -> Act[Application]:
    row = locked(Application, application_id)
    if row.enterprise_id != enterprise_id:
        raise NotFound
    return moves.begun(APPLICATION, verb, row, Side.FIRM, By(actor_id))
