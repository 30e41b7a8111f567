"""Finance puts approved claims together to be paid; a second person lets the batch pass, or sends it back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.identity.models import Organisation
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import by_id, db, locked, locked_all
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.moves import service as moves
from marketplace.moves.service import By
from marketplace.settlement import kind_rules, queries, rules
from marketplace.settlement.draw_rules import DrawnFrom, UseRules, barred_of, by_source, check_enough, drawn, found_for
from marketplace.settlement.lifecycle import BATCH, CLAIM, BatchState, LineState, Side
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.queries import holds, sources
from marketplace.settlement.queries.paid import open_of
from marketplace.settlement.service.drawing import day_of, planned_of
from marketplace.settlement.service.opening import open_sources
from marketplace.settlement.settings import finance
from marketplace.vouchers.fund_settings import fund_rules
from marketplace.vouchers.models import Programme
from marketplace.vouchers.queries.reruns import simulated_among
from marketplace.vouchers.service import spending


def prepare(batch_id: UUID, *, programme_id: UUID, claim_ids: Sequence[UUID], actor_id: UUID, now: datetime) -> PaymentBatch:
    """Put approved claims of one programme into a batch.

    Args:
        batch_id: made with the form: a second click answers the same batch.

    Raises:
        RuleViolation: nothing chosen, a claim is not approved, on hold, in another batch, or was reviewed by this person; some
            claims are of simulated rounds and some are not.
        Conflict: batch_id was used for something else.
    """
    open_sources(programme_id, now=now)
    programme = locked(Programme, programme_id)  # one batch after the other: each takes from what the sources have left
    content = {"programme": programme_id, "claims": sorted(set(claim_ids))}
    if not begin(Command(batch_id, "batch.prepared", actor_id, batch_id, content), now=now):
        return by_id(PaymentBatch, batch_id)
    if not claim_ids:
        raise RuleViolation(N_("请至少选择一笔已核准的兑付申请。"), field="claims")
    batch = PaymentBatch(
        id=batch_id,
        number=printed_number("BF"),
        programme_id=programme_id,
        book_id=programme.book_id,
        currency=programme.currency,
        prepared_by=actor_id,
        created_at=now,
    )
    claims = locked_all(Claim, claim_ids)
    played = simulated_among(*(claim.round_id for claim in claims))
    batch.simulated = kind_rules.check_one_kind([(claim.number, claim.round_id in played) for claim in claims])
    acts = [moves.begun(CLAIM, "new_batch", claim, Side.MAKER, By(actor_id, now)) for claim in claims]
    lines = _lines(batch, claims, now)
    db.session.add(batch)
    db.session.flush()
    db.session.add_all(lines)
    db.session.flush()
    spending.plan([planned_of(line, batch, actor_id) for line in lines], today=day_of(lines, now))
    total = sum(line.amount_fen for line in lines)
    moves.done(moves.begun(BATCH, "prepare", batch, Side.MAKER, By(actor_id, now)), lines=len(lines), amount_fen=total)
    for act in acts:
        moves.entered(act)
        moves.done(act, batch=batch.number)
    return batch


def _lines(batch: PaymentBatch, claims: Sequence[Claim], now: datetime) -> list[PaymentLine]:
    """A line for each claim; what one takes of a source, the next finds gone."""
    held = holds.of_claims(claims, now, lock=True)
    left = {round_id: sources.funds_of(round_id) for round_id in {claim.round_id for claim in claims}}
    unpaid, causes = open_of(claims), sources.causes_of(claims)
    lines = []
    for claim in claims:
        by, cause, funds = _use_rules(claim, now), causes[claim.id], left[claim.round_id]
        found = found_for(cause, funds, by)
        _check_payable(batch, claim, held.get(claim.id))
        check_enough(unpaid[claim.id], found, claim.number, barred_of(cause, funds, by))
        line = _line(batch, claim, unpaid[claim.id], found, now)
        taken = line.draws or {}
        left[claim.round_id] = [replace(one, left_fen=one.left_fen - taken.get(str(one.id), 0)) for one in left[claim.round_id]]
        lines.append(line)
    return lines


def _use_rules(claim: Claim, now: datetime) -> UseRules:
    area = claim.round.area_code
    return UseRules(finance(area).order_of_use.value, claim.day_of(now), fund_rules(area).negative_list)


def _check_payable(batch: PaymentBatch, claim: Claim, hold: holds.Withheld | None) -> None:
    if claim.programme_id != batch.programme_id:
        raise RuleViolation(N_("申请 %(number)s 不属于这个项目，请重新选择。"), field="claims", number=claim.number)
    rules.check_not_reviewer(batch.prepared_by, claim.deciders, N_("申请 %(number)s 由您审核，不能再由您制单，请由其他人员制单。"))
    if hold is not None:
        hold.field = "claims"
        raise hold


def _line(batch: PaymentBatch, claim: Claim, amount_fen: int, found: DrawnFrom, now: datetime) -> PaymentLine:
    payee = by_id(Organisation, claim.payee_id)
    assert amount_fen > 0, "a claim that waits to be paid is not paid in full"
    draws = drawn(amount_fen, found)
    return PaymentLine(
        batch_id=batch.id, claim_id=claim.id, live_claim_id=claim.id, payee_name=payee.name, payee_bank=payee.bank_name,
        payee_account=payee.bank_account, amount_fen=amount_fen, created_at=now,
        reviewed_by=claim.appeal_answered_by or claim.decided_by, prepared_by=batch.prepared_by,
        draws=draws, funds=found, split=by_source(draws, found),
    )  # fmt: skip


def submit(batch_id: UUID, *, actor_id: UUID, now: datetime, request_key: UUID | None = None) -> PaymentBatch:
    """Its maker hands a batch to a second person.

    Raises: Denied: somebody else made it. RuleViolation: it is not a draft.
    """
    batch = locked(PaymentBatch, batch_id)
    rules.check_maker(batch.prepared_by, actor_id)
    act = moves.begun(BATCH, "submit_batch", batch, Side.MAKER, By(actor_id, now, request_key))
    if act.is_repeat:
        return batch
    moves.entered(act)
    moves.done(act)
    area = by_id(Programme, batch.programme_id).area_code
    moves.tell_people(act, set(identity.user_ids_with("payments.approve", area)) - {batch.prepared_by}, "")
    return batch


def approve(batch_id: UUID, *, actor_id: UUID, now: datetime, request_key: UUID | None = None) -> PaymentBatch:
    """A second person lets a batch pass: the bank list may go out.

    Raises: RuleViolation: it is not submitted, this person made it or reviewed one of its claims, or a line may not be paid now.
    """
    batch = locked(PaymentBatch, batch_id)
    act = moves.begun(BATCH, "approve_batch", batch, Side.CHECKER, By(actor_id, now, request_key))
    if act.is_repeat:
        return batch
    rules.check_two_people(batch.prepared_by, actor_id, N_("制单人不能复核自己的批次，请由另一位财政人员复核。"))
    lines = queries.lines_of(batch_id)
    reviewers = [one for line in lines for one in line.claim.deciders]
    rules.check_not_reviewer(actor_id, reviewers, N_("申请 %(number)s 由您审核，不能再由您复核它的付款，请由其他人员复核。"))
    payees = {line.claim.payee_id for line in lines}
    rules.check_no_party(identity.organisation_id_of(actor_id), payees, N_("批次中有付给本单位的款项，请由其他单位的人员复核。"))
    _check_nothing_held(lines, now)
    for line in lines:
        line.approved_by = actor_id
    batch.approved_by = actor_id
    moves.entered(act)
    moves.done(act)
    moves.tell_people(act, [batch.prepared_by], "")
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
            why=held[first.id],
        )


def reject(batch_id: UUID, *, reason: str, actor_id: UUID, now: datetime, request_key: UUID | None = None) -> PaymentBatch:
    """A second person sends a submitted batch back, or its maker drops a draft: its claims wait for another batch.

    Raises: RuleViolation: no reason, it has passed already, or the wrong person.
    """
    batch = locked(PaymentBatch, batch_id)
    side = Side.MAKER if batch.state is BatchState.DRAFT else Side.CHECKER
    act = moves.begun(BATCH, "reject_batch", batch, side, By(actor_id, now, request_key, {"reason": reason}))
    if act.is_repeat:
        return batch
    if side is Side.CHECKER:
        rules.check_two_people(batch.prepared_by, actor_id, N_("批次已提交复核，请由复核人退回。"))
    batch.state_reason = fitting(checked_reason(reason, N_("请写明退回原因。")), 300)
    moves.entered(act)
    lines = queries.lines_of(batch_id)
    spending.unplan([planned_of(line, batch, actor_id) for line in lines if line.draws], today=day_of(lines, now))
    for line in lines:
        line.state, line.live_claim_id = LineState.DROPPED, None
        dropped = moves.begun(CLAIM, "drop", locked(Claim, line.claim_id), side, By(actor_id, now))
        moves.entered(dropped)
        moves.done(dropped, batch=batch.number)  # the reason may be about another claim
    moves.done(act, reason=batch.state_reason)
    moves.tell_people(act, {batch.prepared_by} - {actor_id}, batch.state_reason)
    return batch
