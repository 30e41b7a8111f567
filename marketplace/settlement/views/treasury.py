"""The papers of a batch for the treasury: the list for the bank, the form to sign, the sheet of what was paid; as Excel and as PDF."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from flask import flash, redirect, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.exports.offers import ExportedList, offer, short_list
from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.currencies import format_money, in_sheet
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.locales import called, said
from marketplace.kernel.sheets import CellKind, Column
from marketplace.settlement import queries
from marketplace.settlement.kind_rules import check_for_bank
from marketplace.settlement.lifecycle import BatchState, LineState
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.settlement.queries import holds
from marketplace.settlement.queries.explanations import words_of
from marketplace.settlement.queries.treasury import paper_of, posted_fen
from marketplace.settlement.treasury_rules import BatchPaper, PaperLine, bank_columns, bank_rows, in_capitals
from marketplace.settlement.treasury_settings import TreasurySettings
from marketplace.settlement.treasury_settings import treasury as settings_of
from marketplace.settlement.views import presenter
from marketplace.settlement.views.blueprint import bp
from marketplace.vouchers.models import Programme
from marketplace.web import pdf
from marketplace.web.access import requires
from marketplace.web.addresses import public_url
from marketplace.web.formats import head, moment

APPROVABLE = frozenset({BatchState.SUBMITTED, BatchState.APPROVED, BatchState.CLOSED})
PAYABLE = frozenset({BatchState.APPROVED, BatchState.CLOSED})


def _batch(batch_id: UUID, states: frozenset[BatchState], early: str) -> PaymentBatch:
    """A real batch of one's area that has come so far. Raises: NotFound; RuleViolation with what is missing."""
    row = queries.batch_in(batch_id, current_user.areas_for("payments.see"))
    check_for_bank(row.simulated)
    if row.state is BatchState.REJECTED:
        raise RuleViolation(N_("批次已退回（%(why)s），没有银行清单；其中的申请可以列入新的批次。"), code="state", why=row.state_reason)
    if row.state not in states:
        raise RuleViolation(early, code="state")
    return row


def _settings(row: PaymentBatch) -> TreasurySettings:
    return settings_of(by_id(Programme, row.programme_id).area_code)


def _paper(row: PaymentBatch, lines: Sequence[PaymentLine]) -> BatchPaper:
    return paper_of(row, lines, {line.id: _remark(line.claim) for line in lines})


def _remark(claim: Claim) -> str:
    return _("服务券兑付 %(number)s", number=claim.number) if claim.order else _("资金拨付 %(number)s", number=claim.number)


@offer(bp, "/payments/<uuid:batch_id>/bank-list", permission="payments.see")
def bank_list(batch_id: UUID) -> ExportedList:
    row = _batch(batch_id, PAYABLE, N_("批次复核通过后才能导出银行清单。"))
    lines = [line for line in queries.lines_of(batch_id) if line.state is not LineState.DROPPED]
    held = holds.of_lines(lines, clock.now())
    if lines and len(held) == len(lines):
        why = held[lines[0].id].text()
        raise RuleViolation(
            N_("批次中的款项都暂时不能付，没有可以导出的。申请 %(number)s：%(why)s"), code="held", number=lines[0].claim.number, why=why
        )
    paper, wanted = _paper(row, [line for line in lines if line.id not in held]), _settings(row)
    note = [_("批次 %(number)s", number=row.number), *_totals(paper)]
    note += [_("%(number)s 按下不付：%(why)s", number=one.claim.number, why=said(held[one.id])) for one in lines if one.id in held]
    columns = bank_columns(wanted, {source: presenter.SOURCES[source] for source in paper.sources})
    return ExportedList(
        _("银行付款清单"), columns, short_list(bank_rows(paper, wanted)), _("银行付款清单-%(number)s", number=row.number), "；".join(note)
    )


def _totals(paper: BatchPaper) -> list[str]:
    """How much a batch asks to pay, in figures and in capitals, and in which currency."""
    total = said(N_("%(n)s 笔，共 %(amount)s 元", n=len(paper.lines), amount=format_money(paper.total_fen, paper.currency)))
    words = in_capitals(paper.total_fen, paper.currency)
    return [total, *([_("大写：%(words)s", words=words)] if words else []), _("币种：%(currency)s", currency=called(paper.currency))]


@dataclass(frozen=True, slots=True)
class TreasurySheet:
    """A paper as it is printed and as it leaves as a workbook: the same values."""

    title: str
    paper: BatchPaper
    summary: Sequence[tuple[str, str]]
    columns: Sequence[Column]
    rows: Sequence[tuple[object, ...]]  # the last one is the total
    boxes: Sequence[str]
    explained: Sequence[str] = ()  # claims that were approved though not every check was green, and why

    @property
    def name(self) -> str:
        """Of its file."""
        return f"{self.title}-{self.paper.number}"


