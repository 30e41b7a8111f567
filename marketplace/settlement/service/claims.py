"""A provider asks for what a firm redeemed; an officer approves, cuts, returns or refuses."""

from datetime import date, datetime
from typing import Required, TypedDict
from uuid import UUID, uuid5

from marketplace.audit import service as audit
from marketplace.identity import queries as identity
from marketplace.identity.models import Organisation, OrganisationState
from marketplace.identity.shown import check as check_shown
from marketplace.kernel import clock
from marketplace.kernel.calendar import Deadline, WorkingCalendar
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import db, got, locked
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.money import Fen, format_yuan
from marketplace.kernel.sentences import Sentence
from marketplace.notices import service as notices
from marketplace.orders import queries as order_queries
from marketplace.orders import service as orders
from marketplace.orders.models import Order
from marketplace.orders.rules import OrderState
from marketplace.policy import terms
from marketplace.policy.programme_spec import TimeLimit
from marketplace.policy.queries import working_calendar
from marketplace.policy.vocabulary import DayKind, Payee
from marketplace.publicity import service as publicity
from marketplace.publicity.rules import NoticeKind
from marketplace.risk import service as risk
from marketplace.settlement import queries, rules, spot_rules
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import holds
from marketplace.settlement.rules import Check, ClaimState, Verdict
from marketplace.settlement.service import spot_checks
from marketplace.vouchers.queries.spending import phase_of, spec_of, spent_fen
from marketplace.vouchers.rules import rounds
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.service import spending


class NoticePeriod(TypedDict, total=False):
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
    order, request = locked(Order, order_id), Command(request_key, "order.claimed", actor_id, order_id)
    if not begin(request, now=now):
        earlier = queries.claim_of_order(order_id)
        assert earlier is not None, "a sealed order has a claim"
        return earlier
    orders.seal(order, request, now=now)
    claim, today = queries.claim_of_order(order_id), clock.civil_date(now)
    _check_claimable(order, claim, today)
    if claim is None:
        claim = _new_claim(order, now)
    else:
        claim = locked(Claim, claim.id)
        rules.check_claim_transition(claim.state, ClaimState.SUBMITTED)
    facts = queries.facts_of(order, Fen(claim.requested_fen), today)
    checks, claim.deserved_fen = rules.run_checks(facts), facts.deserved_fen
    claim.checks = [one.stored() for one in checks]
    claim.state, claim.state_reason, claim.submitted_by, claim.submitted_at = ClaimState.SUBMITTED, "", actor_id, now
    _set_due(claim, order, today)
    db.session.flush()
    _raise_signals(claim, order, checks, now)
    _trail("claim.submitted", claim, actor_id, requested_fen=claim.requested_fen)
    spot_checks.draw(claim, order, now=now)
    officers = identity.user_ids_with("claims.review", order.region_code, order.enterprise.organisation.park_code)
    notices.tell(officers, N_("兑付申请 %(number)s 待审核", number=claim.number), order.provider.organisation.name, _url(claim))
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
        requested_fen=spent_fen(order.book_id, order.id), created_at=now,
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


def recount(claim_id: UUID) -> bool:
    """Count a claim's day again after the calendar changed, and tell whom it concerns where it moved. Whether it did."""
    claim = _opened(claim_id)
    orders.recount(claim.order_id)
    if not _count_again(claim):
        return False
    _tell_provider(claim, N_("兑付申请 %(number)s 的期限有变动"), _moved(claim))
    officers = identity.user_ids_with("claims.review", claim.order.region_code, claim.order.enterprise.organisation.park_code)
    notices.tell(officers, N_("兑付申请 %(number)s 的期限有变动", number=claim.number), _moved(claim), _url(claim))
    return True


def _count_again(claim: Claim) -> bool:
    before = claim.due_on
    if before is None or claim.due_start is None or claim.state not in {ClaimState.SUBMITTED, ClaimState.RETURNED}:
        return False
    _set_due(claim, claim.order, claim.due_start)
    if claim.due_on is None or claim.due_on == before:
        return False
    _trail("claim.due_moved", claim, None, before=before, after=claim.due_on)
    return True


