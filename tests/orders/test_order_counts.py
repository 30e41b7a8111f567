"""How often a firm may order with vouchers of a programme: counted back from the day of each order."""

from datetime import date
from uuid import uuid4

import pytest

from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.rules import EarlierOrder, check_counts
from marketplace.orders.service import cancel
from tests.factories import a_firm, a_round, a_voucher, an_offering, user_of
from tests.order_factories import an_order
from tests.orders.looks import stands
from tests.programmes_of import a_programme_with, spec_of_file

TWICE_A_YEAR = "[order_counts.yearly]\nmost = 2\nmonths = 12"


def a_card(firm=None, round_=None):
    return a_voucher(enterprise=firm or a_firm(), round_=round_ or a_round(programme=a_programme_with(TWICE_A_YEAR)))


@pytest.mark.parametrize(("today", "is_held"), [(date(2027, 3, 15), True), (date(2027, 3, 16), False)])
def test_an_order_counts_until_its_day_comes_again(today, is_held):
    spec, earlier = spec_of_file(TWICE_A_YEAR), [EarlierOrder(date(2026, 3, 16), "legal"), EarlierOrder(date(2026, 9, 1), "ip")]
    asked = {"firm_class": "micro_small", "category": "legal", "today": today}

    if is_held:
        with pytest.raises(RuleViolation, match="近 12 个月内最多用券下单 2 次，您已用券下单 2 次"):
            check_counts(spec, earlier, **asked)
    else:
        check_counts(spec, earlier, **asked)


def test_a_third_order_waits_and_one_that_ended_without_a_service_is_not_counted(db):
    card = a_card()
    first, _second = an_order(voucher=card), an_order("redeemed", voucher=card)

    with pytest.raises(RuleViolation) as refused:
        an_order(voucher=card)
    assert refused.value.code == "order_count"
    assert an_order(voucher=False, enterprise=None).state is OrderState.PLACED

    actor = user_of(card.enterprise_id).id
    in_transaction(
        lambda: cancel(
            first.id, organisation_id=card.enterprise_id, reason="改期", actor_id=actor, request_key=uuid4(), now=the_clock.now()
        )
    )
    assert stands(an_order(voucher=card))


def test_the_page_says_before_the_order_that_it_would_be_one_too_many(browser):
    card = a_card()
    for _ in range(2):
        an_order(voucher=card)
    browser.sign_in(user_of(card.enterprise_id))

    page = browser.get(f"/orders/place/{an_offering().id}")

    assert "您已用券下单 2 次" in page.text


def test_orders_of_a_simulated_round_are_not_counted_with_real_ones(db):
    programme, firm = a_programme_with(TWICE_A_YEAR), a_firm()
    played, real = (a_card(firm, a_round(programme=programme, simulated=simulated)) for simulated in (True, False))
    for _ in range(2):
        an_order(voucher=played)

    assert stands(an_order(voucher=real)) and stands(an_order(voucher=real))
    for card in (played, real):
        with pytest.raises(RuleViolation, match="您已用券下单 2 次"):
            an_order(voucher=card)
