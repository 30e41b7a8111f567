"""What is printed on a paper: one spelling, so that no paper counts twice however it was typed, and what must be said of it. Pure."""

from datetime import date
from uuid import UUID

from marketplace.enterprises.rules import full_months
from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import CNY
from marketplace.kernel.normal_text import digits_of, plain_number
from marketplace.policy.programme_words import DocumentKind

PAPER_CODES = frozenset({10, 12})  # digits of the code on a paper invoice
PAPER_NUMBER = 8  # digits of the number on a paper invoice
BOTH_TOGETHER = 18  # ten digits of code and eight of number
ELECTRONIC = 20  # a fully electronic invoice (数电发票); also twelve digits of code and eight of number


def invoice_key(code: str, number: str) -> str:
    """An invoice by its digits alone, eighteen or twenty of them, whichever field they were typed into.

    Twenty digits name an invoice by themselves and the code says nothing more; eight need the code of ten or twelve; code and number
    typed together are the same digits.

    Raises: RuleViolation beside the field: no such number, a code is missing, or the code is not the one in the number.
    """
    before, key = digits_of(code), digits_of(number)
    if len(key) == ELECTRONIC:
        return key
    if len(key) == BOTH_TOGETHER:
        if before and not key.startswith(before):
            raise RuleViolation(N_("发票号码前面的代码与填写的发票代码不一致，请核对。"), field="code", code="invoice_code")
        return key
    if len(key) != PAPER_NUMBER:
        raise RuleViolation(N_("请填写发票号码：8 位；数电发票为 20 位。"), field="number", code="invoice_number")
    if len(before) - PAPER_NUMBER in PAPER_CODES and before.endswith(key):
        before = before[:-PAPER_NUMBER]
    if len(before) not in PAPER_CODES:
        raise RuleViolation(N_("8 位的发票号码还需要发票代码，请填写票面上 10 位或 12 位的代码。"), field="code", code="invoice_code")
    return before + key


def slip_key(enterprise_id: UUID, number: str, amount_fen: int) -> str:
    """A payment slip by who paid, its number and its amount: other banks may print the same number."""
    return f"{enterprise_id.hex}:{plain_number(number)}:{amount_fen}"


METERED_BY = frozenset({DocumentKind.CONTRACT, DocumentKind.METERING_LOG})  # what a metered base is reckoned from


def check_tax(amount_fen: int, net_fen: int | None, tax_fen: int | None, *, is_asked: bool, currency: str = CNY) -> None:
    """What an invoice says without its tax, and the tax, are together what it says in all, to the fen.

    Raises: RuleViolation beside the field.
    """
    if net_fen is None and tax_fen is None and not is_asked:
        return
    if not net_fen or tax_fen is None:
        raise RuleViolation(N_("请按发票填写不含税金额和税额，免税的税额填 0。"), field="net", code="net_missing")
    if net_fen + tax_fen != amount_fen:
        raise RuleViolation(
            N_("不含税金额 %(net)s 元加税额 %(tax)s 元不等于价税合计 %(whole)s 元，请按发票核对。"),
            field="net",
            code="net_and_tax",
            net=format_money(net_fen, currency),
            tax=format_money(tax_fen, currency),
            whole=format_money(amount_fen, currency),
        )


def check_metered(kind: DocumentKind, *, number: str, units: int | None, unit_fen: int | None) -> None:
    """A contract says what a unit costs; a metering log its number and how many units were used.

    Raises: RuleViolation beside the field.
    """
    if kind is DocumentKind.CONTRACT and not unit_fen:
        raise RuleViolation(N_("本项目按用量计算补贴，请填写合同约定的单价，大于 0。"), field="unit_price", code="unit_price")
    if kind is DocumentKind.METERING_LOG and not (units and plain_number(number)):
        raise RuleViolation(N_("请在“补充材料”中上传计量记录，并填写记录编号和用量。"), field="units", code="units")


def check_age(kind: DocumentKind, dated_on: date | None, months: int | None, today: date) -> None:
    """A paper is younger than the rules allow; it is too old from the day on that comes again so many months after its own.

    Raises: RuleViolation beside the field.
    """
    if months is None:
        return
    said: dict[str, object] = {"kind": kind.label, "months": months}
    if dated_on is None:
        raise RuleViolation(
            N_("请填写“%(kind)s”的日期：开具未满 %(months)s 个月的才有效。"), field=f"dated_{kind.value}", code="undated", **said
        )
    if full_months(dated_on, today) >= months:
        raise RuleViolation(
            N_("“%(kind)s”的日期是 %(day)s，已满 %(months)s 个月，不再有效。请换上新的，再提交。"),
            field=f"dated_{kind.value}",
            code="paper_expired",
            day=dated_on.isoformat(),
            **said,
        )
