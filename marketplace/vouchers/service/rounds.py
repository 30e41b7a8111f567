"""Rounds of a programme: drawn up, announced, opened and closed by their dates, suspended and resumed with a reason."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.identity import queries as identity
from marketplace.identity import regions
from marketplace.kernel import draw, sweeping
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import by_id, db, in_turn, locked
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.typed import checked_reason
from marketplace.kernel.zones import CHINA
from marketplace.ledger import queries as ledger_queries
from marketplace.moves import service as moves
from marketplace.moves.service import By
from marketplace.notices import service as notices
from marketplace.vouchers import chart
from marketplace.vouchers.lifecycle import ROUND
from marketplace.vouchers.models import Programme, Round
from marketplace.vouchers.queries import payees
from marketplace.vouchers.queries.funds import gauge
from marketplace.vouchers.queries.spending import spec_of, way_of
from marketplace.vouchers.rules import parts as part_rules
from marketplace.vouchers.rules import releases as release_rules
from marketplace.vouchers.rules import rounds as rules
from marketplace.vouchers.rules import supplements
from marketplace.vouchers.rules.payees import check_named
from marketplace.vouchers.rules.rounds import RoundPlan
from marketplace.vouchers.rules.states import WITHOUT_APPLICATION, RoundState, Side, check_way
from marketplace.vouchers.service import allotting, lots, parts
from marketplace.vouchers.service.firm_lists import check_filled
from marketplace.vouchers.service.programmes import newest_version


def create(programme_id: UUID, plan: RoundPlan, *, actor_id: UUID | None, request_key: UUID, today: date) -> Round:
    """Draw up a round. It takes its rules when it is announced.

    Raises: RuleViolation beside the field that is wrong; Conflict: the programme has a round of this name.
    """
    programme = locked(Programme, programme_id)
    content = {"programme": programme_id, "plan": plan}
    if not begin(Command(request_key, "round.created", actor_id, request_key, content)):
        return by_id(Round, request_key)
    _check(programme, plan, today=today)
    version = newest_version(programme_id)
    assert version is not None, "a programme has a version"
    row = Round(id=request_key, number=printed_number("PC"), programme_id=programme_id, version_id=version.id, created_by=actor_id)
    _fill(row, plan)
    row.programme, row.time_zone = programme, spec_of(version.id).zone_name or CHINA
    db.session.add(row)
    db.session.flush()
    parts.draw_up(row, plan)
    _record("round.created", row, actor_id, name=row.name, area=row.area_code, simulated=row.simulated)
    return row


def change(round_id: UUID, plan: RoundPlan, *, actor_id: UUID, today: date) -> Round:
    """Change a round nobody has seen yet.

    Raises: RuleViolation: announced already, or a wrong field.
    """
    row = locked(Round, round_id)
    if row.state is not RoundState.DRAFT:
        raise RuleViolation(N_("批次已经公告，不能再改。确需调整的，请暂停本批次后另开一批。"), code="round_state")
    _check(by_id(Programme, row.programme_id), plan, today=today, own_id=round_id)
    _fill(row, plan)
    parts.draw_up(row, plan)
    _record("round.changed", row, actor_id, name=row.name, area=row.area_code)
    return row


def _fill(row: Round, plan: RoundPlan) -> None:
    for name in set(plan.__slots__) - {"parts", "releases"}:
        setattr(row, name, getattr(plan, name))
    row.area_code = regions.check_area(plan.area_code)
    row.name = plan.name.strip()


def _check(programme: Programme, plan: RoundPlan, *, today: date, own_id: UUID | None = None) -> None:
    rules.check_area(programme.area_code, regions.check_area(plan.area_code))
    if plan.apply_until_at <= plan.apply_from_at:
        raise RuleViolation(N_("申领截止时间须晚于开始时间。"), field="apply_until")
    if plan.contract_from is not None and plan.contract_from > plan.use_from:
        raise RuleViolation(N_("补报合同的起始日期不能晚于用券开始日期。"), field="contract_from")
    if plan.use_until < plan.use_from:
        raise RuleViolation(N_("下单截止日期不能早于用券开始日期。"), field="use_until")
    version = newest_version(programme.id)
    assert version is not None, "a programme has a version"
    spec = spec_of(version.id)
    if spec.day_of(plan.apply_from_at) > plan.use_until:
        raise RuleViolation(N_("申领开始时间不能晚于下单截止日期。"), field="apply_from")
    if plan.results_on is not None and plan.results_on < spec.day_of(plan.apply_until_at):
        raise RuleViolation(N_("公布申领结果的日期不能早于申领截止。"), field="results_on")
    rules.check_days(plan.days, rules.asked_days(spec))
    part_rules.check_amounts(spec, plan.parts or {}, plan.area_code)
    release_rules.check(spec, plan.releases or (), (plan.apply_from_at, plan.apply_until_at))
    _check_supplements(programme, plan)
    if plan.pooled_on is not None and not plan.use_from <= plan.pooled_on <= plan.use_until:
        raise RuleViolation(N_("配额统筹日应在用券开始和下单截止之间。"), field="pooled_on")
    if not plan.simulated and plan.use_until < today:
        raise RuleViolation(N_("下单截止日期已经过去。往年项目请勾选“模拟”。"), field="use_until")
    same = select(Round.id).where(Round.programme_id == programme.id, Round.name == plan.name.strip(), Round.id != own_id)
    if own_id is None:
        same = select(Round.id).where(Round.programme_id == programme.id, Round.name == plan.name.strip())
    if db.session.scalar(same) is not None:
        raise Conflict(N_("本项目已有同名批次，请换一个名称。"), field="name")


def _check_supplements(programme: Programme, plan: RoundPlan) -> None:
    if plan.supplements_id is not None:
        earlier = by_id(Round, plan.supplements_id)
        alike = {"same_programme": earlier.programme_id == programme.id, "same_money": earlier.simulated == plan.simulated}
        supplements.check_supplements(earlier.state, **alike)


def announce(round_id: UUID, *, actor_id: UUID | None, now: datetime) -> Round:
    """Publish a round under the newest rules.

    Raises: RuleViolation: outside the programme's area, values nobody has signed, an empty list, no money, or the window is over.
    """
    row = held(round_id)
    rules.check_area(row.programme.area_code, row.area_code)
    version = newest_version(row.programme_id)
    assert version is not None, "a programme has a version"
    row.version_id = version.id
    spec = spec_of(version.id)
    row.time_zone = spec.zone_name or CHINA
    act = moves.begun(ROUND, "announced", row, Side.OFFICER, By(actor_id, now))
    rules.check_ready_to_open(spec)
    check_filled(spec, row.programme_id)
    check_named(spec, payees.confirmed(row.id))
    rules.check_days(row.days, rules.asked_days(spec))
    if not ledger_queries.balance_fen(row.programme.book_id, chart.POOL.of(row.id)):
        raise RuleViolation(N_("本批次还没有资金。请财政部门先登记资金下达，再公告批次。"), code="no_money")
    if spec.allocation.mode.value not in WITHOUT_APPLICATION and row.apply_until_at <= now:
        raise RuleViolation(N_("申领窗口已经结束，请先修改批次的申领时间，再公告。"), code="window_closed")
    parts.open_all(row, now=now)
    moves.entered(act)
    commit_to_seed(row, now=now, late=False)
    drawn = lots.commit(row, now=now) if lots.is_drawn_by_lot(spec) else {}
    moves.done(act, version=version.number, draw_commitment=row.draw_commitment, **drawn)
    staff = identity.user_ids_with("rounds.see", row.area_code)
    title = N_("批次 %(name)s 已公告，抽查种子已封存", name=row.name)
    notices.tell(staff, title, N_("种子的 SHA-256：%(digest)s", digest=row.draw_commitment), f"/rounds/{row.id}/draw")
    if drawn:
        title = N_("批次 %(name)s 已公告，摇号种子已封存", name=row.name)
        notices.tell(staff, title, N_("种子的 SHA-256：%(digest)s", digest=drawn["lots_commitment"]), f"/rounds/{row.id}/lots")
    return row


def held(round_id: UUID) -> Round:
    """A round that is moved: whoever applies waits, and finds it where it stands then."""
    in_turn(round_id)
    return locked(Round, round_id)


def commit_to_seed(row: Round, *, now: datetime, late: bool = True) -> None:
    """Make the seed of a round's draws, once, and keep what is published of it.

    Args:
        late: the round was announced before it had one.
    """
    if row.draw_seed is None:
        row.draw_seed = draw.new_seed()
        row.draw_commitment, row.draw_committed_at, row.draw_late = draw.commitment(row.draw_seed), now, late


def move(round_id: UUID, wanted: RoundState, *, actor_id: UUID | None, now: datetime, reason: str = "") -> Round:
    """Move a round forward: by its dates (the system), or by an officer, who gives a reason where it is before its date.

    Raises: RuleViolation: not from this state, too early, or money still on its way.
    """
    row = held(round_id)
    today = row.day_of(now)
    act = moves.begun(ROUND, wanted.value, row, Side.OFFICER if actor_id else Side.PLATFORM, By(actor_id, now))
    check_way(row.state, wanted, way_of(row))
    assert wanted not in {RoundState.ANNOUNCED, RoundState.PUBLISHED, RoundState.SUSPENDED}, "these have their own verbs"
    if wanted is RoundState.APPLYING and (actor_id is not None or now < row.apply_from_at):  # the clock's move may be written down late
        rules.check_window(row.apply_from_at, row.apply_until_at, now)
    if wanted is RoundState.IN_USE and today < row.use_from:
        raise RuleViolation(N_("本批次从 %(day)s 起用券。"), code="too_early", day=row.use_from.isoformat())
    early = (wanted is RoundState.CLOSED and now < row.apply_until_at) or (wanted is RoundState.SETTLING and is_open(row, now))
    if early:
        checked_reason(reason, N_("提前截止请写明原因，原因会公开。"))
    if wanted is RoundState.FINISHED and today <= row.redeem_until:
        raise RuleViolation(N_("兑付申请截止到 %(day)s，之后才能结项。"), code="too_early", day=row.redeem_until.isoformat())
    if wanted is RoundState.FINISHED:
        _check_settled(row)
    moves.entered(act)
    row.state_reason = reason.strip()
    is_list = wanted is RoundState.CLOSED and lots.is_drawn_by_lot(spec_of(row.version_id))
    moves.done(act, reason=row.state_reason, **(lots.close_list(row, now=now) if is_list else {}))
    allotting.end_waiting(round_id, now=now)
    return row


def is_open(row: Round, now: datetime) -> bool:
    """Whether a round still takes orders, or applications where there are none, by its dates."""
    return now < row.apply_until_at if row.state is RoundState.APPLYING else row.day_of(now) <= row.use_until


def _check_settled(row: Round) -> None:
    """A round ends when no order holds its money and every claim is decided: after it nobody could ask any more."""
    now = gauge(row)
    if now.agreed_fen:
        raise RuleViolation(
            N_("还有 %(agreed)s 元在未到期的合同上，请等合同到期，或先终止合同，再结项。"),
            code="money_on_its_way",
            agreed=format_money(now.agreed_fen, row.currency),
        )
    if now.reserved_fen or now.redeemed_fen:
        raise RuleViolation(
            N_("还有 %(reserved)s 元被订单或申请占用、%(redeemed)s 元已核销未审结，处理完后才能结项。"),
            code="money_on_its_way",
            reserved=format_money(now.reserved_fen, row.currency),
            redeemed=format_money(now.redeemed_fen, row.currency),
        )


def suspend(round_id: UUID, *, reason: str, actor_id: UUID) -> Round:
    """Stop a round for a while: no applications, no orders, no claims.

    Raises: RuleViolation: no reason, or it cannot be suspended now.
    """
    row = held(round_id)
    act = moves.begun(ROUND, "suspended", row, Side.OFFICER, By(actor_id))
    checked_reason(reason, N_("请写明暂停的原因，原因会公开。"))
    row.suspended_from, row.state_reason = row.state.value, reason.strip()
    moves.entered(act)
    moves.done(act, reason=row.state_reason)
    return row


def resume(round_id: UUID, *, actor_id: UUID, reason: str = "") -> Round:
    """Let a suspended round go on where it stood.

    Raises: RuleViolation: it is not suspended.
    """
    row = held(round_id)
    act = moves.begun(ROUND, "resumed", row, Side.OFFICER, By(actor_id))
    assert row.suspended_from is not None, "it was suspended somewhere"
    back = RoundState(row.suspended_from)
    moves.entered(act, back)
    row.suspended_from, row.state_reason = None, reason.strip()
    moves.done(act, state=back, reason=reason.strip())
    sweeping.wake()  # orders and claims may have waited for it
    return row


def call_in(round_id: UUID, day: date, *, reason: str, by: By) -> Round:
    """Set the last day of what a round has given out by then (统一收回): the sweep tells the firms, and takes back what they did not use.

    Raises: RuleViolation: not in use, set before, a day outside its use, or no reason.
    """
    row = locked(Round, round_id)
    assert by.key is not None and by.now is not None, "asked once, at a time"
    if not begin(Command(by.key, "round.called_in", by.actor_id, row.id, {"day": day, "reason": reason}), now=by.now):
        return row
    window, today = (row.use_from, row.use_until), row.day_of(by.now)
    supplements.check_call_in(row.state, day, use_window=window, known=row.called_in_on, today=today)
    row.call_in_reason = checked_reason(reason, N_("请写明统一收回的原因和依据，企业会看到。"))
    row.called_in_on = day
    _record("round.called_in", row, by.actor_id, day=day.isoformat(), reason=row.call_in_reason)
    sweeping.wake()
    return row


def _record(action: str, row: Round, actor_id: UUID | None, **details: object) -> None:
    audit.record(
        action, actor_id=actor_id, subject_type="round", subject_id=row.id, book_id=row.programme.book_id, number=row.number, **details
    )
