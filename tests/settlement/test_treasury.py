"""The papers of a batch that go to the treasury: what is printed, what the workbook says and what the books say are one."""

import io
from dataclasses import replace
from uuid import uuid4

import openpyxl
import pytest

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.settlement import queries
from marketplace.settlement.queries.treasury import paper_of, posted_fen
from marketplace.vouchers.service import funds
from tests.factories import a_finance_officer, a_round, a_voucher, an_appropriation
from tests.order_factories import a_batch, a_claim, an_order, with_papers
from tests.settlement.acts import pay
from tests.settlement.test_bounces import bounce
from tests.settlement.test_part_payments import part


def cells(response):
    sheet = openpyxl.load_workbook(io.BytesIO(response.data)).active
    return [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]


def two_lines():
    """A batch of two lines, 5 000 yuan each, of two sources."""
    round_ = a_round()
    an_appropriation(round_, 500_000 * YUAN, source="county")
    orders = [with_papers(an_order("redeemed", voucher=a_voucher(round_=round_))) for _ in range(2)]
    return a_batch(claims=[a_claim("approved", order=order) for order in orders])


def test_what_the_papers_say_was_paid_is_what_the_books_say(db):
    batch, (line,) = a_batch()
    assert posted_fen(batch.book_id, [line]) == paper_of(batch, [line]).paid_fen == 0

    line = pay(line)
    assert posted_fen(batch.book_id, [line]) == paper_of(batch, [line]).paid_fen == 5_000 * YUAN

    bounce(line, 1_234_57)
    (line,) = queries.lines_of(batch.id)
    assert posted_fen(batch.book_id, [line]) == paper_of(batch, [line]).paid_fen == 5_000 * YUAN - 1_234_57


def test_finance_takes_the_papers_away_as_workbook_and_to_print_and_anybody_checks_them(browser):
    pytest.importorskip("typst")
    batch, (line,) = a_batch("submitted")
    browser.sign_in(a_finance_officer())
    page = browser.get(f"/payments/{batch.id}")
    assert page.select_one("a[href$='approval-form.pdf']") and not page.select_one("a[href$='settlement-sheet.pdf']")
    assert "复核通过后才有资金结算表" in browser.get(f"/payments/{batch.id}/settlement-sheet", status=422).text

    asked = cells(browser.download(f"/payments/{batch.id}/approval-form"))
    document = next(iter(paper_of(batch, [line]).lines[0].documents.values()))
    assert "伍仟元整" in asked[1][0] and document in asked[1][0]
    assert asked[-1] == ["合计", 5000, 5000]
    assert browser.download(f"/payments/{batch.id}/approval-form.pdf").data.startswith(b"%PDF")

    browser.sign_out()
    page = browser.get(f"/proofs/batches/{batch.number}")
    assert paper_of(batch, [line]).fingerprint() in page.text and line.payee_name not in page.text and "5,000" not in page.text
    assert browser.get("/proofs/batches/BF-NOTHING-1", status=404)


def test_of_two_sources_each_has_its_column_and_a_part_is_told_with_its_reason(browser):
    batch, lines = two_lines()
    part(lines[0], 3_210_55)
    browser.sign_in(a_finance_officer())

    listed = cells(browser.download(f"/payments/{batch.id}/bank-list"))
    assert listed[-1] == ["合计", 10000, "CNY", 6666.66, 3333.34]
    rows = cells(browser.download(f"/payments/{batch.id}/settlement-sheet"))
    assert rows[-1] == ["合计", 10000, 3210.55, 0, 3210.55] and "部分支付：账户余额不足" in rows[-3] + rows[-2]
    assert "账上兑付 3,210.55 元" in rows[1][0]


def test_the_settlement_sheet_tells_what_was_paid_beside_the_books(browser):
    batch, (line,) = a_batch()
    bounce(pay(line, "ZF-77"), 1_000 * YUAN)
    browser.sign_in(a_finance_officer())

    rows = cells(browser.download(f"/payments/{batch.id}/settlement-sheet"))

    assert "实付金额 4,000.00 元" in rows[1][0] and "账上兑付 4,000.00 元" in rows[1][0]
    assert rows[-1] == ["合计", 5000, 5000, 1000, 4000]
    assert "ZF-77" in rows[-2]


def test_a_batch_that_is_no_more_has_no_papers(browser):
    batch, _lines = a_batch("draft")
    browser.sign_in(a_finance_officer())

    assert "提交复核后才有拨付审批表" in browser.get(f"/payments/{batch.id}/approval-form", status=422).text
    assert browser.get(f"/proofs/batches/{batch.number}", status=404)


def test_O3_the_budget_codes_of_an_appropriation_stand_on_the_papers_beside_its_document(browser):
    round_ = a_round()
    codes = {"function_code": "2150805", "economy_code": "31205"}
    document = {"source": "county", "document_number": "县财企指〔2026〕77号", "dated_on": clock.today(), "amount_fen": 500_000 * YUAN}
    paper = funds.FundDocument(**document, **codes)
    asked = {"actor_id": uuid4(), "request_key": uuid4(), "today": clock.today()}
    wrong = replace(paper, economy_code="31205款")
    with pytest.raises(RuleViolation, match="只写数字"):
        in_transaction(lambda: funds.record_appropriation(round_.id, wrong, **asked))
    in_transaction(lambda: funds.record_appropriation(round_.id, paper, **asked))
    order = with_papers(an_order("redeemed", voucher=a_voucher(round_=round_)))
    batch, _lines = a_batch("approved", claims=[a_claim("approved", order=order)])
    browser.sign_in(a_finance_officer())
    said = "县财企指〔2026〕77号 (2150805 / 31205)"
    for name in ("bank-list", "approval-form"):
        assert any(said in str(cell) for row in cells(browser.download(f"/payments/{batch.id}/{name}")) for cell in row), name
    assert "2150805 / 31205" in browser.get(f"/office/rounds/{round_.id}").text
