"""A bank result that was recorded wrongly (更正): mended once, by another person, with a new entry where money moves."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from marketplace.kernel.commands import Command, begin
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act
from marketplace.settlement import queries, rules
from marketplace.settlement.correction_models import LineCorrection
from marketplace.settlement.lifecycle import ClaimState, CorrectionKind, LineState, RecoveryState
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.queries import bounces, recoveries
from marketplace.settlement.queries.paid import open_of
from marketplace.settlement.service import drawing, pay_terms, results
from marketplace.settlement.service.recoveries import follow_slip
from marketplace.settlement.service.results import Slip
from marketplace.vouchers.service import spending
from marketplace.vouchers.service.spending import Settlement


@dataclass(frozen=True, slots=True)
class RightResult:
    """What the bank's slip really says of a line."""

    kind: CorrectionKind
    reason: str
    reference: str = ""
    paid_on: date | None = None


def correct_result(line_id: UUID, right: RightResult, *, actor_id: UUID, now: datetime, request_key: UUID | None = None) -> PaymentLine:
    """Mend a recorded bank result.

    Raises:
        Denied: this person recorded it.
        Conflict: it was corrected before.
        RuleViolation: nothing was recorded, the other way round, money of it came back, or the claim lies in another batch or was
            paid by one.
    """
    line, batch = results.opened(line_id)
    if request_key and not begin(Command(request_key, "payment.corrected", actor_id, line_id, {"right": right}), now=now):
        return line
    _check(line, batch, actor_id)
    reason = fitting(checked_reason(right.reason, N_("请写明更正的原因。")), 300)
    row = LineCorrection(
        line_id=line.id,
        kind=right.kind,
        old_reference=line.bank_reference,
        old_paid_on=line.paid_on,
        old_failure=line.failure,
        reason=reason,
        recorded_by=line.recorded_by,
        corrected_by=actor_id,
        created_at=now,
    )
    act = results.of_bank("correct_result", line, actor_id, now)
    db.session.add(row)
    made = {CorrectionKind.NOT_PAID: _not_paid, CorrectionKind.PAID: _paid, CorrectionKind.SLIP: _slip}[right.kind]
    made(act, line, batch, right)
    line.recorded_by = actor_id
    db.session.flush()
    follow_slip(line.claim_id, actor_id=actor_id, now=now)
    results.trail(act, line, reason=f"{right.kind.label}：{reason}", old=row.old_reference or row.old_failure, new=line.bank_reference)
    moves.tell(act, {act.row.asker.id, act.row.payee_id}, right.kind.label)
    return line


def _check(line: PaymentLine, batch: PaymentBatch, actor_id: UUID) -> None:
    known = bounces.correction_of(line.id)
    if known is not None:
        raise Conflict(
            N_("这一笔已于 %(day)s 更正过（%(kind)s），更正不能再更正。仍有差错的，请按退汇或追回办理。"),
            code="corrected_already",
            day=line.claim.day_of(known.created_at).isoformat(),
            kind=known.kind.label,
        )
    if line.state not in {LineState.PAID, LineState.FAILED}:
        raise RuleViolation(N_("这一笔现在是“%(now)s”，没有可以更正的银行结果。"), code="no_result", now=line.state.label)
    if batch.simulated:
        raise RuleViolation(N_("这是模拟批次的付款，不涉及真实资金，不用更正。"), code="simulated")
    rules.check_two_people(line.recorded_by, actor_id, N_("银行结果由您登记，请由另一位财政人员更正。"))


def _check_kind(line: PaymentLine, state: LineState) -> None:
    if line.state is not state:
        raise RuleViolation(
            N_("这一笔登记为“%(now)s”，不能这样更正，请核对银行回单后另选。"), field="kind", code="wrong_kind", now=line.state.label
        )


def _not_paid(act: Act[Claim], line: PaymentLine, batch: PaymentBatch, right: RightResult) -> None:
    """Money had not left: it is payable again, and the bank's number is free."""
    _check_kind(line, LineState.PAID)
    left = recoveries.recoverable_fen(line.claim_id)
    if line.bounced_fen or left < line.amount_fen:
        raise RuleViolation(
            N_("这一笔已有退汇或追回，只剩 %(left)s 元，更正为没有付款会使账上成为负数。请先核对退汇和追回。"),
            code="below_nought",
            left=format_money(min(left, line.amount_fen - line.bounced_fen), line.currency),
        )
    results.free_transfer(line)
    drawing.ready(line, _when(act))
    draws, is_old = drawing.draws_of(line), line.is_history
    results.restore_whole(line)
    line.state, line.failure, line.live_claim_id = LineState.FAILED, right.reason.strip(), None
    act.row.bank_hint = right.reason.strip()
    if act.row.state is ClaimState.SETTLED:
        pay_terms.begin_pay_term(act.row, act.today)
    moves.entered(act, ClaimState.APPROVED if act.row.state is ClaimState.SETTLED else act.row.state)
    back = Settlement(batch.book_id, line.id, act.row.payee_id, draws, _who(act), is_old=is_old)
    spending.bounce([back], today=act.today, verb="payment.correct")


