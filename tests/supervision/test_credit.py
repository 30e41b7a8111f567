"""Credit points: settled decisions cost by kind, for so long; who lost some is drawn more often."""

from datetime import timedelta

import pytest

from marketplace.kernel import clock as the_clock
from marketplace.kernel.db import in_transaction
from marketplace.supervision import credit_rules, service
from marketplace.supervision.queries import credit, populations
from marketplace.supervision.rules import MeasureKind
from marketplace.supervision.settings import supervision
from tests.factories import a_provider
from tests.supervision.acts import a_plan, decided

SCALE = credit_rules.CreditScale(full=100, costs=dict.fromkeys(MeasureKind, 30))


@pytest.mark.rules
@pytest.mark.parametrize(("kinds", "left"), [([], 100), (["warning"], 70), (["warning", "recovery", "ban", "title"], 0)])
def test_points_are_all_less_what_stands_and_never_below_nought(kinds, left):
    assert credit_rules.points(SCALE, map(MeasureKind, kinds)) == left


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
