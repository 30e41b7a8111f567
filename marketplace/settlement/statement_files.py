"""A bank statement brought in as a file (.xlsx, .xls, CSV): what it is refused for, what it shows before it is stored, its rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from marketplace.identity.scope import may_act
from marketplace.kernel.currencies import currencies
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.ids import printed_number
from marketplace.kernel.imports import CountedSum, ImportContext, Importer, Overview, Report, RowOutcome
from marketplace.kernel.money import Currency, parse_amount
from marketplace.kernel.normal_text import plain_number
from marketplace.kernel.sheets import CellKind, Column, SheetResult, SheetSpec
from marketplace.settlement import service
from marketplace.settlement.queries import statements
from marketplace.settlement.queries.statements import ComparedPeriod
from marketplace.settlement.statement_models import BankStatement, BankStatementRow
from marketplace.settlement.statement_rules import MOST_ROWS, BankMove, check_balance, check_period, matched
from marketplace.settlement.treasury_settings import treasury

SPEC = SheetSpec(
    name="bank_statement",
    title="银行对账单",
    columns=(
        Column("day", "交易日期", CellKind.DATE, required=True, aliases=("记账日期", "日期", "交易时间", "入账日期")),
        Column("paid", "支出", CellKind.AMOUNT, aliases=("支出金额", "借方发生额", "借方金额", "付款金额"), help="从账户付出的金额。"),
        Column("received", "收入", CellKind.AMOUNT, aliases=("收入金额", "贷方发生额", "贷方金额", "收款金额"), help="进入账户的金额。"),
        Column("reference", "银行流水号", CellKind.CODE, max_length=60, aliases=("流水号", "交易流水号", "凭证号", "交易流水")),
        Column("counterparty", "对方户名", max_length=120, aliases=("对方名称", "对方单位")),
        Column("counter_account", "对方账号", CellKind.CODE, max_length=40),
        Column("purpose", "摘要", max_length=200, aliases=("用途", "附言", "备注")),
        Column("account", "本方账号", CellKind.CODE, max_length=40, aliases=("账号", "本账户"), help="可不填；填了的须与所选账户一致。"),
        Column("currency", "币种", CellKind.CODE, max_length=10, help="可不填；填了的须与所选币种一致。"),
    ),
    sample=({"day": "2026-03-16", "paid": "5000.00", "reference": "2026031600001", "counterparty": "某某公司"},),
    notes=("可以直接上传网上银行导出的 Excel 或 CSV，表头用上面的名称或常见的同义名称。",),
    takes_text=True,
)


@dataclass(frozen=True, slots=True)
class StatementHead:
    """What is said of a statement beside its file."""

    area_code: str
    account: str
    currency: Currency
    first_on: date
    last_on: date
    opening_fen: int
    closing_fen: int


def head_of(options: Mapping[str, str]) -> StatementHead:
    """Raises: RuleViolation beside the field."""
    money = currencies().get(options["currency"].strip().upper())
    if money is None:
        raise RuleViolation(N_("不认识这个币种，请填写三个字母的代码，例如 CNY。"), field="currency")
    account = plain_number(options["account"])
    if not account:
        raise RuleViolation(N_("请填写对账单的账号。"), field="account")
    days = [date.fromisoformat(options[name]) for name in ("first_on", "last_on")]
    sums = [_amount(options[name], money, name) for name in ("opening", "closing")]
    return StatementHead(options["area"], account, money, days[0], days[1], sums[0], sums[1])


def _amount(text: str, money: Currency, field: str) -> int:
    try:
        return parse_amount(text, money, allow_negative=True)
    except ValueError as error:
        raise RuleViolation(error.args[0], field=field) from None


def check(sheet: SheetResult, areas: tuple[str, ...], options: Mapping[str, str]) -> None:
    """Raises: RuleViolation: what is wrong with the statement as a whole; it is stored whole or not at all."""
    head = head_of(options)
    _check_whose(head, areas)
    if sheet.errors:
        first = sheet.errors[0]
        raise RuleViolation(
            N_("有 %(n)s 处读不出来（第 %(row)s 行“%(title)s”：%(why)s），余额无法核对，文件没有读入。请改好后再上传。"),
            code="unreadable",
            n=len(sheet.errors),
            row=first.row,
            title=first.title,
            why=first.message.rstrip("。"),
        )
    if not 0 < len(sheet.rows) <= MOST_ROWS:
        raise RuleViolation(N_("对账单应有 1 至 %(most)s 行。行数更多的请按较短的期间分别导入。"), code="rows", most=MOST_ROWS)
    for row in sheet.rows:
        _check_row(row.number, row.values, head)
    check_period(head.first_on, head.last_on, ((row.number, _day(row.values)) for row in sheet.rows))
    check_balance(head.opening_fen, (signed_fen(row.values, head.currency) for row in sheet.rows), head.closing_fen, head.currency)


def _check_whose(head: StatementHead, areas: tuple[str, ...]) -> None:
    if not may_act(areas, head.area_code):
        raise RuleViolation(N_("请选择本人管辖的地区。"), field="area")
    own = treasury(head.area_code).payer.value
    if own and head.account not in own:
        shown = "、".join(account[-4:] for account in own)
        raise RuleViolation(N_("这个账号不是本地区的付款账户（尾号 %(own)s），请核对。"), field="account", code="other_account", own=shown)
    if statements.is_known(head.account, head.currency, head.first_on, head.last_on):
        raise RuleViolation(N_("这个账户这段期间的对账单已经导入过，没有再读入。"), field="book", code="known")


def _check_row(number: int, row: Mapping[str, Any], head: StatementHead) -> None:
    if row["account"] and plain_number(str(row["account"])) != head.account:
        raise RuleViolation(
            N_("第 %(row)s 行是另一个账户（%(given)s）的，文件没有读入。"), code="other_account", row=number, given=row["account"]
        )
    given = str(row["currency"] or head.currency).upper()
    if given not in {head.currency, head.currency.label, *(("RMB",) if head.currency == "CNY" else ())}:
        raise RuleViolation(N_("第 %(row)s 行的币种是 %(given)s，文件没有读入。"), code="other_currency", row=number, given=given)
    if bool(row["paid"]) == bool(row["received"]):
        raise RuleViolation(N_("第 %(row)s 行应在“支出”和“收入”中只填一项。"), code="one_side", row=number)
    if signed_fen(row, head.currency) * (1 if row["received"] else -1) <= 0:
        raise RuleViolation(N_("第 %(row)s 行的金额应大于 0，冲正请填在另一栏。"), code="negative", row=number)


def _day(row: Mapping[str, Any]) -> date:
    found: date = row["day"]
    return found


def signed_fen(row: Mapping[str, Any], money: Currency) -> int:
    """An amount as it changed the account. Raises: RuleViolation: it has more decimals than the currency."""
    amount = ((row["received"] or 0) - (row["paid"] or 0)) * 10**money.exponent
    if amount != int(amount):
        raise RuleViolation(N_("金额 %(amount)s 的小数位数超过了币种的位数。"), code="decimals", amount=str(row["received"] or row["paid"]))
    return int(amount)


def overview(sheet: SheetResult, context: ImportContext) -> Overview:
    """What the statement says, and how much of it agrees with what was recorded."""
    head = head_of(context.options)
    rows = [_moved(place, row.values, head) for place, row in enumerate(sheet.rows)]
    found = matched(rows, statements.payments_of(ComparedPeriod(head.area_code, head.currency, head.first_on, head.last_on)))
    figures = [
        (N_("支出"), [one for one in rows if one.amount_fen < 0]),
        (N_("收入"), [one for one in rows if one.amount_fen > 0]),
        (N_("对上的"), [row for row, _book in found.pairs]),
        (N_("银行有、平台没有的"), found.bank_only),
        (N_("平台有、银行没有的"), found.books_only),
    ]
    return Overview(
        tuple(CountedSum(label, len(some), {head.currency: abs(sum(one.amount_fen for one in some))}) for label, some in figures)
    )


def _moved(place: int, row: Mapping[str, Any], head: StatementHead) -> BankMove:
    key, account = plain_number(str(row["reference"] or "")), str(row["counter_account"] or "")
    return BankMove(id=UUID(int=place), day=row["day"], amount_fen=signed_fen(row, head.currency), key=key, account=account, label="")


def begin(context: ImportContext, _sheet: SheetResult) -> None:
    """The statement itself, before its rows."""
    head = head_of(context.options)
    service.add_statement(
        BankStatement(
            id=context.import_id,
            number=printed_number("DZ"),
            area_code=head.area_code,
            account=head.account,
            currency=str(head.currency),
            first_on=head.first_on,
            last_on=head.last_on,
            opening_fen=head.opening_fen,
            closing_fen=head.closing_fen,
            recorded_by=context.actor_id,
            created_at=context.now,
        )
    )


def store_row(row: Mapping[str, Any], context: ImportContext) -> RowOutcome:
    """Keep a line for the end of its chunk."""
    context.gathered.append(row)
    return RowOutcome.STORED


def add_rows(context: ImportContext) -> None:
    """The lines of a chunk, numbered on from those before."""
    head, before = head_of(context.options), statements.row_count(context.import_id)
    service.add_statement_rows([_row(row, place, head, context.import_id) for place, row in enumerate(context.gathered, start=before + 1)])


def _row(row: Mapping[str, Any], place: int, head: StatementHead, statement_id: UUID) -> BankStatementRow:
    return BankStatementRow(
        statement_id=statement_id,
        place=place,
        booked_on=row["day"],
        amount_fen=signed_fen(row, head.currency),
        reference=row["reference"] or "",
        reference_key=plain_number(str(row["reference"] or "")),
        counterparty=row["counterparty"] or "",
        counter_account=row["counter_account"] or "",
        purpose=row["purpose"] or "",
    )


def finish(context: ImportContext, _report: Report) -> None:
    """The trail of it."""
    service.note_statement(context.import_id, actor_id=context.actor_id)


BANK_STATEMENT = Importer(
    kind="bank_statement",
    title=N_("银行对账单"),
    spec=SPEC,
    store_row=store_row,
    begin=begin,
    end_chunk=add_rows,
    check=check,
    overview=overview,
    finish=finish,
)
