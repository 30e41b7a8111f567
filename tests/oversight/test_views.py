"""Oversight in the browser: books, statements, entries, the trail, verification, signals, the trace of a yuan."""

import io
from uuid import uuid4

import openpyxl
import pytest
from sqlalchemy import text

from marketplace.audit import service as audit
from marketplace.identity.roles import Role
from marketplace.kernel import clock, jobs
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.ledger import rules
from marketplace.oversight.queries import trace
from marketplace.risk import queries as risk_queries
from marketplace.risk import service as risk
from marketplace.risk.models import RiskSignal, Severity, SignalState
from marketplace.risk.service import Signal
from marketplace.settlement.models import BatchState, Claim, ClaimState, LineState, PaymentBatch, PaymentLine
from marketplace.vouchers import fund_money, money
from marketplace.vouchers.queries.funds import appropriations_of
from tests.factories import (
    a_finance_officer,
    a_programme,
    a_round,
    a_user,
    a_voucher,
    an_administrator,
    an_auditor,
    an_officer,
    an_operator,
    stored,
    user_of,
)
from tests.ledger.books import a_command, post
from tests.order_factories import an_order


def words(page):
    return " ".join(page.select_one("main").get_text(" ").split())


def sheet(response):
    return list(openpyxl.load_workbook(io.BytesIO(response.data)).active.values)


def a_signal(*, region="540102", kind="related_party", subject_id=None, severity=Severity.WARNING):
    subject_id = subject_id or uuid4()
    found = Signal(kind, severity, "order", subject_id, "买卖双方法定代表人相同", {"number": "DD-1"}, region)
    in_transaction(lambda: risk.raise_signal(found, now=clock.now()))
    return the_db.session.query(RiskSignal).filter_by(subject_id=subject_id).order_by(RiskSignal.raised_at.desc()).first()


# Books


def test_an_auditor_finds_every_book_and_that_it_is_balanced(browser):
    programme = a_round(budget_fen=5_000 * YUAN).programme
    browser.sign_in(an_auditor())

    page = browser.get("/oversight/books")

    row = next(row for row in page.select("tbody tr") if programme.name in row.text)
    assert "5,000.00" in row.text
    assert "平" in row.text


def test_an_officer_sees_the_books_of_the_own_area_only(browser):
    here = a_programme()
    there = a_programme("beijing_2022_service_voucher", area="652700")
    browser.sign_in(an_officer("540000"))

    page = browser.get("/oversight/books")

    assert here.name in words(page)
    assert there.name not in words(page)
    browser.get(f"/oversight/books/{there.book_id}", status=404)
    browser.get(f"/oversight/books/{here.book_id}")


def test_a_firm_an_operator_and_an_administrator_see_no_book(browser):
    order = an_order()
    for user in (user_of(order.enterprise_id), an_operator(), an_administrator()):
        browser.sign_in(user)
        browser.get("/oversight/books", status=403)
        browser.get(f"/oversight/trace/order/{order.id}", status=403)


def test_a_trial_balance_can_be_had_as_of_a_day(browser, clock):
    round_ = a_round(budget_fen=9_000 * YUAN)
    clock.shift(days=3)
    a_voucher(round_=round_, face_fen=1_000 * YUAN)
    an_order(voucher=a_voucher(round_=round_))
    browser.sign_in(a_finance_officer())
    address = f"/oversight/books/{round_.programme.book_id}"

    now, then = browser.get(address), browser.get(f"{address}?on=2026-03-17")

    assert "订单占用" in words(now)
    assert "截至 2026-03-17" in words(then)
    pool_now, pool_then = (
        next(row for row in page.select("section:nth-of-type(2) tbody tr") if row.select_one("th").text.strip() == "未发放")
        for page in (now, then)
    )
    assert pool_then.select("td")[-1].text.strip() == "9,000.00"
    assert pool_now.select("td")[-1].text.strip() != "9,000.00"
    rows = sheet(browser.download(f"{address}/accounts.xlsx?on=2026-03-17&kind=pool"))
    assert rows[-1][0] == "未发放"
    assert float(rows[-1][5]) == 9000


