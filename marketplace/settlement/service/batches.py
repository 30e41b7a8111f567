"""Finance puts approved claims together to be paid; a second person lets the batch pass, or sends it back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from marketplace.audit import service as audit
from marketplace.identity import queries as identity
from marketplace.identity.models import Organisation
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import db, got, locked
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.money import format_yuan
from marketplace.notices import service as notices
from marketplace.settlement import kind_rules, queries, rules
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.queries import holds
from marketplace.settlement.queries.sources import sources_left
from marketplace.settlement.rules import BatchState, ClaimState, LineState
from marketplace.vouchers.models import Programme
from marketplace.vouchers.queries.reruns import simulated_among


def prepare(batch_id: UUID, *, programme_id: UUID, claim_ids: Sequence[UUID], actor_id: UUID, now: datetime) -> PaymentBatch:
    """Put approved claims of one programme into a batch.

    Args:
        batch_id: made with the form: a second click answers the same batch.

    Raises:
        RuleViolation: nothing chosen, a claim is not approved, on hold, in another batch, or was reviewed by this person; some
            claims are of simulated rounds and some are not.
        Conflict: batch_id was used for something else.
    """
    programme = locked(Programme, programme_id)  # one batch after the other: each takes from what the sources have left
    content = {"programme": programme_id, "claims": sorted(set(claim_ids))}
    if not begin(Command(batch_id, "batch.prepared", actor_id, batch_id, content), now=now):
        return got(PaymentBatch, batch_id)
    if not claim_ids:
        raise RuleViolation(N_("请至少选择一笔已核准的兑付申请。"), field="claims")
    batch = PaymentBatch(
        id=batch_id, number=printed_number("BF"), programme_id=programme_id, book_id=programme.book_id, prepared_by=actor_id, created_at=now
    )
    claims = [locked(Claim, claim_id) for claim_id in sorted(set(claim_ids))]
    played = simulated_among(*(claim.order.round_id for claim in claims))
    batch.simulated = kind_rules.check_one_kind([(claim.number, claim.order.round_id in played) for claim in claims])
    lines = _lines(batch, claims, now)
    db.session.add(batch)
    db.session.flush()
    db.session.add_all(lines)
    db.session.flush()
    total = sum(line.amount_fen for line in lines)
    _trail("batch.prepared", batch, actor_id, lines=len(lines), amount_fen=total)
    for claim in claims:
        claim.state = ClaimState.BATCHED
        audit.record(
            "claim.batched", actor_id=actor_id, subject_type="claim", subject_id=claim.id, book_id=claim.book_id, batch=batch.number
        )
    return batch


def _lines(batch: PaymentBatch, claims: Sequence[Claim], now: datetime) -> list[PaymentLine]:
    """A line for each claim; what one takes of a source, the next finds gone."""
    held = holds.of_claims(claims, now, lock=True)
    left = {round_id: sources_left(round_id) for round_id in {claim.order.round_id for claim in claims} if round_id}
    lines = []
    for claim in claims:
        assert claim.order.round_id, "a claim is for a voucher"
        sources = left[claim.order.round_id]
        line = _line(batch, claim, sources, held.get(claim.id), now)
        for source, amount_fen in line.split.items():
            sources[source] -= amount_fen
        lines.append(line)
    return lines


def _line(batch: PaymentBatch, claim: Claim, sources: Mapping[str, int], hold: holds.Hold | None, now: datetime) -> PaymentLine:
    if claim.programme_id != batch.programme_id:
        raise RuleViolation(N_("申请 %(number)s 不属于这个项目，请重新选择。"), field="claims", number=claim.number)
    rules.check_claim_transition(claim.state, ClaimState.BATCHED)
    rules.check_not_reviewer(
        batch.prepared_by, [(claim.number, claim.decided_by)], N_("申请 %(number)s 由您审核，不能再由您制单，请由其他人员制单。")
    )
    if hold is not None:
        hold.field = "claims"
        raise hold
    payee = got(Organisation, claim.payee_id)
    assert claim.approved_fen
    return PaymentLine(
        batch_id=batch.id, claim_id=claim.id, live_claim_id=claim.id, payee_name=payee.name, payee_bank=payee.bank_name,
        payee_account=payee.bank_account, amount_fen=claim.approved_fen, created_at=now,
        reviewed_by=claim.decided_by, prepared_by=batch.prepared_by,
        split=rules.split_by_source(claim.approved_fen, sources),
    )  # fmt: skip


def _trail(action: str, batch: PaymentBatch, actor_id: UUID, **details: object) -> None:
    audit.record(
        action, actor_id=actor_id, subject_type="payment_batch", subject_id=batch.id, book_id=batch.book_id, number=batch.number, **details
    )


def submit(batch_id: UUID, *, actor_id: UUID, now: datetime) -> PaymentBatch:
    """Its maker hands a batch to a second person.

    Raises: RuleViolation: it is not a draft.
    """
    batch = locked(PaymentBatch, batch_id)
    if batch.submitted_at is not None and batch.prepared_by == actor_id:
        return batch  # a resend, whatever became of it meanwhile
    rules.check_batch_transition(batch.state, BatchState.SUBMITTED)
    batch.state, batch.submitted_at = BatchState.SUBMITTED, now
    _trail("batch.submitted", batch, actor_id)
    area = got(Programme, batch.programme_id).area_code
    people = set(identity.user_ids_with("payments.approve", area)) - {batch.prepared_by}
    notices.tell(people, N_("拨付批次 %(number)s 待复核", number=batch.number), "", f"/payments/{batch.id}")
    return batch


def approve(batch_id: UUID, *, actor_id: UUID, now: datetime) -> PaymentBatch:
    """A second person lets a batch pass: the bank list may go out.

    Raises: RuleViolation: it is not submitted, this person made it or reviewed one of its claims, or a line may not be paid now.
    """
    batch = locked(PaymentBatch, batch_id)
    if batch.approved_by == actor_id:
        return batch
    rules.check_batch_transition(batch.state, BatchState.APPROVED)
    rules.check_two_people(batch.prepared_by, actor_id, N_("制单人不能复核自己的批次，请由另一位财政人员复核。"))
    lines = queries.lines_of(batch_id)
    reviewers = [(line.claim.number, line.claim.decided_by) for line in lines]
    rules.check_not_reviewer(actor_id, reviewers, N_("申请 %(number)s 由您审核，不能再由您复核它的付款，请由其他人员复核。"))
    payees = {line.claim.payee_id for line in lines}
    rules.check_no_party(identity.organisation_id_of(actor_id), payees, N_("批次中有付给本单位的款项，请由其他单位的人员复核。"))
    _check_nothing_held(lines, now)
    for line in lines:
        line.approved_by = actor_id
    batch.state, batch.approved_by, batch.approved_at = BatchState.APPROVED, actor_id, now
    _trail("batch.approved", batch, actor_id)
    notices.tell([batch.prepared_by], N_("拨付批次 %(number)s 已复核通过", number=batch.number), "", f"/payments/{batch.id}")
    return batch


def _check_nothing_held(lines: Sequence[PaymentLine], now: datetime) -> None:
    """What came up since the batch was made stops it: an account that changed, a payee that was suspended, a serious signal."""
    held = holds.of_lines(lines, now, lock=True)
    first = next((line for line in lines if line.id in held), None)
    if first is not None:
        raise RuleViolation(
            N_("批次中 %(count)s 笔暂时不能付，请退回批次后重新制单。申请 %(number)s：%(why)s"),
            code="held",
            count=len(held),
            number=first.claim.number,
            why=held[first.id].text(),
        )


def reject(batch_id: UUID, *, reason: str, actor_id: UUID, now: datetime) -> PaymentBatch:
    """A second person sends a submitted batch back, or its maker drops a draft: its claims wait for another batch.

    Raises: RuleViolation: no reason, it has passed already, or the wrong person.
    """
    batch = locked(PaymentBatch, batch_id)
    if batch.state is BatchState.REJECTED and batch.state_reason == reason.strip()[:300]:
        return batch
    rules.check_batch_transition(batch.state, BatchState.REJECTED)
    if batch.state is BatchState.SUBMITTED:
        rules.check_two_people(batch.prepared_by, actor_id, N_("批次已提交复核，请由复核人退回。"))
    if not reason.strip():
        raise RuleViolation(N_("请写明退回原因。"), field="reason")
    batch.state, batch.state_reason, batch.closed_at = BatchState.REJECTED, reason.strip()[:300], now
    for line in queries.lines_of(batch_id):
        line.state, line.live_claim_id = LineState.DROPPED, None
        claim = locked(Claim, line.claim_id)
        rules.check_claim_transition(claim.state, ClaimState.APPROVED)
        claim.state = ClaimState.APPROVED
    _trail("batch.rejected", batch, actor_id, reason=batch.state_reason)
    title = N_("拨付批次 %(number)s 被退回", number=batch.number)
    notices.tell({batch.prepared_by} - {actor_id}, title, batch.state_reason, f"/payments/{batch.id}")
    return batch


def in_words(amount_fen: int) -> str:
    """An amount for a notice."""
    return N_("%(amount)s 元", amount=format_yuan(amount_fen))
