"""A bank result that was recorded wrongly: mended once, by another person, to the fen, and what was recorded before is kept."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from marketplace.audit.models import AuditEvent
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict, Denied, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.settlement import service
from marketplace.settlement.lifecycle import ClaimState, CorrectionKind, LineState
from marketplace.settlement.models import Claim, PaymentLine
from marketplace.settlement.queries import bounces
from marketplace.settlement.recovery_models import Recovery
from marketplace.settlement.recovery_rules import InterestFrom
from marketplace.settlement.service import RightResult
from tests.factories import a_finance_officer
from tests.order_factories import a_batch
from tests.settlement.acts import now, pay, standing, today
from tests.settlement.test_bounces import a_paid_line, bounce, differences
from tests.settlement.test_recoveries import opened


def correct(line, kind, by=None, **facts):
    actor_id = by or a_finance_officer().id
    right = RightResult(kind, "回单看错一行", **facts)
    return in_transaction(lambda: service.correct_result(line.id, right, actor_id=actor_id, now=now()))


def fail(line):
    actor_id = a_finance_officer().id
    in_transaction(lambda: service.record_failed(line.id, reason="账号有误", actor_id=actor_id, now=now()))


def test_what_was_not_paid_after_all_is_payable_again_and_paid_with_the_same_number_of_the_bank(db):
    line = a_paid_line("ZF-1")
    correct(line, CorrectionKind.NOT_PAID)

    found = standing(line.claim)
    assert (found.paid, found.payable) == (0, 5_000 * YUAN)
    assert (by_id(PaymentLine, line.id).state, by_id(Claim, line.claim_id).state) == (LineState.FAILED, ClaimState.APPROVED)
    assert bounces.correction_of(line.id).old_reference == "ZF-1" and not differences(db)
    _batch, (again,) = a_batch(claims=[by_id(Claim, line.claim_id)])
    pay(again, "ZF-1")
    found = standing(line.claim)
    assert (found.paid, found.payable) == (5_000 * YUAN, 0) and not differences(db)


def test_what_was_paid_after_all_is_settled_unless_it_lies_in_another_batch(db):
    _batch, (line,) = a_batch()
    fail(line)
    right = {"reference": "ZF-7", "paid_on": today()}
    correct(line, CorrectionKind.PAID, **right)
    assert standing(line.claim).paid == 5_000 * YUAN
    claim = by_id(Claim, line.claim_id)
    assert (claim.state, claim.bank_hint) == (ClaimState.SETTLED, "") and not differences(db)

    _batch, (other,) = a_batch()
    fail(other)
    a_batch(claims=[by_id(Claim, other.claim_id)])
    with pytest.raises(RuleViolation, match="更正会重复付款"):
        correct(other, CorrectionKind.PAID, reference="ZF-8", paid_on=today())


def test_what_another_batch_has_paid_meanwhile_is_not_paid_again(db):
    _batch, (line,) = a_batch()
    fail(line)
    claim = by_id(Claim, line.claim_id)
    _batch, (again,) = a_batch(claims=[claim])
    pay(again, "ZF-1")
    with pytest.raises(RuleViolation, match=r"只剩 0\.00 元未付"):
        correct(line, CorrectionKind.PAID, reference="ZF-8", paid_on=today())
    bounce(again, 1_000 * YUAN)
    with pytest.raises(RuleViolation, match=r"只剩 1,000\.00 元未付"):
        correct(line, CorrectionKind.PAID, reference="ZF-8", paid_on=today())
    found = standing(claim)
    assert (found.paid, found.payable) == (4_000 * YUAN, 1_000 * YUAN)


def test_a_wrong_number_is_mended_without_money(db):
    line = a_paid_line("ZF-1")
    before = standing(line.claim)
    correct(line, CorrectionKind.SLIP, reference="ZF-2", paid_on=today())
    assert standing(line.claim) == before
    assert by_id(PaymentLine, line.id).bank_reference == "ZF-2"
    a_paid_line("ZF-1")  # the number is free
    other = a_paid_line("ZF-3")
    with pytest.raises(RuleViolation, match="已登记在"):
        correct(other, CorrectionKind.SLIP, reference="zf2", paid_on=today())


def test_a_correction_of_a_correction_is_refused(db):
    line = a_paid_line()
    correct(line, CorrectionKind.SLIP, reference="ZF-2", paid_on=today())
    with pytest.raises(Conflict, match="更正不能再更正"):
        correct(line, CorrectionKind.NOT_PAID)


def test_who_recorded_does_not_correct(db):
    _batch, (line,) = a_batch()
    clerk = a_finance_officer().id
    pay(line, actor_id=clerk)
    with pytest.raises(Denied, match="请由另一位财政人员更正"):
        correct(line, CorrectionKind.NOT_PAID, by=clerk)


def test_a_correction_that_would_make_a_balance_negative_is_refused(db):
    line, other = a_paid_line("ZF-1"), a_paid_line("ZF-2")
    bounce(line, 1_000 * YUAN)
    with pytest.raises(RuleViolation, match=r"只剩 4,000\.00 元，更正为没有付款会使账上成为负数"):
        correct(line, CorrectionKind.NOT_PAID)
    opened(other.claim, 1 * YUAN)
    with pytest.raises(RuleViolation, match=r"只剩 4,999\.00 元"):
        correct(other, CorrectionKind.NOT_PAID)


def test_only_a_recorded_result_is_corrected_and_as_what_it_is(db):
    _batch, (line,) = a_batch()
    with pytest.raises(RuleViolation, match="没有可以更正的银行结果"):
        correct(line, CorrectionKind.NOT_PAID)
    fail(line)
    with pytest.raises(RuleViolation, match="登记为“付款失败”，不能这样更正"):
        correct(line, CorrectionKind.NOT_PAID)


def test_another_clerk_corrects_on_a_page(browser):
    line = a_paid_line()
    browser.sign_in(a_finance_officer())
    address = f"/payments/lines/{line.id}/correct"
    assert browser.get(f"/payments/{line.batch_id}").select_one(f'a[href="{address}"]')
    page = browser.fill(address, {"kind": "not_paid", "reason": "回单看错一行"})
    assert "银行结果已更正" in page.text and "付款失败" in page.text
    assert not page.select_one(f'a[href="{address}"]')


@pytest.mark.parametrize("comes_back", ["bank", "payee"])
def test_o1_what_came_back_was_paid_before(db, clock, comes_back):
    line = a_paid_line("ZF-1")
    if comes_back == "bank":
        bounce(line, 1_000 * YUAN)
    else:
        opened(line.claim, 1_000 * YUAN)
    day = today()
    clock.shift(days=2)
    with pytest.raises(RuleViolation, match=f"已于 {day} 退汇或提出追回") as refused:
        correct(line, CorrectionKind.SLIP, reference="ZF-2", paid_on=today())
    assert refused.value.field == "paid_on"
    correct(line, CorrectionKind.SLIP, reference="ZF-2", paid_on=day)
    assert by_id(PaymentLine, line.id).paid_on == day
    if comes_back == "bank":
        late = update(PaymentLine).where(PaymentLine.id == line.id).values(paid_on=today())
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.execute(late)


def test_o1_a_case_of_money_to_be_paid_back_goes_by_the_corrected_day_of_its_payment(db, clock):
    line = a_paid_line("ZF-1")
    paid_on = today()
    clock.shift(days=3)
    case, closed = opened(line.claim, 1_000 * YUAN), opened(a_paid_line("ZF-3").claim, 1 * YUAN)
    in_transaction(lambda: setattr(by_id(Recovery, case.id), "runs_from", InterestFrom.PAID))
    assert by_id(Recovery, case.id).paid_on == paid_on

    correct(line, CorrectionKind.SLIP, reference="ZF-2", paid_on=today())

    row = by_id(Recovery, case.id)
    assert (row.paid_on, row.interest.after) == (today(), today())
    assert row.paid_on != paid_on, "interest runs from the day on which money left"
    assert by_id(Recovery, closed.id).paid_on == closed.paid_on, "another claim's case stays"
    moved = select(AuditEvent.details).where(AuditEvent.subject_id == row.id, AuditEvent.action == "recovery.paid_on_moved")
    assert paid_on.isoformat() in db.session.scalars(moved).one()