def _paid(act: Act[Claim], line: PaymentLine, batch: PaymentBatch, right: RightResult) -> None:
    """Money had left: the line is paid after all, unless its claim lies in another batch by now."""
    _check_kind(line, LineState.FAILED)
    if act.row.state is ClaimState.BATCHED:
        raise RuleViolation(
            N_("申请 %(number)s 已列入新的批次，更正会重复付款。请先退回新的批次，再更正。"), code="batched_again", number=act.row.number
        )
    _check_unpaid(act.row, line)
    slip = _slip_of(batch, right, act)
    results.keep_transfer(slip, batch, line.id, _when(act))
    drawing.ready(line, _when(act))
    line.state, line.bank_reference, line.paid_on, line.failure = LineState.PAID, slip.reference, slip.paid_on, ""
    act.row.bank_hint = ""
    settled = results.is_whole(line, act.row)
    line.live_claim_id = act.row.id if settled else None
    if settled:
        pay_terms.end_pay_term(act.row)
    moves.entered(act, ClaimState.SETTLED if settled else ClaimState.APPROVED)
    drawing.take(line, drawing.draws_of(line))
    spending.settle([drawing.planned_of(line, batch, _who(act))], today=act.today)


def _check_unpaid(claim: Claim, line: PaymentLine) -> None:
    """Another batch may have paid the claim meanwhile, or all of it but what the bank sent back."""
    left = open_of([claim])[claim.id]
    if line.amount_fen > left:
        raise RuleViolation(
            N_("申请 %(number)s 只剩 %(left)s 元未付，更正会超过核准的金额。请核对银行回单；确已重复付款的，请先联系收款单位退回。"),
            code="paid_again",
            number=claim.number,
            left=format_money(left, claim.currency),
        )


def _slip(act: Act[Claim], line: PaymentLine, batch: PaymentBatch, right: RightResult) -> None:
    """The number or the day was typed wrongly: no money moves."""
    _check_kind(line, LineState.PAID)
    if queries.batch_paid_by(results.key_of(line, batch)) is not None:
        raise RuleViolation(N_("这一笔是按整批一笔登记的，流水号属于整个批次，不能单独更正。"), code="of_batch")
    slip = _slip_of(batch, right, act)
    _check_before_return(line, slip)
    results.free_transfer(line)
    results.keep_transfer(slip, batch, line.id, _when(act))
    line.bank_reference, line.paid_on = slip.reference, slip.paid_on
    moves.entered(act, act.row.state)


def _check_before_return(line: PaymentLine, slip: Slip) -> None:
    """Money left before it came back, from the bank or from its payee."""
    known, cases = bounces.of_line(line.id), recoveries.of_claim(line.claim_id)
    days = [line.claim.day_of(one.opened_at) for one in cases if one.state is not RecoveryState.DROPPED]
    first = min([*days, *([known.bounced_on] if known is not None else [])], default=None)
    if first is not None and slip.paid_on > first:
        raise RuleViolation(
            N_("这笔付款已于 %(day)s 退汇或提出追回，付款日期不能晚于这一天。请按银行回单核对。"),
            field="paid_on",
            code="after_return",
            day=first.isoformat(),
        )


def _slip_of(batch: PaymentBatch, right: RightResult, act: Act[Claim]) -> Slip:
    if right.paid_on is None:
        raise RuleViolation(N_("请填写付款日期。"), field="paid_on")
    slip = Slip(fitting(right.reference, 60, field="reference"), right.paid_on, None)
    results.check_slip(slip, batch, act.row, _when(act))
    return slip


def _who(act: Act[Claim]) -> UUID:
    assert act.actor_id is not None, "somebody of finance corrects"
    return act.actor_id


def _when(act: Act[Claim]) -> datetime:
    assert act.now is not None, "somebody told the time"
    return act.now
