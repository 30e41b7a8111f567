"""A provider asks for what a firm redeemed; an officer approves, cuts, returns or refuses."""

from datetime import date, datetime
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.kernel.calendar import Deadline
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.orders import queries as order_queries
from marketplace.orders import service as orders
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.policy import terms
from marketplace.policy.programme_spec import TimeLimit
from marketplace.policy.programme_words import EvidenceStep, Payee
from marketplace.risk import service as risk
from marketplace.risk.rules import cause_of
from marketplace.risk.service import Signal
from marketplace.settlement import queries, rules, spot_rules
from marketplace.settlement.draw_rules import check_not_barred
from marketplace.settlement.lifecycle import CLAIM, ClaimState, Side
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import causes, holds
from marketplace.settlement.queries import sources as paid_causes
from marketplace.settlement.rules import Approval, Check, CheckResult
from marketplace.settlement.service import (
    announcing,
    evidence_pictures,
    explanations,
    invoices,
    level_terms,
    levels,
    pay_terms,
    spot_checks,
)
from marketplace.subsidies import service as subsidies
from marketplace.vouchers.fund_settings import fund_rules
from marketplace.vouchers.models import Round
from marketplace.vouchers.money import Hold
from marketplace.vouchers.queries import payees
from marketplace.vouchers.queries.spending import calendar_of, phase_of, spec_of, spent_fen
from marketplace.vouchers.rules import rounds
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.service import appeal_terms, spending


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
    known, today = queries.claim_of_order(order_id), order.day_of(now)
    orders.close_papers(order, actor_id=actor_id, now=now)
    _check_claimable(order, known, today)
    claim = _new_claim(order, now) if known is None else locked(Claim, known.id)
    act = moves.begun(CLAIM, "of_order", claim, Side.PROVIDER, By(actor_id, now))
    return submitted(act)


def submitted(act: Act[Claim]) -> Claim:
    """A claim is handed in, for the first time or again: checked, dated, drawn; the officers are told."""
    claim, actor_id = act.row, act.actor_id
    assert actor_id is not None and act.now is not None, "somebody hands it in"
    checks, (claim.deserved_fen, claim.facts) = causes.checks_of(claim, act.today), causes.stands_on(claim)
    explanations.keep_checks(claim, checks)
    level_terms.begin_levels(claim, act.today)
    moves.entered(act)
    claim.state_reason, claim.submitted_by, claim.submitted_at = "", actor_id, act.now
    level_terms.begin_level_term(claim, act.today)
    _set_due(claim, act.today)
    db.session.flush()
    _raise_signals(claim, checks, act.now)
    invoices.warn_of_withdrawn(claim, now=act.now)
    moves.done(act, requested_fen=claim.requested_fen)
    spot_checks.draw(claim, now=act.now)
    evidence_pictures.ask_for_pictures(claim)
    moves.tell_people(act, queries.reviewers_of(claim), claim.asker.name)
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
    order_queries.check_fresh(order, EvidenceStep.CLAIM, today)


def _new_claim(order: Order, now: datetime) -> Claim:
    assert order.book_id and order.programme_id and order.version_id and order.round_id, "a claim is for a voucher"
    locked(Round, order.round_id)  # before a row that names it: the draw locks it, and two that came from the row would wait for each other
    claim = Claim(
        number=printed_number("DF"), order_id=order.id, provider_id=order.provider_id, enterprise_id=order.enterprise_id,
        programme_id=order.programme_id, round_id=order.round_id,
        payee_id=_payee_of(order), book_id=order.book_id, currency=order.currency,
        requested_fen=spent_fen(order.book_id, order.id), created_at=now, state=ClaimState.DRAFT,
        signed_by=order.agreement.signed_by if order.agreement else None,
    )  # fmt: skip
    claim.order = order
    db.session.add(claim)
    return claim


