"""Money that must come back: from the finding to the last instalment, to the fen, between two officers and a clerk."""

import io
from datetime import timedelta
from uuid import uuid4

import openpyxl
import pytest

from marketplace.identity.roles import Role
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict, Denied, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.orders.models import Order
from marketplace.oversight.queries import reconciling
from marketplace.settlement import service
from marketplace.settlement.lifecycle import RecoveryState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import lines_of_claim, recoveries
from marketplace.settlement.recovery_models import Recovery
from marketplace.settlement.recovery_rules import RecoveryGround, ReturnsTo
from marketplace.settlement.service import Receipt, RecoveryFinding, ReturnSlip
from marketplace.vouchers import chart
from marketplace.vouchers.models import Round
from marketplace.vouchers.rules.states import RoundState
from tests.factories import a_finance_officer, a_programme, a_round, a_user, a_voucher, an_officer, user_of, with_value
from tests.order_factories import a_batch, a_claim, a_paper, add_paper, an_order, with_papers
from tests.settlement.acts import now, pay, sources_left, standing, today


def a_settled_claim():
    """A claim of 5 000 yuan that the bank paid."""
    _batch, (line,) = a_batch()
    pay(line, f"ZF-{uuid4().hex[:8]}1")
    return by_id(Claim, line.claim_id)


def opened(claim, fen=5_000 * YUAN, to=ReturnsTo.POOL, by=None, ground=RecoveryGround.AUDIT):
    actor_id, finding = (by or an_officer()).id, RecoveryFinding(fen, ground, "合同约定的服务没有提供。", to)
    return in_transaction(lambda: service.open_recovery(uuid4(), claim.id, finding, actor_id=actor_id, now=now()))


def confirmed(case, by=None):
    actor_id = (by or an_officer()).id
    return in_transaction(lambda: service.confirm_recovery(case.id, document="藏经信追〔2026〕1号", actor_id=actor_id, now=now()))


def receive(case, fen, reference="RZ-1", on=None, by=None):
    actor_id = (by or a_finance_officer()).id
    slip = Receipt(fen, reference, on or today())
    return in_transaction(lambda: service.receive(case.id, slip, actor_id=actor_id, now=now()))


def finish(round_id):
    def close():
        by_id(Round, round_id).state = RoundState.FINISHED

    in_transaction(close)


def differences(db):
    asked = [row.differing(db.engine.dialect.name) for row in reconciling.COMPARISONS]
    return [one for statement in asked for one in db.session.execute(statement)]


@pytest.mark.parametrize("to", list(ReturnsTo))
def test_a_case_is_paid_back_in_instalments_and_the_money_identity_holds_after_each(db, to):
    claim = a_settled_claim()
    before, left = standing(claim), sources_left(claim.round_id)
    case = confirmed(opened(claim, 1_234_56, to))
    assert standing(claim) == before, "a decision moves no money"

    for fen, reference, state in ((1_000_00, "RZ-1", RecoveryState.DEMANDED), (234_56, "RZ-2", RecoveryState.REPAID)):
        receive(case, fen, reference)
        standing(claim)
        assert by_id(Recovery, case.id).state is state

    found = standing(claim)
    assert (found.recovered, found.paid) == (1_234_56, before.paid)
    gained = (found.unissued - before.unissued, found.surrendered - before.surrendered)
    assert gained == ((1_234_56, 0) if to is ReturnsTo.POOL else (0, 1_234_56))
    now_left = sources_left(claim.round_id)
    assert sum(now_left.values()) - sum(left.values()) == (1_234_56 if to is ReturnsTo.POOL else 0)
    assert not differences(db)


def test_overdue_money_bears_interest_that_goes_to_the_treasury(db, clock):
    claim = a_settled_claim()
    case = confirmed(opened(claim))
    clock.move_to(f"{by_id(Recovery, case.id).due_on + timedelta(days=10)} 10:00")

    owed = recoveries.owed_on(by_id(Recovery, case.id), [], today())
    assert (owed.principal_fen, owed.interest_fen) == (5_000 * YUAN, 4_10)
    with pytest.raises(RuleViolation, match=r"不超过当日应缴的 5,004\.10 元"):
        receive(case, 5_004_11)
    receive(case, 5_004_10)

    found = standing(claim)
    assert found.surrendered == 4_10 and found.recovered == 5_004_10
    assert ledger.balance_fen(claim.book_id, chart.INTEREST.of()) == -4_10
    assert by_id(Recovery, case.id).state is RecoveryState.REPAID and not differences(db)


