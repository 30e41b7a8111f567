"""Invoices that claims stand on, and what the tax authority says of them."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import exists, select

from marketplace.kernel.db import db
from marketplace.kernel.money import Fen
from marketplace.orders import queries as orders
from marketplace.orders.models import Order, OrderDocument
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


def deserved_without(order: Order, requested_fen: Fen, invoice_key: str) -> Fen:
    """What the papers of an order deserve without one invoice, reckoned again by its rules."""
    if order.voucher is None or order.version_id is None:
        return Fen(0)  # paid by a contract: a person reckons what is left
    rest = [one.amount_fen or 0 for one in orders.live_documents(order.id) if one.invoice_key and one.invoice_key != invoice_key]
    if not sum(rest):
        return Fen(0)
    spec, firm_class = spec_of(order.version_id), order.voucher.class_key
    without_fen = amounts.with_in_kind(spec, Fen(sum(rest)), orders.shown_in_kind_fen(orders.live_documents(order.id), order.in_kind_fen))
    base_fen = min(without_fen, orders.actual_base(order))
    return amounts.redeemable_fen(spec, reserved_fen=requested_fen, base_fen=base_fen, firm_class=firm_class, category=order.category)
