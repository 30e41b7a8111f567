"""What the bank did with a line: paid, which settles the claim (兑付), or failed, which lets it be batched again."""

from datetime import date, datetime
from uuid import UUID

from marketplace.audit import service as audit
from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.db import got, locked
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.notices import service as notices
from marketplace.settlement import queries, rules
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.rules import BatchState, ClaimState, LineState
from marketplace.settlement.service.batches import in_words
from marketplace.vouchers import spending
from marketplace.vouchers.spending import Settlement


def record_paid(line_id: UUID, *, reference: str, paid_on: date, actor_id: UUID, now: datetime, file_id: UUID | None = None) -> PaymentLine:
    """The bank paid a line: money has left the fund (兑付).

    Raises:
        RuleViolation: the batch was not approved, no reference, a day outside the batch's life.
        Conflict: another result was recorded before.
    """
    line, paid = mark_paid(line_id, reference=reference, paid_on=paid_on, actor_id=actor_id, now=now, file_id=file_id)
    if paid:
        spending.settle([paid], today=clock.civil_date(now))
    return line


def mark_paid(
    line_id: UUID, *, reference: str, paid_on: date, actor_id: UUID, now: datetime, file_id: UUID | None = None
) -> tuple[PaymentLine, Settlement | None]:
    """The same without its entry, which whoever brings in many lines posts for all of them in the same transaction; None: a repeat."""
    line, batch = _opened(line_id)
    reference = reference.strip()[:60]
    if line.state is LineState.PAID:
        return _repeat(line, (line.bank_reference, line.paid_on) == (reference, paid_on)), None
    _check_waiting(line, batch)
    if not reference:
        raise RuleViolation(N_("请填写银行流水号。"), field="reference")
    assert batch.approved_at is not None
    rules.check_bank_day(paid_on, approved_on=clock.civil_date(batch.approved_at), today=clock.civil_date(now))
    claim = locked(Claim, line.claim_id)
    rules.check_claim_transition(claim.state, ClaimState.SETTLED)
    line.state, line.bank_reference, line.paid_on, line.recorded_by, line.file_id = LineState.PAID, reference, paid_on, actor_id, file_id
    claim.state = ClaimState.SETTLED
    _trail("payment.settled", line, claim, actor_id, reference=reference, paid_on=paid_on, amount_fen=line.amount_fen)
    _close_if_done(batch, actor_id, now)
    people = set(identity.user_ids_of(claim.provider_id)) | set(identity.user_ids_of(claim.payee_id))
    title = N_("兑付申请 %(number)s 已付款") % {"number": claim.number}
    notices.tell(people, title, in_words(line.amount_fen), f"/claims/{claim.id}")
    return line, Settlement(batch.book_id, line.id, claim.payee_id, line.amount_fen, actor_id)


def record_failed(line_id: UUID, *, reason: str, actor_id: UUID, now: datetime) -> PaymentLine:
    """The bank could not pay a line: the claim may go into another batch.

    Raises: RuleViolation: no reason, the batch was not approved; Conflict: another result was recorded before.
    """
    line, batch = _opened(line_id)
    reason = reason.strip()[:300]
    if line.state is LineState.FAILED:
        return _repeat(line, line.failure == reason)
    _check_waiting(line, batch)
    if not reason:
        raise RuleViolation(N_("请填写付款失败的原因。"), field="reason")
    claim = locked(Claim, line.claim_id)
    rules.check_claim_transition(claim.state, ClaimState.APPROVED)
    line.state, line.failure, line.live_claim_id, line.recorded_by = LineState.FAILED, reason, None, actor_id
    claim.state = ClaimState.APPROVED
    _trail("payment.failed", line, claim, actor_id, reason=reason, amount_fen=line.amount_fen)
    _close_if_done(batch, actor_id, now)
    title = N_("兑付申请 %(number)s 付款未成功") % {"number": claim.number}
    notices.tell(identity.user_ids_of(claim.payee_id), title, reason, f"/claims/{claim.id}")
    return line


def _opened(line_id: UUID) -> tuple[PaymentLine, PaymentBatch]:
    """The line under lock, its batch before it."""
    batch = locked(PaymentBatch, got(PaymentLine, line_id).batch_id)
    return locked(PaymentLine, line_id), batch


def _repeat(line: PaymentLine, same: bool) -> PaymentLine:
    if not same:
        raise Conflict(N_("这一笔已经登记过银行结果，与这次填写的不同，没有改动。请核对银行回单。"), code="result_known")
    return line


def _check_waiting(line: PaymentLine, batch: PaymentBatch) -> None:
    if batch.state is not BatchState.APPROVED:
        raise RuleViolation(N_("批次复核通过后才能登记银行结果。"), code="state")
    if line.state is not LineState.WAITING:
        raise Conflict(N_("这一笔已经登记过银行结果，与这次填写的不同，没有改动。请核对银行回单。"), code="result_known")


def _close_if_done(batch: PaymentBatch, actor_id: UUID, now: datetime) -> None:
    if queries.waiting_lines(batch.id):
        return
    batch.state, batch.closed_at = BatchState.CLOSED, now
    audit.record(
        "batch.closed", actor_id=actor_id, subject_type="payment_batch", subject_id=batch.id, book_id=batch.book_id, number=batch.number
    )


def _trail(action: str, line: PaymentLine, claim: Claim, actor_id: UUID, **details: object) -> None:
    for subject_type, subject_id in (("payment_line", line.id), ("claim", claim.id)):
        audit.record(
            action, actor_id=actor_id, subject_type=subject_type, subject_id=subject_id, book_id=claim.book_id, number=claim.number,
            **details,
        )  # fmt: skip