def test_a_recovery_is_no_more_than_was_paid_and_of_a_claim_one_at_a_time(db):
    with pytest.raises(RuleViolation, match="没有可以追回的已付款项"):
        opened(a_claim("approved"))
    claim = a_settled_claim()
    with pytest.raises(RuleViolation, match=r"不超过已付而未追回的 5,000\.00 元") as refused:
        opened(claim, 5_000 * YUAN + 1)
    assert refused.value.field == "amount"
    case = confirmed(opened(claim, 3_000 * YUAN))
    with pytest.raises(Conflict, match=f"已有办理中的追回 {case.number}"):
        opened(claim, 1)
    receive(case, 3_000 * YUAN)
    with pytest.raises(RuleViolation, match=r"不超过已付而未追回的 2,000\.00 元"):
        opened(claim, 2_000 * YUAN + 1)
    opened(claim, 2_000 * YUAN)


def test_who_finds_does_not_decide(db):
    officer = an_officer()
    case = opened(a_settled_claim(), by=officer)
    with pytest.raises(Denied, match="请由另一位工作人员确认"):
        confirmed(case, by=officer)
    with pytest.raises(RuleViolation, match="现在是“待确认”"):
        receive(case, 1)
    confirmed(case)
    with pytest.raises(Conflict, match="这一步已经办过了"):
        confirmed(case)


def test_nobody_of_a_party_records_what_it_pays_back(db):
    case = opened(a_settled_claim())
    confirmed(case)
    with pytest.raises(Denied, match="不能办理本单位的追回"):
        receive(case, 1, by=a_user(Role.FINANCE, organisation=case.debtor_id))


def test_an_instalment_on_a_closed_case_is_refused(db):
    case = confirmed(opened(a_settled_claim()))
    receive(case, 5_000 * YUAN)
    with pytest.raises((RuleViolation, Conflict), match="现在是“已结清”"):
        receive(case, 1, "RZ-2")


def test_the_banks_number_and_the_days_of_instalments_are_checked(db):
    case, other = (confirmed(opened(a_settled_claim())) for _ in range(2))
    receive(case, 100, "RZ-1")
    with pytest.raises(RuleViolation, match="一个流水号只能登记一次"):
        receive(other, 100, "rz1")
    with pytest.raises(RuleViolation, match="请填写银行的入账流水号"):
        receive(other, 100, "——")
    for days in (-1, 1):
        with pytest.raises(RuleViolation, match="到账日期应在"):
            receive(other, 100, "RZ-2", today() + timedelta(days=days))


def test_a_recovery_whose_source_is_closed_goes_to_the_treasury(db):
    claim = a_settled_claim()
    case = confirmed(opened(claim))
    finish(claim.round_id)
    with pytest.raises(RuleViolation, match="请改为“上缴国库”后办理"):
        receive(case, 100)
    officer = an_officer().id
    in_transaction(lambda: service.redirect_recovery(case.id, actor_id=officer, now=now()))
    with pytest.raises(RuleViolation, match="不用再改"):
        in_transaction(lambda: service.redirect_recovery(case.id, actor_id=officer, now=now()))
    receive(case, 100)
    assert standing(claim).surrendered == 100
    other = a_settled_claim()
    finish(other.round_id)
    with pytest.raises(RuleViolation, match="批次已结项") as refused:
        opened(other)
    assert refused.value.field == "returns_to"


def test_what_is_not_paid_back_in_time_is_referred_and_still_taken(db, clock):
    case, officer = confirmed(opened(a_settled_claim())), an_officer().id

    def refer():
        return service.refer_recovery(case.id, reason="移送人民法院强制执行", actor_id=officer, now=now())

    with pytest.raises(RuleViolation, match="期满未缴清才能移送"):
        in_transaction(refer)
    clock.move_to(f"{by_id(Recovery, case.id).due_on + timedelta(days=1)} 10:00")
    in_transaction(refer)
    receive(case, 100 * YUAN)
    row = by_id(Recovery, case.id)
    assert row.state is RecoveryState.REFERRED and row.recovered_fen == 100 * YUAN - 41


def test_what_is_being_recovered_does_not_bounce_as_well(db):
    _batch, (line,) = a_batch()
    pay(line)
    opened(line.claim, 4_000 * YUAN)
    actor_id = a_finance_officer().id

    def bounce(fen):
        slip = ReturnSlip(fen, "TH-1", today(), "户名不符")
        return in_transaction(lambda: service.record_bounce(line.id, slip, actor_id=actor_id, now=now()))

    with pytest.raises(RuleViolation, match="再退汇会超过已付款项"):
        bounce(1_000 * YUAN + 1)
    bounce(1_000 * YUAN)


def test_nothing_is_recovered_of_a_simulated_round(db):
    claim = a_claim("approved", order=with_papers(an_order("redeemed", voucher=a_voucher(round_=a_round(simulated=True)))))
    _batch, (line,) = a_batch(claims=[claim])
    pay(line)
    with pytest.raises(RuleViolation, match="不涉及真实资金"):
        opened(claim)