def test_a_statement_runs_from_the_newest_line_page_by_page_and_to_excel(browser):
    round_ = a_round()
    book_id, code = round_.programme.book_id, f"pool:{round_.id}"
    for _ in range(12):
        an_order(voucher=a_voucher(round_=round_))
    for _ in range(12):
        post(book_id, (code, "surrendered", 100), command=a_command("pool.recall"), opens=("surrendered",))
    browser.sign_in(an_auditor())
    address = f"/oversight/books/{book_id}/accounts/{rules.account_id(book_id, code)}"

    first, second = browser.get(address), browser.get(f"{address}?page=2")

    assert len(first.select("tbody tr")) == 20
    assert first.select_one("tbody td").text.strip() == "25"
    assert second.select("tbody tr")[-1].select_one("td").text.strip() == "1"
    assert "资金下达" in second.select("tbody tr")[-1].text
    assert [row[0] for row in sheet(browser.download(f"{address}.xlsx"))[4:]] == list(range(1, 26))
    browser.get(f"/oversight/books/{book_id}/accounts/{uuid4()}", status=404)


def test_an_entry_says_why_who_what_and_what_stands_for_it(browser):
    order = an_order("redeemed")
    entry = ledger.entries_of(order.book_id, [order.id])[-1]
    browser.sign_in(an_auditor())

    page = browser.get(f"/oversight/books/{order.book_id}/entries/{entry.id}")

    said = words(page)
    assert "验收核销" in said
    assert order.number in said
    assert "相符" in said
    assert "尚未封存" in said
    leaf = ledger.transfers_of(order.book_id, [entry.id])[0].transfer.leaf_hash
    assert leaf in said
    browser.get(f"/oversight/books/{order.book_id}/entries/{uuid4()}", status=404)


# The trace


def test_a_yuan_is_followed_from_the_appropriation_to_the_order_and_back(browser):
    order = an_order("redeemed")
    browser.sign_in(an_auditor())

    page = browser.get(f"/oversight/trace/order/{order.id}")

    said = words(page)
    assert order.number in said
    assert order.voucher.number in said
    assert page.select_one("figure.chart svg")
    labels = [element.text.strip() for element in page.select(".flow__label")]
    assert labels[0] == "资金下达"
    assert labels[-3:] == ["验收核销", "核准应付", "银行兑付"]
    document = trace.of_order(order.id, None).appropriations[0].document_number
    assert document in said
    voucher_page = browser.get(f"/oversight/trace/voucher/{order.voucher_id}")
    assert order.number in words(voucher_page)


def test_a_trace_ends_at_the_bank_slip(db, browser):
    line, order = a_paid_order()
    browser.sign_in(an_auditor())

    pages = [browser.get(f"/oversight/trace/{kind}/{row_id}") for kind, row_id in (("payment", line.id), ("claim", line.claim_id))]

    for page in pages:
        assert "HD-2026-1" in words(page)
        assert order.number in words(page)
    found = trace.of_payment(line.id, None)
    assert [stage.value_fen for stage in found.stages][-3:] == [order.subsidy_fen, line.amount_fen, line.amount_fen]
    assert next(stage for stage in found.stages if stage.label == "验收核销").back_fen == order.subsidy_fen - line.amount_fen


def a_paid_order():
    """A redeemed order whose claim was cut by 100 yuan, approved and paid."""

    order = an_order("redeemed")
    paid_fen = order.subsidy_fen - 100 * YUAN
    shared = {"programme_id": order.programme_id, "book_id": order.book_id}
    claim = stored(
        Claim(
            number="DF-1", round_id=order.round_id, order_id=order.id, provider_id=order.provider_id, payee_id=order.provider_id,
            requested_fen=order.subsidy_fen, approved_fen=paid_fen, cut_reason="超出标准", state=ClaimState.SETTLED, **shared,
        )
    )  # fmt: skip
    batch = stored(PaymentBatch(number="BF-1", state=BatchState.CLOSED, prepared_by=uuid4(), approved_by=uuid4(), **shared))
    line = stored(
        PaymentLine(
            batch_id=batch.id, claim_id=claim.id, live_claim_id=claim.id, payee_name="测试机构", payee_bank="银行", payee_account="1",
            amount_fen=paid_fen, split={"region": paid_fen}, state=LineState.PAID, bank_reference="HD-2026-1", paid_on=clock.today(),
        )
    )  # fmt: skip
    voucher, today, (document, *_) = order.voucher, clock.today(), appropriations_of(order.round_id)

    def move():
        about_claim, about_line = a_command("claim.approve", subject_id=claim.id), a_command("payment.settle", subject_id=line.id)
        hold = money.Hold(
            voucher_id=voucher.id, order_id=order.id, version_id=order.version_id, category="", limits=(), payee_id=order.provider_id
        )
        money.approve(voucher, hold, paid_fen, money.Cut(100 * YUAN, "pool"), about_claim, today=today)
        money.post_all(order.book_id, [fund_money.settle(order.provider_id, {document.id: paid_fen}, None, about_line)], today=today)

    in_transaction(move)
    return line, order


