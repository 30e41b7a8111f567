from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict, NotFound, RuleViolation
from marketplace.kernel.money import YUAN, Fen, format_yuan
from marketplace.ledger import queries as ledger
from marketplace.orders.models import Order
from marketplace.orders.rules import BY_THE_PLATFORM, NEEDS_AMOUNT
from marketplace.policy.programme_words import EvidenceStep
from marketplace.risk.models import RiskSignal
from marketplace.settlement import queries, service
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.rules import Approval
from marketplace.settlement.sweep import sweep
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.service import rounds
from tests.factories import a_firm, a_provider, a_round, a_user, a_voucher, an_offering, an_officer
from tests.order_factories import a_batch, a_claim, a_paper, add_paper, an_order, papers_for, with_papers
from tests.settlement.acts import ask, decide, now, standing


def test_a_claim_without_its_papers_names_what_is_missing(db):
    order = an_order("redeemed")

    with pytest.raises(RuleViolation, match="还缺：全额发票、对公转账凭证"):
        ask(order)

    assert queries.claim_of_order(order.id) is None
    assert by_id(Order, order.id).closed_at is None


def test_a_claim_asks_for_what_was_redeemed_and_carries_its_checks(db):
    claim = a_claim()

    assert (claim.state, claim.requested_fen, claim.payee_id) == (ClaimState.SUBMITTED, 5_000 * YUAN, claim.provider_id)
    assert {one["verdict"] for one in claim.checks} == {"pass"}
    assert claim.due_on is not None
    assert by_id(Order, claim.order_id).closed_at is not None


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

    with pytest.raises(RuleViolation, match=r"期限已于"):
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
    assert (by_id(Claim, claim.id).state, by_id(Order, claim.order_id).closed_at) == (ClaimState.RETURNED, None)
    add_paper(by_id(Order, claim.order_id), a_paper("photo"))
    again = ask(by_id(Order, claim.order_id))
    in_transaction(back)  # a late resend does not return it a second time

    assert (again.id, by_id(Claim, claim.id).state) == (claim.id, ClaimState.SUBMITTED)


def test_an_approval_makes_the_amount_payable_and_sends_the_cut_where_the_programme_says(db):
    claim = a_claim()
    before = standing(claim)

    with pytest.raises(RuleViolation, match="核减原因"):
        decide(claim, 4_000 * YUAN)
    decide(claim, 4_000 * YUAN, "第三项不在目录内")

    after = standing(claim)
    assert (after.payable, after.redeemed, after.unissued - before.unissued) == (4_000 * YUAN, 0, 1_000 * YUAN)
    assert by_id(Claim, claim.id).cut_reason == "第三项不在目录内"


def test_an_approval_above_what_the_papers_deserve_is_refused_with_the_figure_and_impossible_in_the_database(db):
    """Accepted on the contract's price before the invoice came, which is lower."""
    round_ = a_round("jiangmen_2020_service_voucher", area="440700")
    voucher = a_voucher(round_=round_, enterprise=a_firm(region="440703"))
    order = an_order("redeemed", voucher=voucher, offering=an_offering(price_fen=9_000 * YUAN))
    add_paper(order, a_paper("invoice", amount_fen=8_000 * YUAN))
    add_paper(order, a_paper("bank_transfer_slip", amount_fen=order.own_share_fen), organisation_id=order.enterprise_id)
    for paper in papers_for(order, EvidenceStep.CLAIM):
        if paper.kind not in {*NEEDS_AMOUNT, *BY_THE_PLATFORM}:
            add_paper(order, paper)
    claim = ask(by_id(Order, order.id))
    deserved = queries.deserved_fen(order, Fen(claim.requested_fen))
    assert deserved < claim.requested_fen and claim.deserved_fen == deserved

    with pytest.raises(RuleViolation, match=f"应得 {format_yuan(deserved)} 元") as refused:
        decide(claim, claim.requested_fen)
    assert refused.value.field == "approved"
    with pytest.raises(IntegrityError, match="approved_within_deserved"), db.session.begin_nested():
        db.session.execute(update(Claim).where(Claim.id == claim.id).values(approved_fen=deserved + 1, cut_reason="多付"))
    assert decide(claim, deserved, "发票金额低于合同").approved_fen == deserved


def test_approving_twice_pays_once(db):
    claim, officer, key = a_claim(), an_officer(), uuid4()

    first, again = decide(claim, 5_000 * YUAN, officer=officer, key=key), decide(claim, 5_000 * YUAN, officer=officer, key=key)

    assert first.id == again.id
    assert standing(claim).payable == 5_000 * YUAN
    with pytest.raises(Conflict, match="已经办过了"):
        decide(claim, 4_000 * YUAN, "改主意", officer=officer)
    with pytest.raises(Conflict, match="提交过别的内容"):
        decide(claim, 4_000 * YUAN, "改主意", officer=officer, key=key)


def test_nobody_decides_on_the_claim_that_they_submitted(db):
    claim = a_claim()

    with pytest.raises(RuleViolation, match="自己提交"):
        in_transaction(lambda: service.approve(claim.id, Approval(claim.requested_fen), actor_id=claim.submitted_by, now=clock.now()))


