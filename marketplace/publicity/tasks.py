"""What waits for whoever publishes."""

from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import Task
from marketplace.publicity import queries
from marketplace.publicity.models import ObjectionState

OFFICE = (
    Task(N_("处理公示异议"), "publicity.objections",
         lambda _asker, areas: queries.objections(areas, state=ObjectionState.RAISED), {"state": "raised"}),
)  # fmt: skip
