"""A provider asks for what a firm redeemed; an officer approves, cuts, returns or refuses."""

from datetime import date, datetime
from typing import Any, Required, TypedDict
from uuid import UUID, uuid5

from marketplace.identity import queries as identity
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.calendar import Deadline, WorkingCalendar
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.money import Fen, format_yuan
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act
from marketplace.orders import queries as order_queries
from marketplace.orders import service as orders
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.policy import terms
from marketplace.policy.programme_spec import TimeLimit
from marketplace.policy.programme_words import DayKind, Payee
from marketplace.policy.queries import working_calendar
from marketplace.publicity import service as publicity
from marketplace.publicity.models import PublicNoticeKind
from marketplace.risk import service as risk
from marketplace.settlement import queries, rules, spot_rules
from marketplace.settlement.lifecycle import CLAIM, ClaimState, Side
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import holds
from marketplace.settlement.rules import Check, CheckResult
from marketplace.settlement.service import spot_checks
from marketplace.vouchers.money import Hold
from marketplace.vouchers.queries.spending import phase_of, spec_of, spent_fen
from marketplace.vouchers.rules import rounds
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.service import spending


class PublicNoticePeriod(TypedDict, total=False):
    """How long a notice lasts, as publicity takes it."""

    calendar: Required[WorkingCalendar]
    working_days: int
    last_day: date
    term: str


def submit(order_id: UUID, *, provider_id: UUID, actor_id: UUID, request_key: UUID, now: datetime) -> Claim:
    """The provider asks to be paid for a redeemed order, or asks again after mending what was returned.

    Raises:
        NotFound: not this provider's order.
        RuleViolation: not redeemed, its time is over, a paper of the evidence matrix is missing, the round takes no claims.
    """
    _check_not_forfeited(order_queries.of_provider(order_id, provider_id))
    order = locked(Order, order_id)
    if not begin(Command(request_key, "order.claimed", actor_id, order_id), now=now):
        earlier = queries.claim_of_order(order_id)
        assert earlier is not None, "an order whose papers are closed has a claim"
        return earlier
    known, today = queries.claim_of_order(order_id), clock.civil_date(now)
    orders.close_papers(order, actor_id=actor_id, now=now)
    _check_claimable(order, known, today)
    claim = _new_claim(order, now) if known is None else locked(Claim, known.id)
    act = moves.begun(CLAIM, "of_order", claim, Side.PROVIDER, actor_id=actor_id, now=now)
    facts = queries.facts_of(order, Fen(claim.requested_fen), today)
    checks, claim.deserved_fen = rules.run_checks(facts), facts.deserved_fen
    claim.checks = [one.stored() for one in checks]
    moves.entered(act)
    claim.state_reason, claim.submitted_by, claim.submitted_at = "", actor_id, now
    _set_due(claim, order, today)
    db.session.flush()
    _raise_signals(claim, order, checks, now)
    moves.done(act, requested_fen=claim.requested_fen)
    spot_checks.draw(claim, order, now=now)
    moves.tell_people(act, queries.reviewers_of(order), order.provider.organisation.name)
    return claim


def _check_not_forfeited(order: Order) -> None:
    """Nobody asked in time: that is what is said, not that somebody asked."""
    if order.state is OrderState.REDEEMED and order.closed_at is not None and queries.claim_of_order(order.id) is None:
        day = order.due_on.isoformat() if order.due_on else "—"
        raise RuleViolation(N_("申请兑付的期限已于 %(day)s 结束，兑付已失效。"), code="claim_window_over", day=day)


def _check_claimable(order: Order, claim: Claim | None, today: date) -> None:
    if order.voucher is None or order.state is not OrderState.REDEEMED or not order.subsidy_fen:
        raise RuleViolation(N_("企业验收核销之后才能申请兑付；没有用券的订单不需要申请。"), code="not_redeemed")
    rounds.check_takes_claims(phase_of(order.voucher.round, today=today))
    dated = order if claim is None else claim
    if dated.due_on is not None and terms.is_over(dated, today):
        raise RuleViolation(N_("申请兑付的期限已于 %(day)s 结束。"), code="claim_window_over", day=dated.due_on.isoformat())
    lacking = [kind for kind, is_there in queries.evidence_of(order, today) if not is_there]
    if lacking:
        names = "、".join(kind.label for kind in lacking)
        raise RuleViolation(N_("还缺：%(names)s。请先在订单页补充材料。"), code="papers_missing", names=names)


