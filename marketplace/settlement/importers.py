"""Bank results brought in as an Excel list: the bank list with result, reference and date beside each line."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from marketplace.kernel import jobs
from marketplace.kernel.currencies import currency, format_money
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.imports import ImportContext, Importer, Report, RowOutcome
from marketplace.kernel.sheets import CellKind, Column, SheetSpec
from marketplace.orders.evidence import invoice_key
from marketplace.settlement import queries, result_files, service
from marketplace.settlement.invoice_models import InvoiceCheck
from marketplace.settlement.lifecycle import LineState, ShortKind
from marketplace.settlement.models import PaymentLine
from marketplace.settlement.queries import invoices
from marketplace.settlement.recovery_rules import InvoiceStatus
from marketplace.settlement.result_files import BESIDE
from marketplace.settlement.result_rules import is_other_account
from marketplace.settlement.service import ReturnSlip, Slip
from marketplace.settlement.short_rules import Shortfall
from marketplace.vouchers.service import spending
from marketplace.vouchers.service.spending import Settlement

RESULTS = {"paid": "已付款", **ShortKind.labels(), "failed": "付款失败", "bounced": "退汇"}
SPEC = SheetSpec(
    name="bank_results",
    title="银行付款结果",
    columns=(
        Column("batch", "批次编号", CellKind.CODE, required=True, max_length=24),
        Column("claim", "兑付申请编号", CellKind.CODE, required=True, max_length=24),
        Column(
            "amount",
            "金额",
            CellKind.AMOUNT,
            required=True,
            help="与批次中的金额核对，不一致的行不登记；部分支付和扣款的填实付金额，退汇的填退回的金额。",
        ),
        Column("result", "银行结果", CellKind.CHOICE, required=True, choices=RESULTS),
        Column("reference", "银行流水号", CellKind.CODE, max_length=60, help="付了款的必填；退汇的填退汇流水号。"),
        Column("paid_on", "付款日期", CellKind.DATE, help="付了款的必填；退汇的填退汇日期。"),
        Column("reason", "原因", max_length=300, aliases=("失败原因", "退汇原因"), help="部分支付、扣款、付款失败和退汇的必填。"),
        Column("account", "收款账号", CellKind.CODE, max_length=40, help="可不填；填了的与批次核对。"),
        Column("payer", "付款账号", CellKind.CODE, max_length=40, help="可不填；填了的与本地区的付款账户核对。"),
        Column("currency", "币种", CellKind.CODE, max_length=10, help="可不填；填了的与批次核对，例如 CNY。"),
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
    notes=(
        "从批次页面导出的银行清单可以直接在右边加上结果、流水号、日期和原因几列后导入。",
        "写明收款账号、付款账号或币种的，与批次核对，不一致的不登记。",
    ),
    unique=(("batch", "claim"),),
    beside=BESIDE,
    is_strict=True,
)


def store_row(row: Mapping[str, Any], context: ImportContext) -> RowOutcome:
    """Record one line's result."""
    try:
        line = queries.line_of(str(row["batch"]), str(row["claim"]), context.areas)
    except NotFound:
        raise RuleViolation(N_("没有这个批次和申请编号，请与银行清单核对。"), field="claim") from None
    if is_other_account(row.get("account") or "", line.payee_account):
        raise RuleViolation(
            N_("收款账号与批次中的不同（批次中为 %(account)s），没有登记。请先向银行核实款项付到了哪里。"),
            field="account",
            account=line.payee_account,
        )
    if row["result"] == "bounced":
        return _bounced(line, row, context)
    known = line.state is not LineState.WAITING
    short = _short(line, row)
    if row["result"] == "failed":
        service.record_failed(line.id, reason=row["reason"] or "", actor_id=context.actor_id, now=context.now)
    else:
        _paid(line, row, short, context)
    return RowOutcome.UNCHANGED if known else RowOutcome.STORED


def _short(line: PaymentLine, row: Mapping[str, Any]) -> Shortfall | None:
    """What a row says was paid in part; of any other row the amount is the batch's. Raises: RuleViolation."""
    amount = row["amount"].scaleb(currency(line.currency).exponent)
    if row["result"] in set(ShortKind) and amount == int(amount):
        return Shortfall(ShortKind(row["result"]), int(amount), row["reason"] or "")
    if Decimal(line.asked_fen) != amount:
        raise RuleViolation(
            N_("金额与批次中的不一致（批次中为 %(asked)s 元），请核对；银行只付了一部分的，结果请选“部分支付”或“扣款”。"),
            field="amount",
            asked=format_money(line.asked_fen, line.currency),
        )
    return None