def test_what_the_bank_cannot_send_back_names_the_case_that_stands(db):
    claim = a_settled_claim()
    stands = confirmed(opened(claim, 4_000 * YUAN))
    receive(stands, 4_000 * YUAN)
    dropped, officer_id = opened(claim, 500 * YUAN), an_officer().id
    in_transaction(lambda: service.drop_recovery(dropped.id, reason="核实后款项无误，不再追回。", actor_id=officer_id, now=now()))
    (line,) = lines_of_claim(claim.id)
    sent_back = ReturnSlip(2_000 * YUAN, "TH-1", today(), "户名不符")
    with pytest.raises(RuleViolation, match=stands.number):
        in_transaction(lambda: service.record_bounce(line.id, sent_back, actor_id=officer_id, now=now()))


def test_a_case_goes_through_its_pages_and_the_payee_follows_it(browser):
    claim = a_settled_claim()
    browser.sign_in(an_officer())
    assert browser.get(f"/claims/{claim.id}").select_one(f'a[href="/claims/{claim.id}/recover"]')
    typed = {"amount": "5000.01", "ground": "audit", "finding": "合同约定的服务没有提供。", "returns_to": "pool"}
    assert "不超过已付而未追回的" in browser.fill(f"/claims/{claim.id}/recover", typed, status=422).text
    page = browser.fill(f"/claims/{claim.id}/recover", typed | {"amount": "1200"})
    assert "待确认" in page.text
    case = recoveries.of_claim(claim.id)[0]
    browser.sign_in(user_of(claim.payee_id))
    browser.get(f"/recoveries/{case.id}", status=404)

    browser.sign_in(an_officer())
    (task,) = [one for one in browser.get("/home").select(".tasks a") if "确认追回" in one.text]
    assert case.number in browser.get(task["href"]).text
    page = browser.fill(f"/recoveries/{case.id}/confirm", {"document": "藏经信追〔2026〕1号"})
    assert "待缴回" in page.text and "15 个工作日" not in page.text

    browser.sign_in(a_finance_officer())
    assert case.number in browser.get("/recoveries?state=demanded").text
    page = browser.fill(f"/recoveries/{case.id}/receive", {"amount": "200", "reference": "RZ1", "received_on": today().isoformat()})
    assert "缴回款已登记" in page.text and "200.00" in page.text
    sheet = openpyxl.load_workbook(io.BytesIO(browser.download("/recoveries/export").data)).worksheets[0]
    assert case.number in {cell.value for row in sheet.iter_rows() for cell in row}

    browser.sign_in(user_of(claim.payee_id))
    assert case.number in browser.get("/recoveries/mine").text
    assert "1,000.00" in browser.get(f"/recoveries/{case.id}").text


def test_who_asked_for_what_another_pays_back_finds_no_door_to_the_case(browser):
    programme = with_value(a_programme(), "settlement.payee", "sme")
    order = an_order("redeemed", voucher=a_voucher(round_=a_round(programme=programme)))
    add_paper(order, a_paper("invoice", amount_fen=order.contract_fen))
    add_paper(order, a_paper("bank_transfer_slip", amount_fen=order.contract_fen), organisation_id=order.enterprise_id)
    _batch, lines = a_batch(claims=[a_claim("approved", order=by_id(Order, order.id))])
    claim = by_id(Claim, pay(lines[0]).claim_id)
    case = confirmed(opened(claim))
    for who, doors in ((claim.payee_id, 1), (claim.provider_id, 0)):
        browser.sign_in(user_of(who))
        page = browser.get(f"/claims/{claim.id}")
        assert case.number in page.text
        assert len(page.select(f'a[href="/recoveries/{case.id}"]')) == doors


def test_o1_who_reviewed_the_claim_has_no_word_on_whether_its_money_comes_back(db):
    judge = an_officer()
    _batch, (line,) = a_batch(claims=[a_claim("approved", officer=judge)])
    pay(line, "ZF-31")
    case = opened(line.claim)
    with pytest.raises(Denied, match="是否追回请由另一位"):
        confirmed(case, by=judge)
    with pytest.raises(Denied, match="是否追回请由另一位"):
        in_transaction(lambda: service.drop_recovery(case.id, reason="查无问题", actor_id=judge.id, now=now()))
    assert confirmed(case).state is RecoveryState.DEMANDED


def test_o1_who_demanded_the_money_does_not_record_that_it_came_in(db):
    decider = an_officer()
    case = confirmed(opened(a_settled_claim()), by=decider)
    with pytest.raises(Denied, match="请由财政人员登记"):
        receive(case, 100, by=decider)
    assert receive(case, 100).recovered_fen == 100
