"""Credit points: settled decisions cost by kind, for so long; who lost some is drawn more often."""

from datetime import date, timedelta

import pytest

from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.risk import queries as risk
from marketplace.supervision import credit_rules, service
from marketplace.supervision.queries import credit, populations
from marketplace.supervision.rules import MeasureKind
from marketplace.supervision.settings import supervision
from tests.factories import a_provider, an_offering, user_of
from tests.order_factories import an_order
from tests.supervision.acts import a_plan, decided

SCALE = credit_rules.CreditScale(full=100, costs=dict.fromkeys(MeasureKind, 30))


@pytest.mark.rules
@pytest.mark.parametrize(("kinds", "left"), [([], 100), (["warning"], 70), (["warning", "recovery", "ban", "title"], 0)])
def test_points_are_all_less_what_stands_and_never_below_nought(kinds, left):
    assert credit_rules.points(SCALE, map(MeasureKind, kinds)) == left


BANNED = ["warning", "ban"]  # 40 points of at least 60, until the first of them is old
UNTIL = {(): None, ("warning",): None, tuple(BANNED): date(2026, 1, 11), (*BANNED, "title"): date(2026, 1, 12)}


@pytest.mark.rules
@pytest.mark.parametrize(("kinds", "until"), UNTIL.items())
def test_too_few_points_are_left_until_so_many_decisions_are_old(kinds, until):
    settled = [credit_rules.Settled(MeasureKind(kind), date(2026, 1, day)) for day, kind in enumerate(kinds, 1)]
    assert credit_rules.below_until(SCALE, settled, floor=60, days=10) == until


def closed(clock, provider, kind="ban", **facts):
    case = decided(provider.id, kind, **({"days": 5} | facts))
    clock.move_to(f"{case.due_on + timedelta(days=1)} 09:00")
    in_transaction(lambda: service.close(case.id, now=the_clock.now()))
    return case


def test_who_lost_too_many_points_is_ordered_from_only_up_to_an_amount_until_they_are_back(db, clock):
    provider = a_provider()
    most = supervision().credit_order_limit.value
    first = closed(clock, provider, "warning")
    assert risk.credit_limit_of(provider.id, the_clock.today()) is None, "95 points are enough"
    assert risk.fewest_points([provider.id], the_clock.today()) is None, "for an ordinary review too"
    closed(clock, provider)
    few = risk.fewest_points([provider.id, a_provider().id], the_clock.today())
    assert (few.organisation_id, few.points, few.floor) == (provider.id, 55, supervision().credit_review.value)
    limit = risk.credit_limit_of(provider.id, the_clock.today())
    assert (limit.points, limit.most_fen) == (55, most)
    assert limit.until_on == the_clock.civil_date(first.decided_at) + timedelta(days=supervision().credit_days.value)
    for price, currency in ((most, "CNY"), (most + 1, "GBP")):
        risk.check_may_order([provider.id], price, currency, the_clock.today())
    with pytest.raises(RuleViolation, match=r"信用分为 55 分.*50,000.00 元"):
        risk.check_may_order([a_provider().id, provider.id], most + 1, "CNY", the_clock.today())
    risk.check_may_order([provider.id], most + 1, "CNY", limit.until_on + timedelta(days=1))


@pytest.mark.engines("sqlite")
def test_the_party_reads_its_limit_and_an_order_above_it_is_refused(browser, clock):
    provider = a_provider()
    closed(clock, provider, "warning")
    closed(clock, provider)
    browser.sign_in(user_of(provider))
    assert "每笔订单不超过 50,000.00 元" in browser.get("/my/cases").text
    offering = an_offering(provider=provider, price_fen=supervision().credit_order_limit.value + 100)
    with pytest.raises(RuleViolation, match="信用分"):
        an_order("placed", offering=offering)


def points(provider):
    return credit.points_of(provider.id, supervision(), the_clock.today())


def test_a_decision_costs_once_it_is_settled_until_its_days_are_over_and_weighs_in_draws(db, clock):
    provider, other = a_provider(), a_provider()
    case = decided(provider.id, "suspension", days=30)
    assert points(provider) == 100, "it may still be appealed"
    clock.move_to(f"{case.due_on + timedelta(days=1)} 09:00")
    in_transaction(lambda: service.close(case.id, now=the_clock.now()))
    assert (points(provider), points(other)) == (80, 100)
    weights = {row[0]: int(row[6]) for row in populations.entering(a_plan("providers"))}
    assert weights[provider.id] - weights[other.id] == supervision().case_weight.value + 2
    clock.move_to(f"{the_clock.today() + timedelta(days=731)} 09:00")
    assert points(provider) == 100
