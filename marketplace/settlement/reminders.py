"""Whom the sweep reminds here: providers that have not asked for their money, or have not mended what was sent back."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.money import format_yuan
from marketplace.notices import reminding
from marketplace.notices.reminding import LastDay
from marketplace.orders.lifecycle import OrderState
from marketplace.orders.models import Order
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import Claim
from marketplace.settlement.queries import is_unclaimed
from marketplace.vouchers.queries.reruns import is_real


def to_remind(today: date) -> list[UUID]:
    """Orders nobody has asked the money of, and claims sent back, with a last day of which a step has come."""
    orders = select(Order.id).where(_to_ask(today))
    claims = select(Claim.id).join(Order, Order.id == Claim.order_id).where(_to_mend(today))
    found = db.session.scalars(orders.order_by(Order.due_on, Order.id).limit(reminding.MOST)).all()
    return [*found, *db.session.scalars(claims.order_by(Claim.due_on, Claim.id).limit(reminding.MOST))]


def remind(ids: Sequence[UUID], *, ways: reminding.Ways, now: datetime) -> int:
    """Remind the providers behind those of these that still wait. Of how many things somebody was told."""
    today = clock.civil_date(now)
    orders = db.session.scalars(select(Order).where(Order.id.in_(ids), _to_ask(today))).unique()
    returned = select(Claim).join(Order, Order.id == Claim.order_id).where(Claim.id.in_(ids), _to_mend(today))
    days = [*map(_asking, orders), *map(_mending, db.session.scalars(returned).unique())]
    return reminding.remind(days, identity.recipients_of, ways=ways, now=now, today=today)


def _to_ask(today: date) -> ColumnElement[bool]:
    return and_(
        Order.state == OrderState.REDEEMED, Order.subsidy_fen > 0, Order.closed_at.is_(None), is_real(Order.round_id), is_unclaimed(),
        reminding.coming("claim_ask", Order.id, Order.due_on, today),
    )  # fmt: skip


def _to_mend(today: date) -> ColumnElement[bool]:
    returned = (Claim.state == ClaimState.RETURNED) & is_real(Order.round_id)
    return returned & reminding.coming("claim_mend", Claim.id, Claim.due_on, today)


def _asking(order: Order) -> LastDay:
    assert order.due_on is not None, "asked for in the query"
    words = {"number": order.number, "day": order.due_on.isoformat(), "amount": format_yuan(order.subsidy_fen)}
    return LastDay(
        "claim_ask", order.id, order.provider_id, order.due_on, N_("订单 %(number)s 最迟须在 %(day)s 申请兑付", **words),
        N_("已核销的 %(amount)s 元还没有申请兑付，逾期视为放弃。", **words), f"/orders/{order.id}", start=order.due_start,
        provisional=order.due_provisional,
    )  # fmt: skip


def _mending(claim: Claim) -> LastDay:
    assert claim.due_on is not None, "asked for in the query"
    words = {"number": claim.number, "day": claim.due_on.isoformat()}
    return LastDay(
        "claim_mend", claim.id, claim.provider_id, claim.due_on, N_("兑付申请 %(number)s 最迟须在 %(day)s 补正", **words),
        N_("申请已退回，请按退回原因补正后重新提交，逾期不予兑付。"), f"/claims/{claim.id}", start=claim.due_start,
        provisional=claim.due_provisional,
    )  # fmt: skip