def _new_claim(order: Order, now: datetime) -> Claim:
    assert order.book_id and order.programme_id and order.version_id, "a claim is for a voucher"
    to_firm = spec_of(order.version_id).payee.value is Payee.SME
    claim = Claim(
        number=printed_number("DF"), order_id=order.id, provider_id=order.provider_id, enterprise_id=order.enterprise_id,
        programme_id=order.programme_id,
        payee_id=order.enterprise_id if to_firm else order.provider_id, book_id=order.book_id,
        requested_fen=spent_fen(order.book_id, order.id), created_at=now, state=ClaimState.DRAFT,
    )  # fmt: skip
    db.session.add(claim)
    return claim


def _set_due(claim: Claim, order: Order, start: date) -> None:
    """By when the officer decides. A returned claim has as long to be mended as there was to review it, at least its time to ask."""
    assert order.version_id is not None and order.voucher is not None
    limit: TimeLimit = spec_of(order.version_id).times.review
    own = rounds.own_day(limit.key, order.voucher.round.days)
    deadline = rounds.due(limit, start, working_calendar(), region=order.region_code, round_day=own)
    if claim.state is ClaimState.RETURNED and order.due_on is not None and (deadline is None or deadline.on < order.due_on):
        deadline = Deadline(order.due_on, order.due_provisional)
    terms.keep(claim, start, limit, deadline)


def recount(claim_id: UUID, *, now: datetime) -> bool:
    """Count a claim's day again after the calendar changed, and tell whom it concerns where it moved. Whether it did."""
    claim = _locked(claim_id)
    orders.recount(claim.order_id, now=now)
    before = claim.due_on
    if before is None or claim.due_start is None or not claim.state.limit:
        return False
    _set_due(claim, claim.order, claim.due_start)
    if claim.due_on is None or claim.due_on == before:
        return False
    act = moves.begun(CLAIM, "recount", claim, Side.PLATFORM, actor_id=None, now=now)
    moves.done(act, before=before, after=claim.due_on)
    body = N_("工作日历有调整，期限改为 %(after)s。", after=claim.due_on.isoformat())
    _tell_parties(act, body)
    moves.tell_people(act, queries.reviewers_of(claim.order), body)
    return True


def _raise_signals(claim: Claim, order: Order, checks: list[Check], now: datetime) -> None:
    for one in checks:
        if one.verdict is not CheckResult.PASS:
            severity = rules.severity_of(one)
            risk.raise_signal(
                one.key, severity, subject_type="claim", subject_id=claim.id, reason=Sentence(one.message, one.params),
                evidence={"number": claim.number, "order": order.number}, region_code=order.region_code, now=now,
            )  # fmt: skip


def _tell_parties(act: Act[Claim], body: str) -> None:
    moves.tell(act, {act.row.provider_id, act.row.payee_id}, body)


def _locked(claim_id: UUID) -> Claim:
    """The claim under lock, its order before it: the same order of locks everywhere."""
    locked(Order, by_id(Claim, claim_id).order_id)
    return locked(Claim, claim_id)


def _opened(
    verb: str, claim_id: UUID, *, actor_id: UUID, key: UUID | None, now: datetime, shown: str | None = None, **content: Any
) -> Act[Claim]:
    """Begin what an officer does with a claim."""
    return moves.begun(CLAIM, verb, _locked(claim_id), Side.OFFICER, actor_id=actor_id, now=now, key=key, content=content, shown=shown)


def _reason(text: str) -> str:
    return fitting(checked_reason(text, N_("请写明原因，申请人会看到。")), 500)


def send_back(
    claim_id: UUID, *, reason: str, actor_id: UUID, now: datetime, request_key: UUID | None = None, shown: str | None = None
) -> Claim:
    """The officer returns a claim for correction (退回补正).

    Raises: RuleViolation: no reason, or it is not waiting for a decision.
    """
    act = _opened("send_back", claim_id, actor_id=actor_id, key=request_key, now=now, shown=shown, reason=reason)
    claim = act.row
    if act.is_repeat:
        return claim
    orders.reopen_papers(claim.order, reason=reason, actor_id=actor_id, now=now)
    moves.entered(act)
    claim.state_reason = _reason(reason)
    _set_due(claim, claim.order, act.today)
    moves.done(act, reason=claim.state_reason)
    _tell_parties(act, claim.state_reason)
    return claim


