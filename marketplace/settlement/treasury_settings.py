"""The papers that go to a treasury and its bank: config/settings/treasury.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.policyfiles.groups import Each
from marketplace.kernel.policyfiles.kinds import Choice, Choices, Codes, ShortText, texts
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.kernel.policyfiles.provenance import Decision, Setting
from marketplace.kernel.policyfiles.reading import Root, decision, key, one
from marketplace.kernel.policyfiles.settings import FOLDER, settings


class BankColumn(Word):
    """What a column of the bank list holds."""

    SERIAL = "serial", N_("序号")
    BATCH = "batch", N_("批次编号")
    CLAIM = "claim", N_("兑付申请编号")
    PAYEE = "payee", N_("收款单位")
    BANK = "bank", N_("开户银行")
    ACCOUNT = "account", N_("收款账号")
    AMOUNT = "amount", N_("金额")
    CURRENCY = "currency", N_("币种")
    ORDER = "order", N_("订单编号")
    SOURCES = "sources", N_("各来源金额和指标文号")  # two columns for each source of the batch
    WORDS = "words", N_("金额大写")
    REMARK = "remark", N_("附言")


class AmountStyle(Word):
    NUMBER = "number", N_("数字")
    TEXT = "text", N_("文本")


NEEDED = (
    BankColumn.BATCH,
    BankColumn.CLAIM,
    BankColumn.PAYEE,
    BankColumn.ACCOUNT,
    BankColumn.AMOUNT,
)  # without them no result finds its line


@dataclass(frozen=True, kw_only=True)
class BankListSettings(Decision):
    columns: tuple[BankColumn, ...] = key(Choices(N_("银行清单的列"), BankColumn))
    amounts: AmountStyle = key(Choice(N_("金额写法"), AmountStyle))
    headings: Mapping[str, str] = key(Each(N_("列名"), ShortText(N_("列名"), 30), frozenset(BankColumn), required=False))

    @staticmethod
    def inconsistency(content: Mapping[str, Any]) -> Complaint | None:
        """A list without which results find no line, or two columns of one name."""
        missing = [column.label for column in NEEDED if column not in content["columns"]]
        if missing:
            return Complaint(N_("银行清单缺少列：%(names)s。"), N_("请补上，银行结果凭这几列对到每一笔。"), {"names": "、".join(missing)})
        headings = content.get("headings", {})
        named = [headings.get(one, BankColumn(one).label) for one in content["columns"]]
        if len(set(named)) < len(named):
            return Complaint(N_("银行清单有两列同名。"), N_("请给其中一列另起名称。"))
        return None


@dataclass(frozen=True, kw_only=True)
class TreasurySettings(Root):
    FORMAT = "treasury/1"

    bank_list: BankListSettings = key(decision(N_("银行付款清单"), BankListSettings))
    payer: Setting[tuple[str, ...]] = key(one(Codes(N_("付款账户"), r"[0-9]{6,40}", N_("只写数字"), may_be_empty=True), main="accounts"))
    approval_form: Setting[tuple[str, ...]] = key(one(texts(), main="boxes"))
    settlement_sheet: Setting[tuple[str, ...]] = key(one(texts(), main="boxes"))


def treasury(area_code: str | None = None) -> TreasurySettings:
    """The settings of an area, those of the whole country without one."""
    return settings(TreasurySettings, area_code, FOLDER)
