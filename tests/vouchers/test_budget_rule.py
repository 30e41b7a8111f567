"""When a round stops because its money is used: to the fen, on integers."""

import pytest

from marketplace.kernel.errors import RuleViolation
from marketplace.policy.programme_file import ProgrammeFileError
from marketplace.policy.programme_guards import Stops
from marketplace.vouchers.rules.budget import BudgetUse, check_budget
from tests.programmes_of import spec_of_file

STOP = '[budget.stop_at]\nrate_bp = %s\nstops = ["%s"]'


@pytest.mark.parametrize(
    ("rate_bp", "whole", "used", "stops"),
    [
        (9_000, 1_000, 899, False),
        (9_000, 1_000, 900, True),
        (10_000, 1_000, 999, False),
        (10_000, 1_000, 1_000, True),
        (3_333, 1, 0, False),
        (3_333, 1, 1, True),
        (9_999, 10**15, 999_899_999_999_999, False),  # a share that is rounded says 99.99% here
        (9_999, 10**15, 999_900_000_000_000, True),
        (5_000, 0, 0, False),  # no money came yet: nothing is used up
    ],
)
def test_the_share_is_reached_on_the_fen(rate_bp, whole, used, stops):
    spec = spec_of_file(STOP % (rate_bp, "orders"))
    if not stops:
        check_budget(spec, Stops.ORDERS, BudgetUse(whole, used))
        return
    with pytest.raises(RuleViolation, match="暂停受理新的订单") as refusal:
        check_budget(spec, Stops.ORDERS, BudgetUse(whole, used))
    assert refusal.value.code == "budget_stop"
    check_budget(spec, Stops.CONTRACTS, BudgetUse(whole, used))  # the rules name orders alone


@pytest.mark.parametrize(
    ("tables", "key", "words"),
    [
        ((STOP % (9_000, "applications"),), "budget.stop_at.stops", "不受理申请"),
        ((STOP % (9_000, "applications"), '[evidence_fields.x]\nlabel = "甲"\nkind = "number"'), "budget.stop_at.stops", "不受理申请"),
        ((STOP % (0, "orders"),), "budget.stop_at.rate_bp", ""),
        ((STOP % (10_001, "orders"),), "budget.stop_at.rate_bp", ""),
        ((STOP % (9_000, "payments"),), "budget.stop_at.stops", ""),
    ],
)
def test_a_stop_of_what_the_programme_does_not_have_is_refused(tables, key, words):
    with pytest.raises(ProgrammeFileError) as refusal:
        spec_of_file(*tables)
    found = [one.text() for one in refusal.value.problems if one.key.startswith(key)]
    assert found and words in found[0], refusal.value.problems
