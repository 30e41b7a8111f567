"""Plans of performance made in one line, through the service."""

from typing import Any
from uuid import uuid4

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.moves.service import By
from marketplace.performance import service
from marketplace.performance.indicators import Indicator, IndicatorTarget
from marketplace.performance.models import PerformancePlan
from marketplace.performance.rules import StepWords
from tests.factories import an_officer

TARGETS = tuple(
    IndicatorTarget(*said) for said in ((Indicator.PAID, 100_000, 60), (Indicator.FIRMS, 1, 30), (Indicator.SATISFACTION, 9_000, 10))
)


def by(officer: Any) -> By:
    return By(officer.id, clock.now(), uuid4(), {})


def a_plan(programme: Any, *, officer: Any = None, year: int = 0, targets: Any = TARGETS) -> PerformancePlan:
    """Targets that wait for a second person."""
    asked = by(officer or an_officer())
    return in_transaction(lambda: service.enter(programme.id, year or clock.today().year, targets, by=asked))


def act(verb: str, plan: PerformancePlan, officer: Any, reason: str = "", **reasons: str) -> PerformancePlan:
    asked, given = by(officer), StepWords(reason, reasons or None)
    return in_transaction(lambda: getattr(service, verb)(plan.id, given, by=asked))  # type: ignore[no-any-return]


def confirmed(programme: Any, **said: Any) -> PerformancePlan:
    return act("confirm", a_plan(programme, **said), an_officer())
