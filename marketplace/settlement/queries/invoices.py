"""Invoices that claims stand on, and what the tax authority says of them."""

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import exists, select

from marketplace.kernel.db import db
from marketplace.kernel.money import Fen
from marketplace.orders import queries as orders
from marketplace.orders.models import Order, OrderDocument
from marketplace.policy.programme_words import DocumentKind
from marketplace.settlement.invoice_models import InvoiceCheck
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import programme_in_areas
from marketplace.settlement.recovery_rules import InvoiceStatus
from marketplace.vouchers.models import Programme
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules import amounts


def order_of_invoice(invoice_key: str, areas: Iterable[str]) -> UUID | None:
    """The order in which an invoice lies, of a programme of the areas; None: no such invoice."""
    wanted = select(OrderDocument.order_id).join(Order, Order.id == OrderDocument.order_id)
    wanted = wanted.join(Programme, Programme.id == Order.programme_id).where(programme_in_areas(areas))
    return db.session.scalar(wanted.where(OrderDocument.invoice_key == invoice_key))


def is_known(order_id: UUID, invoice_key: str, status: InvoiceStatus, checked_on: date) -> bool:
    """Whether the same was brought in before."""
    same = exists().where(
        InvoiceCheck.order_id == order_id,
        InvoiceCheck.invoice_key == invoice_key,
        InvoiceCheck.status == status,
        InvoiceCheck.checked_on == checked_on,
    )
    return bool(db.session.scalar(select(same)))


def to_look_at(import_id: UUID) -> list[tuple[UUID, UUID]]:
    """What a list says of invoices that are no longer good: the check and the claim that stood on each."""
    wanted = select(InvoiceCheck.id, Claim.id).join(Claim, Claim.order_id == InvoiceCheck.order_id)
    wanted = wanted.where(InvoiceCheck.import_id == import_id, InvoiceCheck.status != InvoiceStatus.GOOD).order_by(InvoiceCheck.id)
    return [(check_id, claim_id) for check_id, claim_id in db.session.execute(wanted)]


def withdrawn(order_id: UUID) -> list[InvoiceCheck]:
    """The invoices among the papers of an order that are no longer good by what was said of each last, the oldest word first."""
    lying = {one.invoice_key for one in orders.live_documents(order_id) if one.invoice_key}
    checks = select(InvoiceCheck).where(InvoiceCheck.order_id == order_id, InvoiceCheck.invoice_key.in_(lying))
    last = {one.invoice_key: one for one in db.session.scalars(checks.order_by(InvoiceCheck.checked_on, InvoiceCheck.created_at))}
    return [one for one in last.values() if one.status is not InvoiceStatus.GOOD]


def deserved_without(order: Order, requested_fen: Fen, invoice_keys: Collection[str]) -> Fen:
    """What the papers of an order deserve without some of its invoices, reckoned again by its rules."""
    assert order.voucher is not None and order.version_id is not None, "a claim is for a voucher"
    spec, firm_class = spec_of(order.version_id), order.voucher.class_key
    papers = orders.live_documents(order.id)
    rest = [one for one in papers if one.invoice_key and one.invoice_key not in invoice_keys]
    left = orders.net_fen(rest) if spec.base.is_net else orders.total_fen(rest, DocumentKind.INVOICE)
    if not left:
        return Fen(0)
    without_fen = amounts.with_in_kind(spec, left, orders.shown_in_kind_fen(papers, order.in_kind_fen))
    base_fen = min(without_fen, orders.actual_base(order))
    return amounts.redeemable_fen(spec, reserved_fen=requested_fen, base_fen=base_fen, firm_class=firm_class, category=order.category)
