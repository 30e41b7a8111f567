from datetime import date, timedelta
from uuid import uuid4

import pytest

from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.notices import queries as notices
from marketplace.orders import service
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.orders.sweep import sweep
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.service import rounds
from tests import order_factories as acts
from tests.factories import a_round, a_voucher
from tests.order_factories import a_claim, an_order, person, with_papers
from tests.orders.looks import left_of, now, stands, today, where_silence_means


def test_a_delivery_made_in_time_and_returned_after_the_use_window_may_be_mended(db, clock):
    order = an_order("contracted")
    clock.shift(days=179)
    acts.deliver(order)
    clock.shift(days=3)
    in_transaction(
        lambda: service.send_back(
            order.id, enterprise_id=order.enterprise_id, reason="缺附件", actor_id=person(order.enterprise_id), request_key=uuid4(),
            now=now(),
        )
    )  # fmt: skip

    sweep(now())
    assert by_id(Order, order.id).state is OrderState.CONTRACTED
    acts.deliver(by_id(Order, order.id))
    acts.accept(by_id(Order, order.id))

    assert by_id(Order, order.id).state is OrderState.REDEEMED
    assert stands(order)


@pytest.mark.parametrize("state", ["placed", "taken"])
def test_an_order_nobody_acts_on_lapses_and_gives_back_what_it_held(db, clock, state):
    order = an_order(state)
    clock.shift(days=32)

    done = sweep(now())
    again = sweep(now())

    order = by_id(Order, order.id)
    assert (done, again, order.state) == (1, 0, OrderState.LAPSED)
    assert left_of(order.voucher) == 30_000 * YUAN
    assert stands(order)


LATE = {"placed": acts.take, "taken": acts.contract, "contracted": acts.deliver}


@pytest.mark.parametrize("state", LATE)
def test_a_step_ends_with_its_last_second_though_no_sweep_came_by(db, clock, state):
    order = an_order(state)
    last = order.due_on
    clock.move_to(f"{last + timedelta(days=1)} 00:00")

    with pytest.raises(RuleViolation, match=f"期限 {last} 已过"):
        LATE[state](order)
    assert by_id(Order, order.id).state is OrderState(state)

    clock.move_to(f"{last} 23:59")
    LATE[state](by_id(Order, order.id))


def test_a_step_does_not_end_on_a_day_that_may_still_move(db, clock):
    order = an_order("placed")
    in_transaction(lambda: setattr(by_id(Order, order.id), "due_provisional", True))
    clock.move_to(f"{order.due_on + timedelta(days=1)} 00:00")

    acts.take(order)


def test_an_acceptance_overdue_is_reminded_once_and_does_not_lapse(db, clock):
    order = an_order("delivered", voucher=where_silence_means("lapse"))
    clock.shift(days=20)

    assert (sweep(now()), sweep(now())) == (1, 0)

    assert by_id(Order, order.id).state is OrderState.DELIVERED
    assert "超期" in notices.of_user(person(order.enterprise_id))[0].title


def test_a_contract_lives_its_service_term_and_then_lapses_into_the_pool(db, clock):
    """Signed on the last day to order: the round is long over when the term ends."""
    order = an_order("contracted", voucher=a_voucher(round_=a_round(use_days=0)))
    clock.shift(days=365)
    sweep(now())
    assert by_id(Order, order.id).state is OrderState.CONTRACTED
    clock.shift(days=1)

    assert sweep(now()) == 1

    assert by_id(Order, order.id).state is OrderState.LAPSED
    assert ledger.balance_fen(order.book_id, f"order:{order.id}:reserved") == 0
    assert stands(order)


def test_what_is_delivered_on_the_last_day_of_the_term_is_accepted_claimed_and_not_a_day_later(db, clock):
    round_ = a_round(use_days=0)
    late, order = (an_order("contracted", voucher=a_voucher(round_=round_)) for _ in range(2))
    clock.shift(days=365)
    acts.deliver(by_id(Order, order.id))
    clock.shift(days=1)
    with pytest.raises(RuleViolation, match="期限 2027-03-16 已过"):
        acts.deliver(by_id(Order, late.id))
    acts.accept(by_id(Order, order.id))
    sweep(now())
    in_transaction(lambda: rounds.move(round_.id, RoundState.SETTLING, actor_id=None, now=now()))
    claim = a_claim(order=with_papers(by_id(Order, order.id)))

    assert (by_id(Order, late.id).state, claim.requested_fen) == (OrderState.LAPSED, 5_000 * YUAN)
    assert stands(order)


def test_a_day_of_the_rounds_own_ends_a_step_before_the_contract_does(db, clock):
    round_ = a_round(use_days=0, days={name: today() + timedelta(days=n) for name, n in (("contract_until", 5), ("deliver_until", 20))})
    order = an_order("taken", voucher=a_voucher(round_=round_))
    clock.shift(days=5)
    sweep(now())
    acts.contract(by_id(Order, order.id))
    assert by_id(Order, order.id).due_on == round_.deliver_until
    clock.shift(days=16)

    assert sweep(now()) == 1
    assert by_id(Order, order.id).state is OrderState.LAPSED


def test_an_order_whose_day_was_set_by_the_old_rule_lives_its_term_too(db, clock):
    order = an_order("contracted")
    in_transaction(lambda: setattr(by_id(Order, order.id), "due_on", order.voucher.round.use_until))
    clock.shift(days=181)

    sweep(now())

    assert (by_id(Order, order.id).state, by_id(Order, order.id).due_on) == (OrderState.CONTRACTED, date(2027, 3, 16))


def test_an_order_of_december_that_is_cancelled_in_january_gives_the_old_years_limits_back(db, clock):
    clock.move_to("2026-12-30 10:00")
    order = an_order("taken")
    code = f"limit:enterprise_year:{order.enterprise_id}:2026"
    clock.move_to("2027-01-02 10:00")

    acts.cancel(by_id(Order, order.id))

    assert ledger.balance_fen(order.book_id, code) == 30_000 * YUAN
    assert ledger.opened(order.book_id, [code.replace(":2026", ":2027")]) == set()
    assert left_of(order.voucher) == 30_000 * YUAN
    assert stands(order)
