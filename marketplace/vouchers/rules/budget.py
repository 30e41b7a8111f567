"""A round whose money is used up to the share that its rules name takes no more of what they name. Pure."""

from dataclasses import dataclass

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import percent
from marketplace.policy.programme_guards import Stops
from marketplace.policy.programme_spec import ProgrammeSpec


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """The money of a round, and what of it is held or used."""

    whole_fen: int
    used_fen: int


def stops(spec: ProgrammeSpec, what: Stops) -> bool:
    """Whether the use of the money can stop such a thing at all."""
    return spec.budget_stop is not None and what in spec.budget_stop.stops


def check_budget(spec: ProgrammeSpec, what: Stops, use: BudgetUse) -> None:
    """Raises: RuleViolation: the share at which this stops is reached."""
    stop = spec.budget_stop
    if stop is not None and what in stop.stops and stop.is_reached(use.used_fen, use.whole_fen):
        raise RuleViolation(
            N_("本批次的资金已占用和使用 %(used)s 元，达到规定的 %(rate)s，暂停%(what)s，请关注主管部门的通知。"),
            code="budget_stop",
            used=format_money(use.used_fen, spec.currency),
            rate=percent(stop.rate_bp),
            what=what.label,
        )
