"""A version that changes in the middle of a firm's use: its caps count what was used under the one before, up and down, to the fen."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete

from marketplace.kernel import clock
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.kernel.sentences import Sentence
from marketplace.ledger import queries as ledger
from marketplace.vouchers import chart
from marketplace.vouchers.aid_models import CapLevel
from marketplace.vouchers.queries.spending import quote
from marketplace.vouchers.rules.limits import CapStanding, LimitAccount, cap_left
from marketplace.vouchers.rules.sales import Sale
from tests.factories import a_firm, a_round, a_voucher, an_offering
from tests.order_factories import an_order, cancel
from tests.orders.looks import stands
from tests.programmes_of import a_programme_with

pytestmark = pytest.mark.usefixtures("db")
OTHERS = r"caps\.order|caps\.provider_year|caps\.year"


@pytest.mark.parametrize(
    ("cap", "left", "level", "allows"),
    [(500, 200, 500, 200), (700, 200, 500, 400), (400, 200, 500, 100), (300, 200, 500, 0), (299, 200, 500, 0)],
)
def test_a_cap_allows_its_amount_less_what_was_used_under_whatever_rules(cap, left, level, allows):
    account = LimitAccount(chart.cap(chart.CapScope.ENTERPRISE_LIFE, UUID(int=1), simulated=False), Fen(cap), Sentence("x"), None)
    assert cap_left(account, CapStanding(Fen(left), Fen(level))) == allows
    assert cap_left(account, None) == cap
    assert cap_left(account, CapStanding(Fen(left), None)) == left, "a part of a voucher is what stands on it"


def of_version(yuan):
    """A round under a version whose life cap is so high."""
    cap = f'[caps.life]\nscope = "enterprise_life"\namount_fen = {yuan * YUAN}'
    return a_round(programme=a_programme_with(cap, without=OTHERS))


def bears(voucher):
    sale = Sale(provider_id=uuid4(), category="legal", base_fen=Fen(100_000 * YUAN), fee_kind="standard")
    return quote(voucher.id, enterprise_id=voucher.enterprise_id, sale=sale, today=clock.today()).preview.subsidy_fen // YUAN


def bought(voucher, yuan):
    order = an_order(voucher=voucher, offering=an_offering(price_fen=2 * yuan * YUAN))
    assert order.subsidy_fen == yuan * YUAN
    assert stands(order)
    return order


def left(order):
    return ledger.balance_fen(order.book_id, order.limits[0]) // YUAN


def test_a_life_cap_that_a_new_version_lifts_leaves_what_is_above_the_use_before():
    firm = a_firm()
    before = a_voucher(enterprise=firm, round_=of_version(5_000))
    bought(before, 4_000)
    later = a_voucher(enterprise=firm, round_=of_version(9_000))

    assert (bears(before), bears(later)) == (1_000, 5_000)
    assert left(bought(later, 5_000)) == 0
    with pytest.raises(RuleViolation):
        an_order(voucher=later, offering=an_offering(price_fen=2 * YUAN))


def test_a_life_cap_that_a_new_version_lowers_counts_what_was_used_and_what_comes_back_fills_the_debt_first():
    firm = a_firm()
    before = a_voucher(enterprise=firm, round_=of_version(5_000))
    first, _second = bought(before, 3_000), bought(before, 1_000)
    later = a_voucher(enterprise=firm, round_=of_version(2_000))
    assert bears(later) == 0
    cancel(first)

    assert bears(later) == 1_000
    assert left(bought(later, 1_000)) == 0
    assert bears(before) == 3_000, "what was placed under a version is held to its own cap"


def test_rules_that_take_turns_bring_the_cap_up_and_down_again():
    firm = a_firm()
    one, other = (a_voucher(enterprise=firm, round_=of_version(yuan)) for yuan in (5_000, 3_000))
    for voucher, yuan, rest in ((one, 500, 4_500), (other, 500, 2_000), (one, 500, 3_500), (other, 500, 1_000), (one, 3_000, 0)):
        assert left(bought(voucher, yuan)) == rest


def test_an_account_from_before_levels_were_kept_is_reckoned_from_the_ledger():
    firm = a_firm()
    bought(a_voucher(enterprise=firm, round_=of_version(5_000)), 4_000)
    in_transaction(lambda: the_db.session.execute(delete(CapLevel)))
    later = a_voucher(enterprise=firm, round_=of_version(4_500))

    assert bears(later) == 500
    assert left(bought(later, 500)) == 0
