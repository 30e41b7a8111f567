"""What reads the keys that guard a programme's money."""

from marketplace.policy.programme_guards import ClaimCheck, Stops
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.settlement import check_rules, level_rules
from marketplace.settlement.rules import Check, CheckResult
from marketplace.vouchers.rules.budget import BudgetUse, check_budget
from tests.policy.amount_cases import Case, refused


def stopped(spec: ProgrammeSpec) -> list[str]:
    """What is said where 60 of 100 fen are used."""
    return [refused(lambda what=what: check_budget(spec, what, BudgetUse(100, 60))) for what in Stops]


def _amber(key: ClaimCheck) -> Check:
    return Check(key, key.label, CheckResult.WARN, "", {})


def _stop(rate_bp: int = 6_000, *stops: str) -> dict[str, object]:
    return {"rate_bp": rate_bp, "stops": list(stops or ("orders",))}


GUARDS: dict[str, Case] = {
    "budget.stop_at.rate_bp": Case("budget.stop_at", _stop(6_000), _stop(6_001), stopped),
    "settlement.review_levels.value": Case(
        "settlement.review_levels",
        {"value": ["formal", "final"]},
        {"value": ["formal", "expert", "final"]},
        lambda spec: level_rules.next_level(spec.claim_levels, 1),
    ),
    "settlement.blocking_checks.value": Case(
        "settlement.blocking_checks",
        {"value": ["price"]},
        {"value": ["dates"]},
        lambda spec: [one.value for one in ClaimCheck if check_rules.blocks(_amber(one), spec.blocking_checks.value)],
    ),
    "budget.stop_at.stops": Case("budget.stop_at", _stop(6_000, "orders"), _stop(6_000, "contracts"), stopped),
}
