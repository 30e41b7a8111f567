"""An award from its window to the bank: after each step every fen is where the papers say it is, and rows and books agree."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest

from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction, snapshot
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.oversight.queries import reconciling, trace
from marketplace.publicity.sweep import sweep as sweep_notices
from marketplace.settlement import service
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.settlement.queries.holds import why_not_payable
from marketplace.settlement.queries.payable import payable
from marketplace.settlement.rules import Approval
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.funds import gauge
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.service import rounds
from marketplace.vouchers.sweep import sweep as sweep_vouchers
from tests.factories import a_finance_officer, an_officer
from tests.order_factories import a_batch, with_account
from tests.settlement.acts import sources_left
from tests.subsidies.awards import LITTLE_GIANT, SPECIALISED, a_titled_firm, an_award, an_award_round, ask, title_of

BUDGET = 3_000_000 * YUAN


def stands(row: Round) -> tuple[int, int, int]:
    """Held, payable or paid, in the pool: the gauge says what the ledger does, and they add up to what was appropriated."""
    found, book = gauge(row), ledger.standing(row.book_id)
    assert book.difference() == 0
    assert (found.reserved_fen, found.pool_fen, found.approved_fen) == (book.reserved, book.unissued, book.payable + book.paid)
    assert found.reserved_fen + found.pool_fen + found.approved_fen == found.appropriated_fen == BUDGET
    with snapshot() as connection:
        assert [one.text() for one in reconciling.faults(connection, Counter())] == []
    return found.reserved_fen, found.approved_fen, found.pool_fen


def test_two_awards_are_asked_for_approved_and_paid_and_the_round_ends(db, clock):
    row = an_award_round()
    assert stands(row) == (0, 0, BUDGET)
    first, second = an_award(round_=row, firm=a_titled_firm(kind="little_giant")), an_award(round_=row)
    assert stands(row) == (LITTLE_GIANT + SPECIALISED, 0, BUDGET - LITTLE_GIANT - SPECIALISED)

    officer_id = an_officer("652700").id
    for claim in (first, second):
        amount = claim.requested_fen
        in_transaction(
            lambda claim=claim, amount=amount: service.approve(claim.id, Approval(amount, ""), actor_id=officer_id, now=the_clock.now())
        )
        with_account(claim.payee_id)
    assert stands(row) == (0, LITTLE_GIANT + SPECIALISED, BUDGET - LITTLE_GIANT - SPECIALISED)
    why = why_not_payable(by_id(Claim, first.id), the_clock.now())
    assert why is not None and why.code == "in_notice"

    clock.move_to(the_clock.now() + timedelta(days=9))
    sweep_notices(now=the_clock.now())
    assert [one.id for one in payable(row.programme_id)] == [first.id, second.id]
    batch, lines = a_batch(claims=[by_id(Claim, one.id) for one in (first, second)])
    lines.sort(key=lambda line: -line.amount_fen)
    assert [line.split for line in lines] == [{"prefecture": LITTLE_GIANT}, {"prefecture": SPECIALISED}] and not batch.simulated
    assert sources_left(row.id) == {"prefecture": BUDGET - LITTLE_GIANT - SPECIALISED}
    cashier = a_finance_officer().id
    for place, line in enumerate(lines):
        in_transaction(
            lambda line=line, place=place: service.record_paid(
                line.id, reference=f"20260325{place:05d}", paid_on=the_clock.today(), actor_id=cashier, now=the_clock.now()
            )
        )
        stands(row)
    assert {by_id(Claim, one.id).state for one in (first, second)} == {ClaimState.SETTLED}
    assert ledger.standing(row.book_id).paid == LITTLE_GIANT + SPECIALISED
    found = trace.of_payment(by_id(PaymentLine, lines[0].id).id, None)
    assert [(one.label, one.value_fen) for one in found.stages][-3:] == [
        ("申请占用", LITTLE_GIANT),
        ("核准应付", LITTLE_GIANT),
        ("银行兑付", LITTLE_GIANT),
    ]
    assert found.voucher is None and [claim.id for claim in found.claims] == [first.id]
    other = an_award_round()
    with pytest.raises(RuleViolation, match="同一称号编号只奖励一次"):
        ask(other, first.subsidy.enterprise)


def test_a_round_ends_when_every_application_is_decided(db, clock):
    row = an_award_round(days={"redeem_until": the_clock.today() + timedelta(days=1)}, use_days=1)
    claim, officer_id = an_award(round_=row), an_officer("652700").id
    clock.move_to(row.apply_until_at)
    sweep_vouchers(now=the_clock.now())
    assert by_id(Round, row.id).state is RoundState.SETTLING
    clock.move_to(the_clock.now() + timedelta(days=2))

    def finish():
        return in_transaction(lambda: rounds.move(row.id, RoundState.FINISHED, actor_id=officer_id, now=the_clock.now()))

    with pytest.raises(RuleViolation, match=r"还有 250,000\.00 元被订单或申请占用"):
        finish()
    in_transaction(lambda: service.refuse(claim.id, reason="称号已撤销", actor_id=officer_id, now=the_clock.now(), request_key=uuid4()))
    assert finish().state is RoundState.FINISHED and stands(row) == (0, 0, BUDGET)


def test_awards_of_a_simulated_round_are_paid_apart(db):
    played, real = an_award_round(simulated=True), an_award_round()
    claims = [an_award("approved", round_=one, firm=a_titled_firm()) for one in (played, real)]
    assert [one.id for one in payable(real.programme_id)] == [claims[1].id]
    assert [one.id for one in payable(real.programme_id, simulated=True)] == [claims[0].id]
    assert title_of(claims[0].subsidy.enterprise).number != title_of(claims[1].subsidy.enterprise).number
