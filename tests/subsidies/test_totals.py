"""Money without an order stands in every total in which public money is counted, and each total is what the ledger says."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.money import YUAN
from marketplace.ledger.models import Account
from marketplace.ledger.rules import AccountKind
from marketplace.reporting import queries
from marketplace.reporting.queries import Span, behind, figures, reruns, spent
from marketplace.reporting.queries.dimensions import DIMENSIONS
from marketplace.reporting.queries.moving import ALL, MEASURES, NO_PROVIDER
from marketplace.reporting.sweep import sweep
from marketplace.settlement import service
from marketplace.settlement.models import Claim
from marketplace.settlement.rules import Approval
from marketplace.settlement.sweep import sweep as settlement_sweep
from marketplace.subsidies.models import AWARD
from marketplace.vouchers.models import Programme
from tests.factories import a_finance_officer, an_officer
from tests.order_factories import a_batch, a_claim, an_order, spot_checked, with_account
from tests.settlement.test_appeals import answer, appeal, refuse
from tests.subsidies.awards import SPECIALISED, a_titled_firm, an_award, an_award_round
from tests.subsidies.test_evidence import a_freight_round, a_maker, ask

CUT = SPECIALISED - 50_000 * YUAN
KEYS = ("region_code", "category", "provider_id", "class", "month", "size_class", "source", "programme_id")


def on_accounts(db, kind: AccountKind) -> int:
    return sum(one.credits_fen - one.debits_fen for one in db.session.query(Account).filter_by(kind=kind))


def paid(claims) -> None:
    """Everything of one programme goes through a batch and the bank."""
    for one in claims:
        with_account(one.payee_id)
    _batch, lines = a_batch(claims=[by_id(Claim, one.id) for one in claims])
    for place, line in enumerate(lines):
        told = {"reference": f"{line.id.hex[-8:]}{place}", "paid_on": the_clock.today(), "actor_id": a_finance_officer().id}
        in_transaction(lambda line=line, told=told: service.record_paid(line.id, **told, now=the_clock.now()))


@pytest.fixture
def house(db, clock):
    """An order redeemed, an award paid after a cut, one that waits, freight approved; the same of a simulated round."""
    an_order("redeemed")
    row = an_award_round()
    award, waiting = an_award("approved", round_=row, approved_fen=CUT), an_award(round_=row)
    an_award("approved", round_=an_award_round(simulated=True), firm=a_titled_firm())
    an_award(round_=an_award_round(simulated=True), firm=a_titled_firm())
    freight = ask(a_freight_round(), a_maker())
    spot_checked(freight)
    officer_id = an_officer().id
    in_transaction(lambda: service.approve(freight.id, Approval(freight.requested_fen, ""), actor_id=officer_id, now=the_clock.now()))
    clock.move_to(the_clock.now() + timedelta(days=30))
    paid([award])
    return {"award": award, "waiting": waiting, "freight": by_id(Claim, freight.id)}


def spans():
    today = the_clock.today()
    return Span(today.replace(month=1, day=1), today, ("540000", "650000"))


def test_each_total_is_what_the_ledger_says(db, house):
    span = spans()
    groups = {key: queries.counted(span, key) for key in KEYS}
    granted = CUT + house["freight"].approved_fen
    order_fen = on_accounts(db, AccountKind.REDEEMED)
    assert granted and order_fen
    for rows in groups.values():
        assert sum(one.paid_fen for one in rows) == on_accounts(db, AccountKind.PAID) == CUT
        assert sum(one.redeemed_fen for one in rows) == order_fen + granted
        assert sum(one.orders for one in rows) == 3
    by_category = {one.key: one for one in groups["category"]}
    assert by_category[AWARD].paid_fen == CUT and by_category["logistics"].redeemed_fen == house["freight"].approved_fen
    assert {one.key: one.orders for one in groups["provider_id"]}[str(NO_PROVIDER)] == 2

    sweep(now=the_clock.now())
    assert {
        key: sorted(spent.sums(key, first=span.first, last=span.last, areas=span.areas, programmes=select(Programme.id))) for key in KEYS
    } == {key: sorted(rows) for key, rows in groups.items()}, "the sums that the worker keeps are the same"
    assert queries.counts().paid_fen == CUT
    assert sum(one.paid_fen for one in queries.by_source([one.id for one in queries.programmes(None)])) == CUT


def test_the_rows_behind_each_figure_come_to_it(db, house):
    span = spans()
    for key in KEYS:
        for one in queries.counted(span, key):
            narrow = replace(span, within=((key, one.key),))
            found = db.session.scalars(behind.entries(narrow)).all()
            rows = behind.rows_behind(found, narrow)
            sums = [sum(getattr(row, name) for row in rows) for name in MEASURES]
            assert sums == [getattr(one, name) for name in MEASURES]
            assert queries.counted(narrow, ALL) == [one._replace(key="")], "and so does the line by itself"
            assert len(rows) == len(found) > 0 and all(row.firm and row.number for row in rows)
        for nonsense in ("nonsense:nonsense", "", "9" * 30, "9" * 30 + ":1"):
            assert not db.session.scalars(behind.entries(replace(span, within=((key, nonsense),)))).all()


def test_what_is_neither_cut_nor_paid_stands_on_the_accounts_of_what_is_due(db, clock):
    """An order of which less was granted, one that was refused, one that nobody asked for in time, and one that waits."""
    late = an_order("redeemed")
    clock.move_to(the_clock.day_begins(late.due_on + timedelta(days=1)))
    settlement_sweep(the_clock.now())
    cut, refused = a_claim("approved", approved_fen=100_000), refuse(a_claim())
    an_order("redeemed")
    span = spans()
    gone = cut.requested_fen - 100_000 + refused.requested_fen + late.subsidy_fen
    for _way in ("from the rows", "from the sums that the worker keeps"):
        whole = queries.total(span)
        assert whole.cut_fen == gone
        assert whole.waits_fen == on_accounts(db, AccountKind.REDEEMED) + on_accounts(db, AccountKind.PAYABLE)
        assert [one.cut_fen for one in DIMENSIONS["category"].spent(span)] == [gone]
        sweep(now=the_clock.now())
    appeal(refused)
    answer(refused, refused.requested_fen)
    assert queries.counted(spans(), ALL)[0].cut_fen == gone - refused.requested_fen


def test_an_application_of_which_more_was_granted_on_another_day_is_one(db, clock):
    claim = an_award("approved", approved_fen=CUT)
    clock.shift(days=1)
    appeal(claim)
    answer(claim, SPECIALISED)
    span = spans()
    sweep(now=the_clock.now())
    kept = spent.sums("category", first=span.first, last=span.last, areas=span.areas, programmes=select(Programme.id))
    assert kept == queries.counted(span, "category")
    assert [(one.key, one.redeemed_fen, one.orders) for one in kept] == [(AWARD, SPECIALISED, 1)]


def test_a_line_of_spending_leads_to_its_rows(db, house, browser):
    browser.sign_in(an_officer("650000"))
    page = browser.get("/spending")
    assert "按月份" in page.text and "按企业类别" in page.text
    links = [str(one["href"]) for one in page.select("a") if "/spending/rows" in str(one.get("href"))]
    assert all(any(f"of={name}" in one for one in links) for name in ("month", "class", "region"))
    address = next(one for one in links if "of=class" in one)
    found = browser.get(address)
    assert house["award"].number in found.text or house["freight"].number in found.text
    assert "合计" in browser.get(f"{address}&by=month").text
    rows = list(load_workbook(io.BytesIO(browser.download(address.replace("rows?", "rows.xlsx?")).data)).active.values)
    assert "记账日期" in rows[1][0] and rows[3][0] == "记账日期" and len(rows) > 4
    crossed = address.replace("spending/rows?", "spending.xlsx?") + "&by=month"
    rows = list(load_workbook(io.BytesIO(browser.download(crossed).data)).active.values)
    assert rows[3][0] == "月份" and rows[-1][0] == "合计" and len(rows) > 5
    assert rows[-1][1:] == tuple(map(sum, zip(*(row[1:] for row in rows[4:-1]), strict=True)))
    browser.get("/spending/rows?of=month&key=1999:1", status=404)
    browser.get("/spending/rows?of=nothing&key=", status=404)


def test_the_standing_of_a_programme_is_without_what_simulated_applications_hold(db, house):
    standing = {one.programme.slug: one.standing for one in queries.by_programme(None)}["bozhou_award"]
    assert standing.difference() == 0
    assert (standing.reserved, standing.paid, standing.payable) == (SPECIALISED, CUT, 0), "one waits, one is paid"
    played = reruns.by_programme()[house["award"].programme_id]
    assert played.difference() == 0 and (played.reserved, played.payable) == (SPECIALISED, SPECIALISED)


def test_the_page_names_what_has_no_provider(db, house, browser):
    browser.sign_in(an_officer("650000"))
    text = browser.get("/spending").text
    assert "奖励和补助（没有服务机构）" in text and "奖励（不对应服务类别）" in text and "200,000.00" in text
    assert browser.get("/home").text.count("200,000.00") == 1


def test_a_firm_reads_on_its_home_what_is_under_way_and_what_it_received(db, house):
    today = the_clock.today()
    of = {name: [one.value for one in figures.of_enterprise(claim.enterprise_id, today)][3:] for name, claim in house.items()}
    assert of == {"award": ["0.00", "200,000.00"], "waiting": ["250,000.00", "0.00"], "freight": ["1,800.00", "0.00"]}