def approve(
    claim_id: UUID, *, approved_fen: Fen, cut_reason: str, actor_id: UUID, now: datetime, considered: str = "",
    request_key: UUID | None = None, shown: str | None = None,
) -> Claim:  # fmt: skip
    """The officer approves, wholly or cut with a reason: the amount becomes payable (核准).

    Args:
        considered: what was made of a problem that the check on the spot found; for the trail and the row, on no page.

    Raises: Conflict: the page is older than the claim. RuleViolation: not waiting, drawn and not checked on the spot, a finding without
        a word on it, above the request or what the papers deserve, a cut without its reason, or the officer's own claim.
    """
    content = {"approved_fen": approved_fen, "cut_reason": cut_reason, "considered": considered}
    act = _opened("approve", claim_id, actor_id=actor_id, key=request_key, now=now, shown=shown, **content)
    claim = act.row
    if act.is_repeat:
        return claim
    spot_rules.check_checked(claim.drawn_by, claim.spot_checked_by, actor_id)
    spot_rules.check_considered(claim.spot_finding, considered)
    claim.deserved_fen = queries.deserved_fen(claim.order, Fen(claim.requested_fen))
    rules.check_decision(approved_fen, claim.requested_fen, claim.deserved_fen, cut_reason)
    payee = by_id(Organisation, claim.payee_id)
    claim.payee_bank, claim.payee_account = payee.bank_name, payee.bank_account
    claim.considered = fitting(considered, 2000, field="considered") if claim.spot_finding == spot_rules.SpotFinding.BAD else ""
    _decide(act, approved_fen, cut_reason)
    _publish(claim, actor_id, act.today)
    answer = {"answer": claim.considered} if claim.considered else {}
    moves.done(act, approved_fen=approved_fen, requested_fen=claim.requested_fen, reason=claim.cut_reason, **answer)
    said = N_("核准 %(amount)s 元。%(why)s") if claim.cut_reason else N_("核准 %(amount)s 元。")
    _tell_parties(act, Sentence(said, {"amount": format_yuan(approved_fen), "why": claim.cut_reason}))
    return claim


def confirm_account(claim_id: UUID, *, seen_account: str, actor_id: UUID, now: datetime) -> Claim:
    """A second person confirms the account that the payee changed to after the approval: the claim may be paid to it.

    Args:
        seen_account: what the page showed; another one since then is not confirmed.

    Raises: RuleViolation: nothing changed, not verified yet, this person decided on the claim, or the account changed again.
    """
    claim = _locked(claim_id)
    payee = locked(Organisation, claim.payee_id)
    rules.check_not_reviewer(actor_id, [(claim.number, claim.decided_by)], N_("申请 %(number)s 由您审核，请由其他人员确认新账号。"))
    rules.check_no_party(identity.organisation_id_of(actor_id), [claim.payee_id], N_("不能确认本单位的收款账号，请由其他单位的人员办理。"))
    if not holds.waits_for_account(claim, payee):
        return claim
    if payee.bank_account != seen_account:
        raise RuleViolation(N_("收款账号又有变更，请按最新的账号核对后再确认。"), code="account_changed")
    if payee.state is not OrganisationState.VERIFIED:
        raise RuleViolation(N_("新账号尚未核实，请先核实收款单位的资料，再确认账号。"), code="account_unverified")
    act = moves.begun(CLAIM, "confirm_account", claim, Side.OFFICER, actor_id=actor_id, now=now)
    before = f"{claim.payee_bank} {claim.payee_account}"
    claim.payee_bank, claim.payee_account = payee.bank_name, payee.bank_account
    moves.done(act, old=before, new=f"{payee.bank_name} {payee.bank_account}")
    return claim


def refuse(
    claim_id: UUID, *, reason: str, actor_id: UUID, now: datetime, request_key: UUID | None = None, shown: str | None = None
) -> Claim:
    """The officer refuses a claim (不予兑付): nothing becomes payable; the amount goes where the programme says.

    Raises: RuleViolation: no reason, not waiting, or the officer's own claim.
    """
    act = _opened("refuse", claim_id, actor_id=actor_id, key=request_key, now=now, shown=shown, reason=reason)
    claim = act.row
    if act.is_repeat:
        return claim
    _decide(act, Fen(0), _reason(reason))
    claim.state_reason = claim.cut_reason
    moves.done(act, requested_fen=claim.requested_fen, reason=claim.cut_reason)
    _tell_parties(act, claim.cut_reason)
    return claim


