"""A round stops taking orders, and signing, when its money is used up to where its rules say: to the fen, and of two that meet one."""

from uuid import uuid4

import pytest

from marketplace.identity.models import Organisation
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.notices.models import Notice
from marketplace.orders import service
from marketplace.orders.models import Order
from marketplace.orders.service import Purchase
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries.budget import use_of
from marketplace.vouchers.service import funds
from marketplace.vouchers.sweep import sweep
from tests.factories import a_firm, a_round, a_voucher, an_offering, an_officer, user_of
from tests.order_factories import an_order, cancel, contract, person
from tests.programmes_of import a_programme_with
from tests.races import race, tried

STOP = "[budget.stop_at]\nrate_bp = 5000\nstops = [%s]"
BUDGET = 20_000 * YUAN


def a_stopping_round(*stops: str) -> Round:
    """A round of 20 000 yuan that stops when half is used; an order of 10 000 draws a quarter."""
    named = ", ".join(f'"{one}"' for one in stops)
    return a_round(programme=a_programme_with(STOP % named), budget_fen=BUDGET)


def an_order_in(row: Round, state: str = "placed", requested_fen: int | None = None) -> Order:
    return an_order(state, voucher=a_voucher(enterprise=a_firm(), round_=row), requested_fen=requested_fen)


def refused(row: Round) -> str:
    with pytest.raises(RuleViolation) as refusal:
        an_order_in(row)
    assert refusal.value.code == "budget_stop"
    return refusal.value.text()


def test_orders_stop_on_the_fen_and_go_on_when_money_comes_back(db):
    row = a_stopping_round("orders")
    an_order_in(row)
    an_order_in(row, requested_fen=4_999 * YUAN + 99)
    assert (use_of(row).whole_fen, use_of(row).used_fen) == (BUDGET, BUDGET // 2 - 1)
    last = an_order_in(row, requested_fen=1)
    assert use_of(row).used_fen == BUDGET // 2
    assert "10,000.00 元" in refused(row) and "50%" in refused(row)
    cancel(last)
    an_order_in(row)
    assert ledger.standing(row.book_id).difference() == 0


def test_what_went_back_to_the_treasury_is_no_money_of_the_round(db):
    row = a_stopping_round("orders")
    asked = {"actor_id": uuid4(), "request_key": uuid4(), "today": the_clock.today()}
    in_transaction(lambda: funds.recall(row.id, funds.Recall(amount_fen=10_000 * YUAN, reason="财政收回"), **asked))
    an_order_in(row)
    assert (use_of(row).whole_fen, use_of(row).used_fen) == (10_000 * YUAN, 5_000 * YUAN)
    refused(row)


def test_signing_stops_by_what_is_signed_not_by_what_others_ordered(db):
    row = a_stopping_round("contracts")
    orders = [an_order_in(row, "taken") for _ in range(3)]
    assert use_of(row).used_fen == 15_000 * YUAN, "three quarters are held, nothing is signed"
    for one in orders[:2]:
        contract(by_id(Order, one.id))
    with pytest.raises(RuleViolation, match="暂停签订合同") as refusal:
        contract(by_id(Order, orders[2].id))
    assert refusal.value.code == "budget_stop"
    an_order_in(row)  # the rules stop signing alone


def test_officers_are_told_once_when_it_stops_and_once_when_it_goes_on(db, clock):
    officer = an_officer()
    row = a_stopping_round("orders")

    def told() -> list[str]:
        for _ in range(2):
            sweep(now=the_clock.now())
        rows = db.session.query(Notice).filter_by(user_id=officer.id, url=f"/office/rounds/{row.id}").order_by(Notice.created_at)
        return [str(one.title) for one in rows if "资金" in str(one.title)]

    an_order_in(row)
    assert told() == []
    last = an_order_in(row)
    assert [one.endswith("的资金已用到 50%") for one in told()] == [True]
    assert by_id(Round, row.id).budget_stopped_at is not None
    cancel(last)
    assert [one.endswith("的资金又有余额") for one in told()] == [False, True]
    assert by_id(Round, row.id).budget_stopped_at is None


@pytest.mark.engines("sqlite")
def test_a_firm_reads_why_its_voucher_does_not_work_now(browser, db):
    row = a_stopping_round("orders")
    for _ in range(2):
        an_order_in(row)
    voucher, offering = a_voucher(enterprise=a_firm(), round_=row), an_offering()
    browser.sign_in(user_of(by_id(Organisation, voucher.enterprise_id)))
    assert "达到规定的 50%，暂停受理新的订单" in browser.get(f"/orders/place/{offering.id}").text


@pytest.mark.engines("postgresql")
def test_of_firms_that_meet_at_the_last_place_one_has_it(fresh_app, fresh_db):
    row, offering = a_stopping_round("orders"), an_offering()
    an_order_in(row)
    vouchers = [a_voucher(enterprise=a_firm(), round_=row) for _ in range(8)]
    wanted = [(v.id, v.enterprise_id, person(v.enterprise_id)) for v in vouchers]
    book_id, offering_id = row.programme.book_id, offering.id

    def order(voucher_id, firm_id, actor_id):
        purchase, order_id = Purchase(offering_id, voucher_id), uuid4()
        return tried(lambda: service.place(order_id, purchase, enterprise_id=firm_id, actor_id=actor_id, now=the_clock.now()))

    answers = race(fresh_app, [lambda w=w: order(*w) for w in wanted])
    fresh_db.session.rollback()

    assert sum(isinstance(one, Order) for one in answers) == 1, answers
    assert {one.code for one in answers if isinstance(one, RuleViolation)} == {"budget_stop"}
    standing = ledger.standing(book_id)
    assert (standing.reserved, standing.difference()) == (10_000 * YUAN, 0)
