from uuid import uuid4

import pytest

from marketplace.audit import queries as audit
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict, Denied, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.notices import queries as notices
from marketplace.orders.models import Order
from marketplace.settlement import service
from marketplace.settlement.lifecycle import BatchState, ClaimState, LineState
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from tests import order_factories as acts
from tests.factories import (
    a_finance_officer,
    a_programme,
    a_round,
    a_user,
    a_voucher,
    an_appropriation,
    an_officer,
    with_value,
)
from tests.order_factories import a_batch, a_claim, a_paper, add_paper, an_order, person, with_account, with_papers
from tests.settlement.acts import now, pay, sources_left, standing


def test_a_batch_takes_approved_claims_once(db):
    claim, maker_id = a_claim("approved"), a_finance_officer().id
    with_account(claim.payee_id)
    key, programme_id, claim_id = uuid4(), claim.programme_id, claim.id

    def make(batch_id):
        return service.prepare_batch(batch_id, programme_id=programme_id, claim_ids=[claim_id], actor_id=maker_id, now=clock.now())

    first, again = in_transaction(lambda: make(key)), in_transaction(lambda: make(key))
    assert first.id == again.id
    with pytest.raises(Conflict, match="现在是“拨付办理中”"):
        in_transaction(lambda: make(uuid4()))
    with pytest.raises(Conflict):
        in_transaction(lambda: service.prepare_batch(key, programme_id=programme_id, claim_ids=[], actor_id=maker_id, now=clock.now()))


def test_a_payee_without_an_account_is_not_batched(db):
    claim, maker_id = a_claim("approved"), a_finance_officer().id

    with pytest.raises(RuleViolation, match="没有填写开户银行和账号"):
        in_transaction(
            lambda: service.prepare_batch(
                uuid4(), programme_id=claim.programme_id, claim_ids=[claim.id], actor_id=maker_id, now=clock.now()
            )
        )


def test_the_maker_of_a_batch_does_not_let_it_pass(db):
    batch, _lines = a_batch("submitted")

    with pytest.raises(RuleViolation, match="制单人不能复核"):
        in_transaction(lambda: service.approve_batch(batch.id, actor_id=batch.prepared_by, now=clock.now()))
    checker_id, key = a_finance_officer().id, uuid4()
    for _ in range(2):
        in_transaction(lambda: service.approve_batch(batch.id, actor_id=checker_id, now=clock.now(), request_key=key))

    assert by_id(PaymentBatch, batch.id).state is BatchState.APPROVED


def test_a_rejected_batch_frees_its_claims(db):
    batch, lines = a_batch("submitted")
    checker_id = a_finance_officer().id

    with pytest.raises(RuleViolation, match="退回原因"):
        in_transaction(lambda: service.reject_batch(batch.id, reason=" ", actor_id=checker_id, now=clock.now()))
    in_transaction(lambda: service.reject_batch(batch.id, reason="账号有误", actor_id=checker_id, now=clock.now()))

    assert by_id(PaymentLine, lines[0].id).state is LineState.DROPPED
    assert by_id(Claim, lines[0].claim_id).state is ClaimState.APPROVED
    again, _ = a_batch(claims=[by_id(Claim, lines[0].claim_id)])
    assert again.state is BatchState.APPROVED


def test_a_bank_result_before_the_approval_is_refused(db):
    _batch, lines = a_batch("submitted")

    with pytest.raises(RuleViolation, match="复核通过后"):
        pay(lines[0])


def test_a_paid_line_settles_its_claim_and_a_resend_is_answered(db):
    batch, lines = a_batch()
    claim = by_id(Claim, lines[0].claim_id)

    assert pay(lines[0]).id == pay(lines[0]).id
    with pytest.raises(Conflict, match="已经登记过"):
        pay(lines[0], reference="另一个流水号")

    found = standing(claim)
    assert (found.paid, found.payable) == (5_000 * YUAN, 0)
    assert (by_id(Claim, claim.id).state, by_id(PaymentBatch, batch.id).state) == (ClaimState.SETTLED, BatchState.CLOSED)
    assert "已付款" in notices.of_user(person(claim.provider_id))[0].title
    happened = ["submitted", "drawn", "spot_checked", "approved", "batched"]
    assert [e.action for e in audit.of_subject(claim.id)] == [*(f"claim.{one}" for one in happened), "payment.settled"]


def test_a_failed_line_lets_its_claim_be_batched_again(db):
    batch, lines = a_batch()
    actor_id = a_finance_officer().id

    for _ in range(2):
        in_transaction(lambda: service.record_failed(lines[0].id, reason="账号已销户", actor_id=actor_id, now=clock.now()))
    assert by_id(PaymentBatch, batch.id).state is BatchState.CLOSED
    again, lines = a_batch(claims=[by_id(Claim, lines[0].claim_id)])
    pay(lines[0])

    assert standing(lines[0].claim).paid == 5_000 * YUAN
    assert by_id(PaymentBatch, again.id).state is BatchState.CLOSED


def test_a_batch_closes_when_every_line_has_its_result(db):
    round_ = a_round()
    claims = [a_claim("approved", order=with_papers(an_order("redeemed", voucher=a_voucher(round_=round_)))) for _ in range(2)]
    batch, lines = a_batch(claims=claims)

    pay(lines[0])
    assert by_id(PaymentBatch, batch.id).state is BatchState.APPROVED
    in_transaction(lambda: service.record_failed(lines[1].id, reason="户名不符", actor_id=uuid4(), now=clock.now()))

    assert by_id(PaymentBatch, batch.id).state is BatchState.CLOSED


