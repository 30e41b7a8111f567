"""What lay in orders at a moment, for whoever reckons with it again; read for many orders at once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select

from marketplace.kernel.pieces import Reads
from marketplace.orders.models import Order, OrderDocument
from marketplace.orders.queries import metered_fen, net_fen, shown_in_kind_fen, total_fen
from marketplace.orders.rules import NO_PAPERS, PapersThen
from marketplace.policy.programme_words import DocumentKind

_PAPERS = (DocumentKind.INVOICE, DocumentKind.BANK_TRANSFER_SLIP)


def papers_of(reads: Reads, order_ids: Sequence[UUID]) -> dict[UUID, list[Row[Any]]]:
    """By order, its papers that say an amount or how much was used."""
    one = OrderDocument
    facts = (one.amount_fen, one.net_fen, one.units, one.unit_fen, one.created_at, one.replaced_at)
    read = or_(one.kind.in_((*_PAPERS, DocumentKind.IN_KIND_RECORD)), one.units.is_not(None), one.unit_fen.is_not(None))
    wanted: Any = select(one.order_id, one.kind, *facts, Order.in_kind_fen.label("declared_fen")).join(Order, Order.id == one.order_id)
    wanted = wanted.where(one.order_id.in_(order_ids), read).order_by(one.created_at, one.id)
    found: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in reads.execute(wanted):
        found[row.order_id].append(row)
    return found


def papers_at(rows: Sequence[Row[Any]], moment: datetime | None) -> PapersThen:
    """What of them lay there at a moment."""
    if moment is None or not rows:
        return NO_PAPERS
    there = [row for row in rows if row.created_at <= moment and (row.replaced_at is None or row.replaced_at > moment)]
    invoice, payment = (total_fen(there, kind) for kind in _PAPERS)
    return PapersThen(invoice, payment, net_fen(there), metered_fen(there), shown_in_kind_fen(there, rows[0].declared_fen))
