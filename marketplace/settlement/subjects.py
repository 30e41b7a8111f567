"""Columns by which people know the rows that events are about, and which of them are of simulated rounds."""

from sqlalchemy import select

from marketplace.orders.models import Order
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.vouchers.queries.reruns import is_simulated

NAMES = {
    "claim": (Claim.id, Claim.number),
    "payment_batch": (PaymentBatch.id, PaymentBatch.number),
    "payment_line": (PaymentLine.id, PaymentLine.payee_name),
}
_CLAIMS = select(Claim.id).join(Order, Order.id == Claim.order_id).where(is_simulated(Order.round_id))
SIMULATED = {
    "claim": _CLAIMS,
    "payment_line": select(PaymentLine.id).where(PaymentLine.claim_id.in_(_CLAIMS)),
    "payment_batch": select(PaymentBatch.id).where(PaymentBatch.simulated),
}
