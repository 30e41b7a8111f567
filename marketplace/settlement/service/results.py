"""What the bank did with a line: paid, which settles the claim (兑付), or failed, which lets it be batched again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from marketplace.audit import service as audit
from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import by_id, db, locked, locked_all
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.normal_text import plain_number
from marketplace.kernel.typed import fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.settlement import queries, rules
from marketplace.settlement.kind_rules import reference_key
from marketplace.settlement.lifecycle import BATCH, CLAIM, BatchState, ClaimState, LineState, Side
from marketplace.settlement.models import BankTransfer, Claim, PaymentBatch, PaymentLine
from marketplace.settlement.queries.paid import open_of
from marketplace.settlement.service import drawing, pay_terms
from marketplace.settlement.short_rules import Shortfall, check_shortfall
from marketplace.vouchers.service import spending
from marketplace.vouchers.service.spending import Settlement


@dataclass(frozen=True, slots=True)
class Slip:
    """What the bank's slip says."""

    reference: str
    paid_on: date
    file_id: UUID | None = None
    short: Shortfall | None = None  # where it paid a part


def record_paid(line_id: UUID, *, reference: str, paid_on: date, actor_id: UUID, now: datetime, file_id: UUID | None = None) -> PaymentLine:
    """The bank paid a line: money has left the fund (兑付).

    Raises:
        RuleViolation: the batch was not approved, no reference or one that was used, a day outside the batch's life.
        Conflict: another result was recorded before.
    """
    return record_slip(line_id, Slip(reference, paid_on, file_id), actor_id=actor_id, now=now)


def record_slip(line_id: UUID, slip: Slip, *, actor_id: UUID, now: datetime) -> PaymentLine:
    """The same by a bank's slip; one that says that a part was paid leaves the rest payable.

    Raises: as `record_paid`; RuleViolation: a part that is none, or without a reason.
    """
    line, paid = mark_paid(line_id, slip, actor_id=actor_id, now=now)
    if paid:
        spending.settle([paid], today=line.claim.day_of(now))
    return line


def mark_paid(line_id: UUID, said: Slip, *, actor_id: UUID, now: datetime) -> tuple[PaymentLine, Settlement | None]:
    """The same without its entry, which whoever brings in many lines posts for all of them in the same transaction; None: a repeat."""
    line, batch = opened(line_id)
    slip = replace(said, reference=fitting(said.reference, 60, field="reference"))
    if line.state is LineState.PAID:
        paid_fen = slip.short.paid_fen if slip.short else line.asked_fen
        same = (line.bank_reference, line.paid_on, line.amount_fen) == (slip.reference, slip.paid_on, paid_fen)
        return _repeat(line, same), None
    _check_waiting(line, batch)
    check_slip(slip, batch, line.claim, now)
    if slip.short:
        check_shortfall(slip.short, line.amount_fen, line.currency)
    keep_transfer(slip, batch, line.id, now)
    settlement = _paid(line, batch, slip, actor_id, now)
    _close_if_done(batch, actor_id, now)
    return line, settlement


def record_batch_paid(
    batch_id: UUID, *, reference: str, paid_on: date, actor_id: UUID, now: datetime, file_id: UUID | None = None
) -> PaymentBatch:
    """The bank paid a whole batch by one transfer: every line that waits is settled by its reference.

    Raises:
        RuleViolation: the batch was not approved, lines were recorded one by one before, no reference, or one that was used.
        Conflict: the batch was closed with other results.
    """
    batch, slip = locked(PaymentBatch, batch_id), Slip(fitting(reference, 60, field="reference"), paid_on, file_id)
    key = reference_key(plain_number(slip.reference), batch.simulated)
    if key and queries.batch_paid_by(key) == batch_id:
        return batch  # a second click, or a resend after a lost answer
    lines = locked_all(PaymentLine, [line.id for line in queries.lines_of(batch_id)])
    _check_whole(batch, lines)
    check_slip(slip, batch, lines[0].claim, now)
    keep_transfer(slip, batch, None, now)
    paid = [_paid(line, batch, slip, actor_id, now) for line in lines if line.state is LineState.WAITING]
    _close_if_done(batch, actor_id, now)
    spending.settle(paid, today=lines[0].claim.day_of(now))
    return batch


