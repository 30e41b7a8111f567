from uuid import uuid4

import pytest
from sqlalchemy import select

from marketplace.audit import queries as audit
from marketplace.kernel import clock
from marketplace.kernel.db import got, in_transaction
from marketplace.kernel.errors import Conflict, NotFound, RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.ledger import queries as ledger
from marketplace.notices import queries as notices
from marketplace.orders.models import Order
from marketplace.risk.models import RiskSignal
from marketplace.settlement import queries, service
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.rules import BatchState, ClaimState, LineState
from marketplace.settlement.sweep import sweep
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.service import programmes, rounds
from tests import order_factories as acts
from tests.factories import (
    a_finance_officer,
    a_programme,
    a_provider,
    a_round,
    a_user,
    a_voucher,
    an_appropriation,
    an_officer,
)
from tests.order_factories import a_batch, a_claim, a_paper, add_paper, an_order, person, with_account, with_papers


def standing(claim):
    found = ledger.standing(claim.book_id)
    assert found.difference() == 0
    return found


def ask(order, key=None, **facts):
    seller = {"provider_id": order.provider_id, "actor_id": person(order.provider_id)} | facts
    return in_transaction(lambda: service.submit(order.id, **seller, request_key=key or uuid4(), now=clock.now()))


def decide(claim, approved_fen, reason="", officer=None):
    actor_id = (officer or an_officer()).id
    return in_transaction(
        lambda: service.approve(claim.id, approved_fen=Fen(approved_fen), cut_reason=reason, actor_id=actor_id, now=clock.now())
    )


def pay(line, reference="2026031600001", paid_on=None, actor_id=None):
    actor_id = actor_id or uuid4()
    return in_transaction(
        lambda: service.record_paid(line.id, reference=reference, paid_on=paid_on or clock.today(), actor_id=actor_id, now=clock.now())
    )


def test_a_claim_without_its_papers_names_what_is_missing(db):
    order = an_order("redeemed")

    with pytest.raises(RuleViolation, match="还缺：全额发票、对公转账凭证"):
        ask(order)

    assert queries.claim_of_order(order.id) is None
    assert got(Order, order.id).closed_at is None


def test_a_claim_asks_for_what_was_redeemed_and_carries_its_checks(db):
    claim = a_claim()

    assert (claim.state, claim.requested_fen, claim.payee_id) == (ClaimState.SUBMITTED, 5_000 * YUAN, claim.provider_id)
    assert {one["verdict"] for one in claim.checks} == {"pass"}
    assert claim.due_on is not None
    assert got(Order, claim.order_id).closed_at is not None


def test_asking_twice_answers_the_same_claim_and_another_request_is_refused(db):
    order, key = with_papers(an_order("redeemed")), uuid4()

    assert ask(order, key).id == ask(order, key).id
    with pytest.raises(RuleViolation, match="不能重复提交"):
        ask(order)


def test_another_provider_cannot_ask(db):
    order, stranger = with_papers(an_order("redeemed")), a_provider()

    with pytest.raises(NotFound):
        ask(order, provider_id=stranger.id)


def test_a_claim_after_its_window_is_refused_with_the_day(db, clock):
    order = with_papers(an_order("redeemed"))
    clock.shift(days=61)

    with pytest.raises(RuleViolation, match="期限已于"):
        ask(order)


def test_checks_that_do_not_pass_raise_signals(db):
    order = an_order("redeemed")
    add_paper(order, a_paper("invoice", amount_fen=9_000 * YUAN))
    add_paper(order, a_paper("bank_transfer_slip", amount_fen=1_000 * YUAN))

    claim = ask(order)

    kinds = db.session.scalars(select(RiskSignal.kind).where(RiskSignal.subject_id == claim.id)).all()
    assert set(kinds) == {"amounts_agree", "own_share_paid"}


def test_a_returned_claim_is_mended_and_asked_again(db):
    claim, officer_id, key = a_claim(), an_officer().id, uuid4()

    def back():
        return service.send_back(claim.id, reason="发票抬头不对", actor_id=officer_id, request_key=key, now=clock.now())

    in_transaction(back)
    assert (got(Claim, claim.id).state, got(Order, claim.order_id).closed_at) == (ClaimState.RETURNED, None)
    add_paper(got(Order, claim.order_id), a_paper("photo"))
    again = ask(got(Order, claim.order_id))
    in_transaction(back)  # a late resend does not return it a second time

    assert (again.id, got(Claim, claim.id).state) == (claim.id, ClaimState.SUBMITTED)


