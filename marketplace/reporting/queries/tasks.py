"""What waits for whoever looks: the tasks that the capabilities declare in their `tasks`, with their rows counted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.capabilities import modules
from marketplace.kernel.counting import COUNTED, Total, counted
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import SHOWN, Asker, FirmTask, Line, Task
from marketplace.orders import queries as orders
from marketplace.settlement import queries as settlement


@cache
def of_offices() -> tuple[Task, ...]:
    """Every task of an office."""
    return tuple(task for module in modules("tasks") for task in getattr(module, "OFFICE", ()))


@cache
def of_firms() -> tuple[FirmTask, ...]:
    """Every task of a firm."""
    return tuple(task for module in modules("tasks") for task in getattr(module, "FIRM", ()))


def pages() -> set[str]:
    """The pages that tasks lead to, and their doors."""
    firms = {page for task in of_firms() for page in (task.door, task.endpoint)}
    return {page for task in of_offices() for page in (task.endpoint, task.door, task.unless)} | firms


@dataclass(frozen=True, slots=True)
class Pile:
    """What of a task waits: how many rows its list has, and the nearest date."""

    task: Task
    count: int
    due_on: date | None


def waiting_for(asker: Asker, permission_of: Callable[[str], str]) -> list[Pile]:
    """What waits for somebody of an office: what has a day first, the nearest at the top, the rest in the order of the capabilities.

    Args:
        permission_of: what an endpoint asks of its visitors.
    """
    found = []
    for task in of_offices():
        asked = permission_of(task.door or task.endpoint)
        if asker.can(asked) and not (task.unless and asker.can(permission_of(task.unless))):
            found.append(_pile(task, asker, asker.areas_for(asked)))
    return sorted((pile for pile in found if pile.count), key=lambda one: (one.due_on is None, one.due_on or date.max))


def _pile(task: Task, asker: Asker, areas: tuple[str, ...]) -> Pile:
    rows = task.rows(asker, areas)
    if not isinstance(rows, Select):
        return Pile(task, len(rows), None)
    if not task.due:
        return Pile(task, counted(rows), None)
    some = rows.limit(COUNTED + 1).subquery()  # in the order of the date, so the nearest is among them
    count, due_on = db.session.execute(select(func.count(), func.min(some.c[task.due]))).one()
    return Pile(task, Total.above(COUNTED) if count > COUNTED else Total(count), due_on)


def waiting_terms() -> int:
    """How many terms stand on a year that nobody has confirmed: nothing lapses meanwhile."""
    return orders.provisional() + settlement.provisional()


def of_organisation(organisation_id: UUID, may_open: Callable[[str], bool], today: date) -> list[Line]:
    """What waits for a firm and may be done by whoever looks: the most urgent of each kind; of more, a line says how many there are."""
    return [line for task in of_firms() if may_open(task.door) for line in _lines(task, organisation_id, today)]


def _lines(task: FirmTask, organisation_id: UUID, today: date) -> list[Line]:
    rows = task.rows(organisation_id, today)
    if not isinstance(rows, Select):
        return [task.line(row) for row in rows]
    found = db.session.execute(rows.add_columns(func.count().over()).limit(SHOWN)).unique().all()  # how many, in the same question
    lines = [task.line(row[0]) for row in found]
    if task.kind and found and found[0][-1] > SHOWN:
        more = Line(N_("%(kind)s：共 %(count)s 项，查看全部"), {"count": found[0][-1]}, task.endpoint, task.arguments, kind=task.kind)
        return [*lines, more]
    return lines