def check_slip(slip: Slip, batch: PaymentBatch, claim: Claim, now: datetime) -> None:
    """Raises: RuleViolation beside the field: no reference, or a day outside the batch's life."""
    if not plain_number(slip.reference):
        raise RuleViolation(N_("请填写银行流水号。"), field="reference")
    assert batch.approved_at is not None, "an approved batch says when"
    rules.check_bank_day(slip.paid_on, approved_on=claim.day_of(batch.approved_at), today=claim.day_of(now))


def _check_whole(batch: PaymentBatch, lines: Sequence[PaymentLine]) -> None:
    paid = next((line for line in lines if line.state is LineState.PAID), None)
    if paid is not None:
        raise Conflict(
            N_("批次中申请 %(claim)s 已单独登记为付款（流水号 %(reference)s），不能再按整批一笔登记；其余请逐笔登记。"),
            code="paid_singly",
            claim=paid.claim.number,
            reference=paid.bank_reference,
        )
    if batch.state is not BatchState.APPROVED:
        raise not_approved(batch)


def keep_transfer(slip: Slip, batch: PaymentBatch, line_id: UUID | None, now: datetime) -> None:
    """One reference settles one line, or one batch: looked up for the sentence, unique in the database for the guarantee."""
    key = reference_key(plain_number(slip.reference), batch.simulated)
    used = queries.transfer_named(key)
    if used is None:
        try:
            with db.session.begin_nested():
                db.session.add(BankTransfer(reference_key=key, batch_id=batch.id, line_id=line_id, created_at=now))
        except IntegrityError:  # somebody was faster by a moment
            used = N_("另一笔付款")
        else:
            return
    raise RuleViolation(
        N_("银行流水号 %(reference)s 已登记在%(used)s。一个流水号只能登记一笔付款；银行整批一次付出的，请在批次页面用“整批一笔登记”。"),
        field="reference",
        code="reference_used",
        reference=slip.reference,
        used=used,
    )


def of_bank(verb: str, line: PaymentLine, actor_id: UUID, now: datetime) -> Act[Claim]:
    return moves.begun(CLAIM, verb, locked(Claim, line.claim_id), Side.BANK, By(actor_id, now))


def _cut_short(line: PaymentLine, short: Shortfall) -> None:
    """The line is what was paid of it; each source bears its part."""
    drawing.take(line, drawing.back_of(line, short.paid_fen))
    line.amount_fen, line.short_fen = short.paid_fen, line.amount_fen - short.paid_fen
    line.short_kind, line.short_reason = short.kind, fitting(short.reason, 300, field="reason")


def restore_whole(line: PaymentLine) -> None:
    """A line of which nothing was paid after all asks for the whole again."""
    if line.short_fen:
        line.amount_fen, line.short_fen, line.short_kind, line.short_reason = line.asked_fen, 0, None, ""
        drawing.restore(line)


def _paid(line: PaymentLine, batch: PaymentBatch, slip: Slip, actor_id: UUID, now: datetime) -> Settlement:
    act, short = of_bank("result", line, actor_id, now), slip.short
    drawing.ready(line, now)
    planned = drawing.draws_of(line)
    if short:
        _cut_short(line, short)
    line.state, line.bank_reference, line.paid_on = LineState.PAID, slip.reference, slip.paid_on
    line.recorded_by, line.file_id = actor_id, slip.file_id
    settled = is_whole(line, act.row)
    if settled:
        pay_terms.end_pay_term(act.row)
    else:
        line.live_claim_id = None  # the rest goes into another batch
    moves.entered(act, ClaimState.SETTLED if settled else ClaimState.APPROVED)
    act.row.bank_hint = line.short_reason
    why = {"reason": f"{short.kind.label}：{line.short_reason}"} if short else {}
    trail(act, line, reference=slip.reference, paid_on=slip.paid_on, amount_fen=line.amount_fen, **why)
    moves.tell(act, {act.row.asker.id, act.row.payee_id}, N_("%(amount)s 元", amount=format_money(line.amount_fen, act.row.currency)))
    return Settlement(batch.book_id, line.id, act.row.payee_id, drawing.draws_of(line), actor_id, planned)


