"""Several people at the same moment, on a database with real commits."""

from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.orders import service
from marketplace.orders.models import Order
from marketplace.orders.service import Handover, Purchase
from tests.factories import a_firm, a_provider, a_round, a_voucher, an_offering
from tests.order_factories import a_paper, an_order, person
from tests.races import race, tried

THREADS = 24


@pytest.mark.engines("postgresql")
def test_concurrent_orders_on_one_voucher_never_spend_more_than_it_holds(fresh_app, fresh_db):
    voucher, offering = a_voucher(face_fen=7_000 * YUAN), an_offering(price_fen=2_000 * YUAN)
    voucher_id, firm_id, offering_id, actor_id, book_id = (
        voucher.id, voucher.enterprise_id, offering.id, person(voucher.enterprise_id), voucher.programme.book_id,
    )  # fmt: skip

    def order():
        order_id = uuid4()
        return tried(
            lambda: service.place(order_id, Purchase(offering_id, voucher_id), enterprise_id=firm_id, actor_id=actor_id, now=clock.now())
        )

    answers = race(fresh_app, [order] * THREADS)
    fresh_db.session.rollback()  # what was read before is over

    placed = [one for one in answers if isinstance(one, Order)]
    refused = [one for one in answers if isinstance(one, RuleViolation)]
    assert (len(placed), len(refused)) == (7, THREADS - 7), answers
    assert sum(one.subsidy_fen for one in placed) == 7_000 * YUAN
    assert ledger.balance_fen(book_id, f"limit:voucher:{voucher_id}") == 0
    standing = ledger.standing(book_id)
    assert (standing.reserved, standing.difference()) == (7_000 * YUAN, 0)


@pytest.mark.engines("postgresql")
def test_firms_that_meet_at_the_pool_never_draw_more_than_it_holds(fresh_app, fresh_db):
    round_, offering = a_round(budget_fen=9_000 * YUAN), an_offering(price_fen=2_000 * YUAN)
    vouchers = [a_voucher(enterprise=a_firm(), round_=round_) for _ in range(12)]
    wanted = [(v.id, v.enterprise_id, person(v.enterprise_id)) for v in vouchers]
    book_id, offering_id, round_id = vouchers[0].programme.book_id, offering.id, round_.id

    def order(voucher_id, firm_id, actor_id):
        order_id = uuid4()
        return tried(
            lambda: service.place(order_id, Purchase(offering_id, voucher_id), enterprise_id=firm_id, actor_id=actor_id, now=clock.now())
        )

    answers = race(fresh_app, [lambda w=w: order(*w) for w in wanted])
    fresh_db.session.rollback()  # what was read before is over

    placed = [one for one in answers if isinstance(one, Order)]
    assert sum(one.subsidy_fen for one in placed) == 9_000 * YUAN
    assert all(isinstance(one, Order | RuleViolation) for one in answers), answers
    assert ledger.balance_fen(book_id, f"pool:{round_id}") == 0


def test_the_same_order_sent_many_times_is_one_order(fresh_app, fresh_db):
    voucher, offering, order_id = a_voucher(), an_offering(), uuid4()
    voucher_id, firm_id, offering_id, actor_id = voucher.id, voucher.enterprise_id, offering.id, person(voucher.enterprise_id)

    def order():
        return tried(
            lambda: service.place(order_id, Purchase(offering_id, voucher_id), enterprise_id=firm_id, actor_id=actor_id, now=clock.now())
        )

    answers = race(fresh_app, [order] * 6)
    fresh_db.session.rollback()  # what was read before is over

    assert {one.id for one in answers} == {order_id}
    assert ledger.standing(voucher.programme.book_id).reserved == 5_000 * YUAN


def test_accepting_and_cancelling_at_the_same_moment_ends_one_way(fresh_app, fresh_db):
    order = an_order("contracted")
    order_id, firm_id, provider_id, book_id = order.id, order.enterprise_id, order.provider_id, order.book_id
    buyer, seller, papers = person(firm_id), person(provider_id), [a_paper("deliverable"), a_paper("service_record")]
    keys = {"cancel": uuid4(), "deliver": uuid4()}

    def cancel():
        return tried(
            lambda: service.cancel(
                order_id, organisation_id=firm_id, reason="不要了", actor_id=buyer, request_key=keys["cancel"], now=clock.now()
            )
        )

    def deliver():
        handover, mine = Handover("已交付", papers), {"provider_id": provider_id, "actor_id": seller}
        return tried(lambda: service.deliver(order_id, handover, **mine, request_key=keys["deliver"], now=clock.now()))

    answers = race(fresh_app, [cancel, deliver])
    fresh_db.session.rollback()  # what was read before is over

    assert sum(isinstance(one, Order) for one in answers) == 1, answers
    assert ledger.standing(book_id).difference() == 0


@pytest.mark.engines("postgresql")
def test_an_invoice_uploaded_to_two_orders_at_once_counts_for_one(fresh_app, fresh_db):
    provider = a_provider()
    orders = [an_order("redeemed", offering=an_offering(provider=provider)) for _ in range(2)]
    ids, actor_id, provider_id = [one.id for one in orders], person(provider.id), provider.id

    def upload(order_id):
        paper, key = a_paper("invoice", amount_fen=10_000 * YUAN, number="12345678", code="5400221130"), uuid4()
        return tried(
            lambda: service.add_paper(order_id, paper, organisation_id=provider_id, actor_id=actor_id, request_key=key, now=clock.now())
        )

    answers = race(fresh_app, [lambda one=one: upload(one) for one in ids])
    fresh_db.session.rollback()  # what was read before is over

    assert sorted(type(one).__name__ for one in answers) == ["Order", "RuleViolation"], answers
