"""Money that must come back (追回): one officer finds it, another decides, finance records what comes in until nothing is owed."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.policy import terms
from marketplace.risk import service as risk
from marketplace.risk.rules import Severity
from marketplace.risk.service import Signal
from marketplace.settlement import queries, rules
from marketplace.settlement import recovery_rules as back
from marketplace.settlement.lifecycle import RECOVERY, RecoveryState, Side
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import levels, recoveries, sources
from marketplace.settlement.recovery_models import Recovery
from marketplace.settlement.recovery_rules import RecoveryGround, ReturnsTo
from marketplace.settlement.service import spot_checks
from marketplace.settlement.settings import finance
from marketplace.vouchers.queries.spending import calendar_of
from marketplace.vouchers.rules.states import RoundState


@dataclass(frozen=True, slots=True)
class RecoveryFinding:
    """Why money must come back, how much, and where it goes."""

    amount_fen: int
    ground: RecoveryGround
    text: str
    returns_to: ReturnsTo


def open_recovery(
    recovery_id: UUID, claim_id: UUID, finding: RecoveryFinding, *, actor_id: UUID | None, now: datetime, request_key: UUID | None = None
) -> Recovery:
    """An officer, or a check of the platform's, finds that money of a paid claim must come back.

    Args:
        recovery_id: made with the form.

    Raises:
        RuleViolation: nothing was paid, more than was paid, no words, a closed round, or a case of the claim is open.
    """
    claim = spot_checks.locked_claim(claim_id)
    asked = Command(request_key, "recovery.opened", actor_id, recovery_id, {"finding": finding}) if request_key else None
    if asked and not begin(asked, now=now):
        return by_id(Recovery, recovery_id)
    if actor_id is not None:
        _check_officer(claim, actor_id)
    _check_finding(claim, finding, claim.day_of(now))
    said, paid_on = checked_reason(finding.text, N_("请写明认定的事实和依据。"), field="finding"), recoveries.paid_on(claim_id)
    assert paid_on is not None and claim.enterprise_id is not None, "what was paid has a day, and a claim its firm"
    row = Recovery(
        id=recovery_id,
        number=printed_number("ZH"),
        claim_id=claim.id,
        live_claim_id=claim.id,
        enterprise_id=claim.enterprise_id,
        debtor_id=claim.payee_id,
        programme_id=claim.programme_id,
        book_id=claim.book_id,
        currency=claim.currency,
        paid_fen=recoveries.recoverable_fen(claim.id),
        amount_fen=finding.amount_fen,
        ground=finding.ground,
        finding=fitting(said, 2000, field="finding"),
        returns_to=finding.returns_to,
        paid_on=paid_on,
        opened_by=actor_id,
        opened_at=now,
    )
    db.session.add(row)
    db.session.flush()
    act = moves.begun(RECOVERY, "open_recovery", row, Side.OFFICER if actor_id else Side.PLATFORM, By(actor_id, now))
    moves.done(act, amount_fen=row.amount_fen, reason=row.finding, claim=claim.number)
    moves.tell_people(act, set(queries.reviewers_of(claim)) - {actor_id}, row.ground.label)
    return row


def _check_finding(claim: Claim, finding: RecoveryFinding, today: date) -> None:
    if claim.round.simulated:
        raise RuleViolation(N_("这是模拟批次的申请，不涉及真实资金，没有可以追回的款项。"), code="simulated")
    known = next((one for one in recoveries.of_claim(claim.id) if one.live_claim_id is not None), None)
    if known is not None:
        raise Conflict(
            N_("申请 %(claim)s 已有办理中的追回 %(number)s（%(state)s），请在该案件中办理；结清后仍有应追回的，再另行提出。"),
            code="recovery_open",
            claim=claim.number,
            number=known.number,
            state=known.state.label,
        )
    back.check_amount(finding.amount_fen, recoveries.recoverable_fen(claim.id), claim.currency)
    back.check_open_source(finding.returns_to, is_finished(claim), sources.documents_over(claim, today))


def takes_back(claim: Claim, today: date) -> bool:
    """Whether what comes back of a claim may be spent again."""
    return not is_finished(claim) and not sources.documents_over(claim, today)


def is_finished(claim: Claim) -> bool:
    """Whether the round whose money it was takes nothing back any more."""
    return claim.round.state is RoundState.FINISHED


def _check_officer(claim: Claim, actor_id: UUID) -> None:
    rules.check_no_party(identity.organisation_id_of(actor_id), claim.parties, N_("不能办理本单位的追回，请由其他单位的人员办理。"))


def _check_no_decider(claim: Claim, actor_id: UUID) -> None:
    """Who found the payment right has no word on whether it comes back. Raises: Denied."""
    given = [(claim.number, one) for one in levels.everybody(claim)]
    rules.check_not_reviewer(actor_id, given, N_("申请 %(number)s 由您审核过，是否追回请由另一位工作人员决定。"))


def opened(verb: str, recovery_id: UUID, side: Side, asked: By) -> Act[Recovery]:
    """A move of a case under lock, by nobody of a party to its claim. Raises: Denied."""
    row = locked(Recovery, recovery_id)
    if asked.actor_id is not None:
        _check_officer(row.claim, asked.actor_id)
    return moves.begun(RECOVERY, verb, row, side, asked)


def confirm_recovery(
    recovery_id: UUID, *, document: str, actor_id: UUID, now: datetime, request_key: UUID | None = None, shown: str | None = None
) -> Recovery:
    """A second officer decides that the money is demanded: the payee is told how much, until when, and with which interest.

    Raises: RuleViolation: it waits for nobody's word, the round was closed meanwhile; Denied: the finder decides, who reviewed the
        claim, or a party.
    """
    content = {"document": document}
    act = opened("confirm_recovery", recovery_id, Side.OFFICER, By(actor_id, now, request_key, content, shown))
    row = act.row
    if act.is_repeat:
        return row
    rules.check_two_people(row.opened_by, actor_id, N_("追回由您提出，请由另一位工作人员确认。"))
    _check_no_decider(row.claim, actor_id)
    back.check_amount(row.amount_fen, recoveries.recoverable_fen(row.claim_id) + row.amount_fen, row.currency)
    back.check_open_source(row.returns_to, is_finished(row.claim))
    settings = finance(row.claim.region_code)
    row.document = fitting(checked_reason(document, N_("请填写追回决定的文号。"), field="document"), 100, field="document")
    row.yearly_bp, row.runs_from = settings.recovery_interest.yearly_bp, settings.recovery_interest.runs_from
    row.decided_by, row.decided_on = actor_id, act.today
    _set_term(row, act.today, settings.recovery_term.value)
    moves.entered(act)
    moves.done(act, amount_fen=row.amount_fen, reason=row.document, due_on=row.due_on)
    assert row.due_on is not None
    said = N_("须在 %(day)s 前缴回 %(amount)s 元。", day=row.due_on.isoformat(), amount=format_money(row.amount_fen, row.currency))
    moves.tell(act, [row.debtor_id], said)
    return row


def _set_term(row: Recovery, start: date, days: int) -> None:
    calendar = calendar_of(row.claim.version_id)
    terms.keep_working_days(row, start, days, calendar.add_working_days(start, days, row.claim.region_code))


def drop_recovery(
    recovery_id: UUID, *, reason: str, actor_id: UUID, now: datetime, request_key: UUID | None = None, shown: str | None = None
) -> Recovery:
    """A second officer finds that nothing must come back.

    Raises: RuleViolation: no reason, or it was decided before. Denied: as for the demand.
    """
    act = opened("drop_recovery", recovery_id, Side.OFFICER, By(actor_id, now, request_key, {"reason": reason}, shown))
    row = act.row
    if act.is_repeat:
        return row
    rules.check_two_people(row.opened_by, actor_id, N_("追回由您提出，请由另一位工作人员决定是否追回。"))
    _check_no_decider(row.claim, actor_id)
    row.state_reason = fitting(checked_reason(reason, N_("请写明不予追回的理由。")), 500)
    row.live_claim_id = None
    moves.entered(act)
    moves.done(act, reason=row.state_reason)
    return row


def withdraw_recovery(recovery_id: UUID, *, reason: str, actor_id: UUID, now: datetime) -> Recovery:
    """The decision on which money was demanded is revoked: nothing more is owed, and what came in is named to be given back.

    Raises: Denied: a party. RuleViolation: it is not demanded.
    """
    act = opened("withdraw_recovery", recovery_id, Side.OFFICER, By(actor_id, now))
    row, came_in = act.row, recoveries.came_in_fen(recovery_id)
    row.state_reason, row.live_claim_id = fitting(reason, 500), None
    moves.entered(act, RecoveryState.REPAID if row.recovered_fen else RecoveryState.DROPPED)
    row.amount_fen = row.recovered_fen or row.amount_fen  # what came in stays in the books until it is given back
    moves.done(act, reason=row.state_reason, recovered_fen=came_in)
    said = N_("不用再缴回。")
    if came_in:
        amount = {"amount": format_money(came_in, row.currency), "name": row.debtor.name}
        said = N_("不用再缴回；已缴回的 %(amount)s 元将另行退还。", **amount)
        why = N_("追回依据的处理决定已撤销，%(name)s 已缴回 %(amount)s 元。请会同财政办理退还，办结后在此说明。", **amount)
        found = Signal("recovery_unfounded", Severity.SERIOUS, "recovery", row.id, why, {"number": row.number}, row.claim.region_code)
        risk.raise_signal(found, now=now)
    moves.tell(act, [row.debtor_id], said)
    return row


def refer_recovery(
    recovery_id: UUID, *, reason: str, actor_id: UUID, now: datetime, request_key: UUID | None = None, shown: str | None = None
) -> Recovery:
    """What was not paid back in time goes to those who can enforce it (移送); what comes in is recorded all the same.

    Raises: RuleViolation: no reason, the term is not over, or it waits for something else.
    """
    act = opened("refer_recovery", recovery_id, Side.OFFICER, By(actor_id, now, request_key, {"reason": reason}, shown))
    row = act.row
    if act.is_repeat:
        return row
    if not terms.is_over(row, act.today):
        day = row.due_on.isoformat() if row.due_on else "—"
        raise RuleViolation(N_("缴回期限到 %(day)s，期满未缴清才能移送追缴。"), code="not_due", day=day)
    row.state_reason = fitting(checked_reason(reason, N_("请写明移送的机关和理由。")), 500)
    moves.entered(act)
    moves.done(act, reason=row.state_reason)
    moves.tell(act, [row.debtor_id], row.state_reason)
    return row


def redirect_recovery(
    recovery_id: UUID, *, actor_id: UUID, now: datetime, request_key: UUID | None = None, shown: str | None = None
) -> Recovery:
    """What comes in from now on goes to the treasury: the round is closed, or its money may not be used again.

    Raises: RuleViolation: it goes there already, or nothing is demanded.
    """
    act = opened("redirect_recovery", recovery_id, Side.OFFICER, By(actor_id, now, request_key, {}, shown))
    row = act.row
    if act.is_repeat:
        return row
    if row.returns_to is ReturnsTo.TREASURY:
        raise RuleViolation(N_("这一案件的缴回款已经是上缴国库，不用再改。"), code="to_treasury")
    row.returns_to = ReturnsTo.TREASURY
    moves.done(act, old=ReturnsTo.POOL.label, new=ReturnsTo.TREASURY.label)
    return row


def follow_slip(claim_id: UUID, *, actor_id: UUID, now: datetime) -> None:
    """The open case of a claim goes by the day on which the bank paid, also after that was corrected: interest may run from it.

    What came in before stays as it was received; what is owed from now on goes by the right day.
    """
    row, right = next((one for one in recoveries.of_claim(claim_id) if one.live_claim_id is not None), None), recoveries.paid_on(claim_id)
    if row is None or right is None or row.paid_on == right:
        return
    act = moves.begun(RECOVERY, "follow_slip", locked(Recovery, row.id), Side.PLATFORM, By(actor_id, now))
    before, act.row.paid_on = act.row.paid_on, right
    moves.done(act, before=before, after=right)
    if row.pays_back and row.runs_from is back.InterestFrom.PAID:
        days = {"before": before.isoformat(), "after": right.isoformat()}
        moves.tell(act, [row.debtor_id], N_("付款日期由 %(before)s 更正为 %(after)s，利息自更正后的日期起算。", **days))


def recount_recovery(recovery_id: UUID, *, now: datetime) -> bool:
    """Count the day again after the calendar changed, and tell the payee where it moved. Whether it did."""
    row = locked(Recovery, recovery_id)
    before = row.due_on
    if before is None or row.due_start is None or row.due_days is None or row.state is not RecoveryState.DEMANDED:
        return False
    _set_term(row, row.due_start, row.due_days)
    if row.due_on == before or row.due_on is None:
        return False
    act = moves.begun(RECOVERY, "recount_recovery", row, Side.PLATFORM, By(None, now))
    moves.done(act, before=before, after=row.due_on)
    days = {"before": before.isoformat(), "after": row.due_on.isoformat()}
    moves.tell(act, [row.debtor_id], N_("工作日历有调整，缴回截止日由 %(before)s 变为 %(after)s。", **days))
    return True
