"""Homes per role, the public front, spending: every figure leads to its rows."""

import io
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from marketplace.catalogue.lifecycle import ProviderState
from marketplace.catalogue.models import Provider
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.kernel.money import YUAN
from marketplace.kernel.sentences import Sentence
from marketplace.ledger import queries as ledger
from marketplace.orders.models import Order
from marketplace.reporting import queries
from marketplace.reporting.queries import Span, disclosure
from marketplace.reporting.queries.dimensions import DIMENSIONS
from marketplace.reporting.sweep import sweep
from marketplace.risk.models import RiskSignal, Severity
from marketplace.settlement import service as settlement
from marketplace.vouchers.models import Programme
from tests import factories as f
from tests.matching.making import a_leader, a_match, a_match_in_talks
from tests.order_factories import a_batch, a_claim, an_order


def this_year(areas=("540000",), programme_id=None):
    today = clock.today()
    return Span(today.replace(month=1, day=1), today, areas, programme_id)


def words(page):
    return " ".join(page.get_text(" ").split())


def test_the_front_counts_what_there_is_and_needs_no_account(browser):
    f.an_offering()
    page = browser.get("/")
    assert page.select_one("h1").text.strip() == "用好每一张服务券"
    assert "服务产品 1" in words(page)


@pytest.mark.parametrize(("state", "side", "sentence"), [
    ("placed", "provider_id", "接单"),
    ("taken", "provider_id", "上传合同"),
    ("contracted", "provider_id", "提交交付"),
    ("redeemed", "provider_id", "申请兑付"),
    ("delivered", "enterprise_id", "验收并核销"),
    ("redeemed", "enterprise_id", "评价服务"),
])  # fmt: skip
def test_what_waits_for_a_firm_stands_on_its_home_and_leads_there(browser, state, side, sentence):
    order = an_order(state)
    browser.sign_in(f.user_of(getattr(order, side)))
    page = browser.get("/home")
    task = next(link for link in page.select(".tasks a") if sentence in link.text)
    assert order.number in task.text
    assert order.number in browser.get(str(task["href"])).text


def test_nothing_of_another_firm_stands_on_a_home(browser):
    order = an_order("delivered")
    browser.sign_in(f.user_of(f.a_firm()))
    assert order.number not in browser.get("/home").text


def test_a_firm_sees_what_its_voucher_still_holds(browser):
    order = an_order("placed")
    held = ledger.balance_fen(order.book_id, f"order:{order.id}:reserved")
    browser.sign_in(f.user_of(order.enterprise_id))
    assert f"订单占用 {held // YUAN:,}.00" in words(browser.get("/home"))


def test_an_officer_finds_piles_of_the_own_area_only(browser):
    f.a_firm(verified=False, region="540202")
    browser.sign_in(f.an_officer("540200"))
    assert "核实企业登记：1 项" in words(browser.get("/home"))
    browser.sign_in(f.an_officer("540100"))
    assert "核实企业登记" not in words(browser.get("/home"))


def test_o8_no_home_leads_to_a_door_that_stays_shut(browser):
    a_claim()
    f.stored(
        RiskSignal(
            kind="invoice_reused", severity=Severity.SERIOUS, subject_type="claim", subject_id=uuid4(), reason=Sentence("同一张发票")
        )
    )
    browser.sign_in(f.an_officer())
    page = words(browser.get("/home"))
    assert "核查风险提示" in page and "审核兑付申请" in page
    browser.sign_in(f.an_operator())
    page = words(browser.get("/home"))
    assert "审核兑付申请" not in page and "风险提示：" not in page, "an operator sees claims and decides on none"


def test_finance_and_auditor_see_where_the_money_stands(browser):
    claim = a_claim()
    for user in (f.a_finance_officer(), f.an_auditor(), f.an_officer()):
        browser.sign_in(user)
        page = words(browser.get("/home"))
        assert f"{claim.requested_fen // YUAN:,}.00" in page


def test_finance_finds_batches_and_programmes_of_the_own_area_only(browser):
    batch, _lines = a_batch("submitted")
    name = by_id(Programme, batch.programme_id).name
    browser.sign_in(f.a_finance_officer("652700"))
    home = words(browser.get("/home"))
    assert "复核拨付批次" not in home
    assert name not in home
    assert name not in words(browser.get("/spending"))
    browser.sign_in(f.a_finance_officer("540000"))
    home = words(browser.get("/home"))
    assert "复核拨付批次：1" in home
    assert name in home


@pytest.mark.parametrize("role", ["expert", "operator", "system_admin", "security_admin", "audit_admin", "chain_leader"])
def test_every_role_has_a_home(browser, role):
    browser.sign_in(f.a_user(role))
    assert browser.get("/home").select_one("h1").text.strip() == "首页"


def test_spending_is_grouped_and_adds_up_to_the_ledger(db):
    claim = a_claim()
    order = by_id(Order, claim.order_id)
    for rows in (DIMENSIONS[name].spent(this_year()) for name in ("region", "category", "provider")):
        assert [(row.redeemed_fen, row.paid_fen, row.orders) for row in rows] == [(claim.requested_fen, 0, 1)]
    assert DIMENSIONS["region"].spent(this_year())[0].key == order.region_code
    assert DIMENSIONS["region"].spent(this_year(areas=("540200",))) == []
    assert sum(row.redeemed_fen for row in DIMENSIONS["region"].spent(this_year())) == ledger.standing(order.book_id).redeemed


