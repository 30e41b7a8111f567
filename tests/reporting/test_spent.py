"""Spending is added up from the sums of days that the worker counted; they equal the ledger's rows of their moment."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.reporting import queries
from marketplace.reporting.queries import Span, spent
from marketplace.reporting.queries.dimensions import DIMENSIONS
from marketplace.reporting.service import summing
from marketplace.reporting.sweep import sweep
from marketplace.settlement import service as settlement
from marketplace.settlement.models import PaymentLine
from marketplace.settlement.service import ReturnSlip
from marketplace.vouchers.models import Programme
from tests.factories import a_finance_officer, a_round, a_voucher, an_officer
from tests.order_factories import a_batch, an_order
from tests.plans import rows_read

WHOLE = ("540000",)
COLUMNS = ("region_code", "category", "provider_id", "class", "month", "size_class", "source", "")


def swept() -> int:
    return sweep(now=the_clock.now())


def spans(programme_id):
    today = the_clock.today()
    year = today.replace(month=1, day=1)
    yield Span(year, today, WHOLE)
    yield Span(year, today, WHOLE, programme_id)
    yield Span(year, today, ("540100",))
    yield Span(year, today - timedelta(days=1), WHOLE)
    yield Span(today, today, WHOLE)


def a_payment() -> PaymentLine:
    _batch, lines = a_batch()
    paid = {"reference": "YH0001", "paid_on": the_clock.today(), "actor_id": a_finance_officer().id, "now": the_clock.now()}
    in_transaction(lambda: settlement.record_paid(lines[0].id, **paid))
    return by_id(PaymentLine, lines[0].id)


def programmes_of(span):
    """The programmes that a span is about."""
    every = select(Programme.id)
    return every if span.programme_id is None else every.where(Programme.id == span.programme_id)


def equal(programme_id) -> bool:
    """Whether stored sums and rows say the same, for every span and group."""
    return all(
        sorted(queries.counted(span, column))
        == sorted(spent.sums(column, first=span.first, last=span.last, areas=span.areas, programmes=programmes_of(span)))
        for span in spans(programme_id)
        for column in COLUMNS
    )


def test_stored_sums_equal_the_rows_of_their_moment(db, clock, app):
    a_payment()
    programme_id = an_order("redeemed").programme_id
    assert spent.as_of() is None
    live = DIMENSIONS["category"].spent(next(spans(programme_id)))
    swept()
    assert spent.as_of() is not None
    assert equal(programme_id)
    assert DIMENSIONS["category"].spent(next(spans(programme_id))) == live
    assert sum(one.paid_fen for one in live) > 0

    before = spent.as_of()
    an_order("redeemed")
    swept()
    assert spent.as_of() == before, "not old enough"
    assert not equal(programme_id)
    clock.shift(minutes=app.config["FIGURES_MINUTES"] + 1)
    swept()
    assert equal(programme_id), "the days on which something happened were counted again"
    clock.shift(days=1)
    an_order("redeemed")
    swept()
    assert equal(programme_id)


def test_a_day_on_which_more_came_back_from_a_bank_than_was_paid_is_summed(db, clock):
    line = a_payment()
    programme_id = line.claim.order.programme_id
    clock.shift(days=1)
    slip, actor_id = ReturnSlip(line.amount_fen, "TH0001", the_clock.today(), "户名不符"), a_finance_officer().id
    in_transaction(lambda: settlement.record_bounce(line.id, slip, actor_id=actor_id, now=the_clock.now()))
    swept()
    assert equal(programme_id)
    today = the_clock.today()
    (one,) = spent.sums("category", first=today, last=today, areas=WHOLE, programmes=select(Programme.id))
    assert (one.redeemed_fen, one.paid_fen) == (0, -line.amount_fen)


def test_what_a_simulated_round_spent_is_not_in_the_sums(db):
    an_order("redeemed", voucher=a_voucher(round_=a_round(simulated=True)))
    swept()
    today = the_clock.today()
    assert spent.sums("category", first=today, last=today, areas=WHOLE, programmes=select(Programme.id)) == []


@pytest.mark.parametrize("counted", [False, True])
def test_the_page_says_of_when_its_sums_are(browser, clock, counted):
    an_order("redeemed")
    if counted:
        swept()
    clock.shift(minutes=3)
    browser.sign_in(an_officer())
    assert f"截至 2026-03-16 10:0{0 if counted else 3}" in browser.get("/spending").text


@pytest.mark.engines("postgresql")
def test_a_day_is_counted_from_the_entries_of_that_day_alone(db, clock):
    read = []
    for _ in range(2):
        for _ in range(3):
            an_order("redeemed")
        clock.shift(days=1)
        read.append(rows_read(lambda: db.session.execute(summing._sums([the_clock.today()])))["ledger_entries"])
    assert read == [0, 0]