def test_an_approval_makes_the_amount_payable_and_sends_the_cut_where_the_programme_says(db):
    claim = a_claim()
    before = standing(claim)

    with pytest.raises(RuleViolation, match="核减原因"):
        decide(claim, 4_000 * YUAN)
    decide(claim, 4_000 * YUAN, "第三项不在目录内")

    after = standing(claim)
    assert (after.payable, after.redeemed, after.unissued - before.unissued) == (4_000 * YUAN, 0, 1_000 * YUAN)
    assert got(Claim, claim.id).cut_reason == "第三项不在目录内"


def test_approving_twice_pays_once(db):
    claim, officer = a_claim(), an_officer()

    first, again = decide(claim, 5_000 * YUAN, officer=officer), decide(claim, 5_000 * YUAN, officer=officer)

    assert first.id == again.id
    assert standing(claim).payable == 5_000 * YUAN
    with pytest.raises(RuleViolation, match="不能变为"):
        decide(claim, 4_000 * YUAN, "改主意", officer=officer)


def test_nobody_decides_on_the_claim_that_they_submitted(db):
    claim = a_claim()

    with pytest.raises(RuleViolation, match="自己提交"):
        in_transaction(
            lambda: service.approve(
                claim.id, approved_fen=Fen(claim.requested_fen), cut_reason="", actor_id=claim.submitted_by, now=clock.now()
            )
        )


def test_a_refused_claim_pays_nothing_and_gives_the_money_back(db):
    claim, officer_id = a_claim(), an_officer().id

    for _ in range(2):
        in_transaction(lambda: service.refuse(claim.id, reason="材料虚假", actor_id=officer_id, now=clock.now()))

    found = standing(claim)
    assert (got(Claim, claim.id).state, found.payable, found.redeemed) == (ClaimState.REFUSED, 0, 0)


def test_a_batch_takes_approved_claims_once(db):
    claim, maker_id = a_claim("approved"), a_finance_officer().id
    with_account(claim.payee_id)
    key, programme_id, claim_id = uuid4(), claim.programme_id, claim.id

    def make(batch_id):
        return service.prepare_batch(batch_id, programme_id=programme_id, claim_ids=[claim_id], actor_id=maker_id, now=clock.now())

    first, again = in_transaction(lambda: make(key)), in_transaction(lambda: make(key))
    assert first.id == again.id
    with pytest.raises(RuleViolation, match="拨付办理中"):
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
    checker_id = a_finance_officer().id
    for _ in range(2):
        in_transaction(lambda: service.approve_batch(batch.id, actor_id=checker_id, now=clock.now()))

    assert got(PaymentBatch, batch.id).state is BatchState.APPROVED


def test_a_rejected_batch_frees_its_claims(db):
    batch, lines = a_batch("submitted")
    checker_id = a_finance_officer().id

    with pytest.raises(RuleViolation, match="退回原因"):
        in_transaction(lambda: service.reject_batch(batch.id, reason=" ", actor_id=checker_id, now=clock.now()))
    in_transaction(lambda: service.reject_batch(batch.id, reason="账号有误", actor_id=checker_id, now=clock.now()))

    assert got(PaymentLine, lines[0].id).state is LineState.DROPPED
    assert got(Claim, lines[0].claim_id).state is ClaimState.APPROVED
    again, _ = a_batch(claims=[got(Claim, lines[0].claim_id)])
    assert again.state is BatchState.APPROVED


def test_a_bank_result_before_the_approval_is_refused(db):
    _batch, lines = a_batch("submitted")

    with pytest.raises(RuleViolation, match="复核通过后"):
        pay(lines[0])


def test_a_paid_line_settles_its_claim_and_a_resend_is_answered(db):
    batch, lines = a_batch()
    claim = got(Claim, lines[0].claim_id)

    assert pay(lines[0]).id == pay(lines[0]).id
    with pytest.raises(Conflict, match="已经登记过"):
        pay(lines[0], reference="另一个流水号")

    found = standing(claim)
    assert (found.paid, found.payable) == (5_000 * YUAN, 0)
    assert (got(Claim, claim.id).state, got(PaymentBatch, batch.id).state) == (ClaimState.SETTLED, BatchState.CLOSED)
    assert "已付款" in notices.of_user(person(claim.provider_id))[0].title
    assert [e.action for e in audit.of_subject(claim.id)] == ["claim.submitted", "claim.approved", "claim.batched", "payment.settled"]


