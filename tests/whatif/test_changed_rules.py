"""What changed rules make of firms and orders: lost, gained, short of money, across rounds."""

import pytest

from marketplace.enterprises.models import Enterprise
from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.money import YUAN
from marketplace.kernel.policyfiles.provenance import Source
from marketplace.orders.models import Order
from marketplace.policy.programme_file import with_value
from marketplace.policy.programme_words import Base
from marketplace.vouchers.models import Application
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.states import ApplicationState
from marketplace.vouchers.service import issuing
from tests.factories import a_firm, a_round, a_voucher, an_offering, changed_programme
from tests.order_factories import a_paper, accept, add_paper, an_order, deliver
from tests.subsidies.awards import an_award, an_award_round
from tests.whatif.asking import differing, replayed

SIGNED = {"source": Source("测试〔2026〕1号", "第一条")}


def changed(round_, **values):
    """The rules of a round with other values, by key with dots as double underscores."""
    spec = spec_of(round_.version_id)
    for key, value in values.items():
        spec = with_value(spec, key.replace("__", "."), value, **SIGNED)
    return spec


def a_past(number=2, **facts):
    round_ = a_round(**facts)
    vouchers = [a_voucher(round_=round_, enterprise=a_firm()) for _ in range(number)]
    for voucher in vouchers:
        an_order("redeemed", voucher=voucher, contract_fen=300_000)
    return round_, vouchers


def test_a_lower_rate_draws_less(db):
    round_, _vouchers = a_past()

    result = replayed(round_, rules=changed(round_, rates__micro_small__rate_bp=3_000))

    assert [line[7:9] for line in result["lines"]] == [[150_000, 90_000]] * 2
    assert (result["before_fen"], result["after_fen"], result["firms"]["less"]) == (300_000, 180_000, 2)
    assert [line[3:] for line in result["by_class"]] == [[300_000, 180_000]]
    assert result["by_category"][0][2:] == result["by_region"][0][2:] == [300_000, 180_000]


def test_a_firm_in_no_class_any_more_is_lost(db):
    round_, vouchers = a_past()
    row = by_id(Enterprise, vouchers[0].enterprise_id)
    spec = changed(round_, classes__micro_small={"label": "小型企业", "size_classes": ["small"]})
    sizes = {"micro": 2, "small": 0}

    result = replayed(round_, rules=spec)

    assert result["firms"]["lost"] == sizes[row.size_class]
    assert [line[2] for line in result["lost"]] == [""] * sizes[row.size_class]
    assert result["reasons"] == ({"no_voucher": 2} if sizes[row.size_class] else {})
    assert (result["vouchers"], result["vouchers_after"]) == (2, 2 - sizes[row.size_class])


def test_a_class_by_another_name_is_the_same_class(db):
    round_, vouchers = a_past()
    in_transaction(lambda: setattr(by_id(Enterprise, vouchers[0].enterprise_id), "size_class", "large"))  # long after its voucher

    result = replayed(round_, rules=changed(round_, classes__micro_small={"label": "小微", "size_classes": ["micro", "small"]}))

    assert differing(result) == []


def test_the_money_of_a_round_is_used_up_in_order(db, clock):
    round_ = a_round(budget_fen=400_000)
    vouchers = [a_voucher(round_=round_, enterprise=a_firm()) for _ in range(2)]
    offering = an_offering(price_fen=300_000)
    for voucher in vouchers:
        clock.shift(minutes=1)
        an_order("placed", voucher=voucher, offering=offering)

    result = replayed(round_, rules=changed(round_, rates__micro_small__rate_bp=8_000))

    assert [line[8] for line in result["lines"]] == [240_000, 160_000]
    assert (result["short_fen"], result["short_orders"], result["budget_fen"]) == (80_000, 1, 400_000)


def test_a_cap_that_reaches_across_rounds_counts_what_the_other_used(db, clock):
    first = a_round()
    firm, offering = a_firm(), an_offering(price_fen=2_000_000)
    one = a_voucher(round_=first, enterprise=firm)
    second = a_round(programme=first.programme)
    other = a_voucher(round_=second, enterprise=firm)
    for voucher in (one, other):
        clock.shift(minutes=1)
        an_order("placed", voucher=voucher, offering=offering)
    spec = changed(second, caps__year__amount_fen=1_400_000)

    assert [line[7:9] for line in replayed(second, rules=spec)["lines"]] == [[1_000_000, 400_000]]
    assert [line[7:9] for line in replayed(first, rules=spec)["lines"]] == [[1_000_000, 1_000_000]]
    assert [line[8] for line in replayed(first, second, rules=spec)["lines"]] == [1_000_000, 400_000]