def key_of(line: PaymentLine, batch: PaymentBatch) -> str:
    """The bank's number of a line in the one spelling in which it is kept."""
    return reference_key(plain_number(line.bank_reference), batch.simulated)


def free_transfer(line: PaymentLine) -> None:
    """The bank's number of a line belongs to it no more; one that pays a whole batch stays the batch's."""
    db.session.execute(delete(BankTransfer).where(BankTransfer.line_id == line.id))


def is_whole(line: PaymentLine, claim: Claim) -> bool:
    """Whether nothing is left to be paid of a claim with this line."""
    if line.amount_fen == claim.approved_fen:
        return True
    db.session.flush()
    return not open_of([claim])[claim.id]


def record_failed(line_id: UUID, *, reason: str, actor_id: UUID, now: datetime) -> PaymentLine:
    """The bank could not pay a line: the claim may go into another batch.

    Raises: RuleViolation: no reason, the batch was not approved; Conflict: another result was recorded before.
    """
    line, batch = opened(line_id)
    reason = fitting(reason, 300)
    if line.state is LineState.FAILED:
        return _repeat(line, line.failure == reason)
    _check_waiting(line, batch)
    if not reason:
        raise RuleViolation(N_("请填写付款失败的原因。"), field="reason")
    act = of_bank("fail", line, actor_id, now)
    drawing.ready(line, now)
    spending.unplan([drawing.planned_of(line, batch, actor_id)], today=act.today)
    line.state, line.failure, line.live_claim_id, line.recorded_by = LineState.FAILED, reason, None, actor_id
    act.row.bank_hint = reason
    moves.entered(act)
    trail(act, line, reason=reason, amount_fen=line.amount_fen)
    _close_if_done(batch, actor_id, now)
    moves.tell(act, [act.row.payee_id], reason)
    return line


def opened(line_id: UUID) -> tuple[PaymentLine, PaymentBatch]:
    """The line under lock, its batch before it."""
    batch = locked(PaymentBatch, by_id(PaymentLine, line_id).batch_id)
    return locked(PaymentLine, line_id), batch


def _repeat(line: PaymentLine, same: bool) -> PaymentLine:
    if not same:
        raise Conflict(N_("这一笔已经登记过银行结果，与这次填写的不同，没有改动。请核对银行回单。"), code="result_known")
    return line


def _check_waiting(line: PaymentLine, batch: PaymentBatch) -> None:
    """What stands in the way is said by what it is: a result that is known, a batch that was sent back, one that nobody approved."""
    if line.state is LineState.PAID:
        raise Conflict(
            N_("这一笔已于 %(day)s 登记为已付款（流水号 %(reference)s），没有改动。请核对银行回单。"),
            code="result_known",
            day=line.paid_on.isoformat() if line.paid_on else "—",
            reference=line.bank_reference,
        )
    if line.state is LineState.FAILED:
        raise Conflict(N_("这一笔已登记为付款失败（%(why)s），没有改动；申请可以列入新的批次。"), code="result_known", why=line.failure)
    if batch.state is not BatchState.APPROVED:
        raise not_approved(batch)


def not_approved(batch: PaymentBatch) -> RuleViolation:
    """Why nothing can be paid of a batch in its state."""
    if batch.state is BatchState.REJECTED:
        return RuleViolation(N_("批次已退回（%(why)s），其中的款项不能付；申请可以列入新的批次。"), code="state", why=batch.state_reason)
    if batch.state is BatchState.CLOSED:
        return RuleViolation(N_("批次已办结，每一笔都有银行结果，不能再登记。"), code="state")
    return RuleViolation(N_("批次复核通过后才能登记银行结果。"), code="state")


def _close_if_done(batch: PaymentBatch, actor_id: UUID, now: datetime) -> None:
    if queries.waiting_lines(batch.id):
        return
    act = moves.begun(BATCH, "batch_result", batch, Side.BANK, By(actor_id, now))
    moves.entered(act)
    moves.done(act)


def trail(act: Act[Claim], line: PaymentLine, **details: Any) -> None:
    """The line's history and the claim's."""
    claim = act.row
    audit.record(
        act.move.event, actor_id=act.actor_id, subject_type="payment_line", subject_id=line.id, book_id=claim.book_id, number=claim.number,
        **details,
    )  # fmt: skip
    moves.done(act, **details)