def _paid(line: PaymentLine, row: Mapping[str, Any], short: Shortfall | None, context: ImportContext) -> None:
    if row["paid_on"] is None:
        raise RuleViolation(N_("请填写付款日期。"), field="paid_on")
    slip = Slip(row["reference"] or "", row["paid_on"], short=short)
    _line, paid = service.mark_paid(line.id, slip, actor_id=context.actor_id, now=context.now)
    if paid:
        context.gathered.append(paid)


def _bounced(line: PaymentLine, row: Mapping[str, Any], context: ImportContext) -> RowOutcome:
    if row["paid_on"] is None:
        raise RuleViolation(N_("请填写退汇日期。"), field="paid_on")
    amount = row["amount"].scaleb(currency(line.currency).exponent)
    if amount != int(amount):
        raise RuleViolation(N_("金额的小数位数多于币种所有的，请按银行回单填写。"), field="amount")
    slip = ReturnSlip(int(amount), row["reference"] or "", row["paid_on"], row["reason"] or "")
    _line, back = service.mark_bounced(line.id, slip, actor_id=context.actor_id, now=context.now)
    if back is None:
        return RowOutcome.UNCHANGED
    context.gathered.append(Back(back))
    return RowOutcome.STORED


class Back(NamedTuple):
    """A row that says that money came back."""

    settlement: Settlement


def settle(context: ImportContext) -> None:
    """Post what the rows of a chunk said was paid and sent back, each together."""
    spending.settle([one for one in context.gathered if isinstance(one, Settlement)], today=context.today)
    spending.bounce([one.settlement for one in context.gathered if isinstance(one, Back)], today=context.today)


INVOICES = SheetSpec(
    name="invoice_checks",
    title="发票查验结果",
    columns=(
        Column("code", "发票代码", CellKind.CODE, max_length=20, help="8 位号码的必填；数电发票不填。"),
        Column("number", "发票号码", CellKind.CODE, required=True, max_length=40),
        Column("status", "发票状态", CellKind.CHOICE, required=True, choices=InvoiceStatus.labels()),
        Column("checked_on", "查验日期", CellKind.DATE, required=True),
    ),
    sample=({"number": "25957000000012345678", "status": "红冲", "checked_on": "2026-06-30"},),
    notes=("从税务数字账户或发票查验平台导出的结果，按这几列整理后导入；红冲、作废的，系统重新核对已付的款项。",),
    unique=(("code", "number"),),
)


def store_check(row: Mapping[str, Any], context: ImportContext) -> RowOutcome:
    """Keep how an invoice stands."""
    key, status = invoice_key(row["code"] or "", str(row["number"])), InvoiceStatus(row["status"])
    order_id = invoices.order_of_invoice(key, context.areas)
    if order_id is None:
        sentence = N_("平台上没有这张发票，请核对发票代码和号码；不是服务券订单的发票不用导入。")
        raise RuleViolation(sentence, field="number", code="unknown_invoice")
    if row["checked_on"] > context.today:
        raise RuleViolation(N_("查验日期不能晚于今天。"), field="checked_on")
    if invoices.is_known(order_id, key, status, row["checked_on"]):
        return RowOutcome.UNCHANGED
    check = InvoiceCheck(order_id=order_id, invoice_key=key, status=status, checked_on=row["checked_on"], import_id=context.import_id)
    check.recorded_by, check.created_at = context.actor_id, context.now
    service.keep_check(check)
    return RowOutcome.STORED


def look_again(context: ImportContext, _report: Report) -> None:
    """What was paid on invoices that are no longer good is looked at by the worker."""
    payload = {"import_id": str(context.import_id)}
    jobs.enqueue("settlement.look_again", payload, owner_id=context.actor_id, dedupe_key=f"settlement.look_again:{context.import_id}")


INVOICE_CHECKS = Importer(kind="invoice_checks", title=N_("发票查验结果"), spec=INVOICES, store_row=store_check, finish=look_again)
BANK_RESULTS = Importer(
    kind="bank_results",
    title=N_("银行付款结果"),
    spec=SPEC,
    store_row=store_row,
    end_chunk=settle,
    spec_in=partial(result_files.spec_in, SPEC),
    check=result_files.check,
    overview=result_files.overview,
)
