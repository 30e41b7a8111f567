"""What the papers of a batch stand on: its lines, the documents of the sources that pay, and what the books say was paid."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select

from marketplace.kernel.db import by_id, db
from marketplace.ledger import queries as ledger
from marketplace.ledger.rules import AccountKind
from marketplace.settlement.lifecycle import LineState
from marketplace.settlement.models import PaymentBatch, PaymentLine
from marketplace.settlement.queries import batches
from marketplace.settlement.result_rules import BatchLine
from marketplace.settlement.treasury_rules import BatchPaper, PaperLine, with_codes
from marketplace.vouchers import chart
from marketplace.vouchers.models import SOURCES, Appropriation, Programme

MOST_BATCHES = 200  # that one file of results may be about
PAID = frozenset({LineState.PAID, LineState.BOUNCED})


@dataclass(frozen=True, slots=True)
class PaidDocument:
    """A document that brought money, as papers name it."""

    id: UUID
    source: str
    text: str  # 指标文号 with its budget codes


def documents_of(round_ids: Iterable[UUID]) -> dict[UUID, list[PaidDocument]]:
    """By round, the documents that brought its money, the oldest first."""
    codes = (Appropriation.function_code, Appropriation.economy_code)
    wanted = select(Appropriation.round_id, Appropriation.id, Appropriation.source, Appropriation.document_number, *codes)
    wanted = wanted.where(Appropriation.round_id.in_(set(round_ids))).order_by(Appropriation.dated_on, Appropriation.id)
    found: dict[UUID, list[PaidDocument]] = {}
    for round_id, key, source, number, function, economy in db.session.execute(wanted):
        found.setdefault(round_id, []).append(PaidDocument(key, source, with_codes(number, function, economy)))
    return found


def _drawn_on(line: PaymentLine, documents: Iterable[PaidDocument]) -> dict[str, str]:
    """By source, the documents that a line was drawn from; of a line from before that was kept, all of the source."""
    drawn = None if line.draws is None else {UUID(key) for key in line.draws}
    found: dict[str, list[str]] = {}
    for one in documents:
        if drawn is None or one.id in drawn:
            found.setdefault(one.source, []).append(one.text)
    return {source: "、".join(texts) for source, texts in found.items()}


def paper_of(batch: PaymentBatch, lines: Sequence[PaymentLine], remarks: Mapping[UUID, str] | None = None) -> BatchPaper:
    """A batch with some of its lines, as its papers show it.

    Args:
        remarks: what the bank is told beside each line, where it is told.
    """
    documents = documents_of(line.claim.round_id for line in lines)
    shown = [_line(line, _drawn_on(line, documents.get(line.claim.round_id, ())), (remarks or {}).get(line.id, "")) for line in lines]
    drawn = {source for line in shown for source in line.split}
    return BatchPaper(
        number=batch.number,
        programme=by_id(Programme, batch.programme_id).name,
        currency=batch.currency,
        sources=[source for source in SOURCES if source in drawn],
        lines=shown,
    )


def _line(line: PaymentLine, documents: Mapping[str, str], remark: str) -> PaperLine:
    is_paid = line.state in PAID
    return PaperLine(
        claim=line.claim.number,
        order=line.claim.order.number if line.claim.order else "",
        payee=line.payee_name,
        bank=line.payee_bank,
        account=line.payee_account,
        amount_fen=line.asked_fen,
        split=line.asked_split,
        documents=documents,
        remark=remark,
        state=line.short_kind.label if line.short_kind else line.state.label,
        paid_fen=line.amount_fen if is_paid else 0,
        back_fen=line.bounced_fen,
        reference=line.bank_reference,
        paid_on=line.paid_on,
        said=line.failure or line.short_reason,
    )


def _compared(line: PaymentLine, batch: str) -> BatchLine:
    return BatchLine(
        batch=batch,
        claim=line.claim.number,
        currency=line.currency,
        asked_fen=line.asked_fen,
        account=line.payee_account,
        state=line.state,
    )


def batches_numbered(numbers: Iterable[str], areas: Iterable[str]) -> dict[UUID, PaymentBatch]:
    """Batches of one's areas by their printed numbers."""
    wanted = batches(areas).where(PaymentBatch.number.in_(set(numbers)))
    return {one.id: one for one in db.session.scalars(wanted.limit(MOST_BATCHES))}


def lines_in_order(batch_id: UUID) -> Select[PaymentLine]:
    """The lines of a batch, as they were put in, to be paged."""
    return select(PaymentLine).where(PaymentLine.batch_id == batch_id).order_by(PaymentLine.id)


def lines_in(found: Mapping[UUID, PaymentBatch]) -> list[BatchLine]:
    """Every line of some batches that was not taken out, as a file of results is compared with it."""
    wanted = select(PaymentLine).where(PaymentLine.batch_id.in_(set(found)), PaymentLine.state != LineState.DROPPED)
    rows = db.session.scalars(wanted.order_by(PaymentLine.batch_id, PaymentLine.id)).unique()
    return [_compared(line, found[line.batch_id].number) for line in rows]


def areas_of(found: Iterable[PaymentBatch]) -> set[str]:
    """The areas whose money some batches pay."""
    ids = {one.programme_id for one in found}
    return set(db.session.scalars(select(Programme.area_code).where(Programme.id.in_(ids))))


def posted_fen(book_id: UUID, lines: Sequence[PaymentLine]) -> int:
    """What the books say was paid by some lines and did not come back."""
    entries = ledger.entries_of(book_id, [line.id for line in lines])
    total = 0
    for row in ledger.transfers_of(book_id, [entry.id for entry in entries]):
        way = (chart.read(row.debit_code).kind, chart.read(row.credit_code).kind)
        if way == (AccountKind.PAYABLE, AccountKind.PAID):
            total += row.transfer.amount_fen
        elif way == (AccountKind.PAID, AccountKind.PAYABLE):
            total -= row.transfer.amount_fen
    return total