def test_a_payment_draws_on_the_sources_of_its_round(db):
    round_ = a_round(budget_fen=2_000_000)
    an_appropriation(round_, 1_000_000, source="county")
    order = with_papers(an_order("redeemed", voucher=a_voucher(round_=round_)))

    _batch, lines = a_batch(claims=[a_claim("approved", order=order)])

    assert lines[0].split == {"region": 333_333, "county": 166_667}


def test_a_source_that_came_later_pays_only_what_it_gave(db):
    """Two payments: the second is not split by what the round received in all, but by what the first has left of each source."""
    round_ = a_round(budget_fen=500_000)
    first = with_papers(an_order("redeemed", voucher=a_voucher(round_=round_)))
    _batch, lines = a_batch(claims=[a_claim("approved", order=first)])
    assert lines[0].split == {"region": 500_000}
    an_appropriation(round_, 500_000, source="county")

    second = with_papers(an_order("redeemed", voucher=a_voucher(round_=round_)))
    _batch, lines = a_batch(claims=[a_claim("approved", order=second)])

    assert lines[0].split == {"county": 500_000}
    assert sources_left(round_.id) == {"region": 0, "county": 0}


def test_lines_of_one_batch_take_from_what_the_ones_before_have_left(db):
    round_ = a_round(budget_fen=500_000)
    an_appropriation(round_, 500_001, source="county")
    claims = [a_claim("approved", order=with_papers(an_order("redeemed", voucher=a_voucher(round_=round_)))) for _ in range(2)]

    _batch, lines = a_batch(claims=claims)

    assert sum(line.split["region"] for line in lines) <= 500_000
    assert sum(sources_left(round_.id).values()) == 1


def test_what_a_failed_payment_took_of_its_sources_is_free_again(db):
    round_ = a_round(budget_fen=500_000)
    order = with_papers(an_order("redeemed", voucher=a_voucher(round_=round_)))
    _batch, lines = a_batch(claims=[a_claim("approved", order=order)])

    in_transaction(lambda: service.record_failed(lines[0].id, reason="账号已销户", actor_id=uuid4(), now=clock.now()))

    assert sources_left(round_.id) == {"region": 500_000}


def test_nobody_lets_a_batch_pass_that_pays_the_own_organisation(db):
    batch, lines = a_batch("submitted")
    colleague = a_user("finance", organisation=lines[0].claim.payee_id)

    with pytest.raises(RuleViolation, match="本单位"):
        in_transaction(lambda: service.approve_batch(batch.id, actor_id=colleague.id, now=now()))


def test_a_late_resend_of_a_batchs_submission_is_answered_and_a_new_one_hears_whose_turn_it_is(db):
    batch, _lines = a_batch("draft")
    key = uuid4()

    def submit(request_key):
        return in_transaction(lambda: service.submit_batch(batch.id, actor_id=batch.prepared_by, now=now(), request_key=request_key))

    checker_id = a_finance_officer().id
    submit(key)
    in_transaction(lambda: service.approve_batch(batch.id, actor_id=checker_id, now=now()))

    assert submit(key).state is BatchState.APPROVED
    with pytest.raises(RuleViolation, match="等财政人员“登记银行结果”，不能“提交复核”"):
        submit(uuid4())


def test_only_its_maker_hands_a_draft_over(db):
    batch, _lines = a_batch("draft")
    colleague_id = a_finance_officer().id

    with pytest.raises(Denied, match="制单人"):
        in_transaction(lambda: service.submit_batch(batch.id, actor_id=colleague_id, now=now()))


def test_a_claim_taken_out_of_a_rejected_batch_says_so_in_its_history(db):
    (batch, lines), checker_id = a_batch("submitted"), a_finance_officer().id

    in_transaction(lambda: service.reject_batch(batch.id, reason="账号有误", actor_id=checker_id, now=now()))

    assert audit.newest_of(lines[0].claim_id).action == "claim.dropped"


def test_the_firm_is_paid_where_the_programme_says_so(db):
    programme = with_value(a_programme(), "settlement.payee", "sme")
    order = an_order("redeemed", voucher=a_voucher(round_=a_round(programme=programme)))
    add_paper(order, a_paper("invoice", amount_fen=order.contract_fen))
    add_paper(order, a_paper("bank_transfer_slip", amount_fen=order.contract_fen), organisation_id=order.enterprise_id)

    claim = a_claim("approved", order=by_id(Order, order.id))
    _batch, lines = a_batch(claims=[claim])
    pay(lines[0])

    assert claim.payee_id == order.enterprise_id
    assert {one["verdict"] for one in claim.checks} == {"pass"}
    assert lines[0].payee_name == order.enterprise.organisation.name
    assert ledger.balance_fen(claim.book_id, f"provider:{order.enterprise_id}:payable") == 0
    assert standing(claim).paid == 5_000 * YUAN


def test_the_whole_story_from_issue_to_payment_by_three_people_keeps_the_books_even(db):
    voucher = a_voucher()
    book_id = voucher.programme.book_id

    def even():
        found = ledger.standing(book_id)
        assert found.difference() == 0
        return found

    even()
    order = an_order("placed", voucher=voucher)
    assert even().reserved == 5_000 * YUAN
    for step in (acts.take, acts.contract, acts.deliver, acts.accept):
        step(by_id(Order, order.id))
        even()
    assert even().redeemed == 5_000 * YUAN
    claim = a_claim("approved", order=with_papers(by_id(Order, order.id)), officer=an_officer())
    assert even().payable == 5_000 * YUAN
    _batch, lines = a_batch(claims=[claim])
    even()
    pay(lines[0])

    found = even()
    assert (found.paid, found.payable, found.redeemed, found.reserved) == (5_000 * YUAN, 0, 0, 0)