_WHO = (
    Column("serial", N_("序号"), CellKind.INTEGER),
    Column("claim", N_("兑付申请编号"), CellKind.CODE),
    Column("payee", N_("收款单位")),
    Column("bank", N_("开户银行")),
    Column("account", N_("收款账号"), CellKind.CODE),
)
_RESULT = (
    Column("amount", N_("应付金额"), CellKind.YUAN),
    Column("paid", N_("已付金额"), CellKind.YUAN),
    Column("back", N_("退汇金额"), CellKind.YUAN),
    Column("stayed", N_("实付金额"), CellKind.YUAN),
    Column("paid_on", N_("付款日期"), CellKind.DATE),
    Column("reference", N_("银行流水号"), CellKind.CODE),
    Column("state", N_("银行结果")),
)


def _who(number: int, line: PaperLine) -> tuple[object, ...]:
    return (number, line.claim, line.payee, line.bank, line.account)


def _summary(row: PaymentBatch, paper: BatchPaper) -> list[tuple[str, str]]:
    names = identity.names_of([row.prepared_by, row.approved_by])
    return [
        (_("项目"), paper.programme),
        (_("币种"), called(paper.currency)),
        (_("制单人"), names.get(row.prepared_by, "—")),
        (_("复核人"), names.get(row.approved_by, "—") if row.approved_by else _("还没有复核")),
    ]


def approval_sheet(batch_id: UUID) -> TreasurySheet:
    """The form that asks the treasury to pay a batch (拨付审批表). Raises: NotFound; RuleViolation: it is not submitted."""
    row = _batch(batch_id, APPROVABLE, N_("批次提交复核后才有拨付审批表。"))
    lines = [line for line in queries.lines_of(batch_id) if line.state is not LineState.DROPPED]
    paper = _paper(row, lines)
    labels = [presenter.SOURCES[source] for source in paper.sources]
    amounts = [
        Column("amount", N_("金额"), CellKind.YUAN),
        *(Column(one, label, CellKind.YUAN) for one, label in zip(paper.sources, labels, strict=True)),
    ]
    rows = [
        (
            *_who(number, line),
            in_sheet(line.amount_fen, paper.currency),
            *(in_sheet(line.split.get(one), paper.currency) for one in paper.sources),
        )
        for number, line in enumerate(paper.lines, start=1)
    ]
    sums = [paper.total_fen, *(paper.of_source(one) for one in paper.sources)]
    rows.append(("", _("合计"), "", "", "", *(in_sheet(fen, paper.currency) for fen in sums)))
    documents = [
        (_("指标文号（%(source)s）", source=_(label)), paper.documents(one) or "—")
        for one, label in zip(paper.sources, labels, strict=True)
    ]
    summary = [*_summary(row, paper), *_asked(paper), *documents]
    return TreasurySheet(
        _("资金拨付审批表"), paper, summary, [*_WHO, *amounts], rows, _settings(row).approval_form.value, _explained(lines)
    )


def _explained(lines: Sequence[PaymentLine]) -> list[str]:
    """What was said at the approval of each check of a claim that was not green: whoever signs reads it."""
    words = words_of([line.claim for line in lines])
    return [
        _("%(number)s 核准说明：%(words)s", number=line.claim.number, words=words[line.claim_id])
        for line in lines
        if line.claim_id in words
    ]


def _asked(paper: BatchPaper) -> list[tuple[str, str]]:
    words = in_capitals(paper.total_fen, paper.currency)
    asked = [
        (_("笔数"), str(len(paper.lines))),
        (_("金额"), said(N_("%(amount)s 元", amount=format_money(paper.total_fen, paper.currency)))),
    ]
    return [*asked, (_("金额（大写）"), words)] if words else asked


def settlement_sheet_of(batch_id: UUID) -> TreasurySheet:
    """What the bank did with a batch (资金结算表). Raises: NotFound; RuleViolation: nothing can have been paid yet."""
    row = _batch(batch_id, PAYABLE, N_("批次复核通过后才有资金结算表。"))
    lines = [line for line in queries.lines_of(batch_id) if line.state is not LineState.DROPPED]
    paper = _paper(row, lines)
    rows = [(*_who(number, line), *_result(line, paper.currency)) for number, line in enumerate(paper.lines, start=1)]
    sums = [paper.total_fen, sum(one.paid_fen for one in paper.lines), sum(one.back_fen for one in paper.lines), paper.paid_fen]
    rows.append(("", _("合计"), "", "", "", *(in_sheet(fen, paper.currency) for fen in sums), "", "", ""))
    booked = format_money(posted_fen(row.book_id, lines), paper.currency)
    words = in_capitals(paper.paid_fen, paper.currency)
    summary = [*_summary(row, paper), (_("笔数"), str(len(lines)))]
    summary.append((_("实付金额"), said(N_("%(amount)s 元", amount=format_money(paper.paid_fen, paper.currency)))))
    summary += [(_("实付金额（大写）"), words)] if words else []
    summary.append((_("账上兑付"), said(N_("%(amount)s 元", amount=booked))))
    return TreasurySheet(_("资金结算表"), paper, summary, [*_WHO, *_RESULT], rows, _settings(row).settlement_sheet.value)


