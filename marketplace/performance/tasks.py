"""Targets and assessments that wait for a second person."""

from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import Task
from marketplace.performance import queries
from marketplace.performance.lifecycle import PlanState
from marketplace.performance.queries import PlanFilter

OFFICE = (
    Task(
        N_("复核绩效目标"),
        "performance.index",
        lambda asker, areas: queries.plans(areas, PlanFilter(PlanState.ENTERED, asker.id)),
        {"state": "entered", "by": "others"},
        door="performance.step",
    ),
    Task(
        N_("复核年度绩效评价"),
        "performance.index",
        lambda asker, areas: queries.plans(areas, PlanFilter(PlanState.ASSESSED, asker.id)),
        {"state": "assessed", "by": "others"},
        door="performance.step",
    ),
)
