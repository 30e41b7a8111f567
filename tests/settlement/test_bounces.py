"""What a bank sends back: once for a line, no more than the line, payable again once somebody has looked at the account."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import Conflict, RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.oversight.queries import reconciling
from marketplace.settlement import importers, service
from marketplace.settlement.lifecycle import ClaimState, LineState
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.queries import holds, payees
from marketplace.settlement.queries.payable import payable_sums
from marketplace.settlement.service import ReturnSlip
from tests.factories import a_finance_officer, a_round, a_voucher, an_officer
from tests.order_factories import a_batch, a_claim, an_order, with_papers
from tests.settlement.acts import pay, sources_left, standing


def a_paid_line(reference="ZF-1"):
    """A line of 5 000 yuan that the bank paid."""
    _batch, (line,) = a_batch()
    return pay(line, reference)


def slip(amount_fen, reference="TH-1", day=None, reason="户名不符"):
    return ReturnSlip(amount_fen, reference, day or clock.today(), reason)


def bounce(line, amount_fen, **facts):
    actor_id = a_finance_officer().id
    return in_transaction(lambda: service.record_bounce(line.id, slip(amount_fen, **facts), actor_id=actor_id, now=clock.now()))


def confirm(claim):
    officer, seen = an_officer().id, by_id(Claim, claim.id).payee.bank_account
    in_transaction(lambda: service.confirm_account(claim.id, seen_account=seen, actor_id=officer, now=clock.now()))


def differences(db):
    asked = [row.differing(db.engine.dialect.name) for row in reconciling.COMPARISONS]
    return [one for statement in asked for one in db.session.execute(statement)]


@pytest.mark.parametrize("fen", [5_000 * YUAN, 1, 1_234_57])
def test_a_bounced_payment_is_payable_again_to_the_fen_and_paid_a_second_time(db, fen):
    line = a_paid_line()
    claim = line.claim

    bounce(line, fen)

    found = standing(claim)
    assert (found.paid, found.payable) == (5_000 * YUAN - fen, fen)
    claim, line = by_id(Claim, claim.id), by_id(PaymentLine, line.id)
    whole = fen == line.amount_fen
    assert (claim.state, line.state) == (ClaimState.APPROVED, LineState.BOUNCED if whole else LineState.PAID)
    held = holds.why_not_payable(claim, clock.now())
    assert held is not None and held.code == "account_bounced" and "户名不符" in held.text()
    with pytest.raises(RuleViolation, match="确认账号后重新付款"):
        a_batch(claims=[claim])

    confirm(claim)
    (waiting,) = payable_sums(["540000"])
    assert waiting.amount_fen == fen
    _batch, (again,) = a_batch(claims=[by_id(Claim, claim.id)])
    assert (again.amount_fen, sum(again.split.values())) == (fen, fen)
    pay(again, "ZF-2")

    found = standing(claim)
    assert (found.paid, found.payable) == (5_000 * YUAN, 0)
    claim = by_id(Claim, claim.id)
    assert (claim.state, claim.bank_hint) == (ClaimState.SETTLED, "")


def test_what_came_back_goes_back_to_the_sources_that_paid_it(db):
    line = a_paid_line()
    before, split = sources_left(line.claim.round_id), dict(line.split)

    bounce(line, 1_000 * YUAN)
    assert sum(sources_left(line.claim.round_id).values()) == sum(before.values()) + 1_000 * YUAN

    other = a_paid_line("ZF-3")
    had = sources_left(other.claim.round_id)
    bounce(other, other.amount_fen, reference="TH-2")
    left = sources_left(other.claim.round_id)
    assert {name: left[name] - had[name] for name in other.split} == dict(other.split) and split


def test_a_bounce_is_reported_once_and_a_second_click_is_the_same(db):
    line = a_paid_line()
    bounce(line, 100 * YUAN)
    bounce(line, 100 * YUAN)  # the same slip again

    with pytest.raises(Conflict, match=r"登记退汇 100\.00 元（流水号 TH-1），一笔付款只能登记一次退汇"):
        bounce(line, 200 * YUAN, reference="TH-2")
    assert standing(line.claim).paid == 4_900 * YUAN


def test_a_bounce_is_of_a_paid_line_and_no_more_than_it(db):
    _batch, (waiting,) = a_batch()
    with pytest.raises(RuleViolation, match="现在是“待付款”，银行没有付过款"):
        bounce(waiting, 1)
    line = a_paid_line()
    for fen in (0, line.amount_fen + 1):
        with pytest.raises(RuleViolation, match=r"不超过这一笔的付款金额 5,000\.00 元") as refused:
            bounce(line, fen)
        assert refused.value.field == "amount"
    for day in (-1, 1):
        with pytest.raises(RuleViolation, match="退汇日期应在"):
            bounce(line, 1, day=clock.today() + timedelta(days=day))
    with pytest.raises(RuleViolation, match="是付款的流水号"):
        bounce(line, 1, reference="zf1")
    with pytest.raises(RuleViolation, match="退汇流水号"):
        bounce(line, 1, reference="——")
    bounce(line, 1)
    other = a_paid_line("ZF-9")
    with pytest.raises(RuleViolation, match="一个流水号只能登记一笔退汇"):
        bounce(other, 1)


def test_the_database_lets_no_line_bounce_for_more_than_it_paid(db):
    line = a_paid_line()
    statement = text("UPDATE payment_lines SET bounced_fen = :fen WHERE amount_fen = 500000")
    with pytest.raises(IntegrityError):
        in_transaction(lambda: db.session.execute(statement, {"fen": line.amount_fen + 1}))
    db.session.rollback()


def test_a_statement_names_both_payments_of_what_bounced_in_part(db):
    line = a_paid_line()
    claim = line.claim
    bounce(line, 1_000 * YUAN)
    confirm(claim)
    _batch, (again,) = a_batch(claims=[by_id(Claim, claim.id)])
    pay(again, "ZF-2")
    assert [one.bank_reference for one in payees.slips_of([by_id(Claim, claim.id)])[claim.id]] == ["ZF-1", "ZF-2"]


def test_a_simulated_payment_does_not_bounce(db):
    order = with_papers(an_order("redeemed", voucher=a_voucher(round_=a_round(simulated=True))))
    claim = a_claim("approved", order=order)
    _batch, (line,) = a_batch(claims=[claim])
    pay(line)
    with pytest.raises(RuleViolation, match="不涉及真实资金，没有退汇"):
        bounce(line, 1)


def test_an_imported_list_reports_a_bounce_and_the_same_file_twice_changes_nothing(db):
    line = a_paid_line()
    context = SimpleNamespace(areas=["540000"], actor_id=uuid4(), now=clock.now(), today=clock.today(), gathered=[])
    row = {
        "batch": by_id(PaymentBatch, line.batch_id).number,
        "claim": line.claim.number,
        "amount": Decimal("12.34"),
        "result": "bounced",
        "reference": "TH 77",
        "paid_on": clock.today(),
        "reason": "账号不存在",
    }

    def bring_in():
        context.gathered.clear()
        outcome = importers.store_row(row, context)
        importers.settle(context)
        return outcome

    assert [in_transaction(bring_in).value for _ in range(2)] == ["stored", "unchanged"]
    assert standing(line.claim).payable == 12_34
    assert by_id(Claim, line.claim_id).bank_hint == "账号不存在"


def test_an_imported_bounce_of_a_part_of_a_fen_is_refused_by_its_row(db):
    line = a_paid_line()
    context = SimpleNamespace(areas=["540000"], actor_id=uuid4(), now=clock.now(), today=clock.today(), gathered=[])
    numbers = {"batch": by_id(PaymentBatch, line.batch_id).number, "claim": line.claim.number, "account": ""}
    row = {"amount": Decimal("12.345"), "result": "bounced", "reference": "TH 77", "paid_on": clock.today(), "reason": "账号不存在"}
    with pytest.raises(RuleViolation, match="小数位数") as refused:
        in_transaction(lambda: importers.store_row(numbers | row, context))
    assert refused.value.field == "amount"


def test_the_rows_of_a_bounce_agree_with_the_books(db):
    line = a_paid_line()
    bounce(line, 1_000 * YUAN)
    assert not differences(db)


def test_finance_reports_a_bounce_and_an_officer_confirms_the_account(browser):
    line = a_paid_line()
    browser.sign_in(a_finance_officer())
    batch = browser.get(f"/payments/{line.batch_id}")
    address = f"/payments/lines/{line.id}/bounce"
    assert batch.select_one(f'a[href="{address}"]')
    typed = {"amount": "5000.01", "reference": "TH1", "bounced_on": clock.today().isoformat(), "reason": "户名不符"}
    page = browser.fill(address, typed, status=422)
    assert "不超过这一笔的付款金额" in page.text
    page = browser.fill(address, typed | {"amount": "5000"})
    assert "退汇已登记" in page.text and "已退汇" in page.text

    browser.sign_in(an_officer())
    home = browser.get("/home")
    (task,) = [one for one in home.select(".tasks a") if "确认退汇后的收款账号" in one.text]
    assert line.claim.number in browser.get(task["href"]).text
    page = browser.get(f"/claims/{line.claim_id}")
    assert "银行退汇（户名不符）" in page.text
    page = browser.post(f"/claims/{line.claim_id}/account")
    assert "银行退汇（户名不符）" not in page.text
