"""The papers behind traced money: contracts, invoices, slips, deliverables of its orders, the scan of an application without one."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from marketplace.identity.queries import stands_in
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.files import StoredFile
from marketplace.orders.models import OrderDocument
from marketplace.oversight.queries.trace import Trace


@dataclass(frozen=True, slots=True)
class TracedPaper:
    """One paper. Who sees the money does not always see the papers: these stay with the area of the firm."""

    of: str  # number of the order or claim that it belongs to
    label: str
    number: str
    amount_fen: int | None
    file: StoredFile
    endpoint: str  # that hands it out
    argument: str  # of its address
    id: UUID
    is_open: bool


def papers_of(found: Trace, areas: Sequence[str]) -> list[TracedPaper]:
    """The papers of traced money, in the order of its orders.

    Args:
        areas: in which whoever looks may open the papers of a firm.
    """
    orders = {one.id: one for one in found.orders}
    wanted = select(OrderDocument, StoredFile).join(StoredFile, StoredFile.id == OrderDocument.file_id)
    wanted = wanted.where(OrderDocument.order_id.in_(orders), OrderDocument.replaced_at.is_(None))
    rows = db.session.execute(wanted.order_by(OrderDocument.order_id, OrderDocument.created_at, OrderDocument.id)).unique()
    may = {key: stands_in(one.enterprise.organisation, areas) for key, one in orders.items()}
    papers = [
        TracedPaper(*_of_order(one, orders[one.order_id].number), file, "orders.document", "document_id", one.id, may[one.order_id])
        for one, file in rows
    ]
    return [*papers, *_of_claims(found, areas)]


def _of_order(one: OrderDocument, number: str) -> tuple[str, str, str, int | None]:
    return number, one.kind.label, one.number, one.amount_fen


def _of_claims(found: Trace, areas: Sequence[str]) -> list[TracedPaper]:
    """Scans of applications without an order, and bank slips."""
    scans = {one.id: one.subsidy.file_id for one in found.claims if one.subsidy is not None and one.subsidy.file_id is not None}
    slips = {line.id: line.file_id for line in found.lines if line.file_id is not None}
    wanted = {*scans.values(), *slips.values()}
    files = {one.id: one for one in db.session.scalars(select(StoredFile).where(StoredFile.id.in_(wanted)))} if wanted else {}
    papers = []
    for claim in found.claims:
        if claim.id in scans:
            file, is_open = files[scans[claim.id]], stands_in(claim.firm, areas)
            papers.append(TracedPaper(claim.number, N_("扫描件"), "", None, file, "settlement.subsidy_scan", "claim_id", claim.id, is_open))
    for line in found.lines:
        if line.id in slips:
            file, is_open = files[slips[line.id]], stands_in(line.claim.firm, areas)
            of = (line.claim.number, N_("银行回单"), line.bank_reference, line.amount_fen)
            papers.append(TracedPaper(*of, file, "settlement.bank_slip", "line_id", line.id, is_open))
    return papers