def _moved(claim: Claim) -> str:
    assert claim.due_on is not None
    return N_("工作日历有调整，期限改为 %(after)s。", after=claim.due_on.isoformat())


def _raise_signals(claim: Claim, order: Order, checks: list[Check], now: datetime) -> None:
    for one in checks:
        if one.verdict is not Verdict.PASS:
            severity = rules.severity_of(one)
            risk.raise_signal(
                one.key, severity, subject_type="claim", subject_id=claim.id, reason=Sentence(one.message, one.params),
                evidence={"number": claim.number, "order": order.number}, region_code=order.region_code, now=now,
            )  # fmt: skip


def _url(claim: Claim) -> str:
    return f"/claims/{claim.id}"


def _trail(action: str, claim: Claim, actor_id: UUID | None, **details: object) -> None:
    audit.record(
        action, actor_id=actor_id, subject_type="claim", subject_id=claim.id, book_id=claim.book_id, number=claim.number, **details
    )


def _tell_provider(claim: Claim, title: str, body: str) -> None:
    people = set(identity.user_ids_of(claim.provider_id)) | set(identity.user_ids_of(claim.payee_id))
    notices.tell(people, Sentence(title, {"number": claim.number}), body, _url(claim))


def _opened(claim_id: UUID) -> Claim:
    """The claim under lock, its order before it: the same order of locks everywhere."""
    locked(Order, got(Claim, claim_id).order_id)
    return locked(Claim, claim_id)


def _reason(text: str) -> str:
    if not text.strip():
        raise RuleViolation(N_("请写明原因，申请人会看到。"), field="reason")
    return text.strip()[:500]


def send_back(claim_id: UUID, *, reason: str, actor_id: UUID, request_key: UUID, now: datetime, shown: str | None = None) -> Claim:
    """The officer returns a claim for correction (退回补正).

    Raises: RuleViolation: no reason, or it is not waiting for a decision.
    """
    claim = _opened(claim_id)
    request = Command(request_key, "order.claim_returned", actor_id, claim.order_id, {"reason": reason})
    if not begin(request, now=now):
        return claim
    orders.unseal(claim.order, request, reason=reason)
    check_shown(claim.id, shown)
    rules.check_claim_transition(claim.state, ClaimState.RETURNED)
    claim.state, claim.state_reason = ClaimState.RETURNED, _reason(reason)
    _set_due(claim, claim.order, clock.civil_date(now))
    _trail("claim.returned", claim, actor_id, reason=claim.state_reason)
    _tell_provider(claim, N_("兑付申请 %(number)s 被退回补正"), claim.state_reason)
    return claim


def approve(
    claim_id: UUID, *, approved_fen: Fen, cut_reason: str, actor_id: UUID, now: datetime, considered: str = "", shown: str | None = None
) -> Claim:
    """The officer approves, wholly or cut with a reason: the amount becomes payable (核准).

    Args:
        considered: what was made of a problem that the check on the spot found; for the trail and the row, on no page.

    Raises: Conflict: the page is older than the claim. RuleViolation: not waiting, drawn and not checked on the spot, a finding without
        a word on it, above the request or what the papers deserve, a cut without its reason, or the officer's own claim.
    """
    claim = _opened(claim_id)
    if claim.decided_by == actor_id and claim.approved_fen == approved_fen and claim.state is not ClaimState.REFUSED:
        return claim  # a second click, or a resend after a lost answer
    check_shown(claim.id, shown)
    rules.check_waiting(claim.state, ClaimState.APPROVED)
    spot_rules.check_checked(claim.drawn_by, claim.spot_checked_by, actor_id)
    spot_rules.check_considered(claim.spot_finding, considered)
    claim.deserved_fen = queries.deserved_fen(claim.order, Fen(claim.requested_fen))
    rules.check_decision(approved_fen, claim.requested_fen, claim.deserved_fen, cut_reason)
    payee = got(Organisation, claim.payee_id)
    claim.payee_bank, claim.payee_account = payee.bank_name, payee.bank_account
    claim.considered = considered.strip()[:2000] if claim.spot_finding == spot_rules.SpotFinding.BAD else ""
    _decide(claim, ClaimState.APPROVED, approved_fen, cut_reason, actor_id, now)
    _publish(claim, actor_id, clock.civil_date(now))
    said = {"answer": claim.considered} if claim.considered else {}
    amounts = {"approved_fen": approved_fen, "requested_fen": claim.requested_fen}
    _trail("claim.approved", claim, actor_id, **amounts, reason=claim.cut_reason, **said)
    body = N_("核准 %(amount)s 元。", amount=format_yuan(approved_fen))
    _tell_provider(claim, N_("兑付申请 %(number)s 已核准"), body + claim.cut_reason)
    return claim