def test_an_order_without_public_money_has_no_trace(browser):
    order = an_order(voucher=False)
    browser.sign_in(an_auditor())
    page = browser.get(f"/oversight/trace/order/{order.id}", status=404)
    assert "没有使用服务券" in page.text


def test_an_officer_follows_money_of_the_own_area_only(browser):
    order = an_order()
    browser.sign_in(an_officer("652700"))
    for kind, row_id in (("order", order.id), ("voucher", order.voucher_id)):
        browser.get(f"/oversight/trace/{kind}/{row_id}", status=404)
    browser.sign_in(an_officer("540102"))  # the firm's county
    browser.get(f"/oversight/trace/order/{order.id}")


# The trail


def happened(action, *, actor_id=None, subject_id=None, **details):
    in_transaction(lambda: audit.record(action, actor_id=actor_id, subject_type=action.split(".")[0], subject_id=subject_id, **details))


def test_the_trail_is_narrowed_by_day_actor_deed_subject_and_words(browser, clock):
    auditor, subject = an_auditor(), uuid4()
    somebody = a_user(Role.OFFICER, area="540000", name="格桑梅朵")
    happened("order.placed", actor_id=somebody.id, subject_id=subject, number="DD-AAA", amount_fen=123_456)
    clock.shift(days=2)
    happened("claim.approved", number="DF-BBB")
    browser.sign_in(auditor)

    def shown(query):
        return words(browser.get(f"/oversight/trail?{query}"))

    everything = shown("")
    assert "订单 · 企业下单" in everything
    assert "1,234.56 元" in everything
    assert "DF-BBB" not in shown("until=2026-03-17")
    assert "DD-AAA" not in shown("from=2026-03-18")
    assert "DD-AAA" in shown("from=2026-03-16&until=2026-03-16")
    assert "DF-BBB" not in shown("actor=格桑")
    assert "DD-AAA" in shown("actor=格桑")
    assert "DD-AAA" not in shown("action=claim")
    assert "DF-BBB" not in shown(f"subject={subject}")
    assert "DD-AAA" in shown("q=DD-AAA")
    assert "没有符合条件的留痕" in shown("q=nothing-like-this")


def test_the_trail_goes_to_excel_as_it_is_narrowed(browser):
    happened("order.placed", number="DD-AAA")
    happened("claim.approved", number="=1+1")
    browser.sign_in(an_auditor())

    rows = sheet(browser.download("/oversight/trail.xlsx?action=claim"))

    assert "兑付申请" in rows[1][0]
    assert [row[2] for row in rows[4:]] == ["兑付申请 · 核准"]
    assert rows[4][4] == "编号：=1+1"


def test_the_audit_administrator_reads_the_trail_and_others_do_not(browser):
    happened("order.placed", number="DD-AAA", subject_id=uuid4())
    browser.sign_in(an_administrator(Role.AUDIT_ADMIN))
    assert "DD-AAA" in words(browser.get("/oversight/trail"))
    for user in (an_officer(), a_finance_officer(), an_administrator(Role.SYSTEM_ADMIN)):
        browser.sign_in(user)
        browser.get("/oversight/trail", status=403)


# Verification


def test_an_auditor_starts_a_verification_and_reads_that_all_is_well(browser):
    a_round()
    browser.sign_in(an_auditor())
    page = browser.post("/oversight/verify")
    assert "progress" in str(page.select_one("main"))
    assert len(browser.post("/oversight/verify").select("tbody tr")) == 1  # while one waits, another is not begun

    jobs.run_all()

    page = browser.get("/oversight/verify")
    assert "没有发现问题" in words(page)
    assert "转账" in words(page)


