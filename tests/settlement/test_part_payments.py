"""A line that is paid in part (部分支付、扣款): to the fen on both engines, by source, and what is left stays payable."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.settlement import service
from marketplace.settlement.lifecycle import ClaimState, CorrectionKind, LineState, ShortKind
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.settlement.queries import sources
from marketplace.settlement.queries.payable import payable_sums
from marketplace.settlement.service import RightResult, Slip
from marketplace.settlement.short_rules import Shortfall, split_of_part
from tests.factories import a_finance_officer
from tests.order_factories import a_batch
from tests.settlement.acts import pay, standing
from tests.settlement.test_bounces import differences


def part(line, paid_fen, reference="ZF-1", kind=ShortKind.PARTIAL, reason="账户余额不足"):
    actor_id, short = a_finance_officer().id, Shortfall(kind, paid_fen, reason)
    slip = Slip(reference, clock.today(), short=short)
    return in_transaction(lambda: service.record_slip(line.id, slip, actor_id=actor_id, now=clock.now()))


def of_sources(claim):
    return sum(sources.recoverable_of(claim).values())


@pytest.mark.parametrize("kind", ShortKind)
def test_what_is_not_paid_stays_payable_over_several_lines_to_the_fen(db, kind):
    _batch, (line,) = a_batch()
    claim, paid_fen = line.claim, 0
    for place, fen in enumerate((1_234_57, 1, 2_000_00)):
        line = part(line, fen, f"ZF-{place}", kind)
        paid_fen += fen
        found, claim = standing(claim), by_id(Claim, claim.id)
        assert (found.paid, found.payable) == (paid_fen, 5_000 * YUAN - paid_fen)
        assert (line.state, line.amount_fen, sum(line.split.values())) == (LineState.PAID, fen, fen)
        assert (claim.state, claim.bank_hint, of_sources(claim)) == (ClaimState.APPROVED, "账户余额不足", paid_fen)
        (waiting,) = payable_sums(["540000"])
        assert waiting.amount_fen == 5_000 * YUAN - paid_fen
        _batch, (line,) = a_batch(claims=[claim])
        assert line.amount_fen == 5_000 * YUAN - paid_fen

    pay(line, "ZF-9")

    found, claim = standing(claim), by_id(Claim, claim.id)
    assert (found.paid, found.payable, claim.state, claim.bank_hint) == (5_000 * YUAN, 0, ClaimState.SETTLED, "")
    assert of_sources(claim) == 5_000 * YUAN and differences(db) == []


def test_a_part_is_more_than_nothing_less_than_all_and_has_a_reason(db):
    _batch, (line,) = a_batch()
    for fen in (0, 5_000 * YUAN):
        with pytest.raises(RuleViolation, match="实付金额须大于 0、小于应付"):
            part(line, fen)
    with pytest.raises(RuleViolation, match="没有付足的原因"):
        part(line, 1, reason=" ")

    part(line, 3_000 * YUAN)
    part(line, 3_000 * YUAN)  # the same again changes nothing
    with pytest.raises(Conflict, match="与这次填写的不同"):
        part(line, 3_001 * YUAN)
    assert standing(line.claim).paid == 3_000 * YUAN
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(text("UPDATE payment_lines SET short_reason = ''"))


def test_a_part_that_was_recorded_wrongly_asks_for_the_whole_again(db):
    _batch, (line,) = a_batch()
    part(line, 3_000 * YUAN)
    right, actor_id = RightResult(CorrectionKind.NOT_PAID, "看错回单"), a_finance_officer().id

    in_transaction(lambda: service.correct_result(line.id, right, actor_id=actor_id, now=clock.now()))

    line, found = by_id(PaymentLine, line.id), standing(line.claim)
    assert (line.state, line.amount_fen, line.short_fen, sum(line.split.values())) == (LineState.FAILED, 5_000 * YUAN, 0, 5_000 * YUAN)
    assert (found.paid, found.payable) == (0, 5_000 * YUAN) and differences(db) == []


def test_each_source_bears_its_part_of_a_part():
    whole = {"central": 3_01, "region": 2_00, "county": 5_00}
    for fen in range(1, 10_01):
        split = split_of_part(fen, 10_01, whole)
        assert sum(split.values()) == fen and all(split[one] <= whole[one] for one in split)