def test_a_failed_line_lets_its_claim_be_batched_again(db):
    batch, lines = a_batch()
    actor_id = a_finance_officer().id

    for _ in range(2):
        in_transaction(lambda: service.record_failed(lines[0].id, reason="账号已销户", actor_id=actor_id, now=clock.now()))
    assert got(PaymentBatch, batch.id).state is BatchState.CLOSED
    again, lines = a_batch(claims=[got(Claim, lines[0].claim_id)])
    pay(lines[0])

    assert standing(lines[0].claim).paid == 5_000 * YUAN
    assert got(PaymentBatch, again.id).state is BatchState.CLOSED


def test_a_batch_closes_when_every_line_has_its_result(db):
    round_ = a_round()
    claims = [a_claim("approved", order=with_papers(an_order("redeemed", voucher=a_voucher(round_=round_)))) for _ in range(2)]
    batch, lines = a_batch(claims=claims)

    pay(lines[0])
    assert got(PaymentBatch, batch.id).state is BatchState.APPROVED
    in_transaction(lambda: service.record_failed(lines[1].id, reason="户名不符", actor_id=uuid4(), now=clock.now()))

    assert got(PaymentBatch, batch.id).state is BatchState.CLOSED


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
    assert queries.sources_left(round_.id) == {"region": 0, "county": 0}


def test_lines_of_one_batch_take_from_what_the_ones_before_have_left(db):
    round_ = a_round(budget_fen=500_000)
    an_appropriation(round_, 500_001, source="county")
    claims = [a_claim("approved", order=with_papers(an_order("redeemed", voucher=a_voucher(round_=round_)))) for _ in range(2)]

    _batch, lines = a_batch(claims=claims)

    assert sum(line.split["region"] for line in lines) <= 500_000
    assert sum(queries.sources_left(round_.id).values()) == 1


def test_what_a_failed_payment_took_of_its_sources_is_free_again(db):
    round_ = a_round(budget_fen=500_000)
    order = with_papers(an_order("redeemed", voucher=a_voucher(round_=round_)))
    _batch, lines = a_batch(claims=[a_claim("approved", order=order)])

    in_transaction(lambda: service.record_failed(lines[0].id, reason="账号已销户", actor_id=uuid4(), now=clock.now()))

    assert queries.sources_left(round_.id) == {"region": 500_000}


def test_nobody_decides_on_a_claim_of_the_own_organisation(db):
    claim = a_claim()
    colleague = a_user("officer", organisation=claim.provider_id)

    with pytest.raises(RuleViolation, match="本单位"):
        decide(claim, claim.requested_fen, officer=colleague)
    with pytest.raises(RuleViolation, match="本单位"):
        in_transaction(lambda: service.refuse(claim.id, reason="不符", actor_id=colleague.id, now=now()))


def test_nobody_lets_a_batch_pass_that_pays_the_own_organisation(db):
    batch, lines = a_batch("submitted")
    colleague = a_user("finance", organisation=lines[0].claim.payee_id)

    with pytest.raises(RuleViolation, match="本单位"):
        in_transaction(lambda: service.approve_batch(batch.id, actor_id=colleague.id, now=now()))


def test_a_claim_in_the_providers_hands_is_not_refused_before_its_days_are_over(db):
    claim, officer_id = a_claim(), an_officer().id
    in_transaction(lambda: service.send_back(claim.id, reason="缺章", actor_id=officer_id, request_key=uuid4(), now=now()))

    with pytest.raises(RuleViolation, match="重新提交"):
        in_transaction(lambda: service.refuse(claim.id, reason="不符", actor_id=officer_id, now=now()))

    assert standing(claim).redeemed == claim.requested_fen


def test_a_claim_in_a_batch_is_not_decided_a_second_time(db):
    _batch, lines = a_batch("submitted")
    claim = got(Claim, lines[0].claim_id)

    with pytest.raises(RuleViolation, match="拨付办理中"):
        decide(claim, 1_000 * YUAN, "另一位审核人")

    assert standing(claim).payable == 5_000 * YUAN


