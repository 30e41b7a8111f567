"""Spending by two ways: every total is the ledger's, every cell the sum of the rows that it leads to."""

import io
from dataclasses import replace
from itertools import permutations

import pytest
from openpyxl import load_workbook

from marketplace.enterprises.models import Enterprise
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.ledger import queries as ledger
from marketplace.reporting.queries import Span, behind
from marketplace.reporting.queries.dimensions import DIMENSIONS
from marketplace.reporting.queries.matrix import Measure, matrix
from marketplace.reporting.sweep import sweep
from marketplace.settlement import service as settlement
from marketplace.vouchers.models import Programme
from tests.factories import a_finance_officer, an_auditor, an_officer
from tests.order_factories import a_batch, an_order

ALL = (50, 50)


def spent_money() -> Programme:
    """One order paid, another redeemed and waiting."""
    _batch, (line,) = a_batch()
    paid = {"reference": "YH0001", "paid_on": clock.today(), "actor_id": a_finance_officer().id, "now": clock.now()}
    in_transaction(lambda: settlement.record_paid(line.id, **paid))
    in_transaction(lambda: setattr(by_id(Enterprise, line.claim.order.enterprise_id), "size_class", "medium"))
    an_order("redeemed")
    return by_id(Programme, line.claim.programme_id)


def this_year() -> Span:
    today = clock.today()
    return Span(today.replace(month=1, day=1), today, ("540000",))


def made(down: str, across: str, measure: Measure, most=ALL):
    return matrix(this_year(), DIMENSIONS[down], DIMENSIONS[across], measure, most=most, rest="其余 %(count)s 项")


@pytest.mark.parametrize("is_counted", [False, True])
def test_totals_of_every_two_ways_are_the_ledgers(db, is_counted):
    """O9: a small set of dimensions by measures, the totals of which equal the ledger."""
    stands = ledger.standing(spent_money().book_id)
    if is_counted:
        sweep(now=clock.now())
    expected = {Measure.PAID: stands.paid, Measure.WAITS: stands.redeemed + stands.payable, Measure.ORDERS: 2}
    assert expected[Measure.PAID] and expected[Measure.WAITS]
    for down, across in permutations(DIMENSIONS, 2):
        for measure, total in expected.items():
            found = made(down, across, measure)
            assert found.totals.total.value == total == sum(cell.value for line in found.lines for cell in line.cells), (
                down,
                across,
                measure,
            )
            assert [cell.value for cell in found.totals.cells] == [
                sum(line.cells[at].value for line in found.lines) for at in range(len(found.heads))
            ]


def test_each_cell_is_the_sum_of_the_rows_that_it_leads_to(db):
    spent_money()
    for down, across in (("size", "source"), ("source", "month"), ("programme", "provider"), ("region", "class")):
        for line in made(down, across, Measure.PAID).lines:
            for cell in line.cells:
                span = replace(this_year(), within=((DIMENSIONS[down].column, cell.key), (DIMENSIONS[across].column, cell.across)))
                rows = behind.rows_behind(list(db.session.scalars(behind.entries(span))), span)
                assert sum(row.paid_fen for row in rows) == cell.value


def test_sizes_and_sources_are_called_by_their_names(db):
    spent_money()
    found = made("size", "source", Measure.PAID)
    assert ([line.label for line in found.lines], len(found.heads)) == (["中型企业"], 1)
    found = made("size", "source", Measure.REDEEMED)
    assert ({line.label for line in found.lines}, list(found.heads)) == ({"中型企业", "微型企业"}, ["尚未付款或未分来源"])


def test_what_comes_to_least_stands_together_and_leads_nowhere(db):
    spent_money()
    found = made("provider", "month", Measure.REDEEMED, most=(1, 1))
    assert [line.label for line in found.lines][1] == "其余 1 项"
    assert (found.lines[1].cells[0].key, found.lines[1].total.key) == ("", "")
    assert found.totals.total.value == made("provider", "month", Measure.REDEEMED).totals.total.value


def test_a_matrix_leads_to_its_rows_and_to_excel(browser):
    spent_money()
    browser.sign_in(an_officer())
    page = browser.get("/spending/matrix?down=size&across=source&measure=paid")
    (link, *_rest) = page.select("tbody td a")
    assert page.select("figure.chart rect")
    assert link.text.strip() in browser.get(link["href"]).text
    assert browser.get("/spending/matrix?down=month&across=month&measure=nonsense").select("tbody td a"), (
        "what is not understood has a default"
    )
    sheet = load_workbook(io.BytesIO(browser.download("/spending/matrix.xlsx?down=size&across=source&measure=redeemed").data)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[-1][0] == "合计" and rows[-1][-1] == sum(row[-1] for row in rows[-3:-1])


def test_an_auditor_crosses_the_whole_platform_without_a_row_behind_missing(browser):
    spent_money()
    browser.sign_in(an_auditor())
    assert browser.get("/spending/matrix").select("tbody td a")