def _payee_of(order: Order) -> UUID:
    """Whom the programme pays for an order."""
    assert order.version_id is not None and order.round_id is not None, "a claim is for a voucher"
    payee = spec_of(order.version_id).payee.value
    if payee is Payee.AGENCY:
        return payees.agency_of(order.round_id)
    return order.enterprise_id if payee is Payee.SME else order.provider_id


def _set_due(claim: Claim, start: date) -> None:
    """By when the officer decides. A returned claim has as long to be mended as there was to review it, at least its time to ask."""
    limit: TimeLimit = spec_of(claim.version_id).times.review
    own, order = rounds.own_day(limit.key, claim.round.days), claim.order
    deadline = rounds.due(limit, start, calendar_of(claim.version_id), region=claim.region_code, round_day=own)
    asking = order is not None and order.due_on is not None and (deadline is None or deadline.on < order.due_on)
    if claim.state is ClaimState.RETURNED and asking and order is not None and order.due_on is not None:
        deadline = Deadline(order.due_on, order.due_provisional)
    terms.keep(claim, start, limit, deadline)


def recount(claim_id: UUID, *, now: datetime) -> bool:
    """Count a claim's day again after the calendar changed, and tell whom it concerns where it moved. Whether it did."""
    claim = spot_checks.locked_claim(claim_id)
    if claim.order_id is not None:
        orders.recount(claim.order_id, now=now)
    before = claim.due_on
    if before is None or claim.due_start is None:
        return False
    if claim.state.limit:
        _set_due(claim, claim.due_start)
    else:
        appeal_terms.keep_again(claim, claim.round)
    if claim.due_on is None or claim.due_on == before:
        return False
    act = moves.begun(CLAIM, "recount", claim, Side.PLATFORM, By(None, now))
    moves.done(act, before=before, after=claim.due_on)
    body = N_("工作日历有调整，期限改为 %(after)s。", after=claim.due_on.isoformat())
    _tell_parties(act, body)
    moves.tell_people(act, queries.reviewers_of(claim), body)
    return True


def _raise_signals(claim: Claim, checks: list[Check], now: datetime) -> None:
    numbers = {"number": claim.number} | ({"order": claim.order.number} if claim.order is not None else {})
    for one in checks:
        if one.verdict is not CheckResult.PASS:
            severity = rules.severity_of(one)
            said, cause = Sentence(one.message, one.params), cause_of(one.message, *sorted(one.params.items()))
            found = Signal(one.key, severity, "claim", claim.id, said, numbers, claim.region_code, cause)
            risk.raise_signal(found, now=now)


def _tell_parties(act: Act[Claim], body: str) -> None:
    moves.tell(act, {act.row.asker.id, act.row.payee_id}, body)


def _opened(verb: str, claim_id: UUID, asked: By) -> Act[Claim]:
    """Begin what an officer does with a claim."""
    return moves.begun(CLAIM, verb, spot_checks.locked_claim(claim_id), Side.OFFICER, asked)


def _reason(text: str) -> str:
    return fitting(checked_reason(text, N_("请写明原因，申请人会看到。")), 500)


def send_back(
    claim_id: UUID, *, reason: str, actor_id: UUID, now: datetime, request_key: UUID | None = None, shown: str | None = None
) -> Claim:
    """The officer returns a claim for correction (退回补正).

    Raises: RuleViolation: no reason, or it is not waiting for a decision.
    """
    act = _opened("send_back", claim_id, By(actor_id, now, request_key, {"reason": reason}, shown=shown))
    claim = act.row
    if act.is_repeat:
        return claim
    if claim.order is not None:
        orders.reopen_papers(claim.order, reason=reason, actor_id=actor_id, now=now)
    moves.entered(act)
    claim.state_reason = _reason(reason)
    level_terms.begin_level_term(claim, act.today)
    _set_due(claim, act.today)
    moves.done(act, reason=claim.state_reason)
    _tell_parties(act, claim.state_reason)
    return claim