def test_money_is_shown_by_its_source(db):
    round_ = f.a_round(budget_fen=0, state="draft")
    f.an_appropriation(round_, 300 * YUAN, source="central")
    f.an_appropriation(round_, 200 * YUAN, source="region")
    assert [(row.source, row.appropriated_fen) for row in queries.by_source([round_.programme_id])] == [
        ("central", 300 * YUAN),
        ("region", 200 * YUAN),
    ]


def test_the_spending_page_filters_by_the_url_and_exports_what_it_shows(browser):
    claim = a_claim()
    browser.sign_in(f.an_auditor())
    page = browser.get("/spending")
    assert f"{claim.requested_fen // YUAN:,}.00" in page.text
    assert "这段时间没有核销、核定或兑付" in browser.get("/spending?from=2020-01-01&until=2020-12-31").text
    page = browser.get("/spending?from=nonsense&programme=nonsense&until=")
    beside = page.select_one("#filter-from-problem")
    assert "“nonsense”不是日期" in beside.text and f"{clock.today().year}-01-01" in beside.text, "what is counted instead is said"
    assert page.select_one("#filter-from")["aria-describedby"] == "filter-from-problem"
    assert page.select_one("#filter-until-problem") is None
    assert "对调" in browser.get("/spending?from=2026-02-01&until=2026-01-01").select_one("#filter-from-problem").text
    book = load_workbook(io.BytesIO(browser.download("/spending.xlsx?by=provider").data))
    assert list(book.active.iter_rows(min_row=5, values_only=True))[0][2] == claim.requested_fen / 100  # noqa: RUF015


def test_o13_the_front_counts_the_offerings_that_its_link_lists(browser):
    f.an_offering()
    provider_id = f.an_offering().provider_id
    in_transaction(lambda: setattr(by_id(Provider, provider_id), "state", ProviderState.SUSPENDED))

    assert queries.counts().offerings == 1
    assert "共 1 项" in browser.get("/services").text


def test_a_leader_opens_the_matches_under_way_that_were_counted(browser):
    leader = a_leader()
    a_match_in_talks(leader)
    a_match(leader=leader)  # proposed: not on its way
    browser.sign_in(leader)
    assert browser.get("/home").select_one('a[href="/matches?state=under_way"]').text.endswith("1")
    assert browser.get("/matches?state=under_way").select_one(".table-tools__count").text == "共 1 条"


def test_figures_of_a_firms_home_open_the_rows_they_count(browser):
    order = an_order("placed")
    an_order("cancelled", enterprise=order.enterprise)
    for person, path in (
        (f.user_of(order.enterprise_id), "/orders/mine?view=open"),
        (f.user_of(order.provider_id), "/orders/incoming?view=open"),
    ):
        browser.sign_in(person)
        assert browser.get("/home").select_one(f'a[href="{path}"]').text.endswith("1")
        assert len(browser.get(path).select("tbody tr")) == 1


def test_everybody_reads_what_programmes_received_and_paid_and_through_whom(browser):
    _batch, (line,) = a_batch()
    paid = {"reference": "YH0001", "paid_on": clock.today(), "actor_id": f.a_finance_officer().id, "now": clock.now()}
    in_transaction(lambda: settlement.record_paid(line.id, **paid))
    before = ledger.standing(line.claim.book_id).appropriated
    an_order("redeemed", voucher=f.a_voucher(round_=f.a_round(simulated=True)))
    assert "还没有统计" in browser.get("/disclosure").text
    sweep(now=clock.now())
    (row,) = disclosure.programmes()
    stands = ledger.standing(row.programme.book_id)
    assert (row.brought_fen, row.paid_fen) == (before, stands.paid), "without the simulated round"
    (found,) = disclosure.accounts_of(list(db.session.scalars(disclosure.providers("CNY"))), "CNY")
    assert (found.paid_fen, found.orders) == (stands.paid, 1)
    assert disclosure.whole("CNY").paid_fen == found.paid_fen and disclosure.direct("CNY").paid_fen == 0
    page = browser.get("/disclosure?currency=nonsense").text
    assert row.programme.name in page and found.name in page and f"{line.amount_fen // YUAN:,}.00" in page


def test_O12_disclosure_by_year_adds_up_to_the_ledger_and_leaves_as_a_workbook(browser):
    _batch, (line,) = a_batch()
    paid = {"reference": "YH0001", "paid_on": clock.today(), "actor_id": f.a_finance_officer().id, "now": clock.now()}
    in_transaction(lambda: settlement.record_paid(line.id, **paid))
    sweep(now=clock.now())
    this = clock.today().year
    assert disclosure.years() == [this]
    assert disclosure.whole("CNY", this).paid_fen == ledger.standing(line.claim.book_id).paid
    assert disclosure.whole("CNY", this - 1).paid_fen == 0
    assert browser.get(f"/disclosure?year={this}").find("option", {"selected": True, "value": str(this)})
    book = load_workbook(io.BytesIO(browser.download(f"/disclosure.xlsx?year={this}").data))
    lines = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert lines[-1][0] == "合计" and lines[-1][-1] == line.amount_fen / 100