def _decide(act: Act[Claim], approved_fen: Fen, reason: str) -> None:
    claim, actor_id = act.row, act.actor_id
    assert actor_id is not None, "an officer decides"
    rules.check_two_people(claim.submitted_by, actor_id, N_("不能审核自己提交的申请，请由其他人员办理。"))
    spot_rules.check_not_checker(claim.spot_checked_by, actor_id)
    order = claim.order
    parties = (order.enterprise_id, order.provider_id, claim.payee_id)
    rules.check_no_party(identity.organisation_id_of(actor_id), parties, N_("不能审核本单位参与的申请，请由其他单位的人员办理。"))
    cut_fen = claim.requested_fen - approved_fen
    spending.approve(_hold(claim), approved_fen, cut_fen, actor_id=actor_id, claim_id=claim.id, today=act.today)
    moves.entered(act)
    claim.approved_fen, claim.cut_reason, claim.decided_by, claim.decided_at = approved_fen, fitting(reason, 500), actor_id, act.now
    terms.clear(claim)


def _hold(claim: Claim) -> Hold:
    hold = orders.hold_of(claim.order, payee_id=claim.payee_id)
    assert hold is not None, "a claim is for a voucher"
    return hold


def _publish(claim: Claim, actor_id: UUID, today: date) -> None:
    """Where the programme asks for a public notice before payment, publish it with the approval."""
    order = claim.order
    assert order.version_id is not None and order.voucher is not None
    notice, own = spec_of(order.version_id).times.notice, order.voucher.round.notice_until
    if not notice.is_set or (notice.set_by_round and own is None):  # a round of before knows no such day
        return
    said = {
        "programme": order.voucher.programme.name, "firm": order.enterprise.organisation.name,
        "provider": order.provider.organisation.name, "title": order.offering.title, "amount": format_yuan(claim.approved_fen or 0),
        "number": claim.number,
    }  # fmt: skip
    publicity.publish(
        notice_id=uuid5(claim.id, "notice"), kind=PublicNoticeKind.CLAIM_RESULT,
        title=N_("服务券兑付公示：%(provider)s（%(number)s）", **said),
        body=N_("%(programme)s拟兑付：%(firm)s 购买 %(provider)s 的“%(title)s”，核准兑付 %(amount)s 元。", **said),
        subject_type="claim", subject_id=claim.id, area_code=order.region_code, actor_id=actor_id, today=today,
        simulated=order.voucher.round.simulated, **_notice_period(notice, own, order.region_code, today),
    )  # fmt: skip


def _notice_period(notice: TimeLimit, own: date | None, region: str, today: date) -> PublicNoticePeriod:
    """How long a notice lasts: so many working days, which the notice counts itself, or until a day that is counted here."""
    calendar = working_calendar()
    if notice.day_kind is DayKind.WORKING and notice.days is not None:
        return PublicNoticePeriod(calendar=calendar, working_days=notice.days)
    deadline = rounds.due(notice, today, calendar, region=region, round_day=own)
    assert deadline is not None, "the programme asks for a notice"
    soonest = calendar.add_working_days(today, 1, region).on  # nobody could object to what ended before it began
    return PublicNoticePeriod(calendar=calendar, last_day=max(deadline.on, soonest), term=notice.text())


def _is_suspended(order: Order) -> bool:
    """Nobody can ask while a round is suspended, so nobody loses by not asking."""
    return order.voucher is not None and order.voucher.round.state is RoundState.SUSPENDED


def forfeit(order_id: UUID, *, now: datetime) -> bool:
    """Nobody asked in time for a redeemed order (兑付失效). Whether it was forfeited now."""
    order, today = locked(Order, order_id), clock.civil_date(now)
    orders.recount(order_id, now=now)
    still_open = order.state is OrderState.REDEEMED and order.closed_at is None and terms.is_over(order, today)
    hold = orders.hold_of(order)
    if not still_open or hold is None or queries.claim_of_order(order_id) is not None or _is_suspended(order):
        return False
    orders.forfeit(order, amount_fen=spending.forfeit(hold, today=today), now=now)
    return True


def refuse_late(claim_id: UUID, *, now: datetime) -> bool:
    """A returned claim was not mended in time. Whether it was refused now."""
    claim, today = _locked(claim_id), clock.civil_date(now)
    recount(claim_id, now=now)
    if claim.state is not ClaimState.RETURNED or not terms.is_over(claim, today):
        return False
    order = claim.order
    if _is_suspended(order):
        return False
    spending.forfeit(_hold(claim), today=today)
    act = moves.begun(CLAIM, "refuse_late", claim, Side.PLATFORM, actor_id=None, now=now)
    moves.entered(act)
    claim.approved_fen, claim.decided_at = 0, now
    terms.clear(claim)
    claim.cut_reason = claim.state_reason = N_("未在期限内补正，兑付失效。")
    orders.close(order.id, now=now)
    moves.done(act, reason=claim.cut_reason)
    _tell_parties(act, claim.cut_reason)
    return True