def approve(
    claim_id: UUID, approval: Approval, *, actor_id: UUID, now: datetime, request_key: UUID | None = None, shown: str | None = None
) -> Claim:
    """The officer approves, wholly or cut with a reason: the amount becomes payable (核准).

    Raises: Conflict: the page is older than the claim. RuleViolation: not waiting, drawn and not checked on the spot, a finding without
        a word on it, a check that lets it not pass or that nothing is said of, above the request, what the papers deserve or the level
        before found right, a level is missing, a cut without its reason, or the officer's own claim.
    """
    approved_fen, cut_reason, considered = approval.approved_fen, approval.cut_reason, approval.considered
    act = _opened("approve", claim_id, By(actor_id, now, request_key, approval.content(), shown=shown))
    claim = act.row
    if act.is_repeat:
        return claim
    spot_rules.check_checked(claim.drawn_by, claim.spot_checked_by, actor_id)
    spot_rules.check_considered(claim.spot_finding, considered)
    _check_not_barred(claim)
    claim.deserved_fen, claim.facts = causes.stands_on(claim)
    rules.check_decision(approved_fen, claim.requested_fen, claim.deserved_fen, cut_reason, claim.currency)
    levels.decide_last(act, approved_fen, approval.opinion or cut_reason)
    explained = explanations.explain(act, approval.explained)
    keep_account(claim)
    claim.considered = fitting(considered, 2000, field="considered") if claim.spot_finding == spot_rules.SpotFinding.BAD else ""
    _decide(act, approved_fen, cut_reason)
    announcing.publish(claim, actor_id, act.today)
    words = {"answer": claim.considered, "opinion": approval.opinion, "explained": explained}
    said_too = {name: value for name, value in words.items() if value}
    moves.done(act, approved_fen=approved_fen, requested_fen=claim.requested_fen, reason=claim.cut_reason, **said_too)
    said = N_("核准 %(amount)s 元。%(why)s") if claim.cut_reason else N_("核准 %(amount)s 元。")
    _tell_parties(act, Sentence(said, {"amount": format_money(approved_fen, claim.currency), "why": claim.cut_reason}))
    return claim


def _check_not_barred(claim: Claim) -> None:
    """What the negative list keeps from all the money of a programme is not approved."""
    sources = [one.value for one in spec_of(claim.version_id).appropriations.value]
    check_not_barred(paid_causes.cause_of(claim), sources, fund_rules(claim.round.area_code).negative_list)


def keep_account(claim: Claim) -> None:
    """The account that the payee has when money becomes payable to it."""
    payee = by_id(Organisation, claim.payee_id)
    claim.payee_bank, claim.payee_account = payee.bank_name, payee.bank_account


def confirm_account(claim_id: UUID, *, seen_account: str, actor_id: UUID, now: datetime) -> Claim:
    """A second person confirms the account that the payee changed to, or from which the bank sent money back: it may be paid to.

    Args:
        seen_account: what the page showed; another one since then is not confirmed.

    Raises: RuleViolation: nothing changed, not verified yet, this person decided on the claim, or the account changed again.
    """
    claim = spot_checks.locked_claim(claim_id)
    payee = locked(Organisation, claim.payee_id)
    rules.check_not_reviewer(actor_id, claim.deciders, N_("申请 %(number)s 由您审核，请由其他人员确认新账号。"))
    rules.check_no_party(identity.organisation_id_of(actor_id), [claim.payee_id], N_("不能确认本单位的收款账号，请由其他单位的人员办理。"))
    if not holds.waits_for_account(claim, payee):
        return claim
    if payee.bank_account != seen_account:
        raise RuleViolation(N_("收款账号又有变更，请按最新的账号核对后再确认。"), code="account_changed")
    if payee.state is not OrganisationState.VERIFIED:
        raise RuleViolation(N_("新账号尚未核实，请先核实收款单位的资料，再确认账号。"), code="account_unverified")
    act = moves.begun(CLAIM, "confirm_account", claim, Side.OFFICER, By(actor_id, now))
    before = f"{claim.payee_bank} {claim.payee_account}"
    claim.payee_bank, claim.payee_account, claim.account_doubted = payee.bank_name, payee.bank_account, False
    moves.done(act, old=before, new=f"{payee.bank_name} {payee.bank_account}")
    return claim