def test_what_is_counted_is_narrowed_and_not_what_is_reckoned(db):
    round_, _vouchers = a_past()

    assert replayed(round_, year=2020)["orders"] == 0
    assert replayed(round_, category="legal")["orders"] == 0
    assert replayed(round_, region="110000")["orders"] == 0
    assert replayed(round_, class_key="medium")["orders"] == 0
    assert replayed(round_, class_key="micro_small", category="digital", region="540000")["orders"] == 2


def test_a_round_without_orders_has_an_empty_result(db):
    result = replayed(a_round())

    assert (result["orders"], result["by_class"], result["lost"], result["gained"]) == (0, [], [], [])


def test_a_quota_that_rose_is_the_same_again(db, clock):
    round_ = a_round()
    firm = a_firm()
    in_transaction(lambda: setattr(by_id(Enterprise, firm.id), "size_class", "medium"))
    voucher = a_voucher(round_=round_, enterprise=by_id(Enterprise, firm.id))
    clock.shift(minutes=1)
    an_order("placed", voucher=voucher, offering=an_offering(price_fen=2_000_000))
    in_transaction(lambda: setattr(by_id(Enterprise, firm.id), "size_class", "micro"))
    clock.shift(minutes=1)
    in_transaction(lambda: issuing.rise(voucher.id, today=the_clock.today()))
    an_order("placed", voucher=voucher, offering=an_offering(price_fen=1_000_000))

    assert differing(replayed(round_)) == []


@pytest.mark.parametrize(("verdict", "gained"), [("unmet", 1), ("unknown", 1), ("met", 0)])
def test_who_was_refused_for_a_rule_that_changed_is_gained(db, verdict, gained):
    round_, firm = a_round(), a_firm()
    checks = [{"rule": "size", "verdict": "met"}, {"rule": "region", "verdict": verdict}]
    row = Application(
        number="SL-1", round_id=round_.id, enterprise_id=firm.id, sequence=1, requested_fen=1, checks=checks, state=ApplicationState.REFUSED
    )
    in_transaction(lambda: db.session.add(row))
    spec = spec_of(round_.version_id)

    assert replayed(round_)["firms"]["gained"] == 0, "the rule did not change"
    result = replayed(round_, rules=with_value(spec, "beneficiaries.regions", ["54", "63"], **SIGNED))

    assert (result["refused"], result["firms"]["gained"]) == (1, gained)
    assert [line[7] for line in result["gained"]] == [3_000_000] * gained


def test_another_base_is_reckoned_on_what_the_papers_say(db):
    round_, _vouchers = a_past()
    assert spec_of(round_.version_id).base.value in set(Base)

    result = replayed(round_, rules=changed(round_, base="contract"))

    assert [line[8] for line in result["lines"]] == [150_000] * 2


@pytest.mark.parametrize("place", ["voucher", "pool", "none"])
def test_what_an_acceptance_left_goes_where_the_rules_say_and_the_next_order_finds_it_or_not(db, clock, place):
    programme = changed_programme("jiangmen_2020_service_voucher", "redemption.difference", place, area="440700")
    round_ = a_round(programme=programme, area="440700")
    voucher = a_voucher(round_=round_, enterprise=a_firm(region="440703"))
    order = an_order("contracted", voucher=voucher, offering=an_offering(price_fen=1_000_000))
    add_paper(order, a_paper("invoice", amount_fen=600_000))
    for step in (deliver, accept):
        clock.shift(minutes=1)
        step(by_id(Order, order.id))
    clock.shift(minutes=1)
    an_order("placed", voucher=voucher, offering=an_offering(price_fen=10_000_000))

    found = {"voucher": 1_700_000, "pool": 1_500_000, "none": 1_500_000}
    same = replayed(round_)
    assert (same["lines"][-1][7], differing(same)) == (found[place], [])
    for other, fen in found.items():
        assert replayed(round_, rules=changed(round_, redemption__difference=other))["lines"][-1][8] == fen


def test_the_money_of_a_round_without_orders_is_what_it_was_given(db):
    round_ = an_award_round(budget_fen=1_000_000 * YUAN)
    an_award("approved", round_=round_)

    result = replayed(round_)

    assert (result["budget_fen"], result["orders"]) == (1_000_000 * YUAN, 0)