def test_a_verification_names_the_row_that_was_changed(browser):
    programme = a_round().programme
    browser.sign_in(an_auditor())
    keeper = "rows ON ledger_books" if the_db.engine.dialect.name == "postgresql" else "update"
    the_db.session.execute(text(f"DROP TRIGGER ledger_books_keep_{keeper}"))
    the_db.session.execute(text("UPDATE ledger_books SET name = 'x' WHERE code = :code"), {"code": ledger.book(programme.book_id).code})
    the_db.session.commit()

    browser.post("/oversight/verify")
    jobs.run_all()

    said = words(browser.get("/oversight/verify"))
    assert "发现 2 处问题" in said
    assert "保护触发器不存在或已停用" in said
    assert str(programme.book_id) in said
    assert "账本的开立记录被改动过" in said


def test_only_auditors_start_a_verification(browser):
    for user in (an_officer(), a_finance_officer()):
        browser.sign_in(user)
        browser.get("/oversight/verify", status=403)


# Signals


def test_an_officer_explains_a_signal_in_words(browser):
    signal = a_signal()
    officer = an_officer()
    browser.sign_in(officer)
    assert "疑似关联交易" in words(browser.get("/oversight/signals"))
    browser.get(f"/oversight/signals/{signal.id}")

    page = browser.fill(f"/oversight/signals/{signal.id}/close", {"verdict": "explained", "answer": "已核对工商登记，系同名不同人。"})

    assert "已说明" in words(page)
    assert "同名不同人" in words(page)
    assert officer.name in words(page)
    assert "没有符合条件的风险提示" in words(browser.get("/oversight/signals"))
    assert "疑似关联交易" in words(browser.get("/oversight/signals?state=explained"))


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"answer": "已核对工商登记。"}, "请选择核查结论"),
        ({"verdict": "confirmed"}, "请写明核查经过"),
        ({"verdict": "confirmed", "answer": "是"}, "不少于 4 个字"),
    ],
)
def test_a_signal_is_not_closed_without_a_verdict_and_words(browser, typed, says):
    signal = a_signal()
    browser.sign_in(an_officer())
    browser.get(f"/oversight/signals/{signal.id}")

    page = browser.post(f"/oversight/signals/{signal.id}/close", typed, status=422)

    assert says in page.select_one(".error-summary").text
    assert risk_queries.signal(signal.id, None).state is SignalState.OPEN


def test_a_signal_is_closed_once(browser):
    signal = a_signal()
    browser.sign_in(an_officer())
    browser.get(f"/oversight/signals/{signal.id}")
    in_transaction(
        lambda: risk.close_signal(signal.id, verdict=SignalState.CONFIRMED, answer="已查实，另案处理。", actor_id=uuid4(), now=clock.now())
    )

    page = browser.post(f"/oversight/signals/{signal.id}/close", {"verdict": "explained", "answer": "没有问题。"}, status=409)

    assert "已经办过了" in page.text


def test_an_officer_sees_signals_of_the_own_area_and_the_auditor_all_but_changes_none(browser):
    signal = a_signal(region="652701")
    browser.sign_in(an_officer("540000"))
    browser.get(f"/oversight/signals/{signal.id}", status=404)
    assert "疑似关联交易" not in words(browser.get("/oversight/signals"))
    browser.sign_in(an_auditor())
    assert not browser.get(f"/oversight/signals/{signal.id}").select("form[action$=close]")
    browser.post(f"/oversight/signals/{signal.id}/close", {"verdict": "explained", "answer": "没有问题。"}, status=403)


def test_signals_are_narrowed_by_severity_and_kind(browser):
    a_signal(kind="invoice_reused", severity=Severity.SERIOUS)
    a_signal(kind="split_contracts", severity=Severity.NOTE)
    browser.sign_in(an_officer())
    rows = [row.text for row in browser.get("/oversight/signals?severity=serious").select("tbody tr")]
    assert len(rows) == 1
    assert "发票重复使用" in rows[0]
    assert len(browser.get("/oversight/signals?kind=split_contracts").select("tbody tr")) == 1
