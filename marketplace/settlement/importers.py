"""Bank results brought in as an Excel list: the bank list with result, reference and date beside each line."""

from collections.abc import Mapping
from typing import Any

from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.imports import ImportContext, Importer, RowOutcome
from marketplace.kernel.sheets import CellKind, Column, SheetSpec
from marketplace.settlement import queries, service
from marketplace.settlement.lifecycle import LineState
from marketplace.vouchers.service import spending

SPEC = SheetSpec(
    name="bank_results",
    title="银行付款结果",
    columns=(
        Column("batch", "批次编号", CellKind.CODE, required=True, max_length=24),
        Column("claim", "兑付申请编号", CellKind.CODE, required=True, max_length=24),
        Column("amount", "金额", CellKind.YUAN, required=True, help="与批次中的金额核对，不一致的行不登记。"),
        Column("result", "银行结果", CellKind.CHOICE, required=True, choices={"paid": "已付款", "failed": "付款失败"}),
        Column("reference", "银行流水号", CellKind.CODE, max_length=60, help="已付款的必填。"),
        Column("paid_on", "付款日期", CellKind.DATE, help="已付款的必填。"),
        Column("reason", "失败原因", max_length=300, help="付款失败的必填。"),
    ),
    sample=(
        {
            "batch": "BF-23456789-X",
            "claim": "DF-23456789-X",
            "amount": "5000.00",
            "result": "已付款",
            "reference": "2026031600001",
            "paid_on": "2026-03-16",
        },
    ),
    notes=("从批次页面导出的银行清单可以直接粘贴前几列。",),
    unique=(("batch", "claim"),),
)


def store_row(row: Mapping[str, Any], context: ImportContext) -> RowOutcome:
    """Record one line's result."""
    try:
        line = queries.line_of(str(row["batch"]), str(row["claim"]), context.areas)
    except NotFound:
        raise RuleViolation(N_("没有这个批次和申请编号，请与银行清单核对。"), field="claim") from None
    if line.amount_fen != row["amount"]:
        raise RuleViolation(N_("金额与批次中的不一致，请核对。"), field="amount")
    known = line.state is not LineState.WAITING
    if row["result"] == "paid":
        if row["paid_on"] is None:
            raise RuleViolation(N_("请填写付款日期。"), field="paid_on")
        reference, paid_on = row["reference"] or "", row["paid_on"]
        _line, paid = service.mark_paid(line.id, reference=reference, paid_on=paid_on, actor_id=context.actor_id, now=context.now)
        if paid:
            context.gathered.append(paid)
    else:
        service.record_failed(line.id, reason=row["reason"] or "", actor_id=context.actor_id, now=context.now)
    return RowOutcome.UNCHANGED if known else RowOutcome.STORED


def settle(context: ImportContext) -> None:
    """Post what the rows of a chunk said was paid, together."""
    spending.settle(context.gathered, today=context.today)


BANK_RESULTS = Importer(kind="bank_results", title=N_("银行付款结果"), spec=SPEC, store_row=store_row, end_chunk=settle)
