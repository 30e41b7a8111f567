"""Arrears that wait for a second person, and those without a word for a week (周调度)."""

from marketplace.arrears import queries
from marketplace.arrears.lifecycle import ArrearState
from marketplace.arrears.queries import ArrearFilter
from marketplace.kernel import clock
from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import Task

OFFICE = (
    Task(
        N_("核实登记的欠款"),
        "arrears.index",
        lambda asker, areas: queries.arrears(areas, ArrearFilter(ArrearState.REGISTERED, asker.id)),
        {"state": "registered", "by": "others"},
        door="arrears.step",
    ),
    Task(
        N_("周调度：一周没有进展登记的欠款"),
        "arrears.index",
        lambda _asker, areas: queries.arrears(areas, ArrearFilter(quiet_on=clock.today())),
        {"quiet": "1"},
        door="arrears.step",
    ),
)
