"""What a bank sends back of what it had paid (退汇): the claim is payable again, once a second person has looked at the account."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.normal_text import plain_number
from marketplace.kernel.typed import fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act
from marketplace.settlement import queries, rules
from marketplace.settlement.bounce_models import PaymentBounce
from marketplace.settlement.lifecycle import ClaimState, LineState, RecoveryState
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.queries import bounces, recoveries
from marketplace.settlement.service import drawing, pay_terms, results
from marketplace.vouchers.service import spending
from marketplace.vouchers.service.spending import Settlement


@dataclass(frozen=True, slots=True)
class ReturnSlip:
    """What the bank's slip says of money that came back."""

    amount_fen: int
    reference: str
    bounced_on: date
    reason: str


def record_bounce(line_id: UUID, slip: ReturnSlip, *, actor_id: UUID, now: datetime) -> PaymentLine:
    """The bank sent back a paid line, whole or in part (退汇).

    Raises:
        RuleViolation: nothing was paid, more than the line, no number or one that was used, a day outside the payment's life.
        Conflict: it was reported before.
    """
    line, back = mark_bounced(line_id, slip, actor_id=actor_id, now=now)
    if back:
        spending.bounce([back], today=line.claim.day_of(now))
    return line


def mark_bounced(line_id: UUID, slip: ReturnSlip, *, actor_id: UUID, now: datetime) -> tuple[PaymentLine, Settlement | None]:
    """The same without its entry, which whoever brings in many lines posts for all of them in the same transaction; None: a repeat."""
    line, batch = results.opened(line_id)
    known = bounces.of_line(line.id)
    if known is not None:
        return _repeat(line, known, slip), None
    _check_paid(line, batch)
    act = results.of_bank("bounce", line, actor_id, now)  # the claim's lock: who opens a case of it comes before or after
    _check_slip(line, slip, now)
    _check_not_recovered(line, slip)
    drawing.ready(line, now)
    draws, is_old = drawing.back_of(line, slip.amount_fen), line.is_history
    bounce = _kept(line, slip, drawing.split_of(line, draws), actor_id, now)
    claim = act.row
    line.bounced_fen, line.live_claim_id = slip.amount_fen, None
    line.state = LineState.BOUNCED if line.bounced_fen == line.amount_fen else LineState.PAID
    claim.account_doubted, claim.bank_hint = True, bounce.reason
    if claim.state is ClaimState.SETTLED:
        pay_terms.begin_pay_term(claim, act.today)
    moves.entered(act, ClaimState.APPROVED if claim.state is ClaimState.SETTLED else claim.state)
    results.trail(act, line, amount_fen=slip.amount_fen, reference=bounce.reference, bounced_on=slip.bounced_on, reason=bounce.reason)
    _tell(act, slip.amount_fen, bounce.reason)
    return line, Settlement(batch.book_id, line.id, claim.payee_id, draws, actor_id, is_old=is_old)


def _repeat(line: PaymentLine, known: PaymentBounce, slip: ReturnSlip) -> PaymentLine:
    said = (slip.amount_fen, plain_number(slip.reference), slip.bounced_on)
    if said != (known.amount_fen, known.reference_key, known.bounced_on):
        raise Conflict(
            N_("这一笔已于 %(day)s 登记退汇 %(amount)s 元（流水号 %(reference)s），一笔付款只能登记一次退汇，没有改动。请核对银行回单。"),
            code="bounced_already",
            day=known.bounced_on.isoformat(),
            amount=format_money(known.amount_fen, line.currency),
            reference=known.reference,
        )
    return line


def _check_paid(line: PaymentLine, batch: PaymentBatch) -> None:
    if batch.simulated:
        raise RuleViolation(N_("这是模拟批次的付款，不涉及真实资金，没有退汇。"), code="simulated")
    if line.state is not LineState.PAID:
        raise RuleViolation(
            N_("这一笔现在是“%(now)s”，银行没有付过款，没有可以退汇的款项。请先核对银行回单。"), code="not_paid", now=line.state.label
        )


def _check_slip(line: PaymentLine, slip: ReturnSlip, now: datetime) -> None:
    assert line.paid_on is not None, "a paid line says when"
    rules.check_bounce(slip.amount_fen, line.amount_fen, line.currency)
    rules.check_bounce_day(slip.bounced_on, paid_on=line.paid_on, today=line.claim.day_of(now))
    if not plain_number(slip.reference):
        raise RuleViolation(N_("请填写银行的退汇流水号。"), field="reference")
    if not slip.reason.strip():
        raise RuleViolation(N_("请按银行回单填写退汇原因。"), field="reason")
    used = queries.transfer_named(plain_number(slip.reference))
    if used is not None:
        raise RuleViolation(
            N_("流水号 %(reference)s 是付款的流水号（%(used)s），请填写退汇回单上的流水号。"),
            field="reference",
            code="reference_used",
            reference=slip.reference,
            used=used,
        )


def _check_not_recovered(line: PaymentLine, slip: ReturnSlip) -> None:
    """What is demanded back of a payment cannot come back from the bank as well."""
    if slip.amount_fen > recoveries.recoverable_fen(line.claim_id):
        case = next(one for one in recoveries.of_claim(line.claim_id) if one.state is not RecoveryState.DROPPED)
        raise RuleViolation(
            N_("这笔付款已有追回 %(number)s（%(amount)s 元），再退汇会超过已付款项。请先核对该追回，或按余额登记。"),
            field="amount",
            code="recovered_already",
            number=case.number,
            amount=format_money(case.amount_fen, case.currency),
        )


def _kept(line: PaymentLine, slip: ReturnSlip, split: dict[str, int], actor_id: UUID, now: datetime) -> PaymentBounce:
    """The row of it: looked up for the sentence, unique in the database for the guarantee."""
    row = PaymentBounce(
        line_id=line.id,
        amount_fen=slip.amount_fen,
        split=split,
        reference=fitting(slip.reference, 60, field="reference"),
        reference_key=plain_number(slip.reference),
        bounced_on=slip.bounced_on,
        reason=fitting(slip.reason, 300, field="reason"),
        recorded_by=actor_id,
        created_at=now,
    )
    if not bounces.is_used(row.reference_key):
        try:
            with db.session.begin_nested():
                db.session.add(row)
        except IntegrityError:  # somebody was faster by a moment
            pass
        else:
            return row
    raise RuleViolation(
        N_("退汇流水号 %(reference)s 已登记在另一笔付款，一个流水号只能登记一笔退汇。请核对银行回单。"),
        field="reference",
        code="reference_used",
        reference=slip.reference,
    )


def _tell(act: Act[Claim], amount_fen: int, reason: str) -> None:
    """The payee mends its account, a second officer confirms it."""
    claim = act.row
    said = N_(
        "银行退回 %(amount)s 元：%(why)s。请核对收款单位的户名、开户银行和账号，确认后重新付款。",
        amount=format_money(amount_fen, claim.currency),
        why=reason.rstrip("。"),
    )
    moves.tell(act, {claim.asker.id, claim.payee_id}, said)
    moves.tell_people(act, set(queries.reviewers_of(claim)) - {claim.decided_by}, said)