def confirm_account(claim_id: UUID, *, seen_account: str, actor_id: UUID) -> Claim:
    """A second person confirms the account that the payee changed to after the approval: the claim may be paid to it.

    Args:
        seen_account: what the page showed; another one since then is not confirmed.

    Raises: RuleViolation: nothing changed, not verified yet, this person decided on the claim, or the account changed again.
    """
    claim = _opened(claim_id)
    payee = locked(Organisation, claim.payee_id)
    rules.check_not_reviewer(actor_id, [(claim.number, claim.decided_by)], N_("申请 %(number)s 由您审核，请由其他人员确认新账号。"))
    rules.check_no_party(identity.organisation_id_of(actor_id), [claim.payee_id], N_("不能确认本单位的收款账号，请由其他单位的人员办理。"))
    if not holds.waits_for_account(claim, payee):
        return claim
    if payee.bank_account != seen_account:
        raise RuleViolation(N_("收款账号又有变更，请按最新的账号核对后再确认。"), code="account_changed")
    if payee.state is not OrganisationState.VERIFIED:
        raise RuleViolation(N_("新账号尚未核实，请先核实收款单位的资料，再确认账号。"), code="account_unverified")
    before = f"{claim.payee_bank} {claim.payee_account}"
    claim.payee_bank, claim.payee_account = payee.bank_name, payee.bank_account
    _trail("claim.account_confirmed", claim, actor_id, old=before, new=f"{payee.bank_name} {payee.bank_account}")
    return claim


def refuse(claim_id: UUID, *, reason: str, actor_id: UUID, now: datetime, shown: str | None = None) -> Claim:
    """The officer refuses a claim (不予兑付): nothing becomes payable; the amount goes where the programme says.

    Raises: RuleViolation: no reason, not waiting, or the officer's own claim.
    """
    claim = _opened(claim_id)
    if claim.state is ClaimState.REFUSED and claim.decided_by == actor_id:
        return claim
    check_shown(claim.id, shown)
    rules.check_waiting(claim.state, ClaimState.REFUSED)
    _decide(claim, ClaimState.REFUSED, Fen(0), _reason(reason), actor_id, now)
    claim.state_reason = claim.cut_reason
    _trail("claim.refused", claim, actor_id, requested_fen=claim.requested_fen, reason=claim.cut_reason)
    _tell_provider(claim, N_("兑付申请 %(number)s 不予兑付"), claim.cut_reason)
    return claim


def _decide(claim: Claim, state: ClaimState, approved_fen: Fen, reason: str, actor_id: UUID, now: datetime) -> None:
    rules.check_two_people(claim.submitted_by, actor_id, N_("不能审核自己提交的申请，请由其他人员办理。"))
    spot_rules.check_not_checker(claim.spot_checked_by, actor_id)
    order = claim.order
    parties = (order.enterprise_id, order.provider_id, claim.payee_id)
    rules.check_no_party(identity.organisation_id_of(actor_id), parties, N_("不能审核本单位参与的申请，请由其他单位的人员办理。"))
    assert order.voucher_id and order.version_id, "a claim is for a voucher"
    spending.approve(
        order.voucher_id, order_id=order.id, version_id=order.version_id, provider_id=claim.payee_id, limits=order.limits,
        approved_fen=approved_fen, cut_fen=claim.requested_fen - approved_fen, actor_id=actor_id, claim_id=claim.id,
        key=f"claim.approve:{claim.id}", today=clock.civil_date(now),
    )  # fmt: skip
    claim.state, claim.approved_fen, claim.cut_reason = state, approved_fen, reason.strip()[:500]
    terms.clear(claim)
    claim.decided_by, claim.decided_at = actor_id, now


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
        notice_id=uuid5(claim.id, "notice"), kind=NoticeKind.CLAIM_RESULT, title=N_("服务券兑付公示：%(provider)s（%(number)s）", **said),
        body=N_("%(programme)s拟兑付：%(firm)s 购买 %(provider)s 的“%(title)s”，核准兑付 %(amount)s 元。", **said),
        subject_type="claim", subject_id=claim.id, area_code=order.region_code, actor_id=actor_id, today=today,
        simulated=order.voucher.round.simulated, **_notice_period(notice, own, order.region_code, today),
    )  # fmt: skip