def _result(line: PaperLine, currency: str) -> tuple[object, ...]:
    sums = [in_sheet(fen or None, currency) for fen in (line.amount_fen, line.paid_fen, line.back_fen, line.stayed_fen)]
    result = said(line.state) + (f"：{line.said}" if line.said else "")
    return (*sums, line.paid_on or "", line.reference, result)


def _as_list(sheet: TreasurySheet) -> ExportedList:
    note = [_("编号 %(number)s", number=sheet.paper.number), *(f"{label} {value}" for label, value in sheet.summary)]
    note += [
        _("摘要 %(print)s", print=sheet.paper.fingerprint()[:16]),
        _("签章：%(boxes)s", boxes="　".join(sheet.boxes)),
        *sheet.explained,
    ]
    return ExportedList(sheet.title, sheet.columns, short_list(sheet.rows), sheet.name, "；".join(note))


@offer(bp, "/payments/<uuid:batch_id>/approval-form", permission="payments.see")
def approval_form(batch_id: UUID) -> ExportedList:
    return _as_list(approval_sheet(batch_id))


@offer(bp, "/payments/<uuid:batch_id>/settlement-sheet", permission="payments.see")
def settlement_sheet(batch_id: UUID) -> ExportedList:
    return _as_list(settlement_sheet_of(batch_id))


@bp.get("/payments/<uuid:batch_id>/approval-form.pdf")
@requires("payments.see")
def approval_form_pdf(batch_id: UUID) -> ResponseReturnValue:
    return _printed(batch_id, approval_sheet(batch_id))


@bp.get("/payments/<uuid:batch_id>/settlement-sheet.pdf")
@requires("payments.see")
def settlement_sheet_pdf(batch_id: UUID) -> ResponseReturnValue:
    return _printed(batch_id, settlement_sheet_of(batch_id))


def _printed(batch_id: UUID, sheet: TreasurySheet) -> ResponseReturnValue:
    address = public_url("proofs.batch", number=sheet.paper.number)
    notes = [
        _("摘要（SHA-256）："),
        _("扫描右上角二维码，或打开 %(url)s，可以核对批次编号和摘要。", url=address),
        _("打印时间 %(at)s", at=moment(clock.now())),
    ]
    try:
        content = pdf.made(pdf.TABLE_PAPER, {**_laid_out(sheet), "notes": notes}, address)
    except RuleViolation as refusal:
        flash(said(refusal), "warning")
        return redirect(url_for("settlement.batch", batch_id=batch_id))
    return send_file(io.BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=f"{sheet.name}.pdf")


def _laid_out(sheet: TreasurySheet) -> Mapping[str, object]:
    return {
        "issuer": _("券链"),
        "title": sheet.title,
        "number": sheet.paper.number,
        "qr_says": _("核验二维码"),
        "page": _("第 {n} 页，共 {total} 页"),
        "summary": sheet.summary,
        "heads": [_head(one, sheet.paper.currency) for one in sheet.columns],
        "wide": [2, 3],
        "money": [one.kind is CellKind.YUAN for one in sheet.columns],
        "rows": [_texts(row, sheet) for row in sheet.rows],
        "explained": sheet.explained,
        "boxes": sheet.boxes,
        "day": _("年　　月　　日"),
        "print": sheet.paper.fingerprint(),
    }


def _head(column: Column, currency: str) -> str:
    title = _(column.title)
    return head(_("%(title)s（元）", title=title), currency) if column.kind is CellKind.YUAN else title


def _texts(row: Sequence[object], sheet: TreasurySheet) -> list[str]:
    return [_text(value, one.kind, sheet.paper.currency) for value, one in zip(row, sheet.columns, strict=True)]


def _text(value: object, kind: CellKind, currency: str) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if kind is CellKind.YUAN and isinstance(value, int):
        return format_money(value, currency)
    return "" if value is None else str(value)


class PaperLink(NamedTuple):
    """A paper that can be taken away."""

    label: str
    pdf: str
    book: str


def papers_of(row: PaymentBatch) -> list[PaperLink]:
    """What can be taken away of a batch in its state."""
    if row.simulated:
        return []
    wanted = [(_("资金拨付审批表"), "approval_form", APPROVABLE), (_("资金结算表"), "settlement_sheet", PAYABLE)]
    return [
        PaperLink(label, url_for(f"settlement.{name}_pdf", batch_id=row.id), url_for(f"settlement.{name}", batch_id=row.id))
        for label, name, states in wanted
        if row.state in states
    ]
