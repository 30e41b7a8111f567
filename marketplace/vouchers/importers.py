"""The lists that a programme's conditions name (名录), as Excel."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marketplace.audit import service as audit
from marketplace.identity.scope import may_act
from marketplace.identity.uscc import make_uscc
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.imports import ImportContext, Importer, Report, RowOutcome
from marketplace.kernel.sheets import CellKind, Column, SheetSpec
from marketplace.vouchers.models import Programme
from marketplace.vouchers.service import firm_lists as service

ON, OFF = "on", "off"
STANDINGS = {ON: N_("列入"), OFF: N_("移出")}

SHEET = SheetSpec(
    name="firm_list",
    title=N_("名录"),
    columns=(
        Column("uscc", N_("统一社会信用代码"), CellKind.USCC, required=True, aliases=(N_("信用代码"), N_("社会信用代码"))),
        Column("name", N_("企业名称"), required=True, max_length=120, aliases=(N_("单位名称"), N_("名称"))),
        Column("standing", N_("列入或移出"), CellKind.CHOICE, choices=STANDINGS, help=N_("不填即列入。")),
        Column("note", N_("依据"), max_length=200, help=N_("文号、公布日期，或移出的原因。")),
    ),
    sample=({"uscc": make_uscc("540102", 1), "name": N_("拉萨示例水业有限公司"), "note": N_("2026 年第 1 批")},),
    notes=(N_("企业不必已在平台登记，登记后自动按信用代码对上。"), N_("表中没有的企业不受影响；要移出的写“移出”。")),
    unique=("uscc",),
)


def target(chosen: str) -> tuple[UUID, str]:
    """The programme and the list that were chosen beside the file."""
    programme, _, name = chosen.partition(":")
    return UUID(programme), name


def store_row(row: Mapping[str, Any], context: ImportContext) -> RowOutcome:
    """One firm of a list."""
    programme_id, name = target(context.options["chosen"])
    if not may_act(context.areas, by_id(Programme, programme_id).area_code):
        raise RuleViolation(N_("这个项目由其他地区管理，请由该地区主管部门导入。"), field="uscc")
    entry = service.ListEntry(uscc=row["uscc"], name=row["name"], is_on=row["standing"] != OFF, note=row["note"] or "")
    changed = service.put(programme_id, name, entry, actor_id=context.actor_id)
    return RowOutcome.STORED if changed else RowOutcome.UNCHANGED


def _finish(context: ImportContext, report: Report) -> None:
    programme_id, name = target(context.options["chosen"])
    audit.record(
        "programme.list_imported",
        actor_id=context.actor_id,
        subject_type="programme",
        subject_id=programme_id,
        list_name=name,
        stored=report.stored,
        unchanged=report.unchanged,
        refused=len(report.errors),
    )


FIRM_LIST = Importer(kind="firm_list", title=N_("名录"), spec=SHEET, store_row=store_row, finish=_finish)