def _notice_period(notice: TimeLimit, own: date | None, region: str, today: date) -> NoticePeriod:
    """How long a notice lasts: so many working days, which the notice counts itself, or until a day that is counted here."""
    calendar = working_calendar()
    if notice.day_kind is DayKind.WORKING and notice.days is not None:
        return NoticePeriod(calendar=calendar, working_days=notice.days)
    deadline = rounds.due(notice, today, calendar, region=region, round_day=own)
    assert deadline is not None, "the programme asks for a notice"
    soonest = calendar.add_working_days(today, 1, region).on  # nobody could object to what ended before it began
    return NoticePeriod(calendar=calendar, last_day=max(deadline.on, soonest), term=notice.text())


def _is_suspended(order: Order) -> bool:
    """Nobody can ask while a round is suspended, so nobody loses by not asking."""
    return order.voucher is not None and order.voucher.round.state is RoundState.SUSPENDED


def forfeit(order_id: UUID, *, now: datetime) -> bool:
    """Nobody asked in time for a redeemed order (兑付失效). Whether it was forfeited now."""
    order, today = locked(Order, order_id), clock.civil_date(now)
    orders.recount(order_id)
    still_open = order.state is OrderState.REDEEMED and order.closed_at is None and terms.is_over(order, today)
    if not still_open or order.voucher_id is None or order.version_id is None or queries.claim_of_order(order_id) is not None:
        return False
    if _is_suspended(order):
        return False
    lost = spending.forfeit(
        order.voucher_id, order_id=order_id, version_id=order.version_id, provider_id=order.provider_id, limits=order.limits,
        actor_id=None, key=f"order.forfeit:{order_id}", today=today,
    )  # fmt: skip
    orders.close(order_id, now=now)
    audit.record(
        "order.forfeited", actor_id=None, subject_type="order", subject_id=order_id, book_id=order.book_id, number=order.number,
        amount_fen=lost,
    )  # fmt: skip
    title = N_("订单 %(number)s 超过兑付申请期限，兑付失效", number=order.number)
    notices.tell(identity.user_ids_of(order.provider_id), title, "", f"/orders/{order_id}")
    return True


def refuse_late(claim_id: UUID, *, now: datetime) -> bool:
    """A returned claim was not mended in time. Whether it was refused now."""
    claim, today = _opened(claim_id), clock.civil_date(now)
    recount(claim_id)
    if claim.state is not ClaimState.RETURNED or not terms.is_over(claim, today):
        return False
    order = claim.order
    if _is_suspended(order):
        return False
    assert order.voucher_id and order.version_id, "a claim is for a voucher"
    spending.forfeit(
        order.voucher_id, order_id=order.id, version_id=order.version_id, provider_id=claim.payee_id, limits=order.limits,
        actor_id=None, key=f"order.forfeit:{order.id}", today=today,
    )  # fmt: skip
    claim.state, claim.approved_fen, claim.decided_at = ClaimState.REFUSED, 0, now
    terms.clear(claim)
    claim.cut_reason = claim.state_reason = N_("未在期限内补正，兑付失效。")
    orders.close(order.id, now=now)
    _trail("claim.refused", claim, None, reason=claim.cut_reason)
    _tell_provider(claim, N_("兑付申请 %(number)s 未按期补正"), claim.cut_reason)
    return True
