"""A file of bank results as a whole: what it is refused for, how an area calls its columns, and what is shown before it is stored."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marketplace.kernel.currencies import currencies, currency
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.imports import ImportContext, Overview
from marketplace.kernel.money import CNY
from marketplace.kernel.normal_text import plain_number
from marketplace.kernel.sheets import SheetResult, SheetSpec
from marketplace.settlement.models import PaymentBatch
from marketplace.settlement.queries.treasury import areas_of, batches_numbered, lines_in
from marketplace.settlement.result_rules import ResultRow, compared
from marketplace.settlement.treasury_rules import document_heading
from marketplace.settlement.treasury_settings import BankColumn, treasury
from marketplace.vouchers.models import SOURCES
from marketplace.vouchers.trail import SOURCES as SOURCE_LABELS

_READ = {"batch", "claim", "amount", "account", "currency"}  # columns of the bank list that results are compared by
_LABELS = [SOURCE_LABELS[source] for source in SOURCES] + ["园区配套资金", "结转资金"]
BESIDE = (  # columns of our own bank list that are not read again
    *(one.label for one in BankColumn if one.value not in _READ and one is not BankColumn.SOURCES),
    *(title for label in _LABELS for title in (label, str(document_heading(label)))),
)


def spec_in(spec: SheetSpec, areas: tuple[str, ...]) -> SheetSpec:
    """The sheet with the headings that the treasuries of some areas use."""
    named = [treasury(area).bank_list.headings for area in areas]
    columns = tuple(
        replace(column, aliases=(*column.aliases, *_others(column.key, column.title, named))) if column.key in _READ else column
        for column in spec.columns
    )
    beside = [heading for one in named for key, heading in one.items() if key not in _READ]
    return replace(spec, columns=columns, beside=(*spec.beside, *beside))


def _others(key: str, title: str, named: list[Mapping[str, str]]) -> list[str]:
    return [one[key] for one in named if key in one and one[key] != title]


def check(sheet: SheetResult, areas: tuple[str, ...], _options: Mapping[str, str]) -> None:
    """Raises: RuleViolation: the file is in another currency than the batches, or of an account from which nobody here pays."""
    found = batches_numbered({str(row.values["batch"]) for row in sheet.rows}, areas)
    for number, row in ((row.number, row.values) for row in sheet.rows):
        batch = next((one for one in found.values() if one.number == row["batch"]), None)
        if batch is not None:
            _check_currency(number, str(row["currency"] or ""), batch)
    _check_payer(sheet, areas_of(found.values()))


def _check_currency(number: int, given: str, batch: PaymentBatch) -> None:
    called = {str(CNY): {"CNY", "RMB", "人民币", "156"}}.get(batch.currency, {batch.currency, currencies()[batch.currency].label})
    if given and given.upper() not in called:
        raise RuleViolation(
            N_("第 %(row)s 行的币种是 %(given)s，批次 %(batch)s 的币种是 %(own)s，文件没有读入。请核对是不是别的账户或别的批次的结果。"),
            code="other_currency",
            row=number,
            given=given,
            batch=batch.number,
            own=batch.currency,
        )


def _check_payer(sheet: SheetResult, areas: set[str]) -> None:
    own = {account for area in areas for account in treasury(area).payer.value}
    strange = next((row for row in sheet.rows if row.values["payer"] and plain_number(str(row.values["payer"])) not in own), None)
    if own and strange is not None:
        raise RuleViolation(
            N_("第 %(row)s 行的付款账号 %(given)s 不是本地区的付款账户（尾号 %(own)s），文件没有读入。请选择本账户的结果。"),
            code="other_account",
            row=strange.number,
            given=strange.values["payer"],
            own="、".join(account[-4:] for account in sorted(own)),
        )


def overview(sheet: SheetResult, context: ImportContext) -> Overview:
    """What the file says as a whole, and where it differs from the batches."""
    found = batches_numbered({str(row.values["batch"]) for row in sheet.rows}, context.areas)
    exponents = {batch.number: currency(batch.currency).exponent for batch in found.values()}
    rows = [_row(row.number, row.values, exponents.get(str(row.values["batch"]), 2)) for row in sheet.rows]
    return compared(rows, lines_in(found))


def _row(number: int, row: Mapping[str, Any], exponent: int) -> ResultRow:
    return ResultRow(
        number=number,
        batch=str(row["batch"]),
        claim=str(row["claim"]),
        amount_fen=int(row["amount"].scaleb(exponent)),
        result=str(row["result"]),
        account=row["account"] or "",
        reference=row["reference"] or "",
    )
