"""Statements for a period: opening balance, movements and closing balance add up, whatever stands between."""

from datetime import date, timedelta

import pytest

from marketplace.kernel import clock as clocks
from marketplace.ledger.spans import Period, lines_of, sums_of
from marketplace.oversight.queries.periods import StatementOf, subject_of
from tests.factories import an_auditor
from tests.settlement.test_sources import a_world, another_claim, paid


@pytest.fixture
def world(db, clock):
    """Money in March, a payment in April, another in May."""
    clock.move_to("2026-03-10 10:00")
    round_, papers, claim = a_world(60_000_000, 30_000_000)
    clock.move_to("2026-04-10 10:00")
    paid(claim)
    clock.move_to("2026-05-10 10:00")
    paid(another_claim(round_), "ZF-2")
    return round_, papers, claim


APRIL = Period(date(2026, 4, 1), date(2026, 4, 30))


def test_opening_and_entries_are_the_closing_balance_of_everything_a_statement_is_about(world):
    round_, papers, claim = world
    book = round_.programme.book_id
    about = {
        StatementOf.BOOK: (book, 90_000_000, 89_500_000),
        StatementOf.APPROPRIATION: (papers[1].id, 30_000_000, 29_833_333),
        StatementOf.PROVIDER: (claim.payee_id, 500_000, 0),
        StatementOf.FIRM: (claim.enterprise_id, 0, 0),
    }
    for kind, (subject_id, opening, closing) in about.items():
        found = subject_of(book, kind, subject_id, None)
        for period in (APRIL, Period(date(2026, 1, 1), date(2026, 12, 31)), Period(date(2026, 6, 1), date(2026, 6, 1))):
            sums = sums_of(found.accounts, period)
            lines = list(lines_of(found.accounts, period, sums.opening_fen))
            assert sums.difference_fen == 0 and len(lines) == sums.count
            assert sums.opening_fen + sum(line.amount_fen for line in lines) == sums.closing_fen
            assert not lines or lines[-1].balance_fen == sums.closing_fen
        sums = sums_of(found.accounts, APRIL)
        assert (kind, sums.opening_fen, sums.closing_fen) == (kind, opening, closing)


def test_each_page_of_a_statement_goes_on_from_the_one_before(world):
    round_, _papers, _claim = world
    found = subject_of(round_.programme.book_id, StatementOf.BOOK, round_.programme.book_id, None)
    period = Period(date(2026, 3, 1), clocks.today() + timedelta(days=1))
    whole = list(lines_of(found.accounts, period, 0))

    halves = [*lines_of(found.accounts, period, 0, offset=0, limit=2), *lines_of(found.accounts, period, 0, offset=2, limit=99)]

    assert halves == whole and len(whole) == 6


def test_a_statement_is_a_page_a_workbook_and_a_paper(browser, world):
    round_, papers, _claim = world
    browser.sign_in(an_auditor())
    address = f"/oversight/books/{round_.programme.book_id}/statements/appropriation/{papers[0].id}"
    page = browser.get(f"{address}?since=2026-04-30&until=2026-04-01")
    told = page.find("main").text
    assert "期初余额" in told and "600,000.00" in told and "596,666.67" in told

    assert browser.client.get(f"{address}.xlsx?since=2026-04-01&until=2026-04-30").data[:2] == b"PK"
    assert browser.client.get(f"{address}.pdf?since=2026-04-01&until=2026-04-30").data[:4] == b"%PDF"
    assert browser.client.get(f"/oversight/books/{round_.programme.book_id}/statements/appropriation/{round_.id}").status_code == 404
