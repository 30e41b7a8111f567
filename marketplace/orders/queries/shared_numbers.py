"""Where a number of an order's papers stands again."""

from sqlalchemy import ColumnElement, false, func, or_, select, true

from marketplace.kernel.db import db
from marketplace.orders import evidence
from marketplace.orders.models import Order, OrderDocument
from marketplace.orders.queries import live_documents
from marketplace.orders.queries.joint import not_bought_with
from marketplace.policy.programme_words import DocumentKind

MOST_NAMED = 20  # orders named beside a repeated number


def orders_with_same_numbers(order: Order) -> list[str]:
    """Numbers of the orders in which a number of this order's papers stands again, the oldest first: whatever kind of paper it is on.

    A number is the same among the papers of one firm or one provider, an invoice's everywhere. An invoice that was stored with its eight
    digits alone may be any that ends so. The parts of a joint order have one contract: only an invoice is none of both.
    """
    parties = or_(Order.enterprise_id == order.enterprise_id, Order.provider_id == order.provider_id)
    same: list[ColumnElement[bool]] = []
    for mine in live_documents(order.id):
        if mine.number_key:
            elsewhere = or_(OrderDocument.order_id != order.id, OrderDocument.kind != mine.kind)
            apart = true() if mine.kind is DocumentKind.INVOICE else not_bought_with(order.id)
            same.append((OrderDocument.number_key == mine.number_key) & parties & elsewhere & apart)
        if mine.kind is DocumentKind.INVOICE:
            keys = {mine.number_key, mine.number_key[-evidence.PAPER_NUMBER :]}
            theirs = (OrderDocument.kind == DocumentKind.INVOICE) & (OrderDocument.order_id != order.id)
            same.append(OrderDocument.number_key.in_(keys) & theirs)
    found = select(Order.number, func.min(OrderDocument.created_at)).join(OrderDocument, OrderDocument.order_id == Order.id)
    found = found.where(or_(false(), *same), OrderDocument.replaced_at.is_(None)).group_by(Order.number)
    return [
        number for number, _since in db.session.execute(found.order_by(func.min(OrderDocument.created_at), Order.number).limit(MOST_NAMED))
    ]