def refuse(
    claim_id: UUID, *, reason: str, actor_id: UUID, now: datetime, request_key: UUID | None = None, shown: str | None = None
) -> Claim:
    """The officer refuses a claim (不予兑付): nothing becomes payable; the amount goes where the programme says.

    Raises: RuleViolation: no reason, not waiting, or the officer's own claim.
    """
    act = _opened("refuse", claim_id, By(actor_id, now, request_key, {"reason": reason}, shown=shown))
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
    levels.check_reviewer(claim, actor_id)
    cut_fen, whose = claim.requested_fen - approved_fen, {"actor_id": actor_id, "claim_id": claim.id}
    if claim.subsidy is None:
        spending.approve(hold_of(claim), approved_fen, cut_fen, **whose, today=act.today)
    else:
        spending.grant(subsidies.grant_of(claim.subsidy), approved_fen, cut_fen, **whose, today=act.today)
        if not approved_fen:
            subsidies.free(claim.subsidy)
    moves.entered(act)
    claim.approved_fen, claim.cut_reason, claim.decided_by, claim.decided_at = approved_fen, fitting(reason, 500), actor_id, act.now
    level_terms.begin_level_term(claim, act.today)
    pay_terms.begin_pay_term(claim, act.today)
    _keep_appeal(claim, act.today)


def _keep_appeal(claim: Claim, today: date) -> None:
    """Who was refused, or got less, has its days to appeal; nobody else has a day any more."""
    if claim.is_cut:
        appeal_terms.keep(claim, today, claim.round)
    else:
        terms.clear(claim)


def hold_of(claim: Claim) -> Hold:
    """What holds the money of an order's claim."""
    hold = None if claim.order is None else orders.hold_of(claim.order, payee_id=claim.payee_id)
    assert hold is not None, "the claim of an order is for a voucher"
    return hold


def _is_suspended(row: Round | None) -> bool:
    """Nobody can ask while a round is suspended, so nobody loses by not asking."""
    return row is not None and row.state is RoundState.SUSPENDED


def forfeit(order_id: UUID, *, now: datetime) -> bool:
    """Nobody asked in time for a redeemed order (兑付失效). Whether it was forfeited now."""
    order = locked(Order, order_id)
    today = order.day_of(now)
    orders.recount(order_id, now=now)
    still_open = order.state is OrderState.REDEEMED and order.closed_at is None and terms.is_over(order, today)
    hold = orders.hold_of(order)
    if (
        not still_open
        or hold is None
        or queries.claim_of_order(order_id) is not None
        or _is_suspended(order.voucher.round if order.voucher else None)
    ):
        return False
    orders.forfeit(order, amount_fen=spending.forfeit(hold, today=today), now=now)
    return True


def refuse_late(claim_id: UUID, *, now: datetime) -> bool:
    """A returned claim was not mended in time. Whether it was refused now."""
    claim = spot_checks.locked_claim(claim_id)
    today = claim.day_of(now)
    recount(claim_id, now=now)
    if claim.state is not ClaimState.RETURNED or not terms.is_over(claim, today):
        return False
    if _is_suspended(claim.round):
        return False
    if claim.subsidy is None:
        spending.forfeit(hold_of(claim), today=today)
    else:
        spending.let_go(subsidies.grant_of(claim.subsidy), today=today)
        subsidies.free(claim.subsidy)
    act = moves.begun(CLAIM, "refuse_late", claim, Side.PLATFORM, By(None, now))
    moves.entered(act)
    claim.approved_fen, claim.decided_at = 0, now
    claim.cut_reason = claim.state_reason = N_("未在期限内补正，兑付失效。")
    _keep_appeal(claim, today)
    if claim.order_id is not None:
        orders.close(claim.order_id, now=now)
    moves.done(act, reason=claim.cut_reason)
    _tell_parties(act, claim.cut_reason)
    return True
