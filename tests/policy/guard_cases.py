"""What reads the keys that guard a programme's money."""

from marketplace.policy.programme_guards import Stops
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.settlement import level_rules
from marketplace.vouchers.rules.budget import BudgetUse, check_budget
from tests.policy.amount_cases import Case, refused


def stopped(spec: ProgrammeSpec) -> list[str]:
    """What is said where 60 of 100 fen are used."""
    return [refused(lambda what=what: check_budget(spec, what, BudgetUse(100, 60))) for what in Stops]


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
    "budget.stop_at.stops": Case("budget.stop_at", _stop(6_000, "orders"), _stop(6_000, "contracts"), stopped),
}
