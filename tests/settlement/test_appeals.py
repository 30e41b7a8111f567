"""Who was refused, or got less than was asked for, may appeal once, in time; another person answers; what is right is paid."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from marketplace.identity.models import Organisation
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction, snapshot
from marketplace.kernel.errors import Conflict, Denied, NotFound, RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.notices import queries as notices
from marketplace.oversight.queries import reconciling, trace
from marketplace.settlement import service
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import holds
from marketplace.settlement.service import ClaimAnswer
from marketplace.settlement.sweep import sweep
from marketplace.vouchers.queries.funds import pool_fen
from marketplace.vouchers.sweep import sweep as sweep_vouchers
from tests.factories import a_round, a_voucher, an_officer, user_of
from tests.order_factories import a_batch, a_claim, an_order, person, with_account, with_papers
from tests.settlement.acts import standing
from tests.subsidies.awards import AREA, a_titled_firm, an_award, an_award_round, ask

WHY = "发票开具有误，已换开，请按原申请金额核准。"


def appeal(claim, text=WHY, *, key=None, who=None):
    asker_id, now = who or by_id(Claim, claim.id).asker.id, the_clock.now()
    return in_transaction(
        lambda: service.appeal(claim.id, text, organisation_id=asker_id, actor_id=person(asker_id), now=now, request_key=key or uuid4())
    )


def answer(claim, fen=None, *, officer=None, key=None):
    said = ClaimAnswer(upheld=fen is not None, answer="经核对原件，情况属实。", approved_fen=fen)
    actor_id = (officer or an_officer(AREA)).id
    return in_transaction(lambda: service.answer_appeal(claim.id, said, actor_id=actor_id, now=the_clock.now(), request_key=key or uuid4()))


def refuse(claim, officer=None):
    actor_id = (officer or an_officer(AREA)).id
    return in_transaction(lambda: service.refuse(claim.id, reason="不符合条件", actor_id=actor_id, now=the_clock.now()))


def agrees(claim):
    """Books and rows say the same of it, and its way adds up."""
    with snapshot() as connection:
        assert [one.text() for one in reconciling.faults(connection, Counter())] == []
    *_before, held, granted, _paid = trace.of_claim(claim.id, None).stages
    assert held.value_fen == claim.requested_fen and held.value_fen - held.back_fen == granted.value_fen
    return standing(claim)


@pytest.fixture
def row(db):
    return an_award_round()


def test_a_cut_is_appealed_in_time_and_what_is_right_becomes_payable(row):
    claim = an_award("approved", round_=row, approved_fen=200_000 * YUAN)
    assert holds.why_not_payable(claim, the_clock.now()).code in {"no_account", "may_appeal"}
    key = uuid4()
    appeal(claim, key=key)
    assert appeal(claim, key=key).appeal == WHY, "a second press answers the same"
    done = answer(claim, Fen(240_000 * YUAN))
    assert (done.state, done.approved_fen, done.due_on) == (ClaimState.APPROVED, 240_000 * YUAN, None)
    assert (pool_fen(row), agrees(claim).payable) == (2_760_000 * YUAN, 240_000 * YUAN)
    assert "申诉成立，核准 240,000.00 元" in notices.of_user(user_of(claim.enterprise_id).id)[0].body


def test_a_refusal_that_does_not_stand_takes_its_title_and_its_money_again(row):
    claim = refuse(an_award(round_=row, firm=a_titled_firm("新〔2025〕7号")))
    assert (claim.subsidy.number_key, pool_fen(row)) == (None, 3_000_000 * YUAN)
    appeal(claim)
    done = answer(claim, Fen(claim.requested_fen))
    assert (done.state, done.cut_reason, done.state_reason) == (ClaimState.APPROVED, "", "")
    assert done.subsidy.number_key == "新20257号"
    assert agrees(claim).payable == claim.requested_fen


def test_what_is_granted_after_all_is_owed_from_that_day(row, clock):
    claim = refuse(an_award(round_=row, firm=a_titled_firm("新〔2025〕7号")))
    assert claim.pay_by is None
    appeal(claim)
    clock.shift(days=1)
    assert answer(claim, Fen(claim.requested_fen)).pay_from == the_clock.today()


def test_a_check_that_lets_nothing_pass_holds_at_the_appeal_too(db):
    claim = refuse(a_claim())
    by_id(Organisation, claim.firm.id).sanctioned_until = the_clock.today() + timedelta(days=30)
    db.session.commit()
    appeal(claim)
    with pytest.raises(RuleViolation, match="请待移出失信名单后再核准"):
        answer(claim, Fen(claim.requested_fen))
    assert by_id(Claim, claim.id).state is ClaimState.REFUSED


def test_a_title_that_another_application_used_meanwhile_is_not_paid_twice(row):
    claim = refuse(an_award(round_=row, firm=a_titled_firm("新〔2025〕7号")))
    appeal(claim)
    ask(row, a_titled_firm("新〔2025〕7号"))
    with pytest.raises(RuleViolation, match="已用于另一份申请"):
        answer(claim, Fen(claim.requested_fen))
    assert by_id(Claim, claim.id).state is ClaimState.REFUSED


def test_an_appeal_that_is_wrong_leaves_things_as_they_were(row):
    claim = an_award("approved", round_=row, approved_fen=200_000 * YUAN)
    appeal(claim)
    done = answer(claim)
    assert (done.state, done.approved_fen, done.appeal_waits) == (ClaimState.APPROVED, 200_000 * YUAN, False)
    with pytest.raises(RuleViolation, match="没有待答复的申诉"):
        answer(claim)
    with pytest.raises(RuleViolation, match="只能申诉一次"):
        appeal(claim)


@pytest.mark.parametrize(("days", "is_late"), [(0, False), (1, True)], ids=["last day", "day after"])
def test_the_term_is_good_on_its_last_day_and_then_the_cut_is_paid(db, clock, days, is_late):
    claim = a_claim("approved", approved_fen=100_000)
    with_account(claim.payee_id)
    clock.move_to(the_clock.day_begins(claim.due_on + timedelta(days=days)))
    found = holds.why_not_payable(by_id(Claim, claim.id), the_clock.now())
    assert (found.code if found else None) == (None if is_late else "may_appeal")
    if is_late:
        with pytest.raises(RuleViolation, match="申诉期已于"):
            appeal(claim)
    else:
        assert appeal(claim).appeal_waits


def test_nothing_is_paid_while_an_appeal_waits_however_late_the_answer(row, clock):
    claim = an_award("approved", round_=row, approved_fen=200_000 * YUAN)
    with_account(claim.payee_id)
    appeal(claim)
    clock.move_to(the_clock.day_begins(claim.due_on + timedelta(days=90)))
    with pytest.raises(holds.Withheld, match="答复后付款"):
        a_batch(claims=[claim])
    answer(claim)
    assert holds.why_not_payable(by_id(Claim, claim.id), the_clock.now()) is None


def test_who_decided_does_not_answer_and_who_answers_does_not_pay(row):
    officer = an_officer(AREA)
    claim = refuse(an_award(round_=row), officer)
    appeal(claim)
    with pytest.raises(Denied, match="由您审核"):
        answer(claim, Fen(claim.requested_fen), officer=officer)
    with pytest.raises(IntegrityError, match="appeal_answered_by_another"):
        in_transaction(lambda: [setattr(by_id(Claim, claim.id), one, two) for one, two in _answered(officer.id)])
    second = an_officer(AREA)
    answer(claim, Fen(claim.requested_fen), officer=second)
    with_account(claim.payee_id)
    with pytest.raises(Denied, match="由您审核"):
        a_batch(claims=[claim], maker=second)


def _answered(actor_id):
    return [("appeal_answered_by", actor_id), ("appeal_answer", "同意")]


@pytest.mark.parametrize("fen", [0, 200_000 * YUAN, 250_000 * YUAN + 1], ids=["nothing", "as before", "above what was asked for"])
def test_what_is_granted_is_more_than_before_and_no_more_than_was_asked_for(row, fen):
    claim = an_award("approved", round_=row, approved_fen=200_000 * YUAN)
    appeal(claim)
    with pytest.raises(RuleViolation, match="须高于原来的 200,000"):
        answer(claim, Fen(fen))


def test_money_that_is_gone_is_not_promised(db):
    row = an_award_round(budget_fen=250_000 * YUAN)
    claim = refuse(an_award(round_=row))
    appeal(claim)
    ask(row, a_titled_firm())
    with pytest.raises(RuleViolation, match="余额不够"):
        answer(claim, Fen(claim.requested_fen))


def test_what_was_granted_whole_and_what_is_another_firms_is_not_appealed(row):
    claim = an_award("approved", round_=row)
    with pytest.raises(RuleViolation, match="已全额核准"):
        appeal(claim)
    with pytest.raises(NotFound):
        appeal(claim, who=a_titled_firm().id)
    with pytest.raises((RuleViolation, Conflict), match="待审核"):
        appeal(an_award(round_=row))


WENT = [("xizang_enterprise_service_voucher", False), ("xizang_innovation_voucher", False), ("xizang_innovation_voucher", True)]


@pytest.mark.parametrize(("slug", "is_over"), WENT, ids=["to the pool", "to the voucher", "to a voucher that is over"])
def test_a_cut_of_an_orders_claim_comes_back_from_where_it_went(db, clock, slug, is_over):
    order = with_papers(an_order("redeemed", voucher=a_voucher(round_=a_round(slug, state="in_use"))))
    claim = a_claim("approved", order=order, approved_fen=100_000)
    voucher, before = claim.order.voucher, standing(claim)
    appeal(claim)
    if is_over:
        clock.move_to(the_clock.day_begins(voucher.valid_until + timedelta(days=1)))
        sweep_vouchers(now=the_clock.now())
    answer(claim, Fen(claim.requested_fen))
    after = agrees(claim)
    assert after.payable - before.payable == claim.requested_fen - 100_000
    assert after.redeemed == before.redeemed


def returned(claim):
    actor_id = an_officer(AREA).id
    return in_transaction(lambda: service.send_back(claim.id, reason="缺少材料", actor_id=actor_id, now=the_clock.now()))


@pytest.mark.parametrize("made", [lambda: an_award(round_=an_award_round()), a_claim], ids=["of an application", "of an order"])
def test_what_was_not_mended_in_time_may_be_appealed(db, clock, made):
    claim = returned(made())
    clock.move_to(the_clock.day_begins(claim.due_on + timedelta(days=1)))
    sweep(the_clock.now())
    assert by_id(Claim, claim.id).state is ClaimState.REFUSED
    appeal(claim)
    assert answer(claim, Fen(claim.requested_fen)).state is ClaimState.APPROVED
    assert agrees(claim).payable == claim.requested_fen


def test_who_may_appeal_is_reminded_before_the_last_day(row, clock):
    claim = an_award("approved", round_=row, approved_fen=200_000 * YUAN)
    clock.move_to(the_clock.day_begins(claim.due_on))
    sweep(the_clock.now())
    assert any("前申诉" in one.title for one in notices.of_user(user_of(claim.enterprise_id).id))


def test_who_decided_is_not_offered_the_answer(row, browser):
    officer = an_officer(AREA)
    claim = refuse(an_award(round_=row), officer)
    appeal(claim)
    for one, is_offered in ((officer, False), (an_officer(AREA), True)):
        browser.sign_in(one)
        assert (f"/claims/{claim.id}/answer" in str(browser.get(f"/claims/{claim.id}"))) is is_offered


def test_pages_lead_from_the_cut_over_the_appeal_to_its_answer(row, browser):
    claim = an_award("approved", round_=row, approved_fen=200_000 * YUAN)
    firm = user_of(claim.enterprise_id)
    browser.sign_in(firm)
    page = browser.get(f"/claims/{claim.id}")
    assert f"/claims/{claim.id}/appeal" in str(page) and "可以在" in page.text and "截止" not in page.text
    assert "等待答复" in browser.fill(f"/claims/{claim.id}/appeal", {"appeal": WHY}).text
    browser.sign_in(an_officer(AREA))
    assert "答复兑付申诉：1 项" in browser.get("/home").text
    assert claim.number in browser.get("/claims?state=all&appeal=waiting").text
    path = f"/claims/{claim.id}/answer"
    assert "须高于原来的" in browser.fill(path, {"upheld": "yes", "approved": "1", "answer": "属实"}, status=422).text
    page = browser.fill(path, {"upheld": "yes", "approved": "250000", "answer": "属实"})
    assert "250,000.00" in page.text and "属实" in page.text
