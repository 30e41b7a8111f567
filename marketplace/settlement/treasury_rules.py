"""What the papers of a batch say: one set of values for the bank list, the form, the settlement sheet, as Excel and as PDF. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.kernel.currencies import currency, in_sheet
from marketplace.kernel.errors import N_
from marketplace.kernel.money import format_amount, upper_amount
from marketplace.kernel.sheets import CellKind, Column
from marketplace.settlement.treasury_settings import AmountStyle, BankColumn, TreasurySettings

TOTAL = N_("合计")
CNY = "CNY"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """A line of a batch as its papers show it; amounts in the smallest unit of the batch's currency."""

    claim: str
    order: str  # empty where it is of an application without one
    payee: str
    bank: str
    account: str
    amount_fen: int  # what the batch asks to pay
    split: Mapping[str, int]  # of the amount, by source of money
    documents: Mapping[str, str]  # 指标文号 by source, of the round that pays
    remark: str
    state: str = ""
    paid_fen: int = 0  # what the bank paid
    back_fen: int = 0  # of it, what the bank sent back
    reference: str = ""
    paid_on: date | None = None
    said: str = ""  # why the bank did not pay

    @property
    def stayed_fen(self) -> int:
        """What was paid and did not come back."""
        return self.paid_fen - self.back_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPaper:
    """A batch as its papers show it."""

    number: str
    programme: str
    currency: str
    sources: Sequence[str]  # of money, in the order in which they are told
    lines: Sequence[PaperLine]

    @property
    def total_fen(self) -> int:
        """What the batch asks to pay."""
        return sum(line.amount_fen for line in self.lines)

    @property
    def paid_fen(self) -> int:
        """What was paid and did not come back."""
        return sum(line.stayed_fen for line in self.lines)

    def of_source(self, source: str) -> int:
        """What the batch asks of a source."""
        return sum(line.split.get(source, 0) for line in self.lines)

    def documents(self, source: str) -> str:
        """Every 指标文号 of a source, each once."""
        return "、".join(
            dict.fromkeys(line.documents[source] for line in self.lines if line.documents.get(source) and line.split.get(source))
        )

    def fingerprint(self) -> str:
        """A SHA-256 of number, currency, and each line's claim, payee, bank, account and amount: what a printed form is compared by."""
        said = sorted([line.claim, line.payee, line.bank, line.account, line.amount_fen] for line in self.lines)
        return hashlib.sha256(json.dumps([self.number, self.currency, said], ensure_ascii=False).encode()).hexdigest()


def in_capitals(amount_fen: int, code: str) -> str:
    """大写 of an amount in yuan; empty for other currencies, which have none."""
    return upper_amount(amount_fen) if code == CNY else ""


def with_codes(document: str, function_code: str, economy_code: str) -> str:
    """A 指标文号 with the budget codes (功能科目 / 经济科目) that its document names; a dash for the one it does not."""
    return f"{document} ({function_code or '-'} / {economy_code or '-'})" if function_code or economy_code else document


def document_heading(label: str) -> str:
    """The heading over the documents of a source of money."""
    return N_("%(source)s指标文号", source=label)


def bank_columns(settings: TreasurySettings, labels: Mapping[str, str]) -> list[Column]:
    """The columns of a bank list as an area's treasury wants them; a source of money has two of its own.

    Args:
        labels: what each source of the batch is called, in the order in which they are told.
    """
    kinds = {BankColumn.AMOUNT: _amount_kind(settings)}
    columns: list[Column] = []
    for one in settings.bank_list.columns:
        if one is BankColumn.SOURCES:
            for source, label in labels.items():
                columns += [Column(source, label, _amount_kind(settings)), Column(f"{source}_document", document_heading(label))]
        else:
            columns.append(
                Column(one.value, settings.bank_list.headings.get(one, one.label), kinds.get(one, _KINDS.get(one, CellKind.TEXT)))
            )
    return columns


_KINDS = {
    BankColumn.SERIAL: CellKind.INTEGER,
    BankColumn.BATCH: CellKind.CODE,
    BankColumn.CLAIM: CellKind.CODE,
    BankColumn.ACCOUNT: CellKind.CODE,
    BankColumn.ORDER: CellKind.CODE,
}


def _amount_kind(settings: TreasurySettings) -> CellKind:
    return CellKind.YUAN if settings.bank_list.amounts is AmountStyle.NUMBER else CellKind.TEXT


def bank_rows(paper: BatchPaper, settings: TreasurySettings) -> list[tuple[object, ...]]:
    """The lines of a bank list, and their total."""
    rows = [_bank_row(paper, settings, number, line) for number, line in enumerate(paper.lines, start=1)]
    return [*rows, _total_row(paper, settings)]


def _shown(amount_fen: int | None, code: str, settings: TreasurySettings) -> object:
    if amount_fen is None or settings.bank_list.amounts is AmountStyle.NUMBER:
        return in_sheet(amount_fen, code)
    return format_amount(amount_fen, currency(code)).replace(",", "")


def _bank_row(paper: BatchPaper, settings: TreasurySettings, number: int, line: PaperLine) -> tuple[object, ...]:
    values: dict[str, object] = {
        BankColumn.SERIAL: number,
        BankColumn.BATCH: paper.number,
        BankColumn.CLAIM: line.claim,
        BankColumn.PAYEE: line.payee,
        BankColumn.BANK: line.bank,
        BankColumn.ACCOUNT: line.account,
        BankColumn.AMOUNT: _shown(line.amount_fen, paper.currency, settings),
        BankColumn.CURRENCY: paper.currency,
        BankColumn.ORDER: line.order,
        BankColumn.WORDS: in_capitals(line.amount_fen, paper.currency),
        BankColumn.REMARK: line.remark,
    }
    sources: list[object] = []
    for source in paper.sources:
        amount_fen = line.split.get(source)
        sources += [_shown(amount_fen, paper.currency, settings), line.documents.get(source, "") if amount_fen else ""]
    return _in_order(settings, values, sources)


def _total_row(paper: BatchPaper, settings: TreasurySettings) -> tuple[object, ...]:
    values: dict[str, object] = {
        settings.bank_list.columns[0]: TOTAL,
        BankColumn.AMOUNT: _shown(paper.total_fen, paper.currency, settings),
        BankColumn.CURRENCY: paper.currency,
        BankColumn.WORDS: in_capitals(paper.total_fen, paper.currency),
    }
    sources: list[object] = []
    for source in paper.sources:
        sources += [_shown(paper.of_source(source), paper.currency, settings), ""]
    return _in_order(settings, values, sources)


def _in_order(settings: TreasurySettings, values: Mapping[str, object], sources: Sequence[object]) -> tuple[object, ...]:
    row: list[object] = []
    for one in settings.bank_list.columns:
        row += sources if one is BankColumn.SOURCES else [values.get(one, "")]
    return tuple(row)
