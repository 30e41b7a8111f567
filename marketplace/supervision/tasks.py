"""Cases that wait: for who investigates, who decides, who answers an appeal; and decisions that a firm may appeal."""

from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import FirmTask, Line, Task
from marketplace.supervision import queries
from marketplace.supervision.lifecycle import CaseState, DrawState, TipState
from marketplace.supervision.models import SupervisionCase
from marketplace.supervision.queries import CaseFilter, checks, tips

OFFICE = (
    Task(
        N_("受理举报线索"),
        "supervision.tips",
        lambda asker, areas: tips.tips(areas, asker.id, TipState.RECEIVED),
        {"state": "received"},
        door="supervision.take_tip",
    ),
    Task(
        N_("调查监督案件"),
        "supervision.cases",
        lambda _asker, areas: queries.cases(areas, CaseFilter(state=CaseState.INVESTIGATING)),
        {"state": "investigating"},
        door="supervision.find",
    ),
    Task(
        N_("决定监督案件"),
        "supervision.cases",
        lambda asker, areas: queries.cases(areas, CaseFilter(state=CaseState.FOUND, not_by=asker.id)),
        {"state": "found", "by": "others"},
        door="supervision.decide",
    ),
    Task(
        N_("处理对处理决定的申诉"),
        "supervision.cases",
        lambda asker, areas: queries.cases(areas, CaseFilter(state=CaseState.APPEALED, not_by=asker.id)),
        {"state": "appealed", "by": "others"},
        door="supervision.answer_appeal",
    ),
    Task(
        N_("抽取已封存种子的抽查"),
        "supervision.checks",
        lambda _asker, areas: checks.draws(areas, DrawState.PLANNED),
        {"state": "planned"},
        door="supervision.draw_sample",
    ),
    Task(
        N_("检查被抽中的事项"),
        "supervision.checks",
        lambda _asker, areas: checks.with_waiting(areas),
        {"state": "drawn"},
        door="supervision.check_item",
    ),
)


def _to_read(row: SupervisionCase) -> Line:
    return Line(
        N_("处理决定 %(number)s：可以申诉"),
        {"number": row.number},
        "supervision.my_case",
        {"case_id": row.id},
        due_on=row.due_on,
        provisional=row.due_provisional,
    )


FIRM = (FirmTask("supervision.appeal", queries.to_appeal, _to_read, N_("可申诉的处理决定"), "supervision.my_cases"),)
