"""What waits for whoever keeps the calendar."""

from marketplace.kernel import clock
from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import Task
from marketplace.policy import queries

OFFICE = (
    Task(N_("录入并确认工作日历（年度）"), "policy.calendar", lambda _asker, areas: queries.to_confirm(areas, clock.today()),
         {"_anchor": "to-confirm"}, door="policy.confirm_year"),
)  # fmt: skip