def test_a_refused_claim_pays_nothing_and_gives_the_money_back(db):
    claim, officer_id, key = a_claim(), an_officer().id, uuid4()

    for _ in range(2):
        in_transaction(lambda: service.refuse(claim.id, reason="材料虚假", actor_id=officer_id, now=clock.now(), request_key=key))

    found = standing(claim)
    assert (by_id(Claim, claim.id).state, found.payable, found.redeemed) == (ClaimState.REFUSED, 0, 0)


def test_nobody_decides_on_a_claim_of_the_own_organisation(db):
    claim = a_claim()
    colleague = a_user("officer", organisation=claim.provider_id)

    with pytest.raises(RuleViolation, match="本单位"):
        decide(claim, claim.requested_fen, officer=colleague)
    with pytest.raises(RuleViolation, match="本单位"):
        in_transaction(lambda: service.refuse(claim.id, reason="不符", actor_id=colleague.id, now=now()))


def test_a_claim_in_the_providers_hands_is_not_refused_before_its_days_are_over(db):
    claim, officer_id = a_claim(), an_officer().id
    in_transaction(lambda: service.send_back(claim.id, reason="缺章", actor_id=officer_id, request_key=uuid4(), now=now()))

    with pytest.raises(RuleViolation, match="重新提交"):
        in_transaction(lambda: service.refuse(claim.id, reason="不符", actor_id=officer_id, now=now()))

    assert standing(claim).redeemed == claim.requested_fen


def test_a_claim_in_a_batch_is_not_decided_a_second_time(db):
    _batch, lines = a_batch("submitted")
    claim = by_id(Claim, lines[0].claim_id)

    with pytest.raises(RuleViolation, match="拨付办理中"):
        decide(claim, 1_000 * YUAN, "另一位审核人")

    assert standing(claim).payable == 5_000 * YUAN


def test_a_cut_gives_the_caps_back_what_is_not_paid_and_the_voucher_nothing(db):
    """Where the programme sends a cut to the fund: a cap counts what is paid, the quota stays used."""
    claim = a_claim()
    order = by_id(Order, claim.order_id)
    cap, quota = f"limit:provider_year:{order.provider_id}:2026", f"limit:voucher:{order.voucher_id}"
    before = ledger.balance_fen(claim.book_id, cap), ledger.balance_fen(claim.book_id, quota)

    decide(claim, 4_000 * YUAN, "第三项不在目录内")

    after = ledger.balance_fen(claim.book_id, cap), ledger.balance_fen(claim.book_id, quota)
    assert (after[0] - before[0], after[1] - before[1]) == (1_000 * YUAN, 0)


def test_nothing_is_forfeited_while_a_round_is_suspended_and_nobody_can_ask(db, clock):
    order, claim, officer_id = an_order("redeemed"), a_claim(), an_officer().id
    in_transaction(lambda: service.send_back(claim.id, reason="缺章", actor_id=officer_id, request_key=uuid4(), now=now()))
    for round_id in (order.round_id, claim.order.round_id):
        in_transaction(lambda key=round_id: rounds.suspend(key, reason="核查", actor_id=officer_id))
    clock.shift(days=90)

    assert sweep(now()) == 0
    for round_id in (order.round_id, claim.order.round_id):
        in_transaction(lambda key=round_id: rounds.resume(key, actor_id=officer_id, reason="恢复"))
    clock.shift(hours=1)  # what waits for somebody is looked at each hour
    assert sweep(now()) == 2


def test_a_round_is_not_finished_while_money_is_on_its_way(db, clock):
    claim, officer_id = a_claim(), an_officer().id
    round_id = claim.order.round_id
    clock.shift(days=245)

    def move(wanted):
        return in_transaction(lambda: rounds.move(round_id, wanted, actor_id=officer_id, now=now()))

    move(RoundState.SETTLING)
    with pytest.raises(RuleViolation, match="已核销未审结"):
        move(RoundState.FINISHED)
    decide(claim, claim.requested_fen)
    assert move(RoundState.FINISHED).state is RoundState.FINISHED


def test_what_nobody_asks_for_in_time_goes_back_to_the_fund(db, clock):
    order = an_order("redeemed")
    clock.shift(days=61)

    assert (sweep(now()), sweep(now())) == (1, 0)

    found = ledger.standing(order.book_id)
    assert (found.redeemed, found.difference()) == (0, 0)
    with pytest.raises(RuleViolation, match=r"期限已于 .* 结束，兑付已失效"):  # not that somebody had asked
        ask(by_id(Order, order.id))
    with pytest.raises(RuleViolation, match=r"期限已于 .*不再收材料"):
        add_paper(by_id(Order, order.id), a_paper("photo"))


def test_a_returned_claim_that_is_not_mended_in_time_is_refused(db, clock):
    claim, officer_id = a_claim(), an_officer().id
    in_transaction(lambda: service.send_back(claim.id, reason="缺章", actor_id=officer_id, request_key=uuid4(), now=now()))
    clock.shift(days=90)

    assert sweep(now()) == 1

    assert by_id(Claim, claim.id).state is ClaimState.REFUSED
    assert standing(claim).redeemed == 0
