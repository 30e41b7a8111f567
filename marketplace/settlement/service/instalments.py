"""What comes in on a case of money to be paid back: interest before principal, to the pool or to the treasury, in an entry of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from marketplace.kernel.currencies import format_money
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.normal_text import plain_number
from marketplace.kernel.typed import fitting
from marketplace.moves import service as moves
from marketplace.moves.service import Act, By
from marketplace.settlement import recovery_rules as back
from marketplace.settlement.draw_rules import parts_of, shares
from marketplace.settlement.lifecycle import RecoveryState, Side
from marketplace.settlement.queries import recoveries, sources
from marketplace.settlement.recovery_models import Recovery, RecoveryInstalment
from marketplace.settlement.recovery_rules import Owed, Received, ReturnsTo
from marketplace.settlement.rules import check_two_people
from marketplace.settlement.service.opening import open_sources
from marketplace.settlement.service.recoveries import is_finished, opened
from marketplace.vouchers.fund_money import ComeBack
from marketplace.vouchers.service import spending


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the bank's slip says of money that a payee pays back."""

    amount_fen: int
    reference: str
    received_on: date


def receive(
    recovery_id: UUID, slip: Receipt, *, actor_id: UUID, now: datetime, request_key: UUID | None = None, shown: str | None = None
) -> Recovery:
    """Record an instalment; with the last one the case is over.

    Raises:
        RuleViolation: the case is not open, more than is owed, no number or one that was used, a day out of order, a closed source.
        Conflict: the page is older than the case. Denied: somebody of a party to its claim, or who demanded it.
    """
    content = {"amount": slip.amount_fen, "reference": slip.reference, "on": slip.received_on}
    act = opened("receive", recovery_id, Side.BANK, By(actor_id, now, request_key, content, shown))
    row = act.row
    if act.is_repeat:
        return row
    check_two_people(row.decided_by, actor_id, N_("追回由您确认，缴回款请由财政人员登记。"))
    before = recoveries.instalments_of(row.id)
    left = recoveries.owed_on(row, before, slip.received_on)
    _check(row, slip, before, left, act)
    covered = left.covered_by(slip.amount_fen, slip.received_on)
    open_sources(row.programme_id, now=now)
    draws = parts_of(covered.principal_fen, sources.recoverable_of(row.claim)) if covered.principal_fen else {}
    instalment = _kept(row, slip, covered, draws, len(before) + 1, act)
    row.recovered_fen += covered.principal_fen
    _post(row, instalment, draws, actor_id, act.today)
    if row.recovered_fen == row.amount_fen:
        row.live_claim_id, row.closed_at = None, now
        moves.entered(act, RecoveryState.REPAID)
    moves.done(act, amount_fen=slip.amount_fen, interest_fen=covered.interest_fen, reference=instalment.reference)
    rest = recoveries.owed_on(row, [*before, instalment], slip.received_on)
    amounts = {"amount": format_money(slip.amount_fen, row.currency), "rest": format_money(rest.total_fen, row.currency)}
    moves.tell(act, [row.debtor_id], N_("已登记缴回 %(amount)s 元，还应缴回 %(rest)s 元。", **amounts))
    return row


def _check(row: Recovery, slip: Receipt, before: list[RecoveryInstalment], left: Owed, act: Act[Recovery]) -> None:
    assert row.decided_on is not None, "what is demanded was decided"
    first = before[-1].received_on if before else row.decided_on
    back.check_received_day(slip.received_on, first=first, today=act.today)
    if not plain_number(slip.reference):
        raise RuleViolation(N_("请填写银行的入账流水号。"), field="reference")
    back.check_instalment(slip.amount_fen, left, row.currency)
    back.check_open_source(row.returns_to, is_finished(row.claim), sources.documents_over(row.claim, act.today))


def _kept(row: Recovery, slip: Receipt, covered: Received, draws: Mapping[UUID, int], place: int, act: Act[Recovery]) -> RecoveryInstalment:
    """The row of it: looked up for the sentence, unique in the database for the guarantee."""
    instalment = RecoveryInstalment(
        recovery_id=row.id,
        place=place,
        principal_fen=covered.principal_fen,
        interest_fen=covered.interest_fen,
        split=shares(draws, {key: source for key, source, _fen in sources.brought_to([row.claim.round_id])[row.claim.round_id]}),
        returned_to=row.returns_to,
        received_on=slip.received_on,
        reference=fitting(slip.reference, 60, field="reference"),
        reference_key=plain_number(slip.reference),
        recorded_by=act.actor_id,
        created_at=act.now,
    )
    if not recoveries.is_received(instalment.reference_key):
        try:
            with db.session.begin_nested():
                db.session.add(instalment)
        except IntegrityError:  # somebody was faster by a moment
            pass
        else:
            return instalment
    raise RuleViolation(
        N_("入账流水号 %(reference)s 已登记过缴回，一个流水号只能登记一次。请核对银行回单。"),
        field="reference",
        code="reference_used",
        reference=slip.reference,
    )


def _post(row: Recovery, instalment: RecoveryInstalment, draws: Mapping[UUID, int], actor_id: UUID, today: date) -> None:
    order, subsidy = row.claim.order, row.claim.subsidy
    cause = order or subsidy
    assert cause is not None, "a constraint of the database"
    to_pool = instalment.returned_to is ReturnsTo.POOL
    come_back = ComeBack(
        recovery_id=row.id,
        place=instalment.place,
        book_id=row.book_id,
        round_id=row.claim.round_id if to_pool else None,
        voucher_id=order.voucher_id if order else None,
        limits=cause.limits,
        draws=draws,
        interest_fen=instalment.interest_fen,
    )
    spending.recover(come_back, actor_id=actor_id, today=today)