def test_a_cut_gives_the_caps_back_what_is_not_paid_and_the_voucher_nothing(db):
    """Where the programme sends a cut to the fund: a cap counts what is paid, the quota stays used."""
    claim = a_claim()
    order = got(Order, claim.order_id)
    cap, quota = f"limit:provider_year:{order.provider_id}:2026", f"limit:voucher:{order.voucher_id}"
    before = ledger.balance_fen(claim.book_id, cap), ledger.balance_fen(claim.book_id, quota)

    decide(claim, 4_000 * YUAN, "第三项不在目录内")

    after = ledger.balance_fen(claim.book_id, cap), ledger.balance_fen(claim.book_id, quota)
    assert (after[0] - before[0], after[1] - before[1]) == (1_000 * YUAN, 0)


def test_a_late_resend_of_a_batchs_submission_is_answered(db):
    batch, _lines = a_batch("approved")

    again = in_transaction(lambda: service.submit_batch(batch.id, actor_id=batch.prepared_by, now=now()))

    assert again.state is BatchState.APPROVED


def test_nothing_is_forfeited_while_a_round_is_suspended_and_nobody_can_ask(db, clock):
    order, claim, officer_id = an_order("redeemed"), a_claim(), an_officer().id
    in_transaction(lambda: service.send_back(claim.id, reason="缺章", actor_id=officer_id, request_key=uuid4(), now=now()))
    for round_id in (order.round_id, claim.order.round_id):
        in_transaction(lambda key=round_id: rounds.suspend(key, reason="核查", actor_id=officer_id))
    clock.shift(days=90)

    assert sweep(now(), today()) == 0
    for round_id in (order.round_id, claim.order.round_id):
        in_transaction(lambda key=round_id: rounds.resume(key, actor_id=officer_id, reason="恢复"))
    assert sweep(now(), today()) == 2


def test_a_round_is_not_finished_while_money_is_on_its_way(db, clock):
    claim, officer_id = a_claim(), an_officer().id
    round_id = claim.order.round_id
    clock.shift(days=245)

    def move(wanted):
        return in_transaction(lambda: rounds.move(round_id, wanted, actor_id=officer_id, now=now(), today=today()))

    move(RoundState.SETTLING)
    with pytest.raises(RuleViolation, match="已核销未审结"):
        move(RoundState.FINISHED)
    decide(claim, claim.requested_fen)
    assert move(RoundState.FINISHED).state is RoundState.FINISHED


def test_what_nobody_asks_for_in_time_goes_back_to_the_fund(db, clock):
    order = an_order("redeemed")
    clock.shift(days=61)

    assert (sweep(now(), today()), sweep(now(), today())) == (1, 0)

    found = ledger.standing(order.book_id)
    assert (found.redeemed, found.difference()) == (0, 0)
    with pytest.raises(RuleViolation, match="不能重复提交"):
        ask(got(Order, order.id))


def test_a_returned_claim_that_is_not_mended_in_time_is_refused(db, clock):
    claim, officer_id = a_claim(), an_officer().id
    in_transaction(lambda: service.send_back(claim.id, reason="缺章", actor_id=officer_id, request_key=uuid4(), now=now()))
    clock.shift(days=90)

    assert sweep(now(), today()) == 1

    assert got(Claim, claim.id).state is ClaimState.REFUSED
    assert standing(claim).redeemed == 0


def test_the_firm_is_paid_where_the_programme_says_so(db):
    programme = a_programme()
    in_transaction(
        lambda: programmes.replace_value(
            programme.id,
            "settlement.payee",
            {"value": "sme"},
            source=None,
            signer="测试主管",
            reason="试点付给企业",
            actor_id=uuid4(),
            request_key=uuid4(),
        )
    )
    order = an_order("redeemed", voucher=a_voucher(round_=a_round(programme=programme)))
    add_paper(order, a_paper("invoice", amount_fen=order.contract_fen))
    add_paper(order, a_paper("bank_transfer_slip", amount_fen=order.contract_fen), organisation_id=order.enterprise_id)

    claim = a_claim("approved", order=got(Order, order.id))
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
        step(got(Order, order.id))
        even()
    assert even().redeemed == 5_000 * YUAN
    claim = a_claim("approved", order=with_papers(got(Order, order.id)), officer=an_officer())
    assert even().payable == 5_000 * YUAN
    _batch, lines = a_batch(claims=[claim])
    even()
    pay(lines[0])

    found = even()
    assert (found.paid, found.payable, found.redeemed, found.reserved) == (5_000 * YUAN, 0, 0, 0)


def now():
    return clock.now()


def today():
    return clock.today()
