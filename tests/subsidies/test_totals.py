"""Money without an order stands in every total in which public money is counted, and each total is what the ledger says."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.money import YUAN
from marketplace.ledger.models import Account
from marketplace.ledger.rules import AccountKind
from marketplace.reporting import queries
from marketplace.reporting.queries import Span, behind, figures, reruns, spent
from marketplace.reporting.queries.moving import NO_PROVIDER
from marketplace.reporting.sweep import sweep
from marketplace.settlement import service
from marketplace.settlement.models import Claim
from marketplace.settlement.rules import Approval
from marketplace.subsidies.models import AWARD
from marketplace.vouchers.models import Programme
from tests.factories import a_finance_officer, an_officer
from tests.order_factories import a_batch, an_order, spot_checked, with_account
from tests.settlement.test_appeals import answer, appeal
from tests.subsidies.awards import SPECIALISED, a_titled_firm, an_award, an_award_round
from tests.subsidies.test_evidence import a_freight_round, a_maker, ask

CUT = SPECIALISED - 50_000 * YUAN
KEYS = ("region_code", "category", "provider_id", "class", "month")


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
            found = db.session.scalars(behind.entries(span, key, one.key)).all()
            rows = behind.rows_behind(found, span)
            assert (sum(row.redeemed_fen for row in rows), sum(row.paid_fen for row in rows)) == (one.redeemed_fen, one.paid_fen)
            assert len(rows) == len(found) > 0 and all(row.firm and row.number for row in rows)
        assert not db.session.scalars(behind.entries(span, key, "nonsense:nonsense")).all()


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
    assert all(any(f"by={name}" in one for one in links) for name in ("month", "class", "region"))
    found = browser.get(next(one for one in links if "by=class" in one))
    assert house["award"].number in found.text or house["freight"].number in found.text
    browser.get("/spending/rows?by=month&key=1999:1", status=404)
    browser.get("/spending/rows?by=nothing&key=", status=404)


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
