"""Under the rules that orders were placed under, a replay gives back every order to the fen, whatever people did."""

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from marketplace.kernel.db import by_id
from marketplace.kernel.errors import DomainError
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from tests.factories import a_firm, a_provider, a_round, a_voucher, an_offering
from tests.order_factories import a_claim, accept, an_order, cancel, contract, deliver, take, with_papers
from tests.programmes_of import a_programme_with
from tests.whatif.asking import differing, replayed

CAPS = (
    '[caps.of_year]\nscope = "enterprise_year"\namount_fen = 1_700_000',
    '[caps.pair]\nscope = "pair"\namount_fen = 700_000',
    '[caps.life]\nscope = "enterprise_life"\namount_fen = 2_100_000',
    '[caps.capital]\nscope = "region"\namount_fen = 2_500_000\nregions = ["5401"]',
)
NEXT = {OrderState.PLACED: take, OrderState.TAKEN: contract, OrderState.CONTRACTED: deliver, OrderState.DELIVERED: accept}
acts = st.lists(st.tuples(st.sampled_from(["place", "place", "go", "go", "cancel", "claim"]), st.integers(0, 999)), min_size=8, max_size=24)


class Play:
    """Two rounds of one programme with little money, three firms, two providers."""

    def __init__(self, clock, programme):
        self.clock, self.rounds = clock, [a_round(programme=programme, budget_fen=3_000_000) for _ in range(2)]
        firms = [a_firm() for _ in range(3)]
        self.vouchers = [a_voucher(round_=one, enterprise=firm) for one in self.rounds for firm in firms]
        self.offerings = [an_offering(provider=a_provider(), price_fen=fen) for fen in (1_300_000, 470_001)]
        self.orders = []

    def do(self, act, choice):
        self.clock.shift(minutes=7)
        order = by_id(Order, self.orders[choice % len(self.orders)]) if self.orders else None
        if act == "place":
            made = an_order(
                voucher=self.vouchers[choice % 6],
                offering=self.offerings[choice % 2],
                requested_fen=100_001 if choice % 7 == 0 else None,
            )
            self.orders.append(made.id)
        elif order is None:
            return
        elif act == "go" and order.state in NEXT:
            NEXT[order.state](order, contract_fen=order.price_fen - choice * 100)
        elif act == "cancel":
            cancel(order)
        elif act == "claim" and order.state is OrderState.REDEEMED:
            self.clock.shift(minutes=1)
            a_claim("approved", order=with_papers(order), approved_fen=max(1, order.subsidy_fen - choice) if choice % 2 else None)


@pytest.fixture
def programme(db):
    return a_programme_with(*CAPS, without="caps.year")


@given(acts)
@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_whatever_people_did(clock, programme, acts):
    play = Play(clock, programme)
    for act, choice in acts:
        try:
            play.do(act, choice)
        except DomainError:
            continue

    for chosen in (play.rounds, play.rounds[:1], play.rounds[1:]):
        result = replayed(*chosen)
        assert differing(result) == []
        assert len(result["lines"]) == sum(by_id(Order, one).round_id in {row.id for row in chosen} for one in play.orders)


@pytest.mark.parametrize("round_at", [0, 1])
def test_what_used_up_a_cap_in_another_round_is_used_up(clock, programme, round_at):
    play = Play(clock, programme)
    for voucher in (0, 3, 0, 3):  # of one firm, with one provider: the cap of the pair is soon used
        try:
            play.do("place", voucher * 6 + voucher % 2 + (6 if voucher == 0 else 0))
        except DomainError:
            continue

    assert differing(replayed(play.rounds[round_at])) == []
