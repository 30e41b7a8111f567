"""The column by which people know a plan."""

from marketplace.performance.models import PerformancePlan

NAMES = {"performance_plan": (PerformancePlan.id, PerformancePlan.number)}
