"""What an order's checks raise: reasons to open a file, never verdicts. They stop nothing."""

from datetime import datetime
from typing import Any

from marketplace.kernel import clock
from marketplace.kernel.errors import N_
from marketplace.orders import queries, rules
from marketplace.orders.models import Order
from marketplace.risk import service as risk
from marketplace.risk.models import Severity
from marketplace.vouchers.queries import spending


def look_at_new_order(order: Order, *, now: datetime) -> None:
    """Related parties, and one job cut into several orders. Only where public money is in it."""
    if order.voucher_id is None:
        return
    if ties := queries.ties_of(order):
        _raise(order, "related_party", Severity.WARNING, N_("买卖双方%(ties)s"), {"ties": "、".join(ties)}, now)
    if pieces := earlier_pieces(order):
        reason = N_("短期内向同一机构购买同类服务：%(orders)s")
        _raise(order, "split_contracts", Severity.NOTE, reason, {"orders": "、".join(pieces)}, now)


def earlier_pieces(order: Order) -> list[str]:
    """Numbers of orders that may be parts of the same job, by the programme's window."""
    if order.version_id is None:
        return []
    window = spending.spec_of(order.version_id).split_window_days
    if window is None:
        return []
    return rules.split_orders(queries.alike_before(order), clock.civil_date(order.placed_at), window.value)


def _raise(order: Order, kind: str, severity: Severity, reason: str, evidence: dict[str, Any], now: datetime) -> None:
    risk.raise_signal(
        kind, severity, subject_type="order", subject_id=order.id, reason=reason % evidence, evidence={"number": order.number, **evidence},
        region_code=order.region_code, now=now,
    )  # fmt: skip
