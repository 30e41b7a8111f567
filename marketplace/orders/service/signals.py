"""What an order's checks raise: reasons to open a file, never verdicts. They stop nothing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.kernel.db import locked
from marketplace.kernel.errors import N_
from marketplace.kernel.sentences import Sentence
from marketplace.orders import queries
from marketplace.orders.models import Order
from marketplace.orders.queries.terms import earlier_pieces
from marketplace.risk import service as risk
from marketplace.risk.models import RiskSignal, Severity, SignalState
from marketplace.risk.service import Signal


def look_at_new_order(order: Order, *, now: datetime) -> None:
    """Related parties, and one job cut into several orders. Only where public money is in it."""
    if order.voucher_id is None:
        return
    if ties := queries.ties_of(order):
        _raise(order, "related_party", Severity.WARNING, N_("买卖双方%(ties)s"), {"ties": "、".join(ties)}, now)
    if pieces := earlier_pieces(order):
        reason = N_("短期内向同一机构购买同类服务：%(orders)s")
        _raise(order, queries.SPLIT, Severity.NOTE, reason, {"orders": "、".join(pieces)}, now)


def close_split(signal_id: UUID, *, now: datetime) -> bool:
    """The order of a signal of a job cut up has ended: the signal is closed by itself, with the reason. Whether it was open."""
    row = locked(RiskSignal, signal_id)
    if row.state is not SignalState.OPEN:
        return False
    answer = N_("订单已结束，没有形成交易，不再构成拆分，由系统关闭。")
    risk.close_signal(signal_id, verdict=SignalState.EXPLAINED, answer=answer, actor_id=None, now=now)
    return True


def _raise(order: Order, kind: str, severity: Severity, reason: str, evidence: dict[str, Any], now: datetime) -> None:
    said, known = Sentence(reason, evidence), {"number": order.number, **evidence}
    risk.raise_signal(Signal(kind, severity, "order", order.id, said, known, order.region_code), now=now)
