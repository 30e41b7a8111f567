"""Whom the sweep reminds here: whose order lapses, and firms that may still rate. Who has to accept is reminded by the order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select

from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.sentences import Sentence
from marketplace.notices import reminding
from marketplace.notices.reminding import LastDay
from marketplace.orders.lifecycle import OrderState, Side
from marketplace.orders.models import Order, Review
from marketplace.vouchers.queries.reruns import is_real
from marketplace.vouchers.queries.spending import calendar_of


@dataclass(frozen=True, slots=True)
class _Step:
    kind: str
    title: str
    body: str


_LAPSES = N_("逾期订单自动失效，券额退回企业。")
_STEPS = {
    OrderState.PLACED: _Step("order_take", N_("订单 %(number)s 最迟须在 %(day)s 接单"), _LAPSES),
    OrderState.TAKEN: _Step("order_contract", N_("订单 %(number)s 最迟须在 %(day)s 上传合同"), _LAPSES),
    OrderState.CONTRACTED: _Step("order_delivery", N_("订单 %(number)s 最迟须在 %(day)s 交付"), _LAPSES),
}
_RATING = _Step("order_rating", N_("订单 %(number)s 最迟须在 %(day)s 评价"), N_("请评价这次服务，逾期不能再评价。"))


def to_remind(today: date) -> list[UUID]:
    """Orders with a last day of which a step has come."""
    lapsing = select(Order.id).where(_lapses(today)).order_by(Order.due_on, Order.id).limit(reminding.MOST)
    unrated = select(Order.id).where(_may_rate(today)).order_by(Order.rate_until, Order.id).limit(reminding.MOST)
    return [*db.session.scalars(lapsing), *db.session.scalars(unrated)]


def remind(ids: Sequence[UUID], *, ways: reminding.Ways, now: datetime) -> int:
    """Remind whoever must act on those of some orders that still wait. Of how many somebody was told."""
    today = clock.civil_date(now)
    orders = db.session.scalars(select(Order).where(Order.id.in_(ids), _lapses(today) | _may_rate(today))).unique()
    days = [day for day in map(_last_day, orders) if day is not None]
    return reminding.remind(days, identity.recipients_of, ways=ways, now=now)


def _lapses(today: date) -> ColumnElement[bool]:
    steps = ((Order.state == state) & reminding.coming(step.kind, Order.id, Order.due_on, today) for state, step in _STEPS.items())
    return Order.closed_at.is_(None) & is_real(Order.round_id) & or_(*steps)


def _may_rate(today: date) -> ColumnElement[bool]:
    unrated = (Order.state == OrderState.REDEEMED) & ~exists().where(Review.order_id == Order.id) & is_real(Order.round_id)
    return unrated & reminding.coming(_RATING.kind, Order.id, Order.rate_until, today)


def _last_day(order: Order) -> LastDay | None:
    if order.state is OrderState.REDEEMED and order.rate_until is not None and order.redeemed_at is not None:
        is_open = not calendar_of(order.version_id).knows(order.rate_until.year, order.region_code)
        return _of(order, _RATING, order.enterprise_id, order.rate_until, order.day_of(order.redeemed_at), provisional=is_open)
    step = _STEPS.get(order.state)
    if step is None or order.due_on is None:
        return None
    whose = order.enterprise_id if order.state.waits_for == Side.FIRM else order.provider_id
    start = order.due_start or order.day_of(order.placed_at)  # no term began before
    return _of(order, step, whose, order.due_on, start, provisional=order.due_provisional)


def _of(order: Order, step: _Step, organisation_id: UUID, day: date, start: date | None, *, provisional: bool) -> LastDay:
    title = Sentence(step.title, {"number": order.number, "day": day.isoformat()})
    url, zone = f"/orders/{order.id}", order.time_zone
    return LastDay(step.kind, order.id, organisation_id, day, title, step.body, url, start=start, provisional=provisional, time_zone=zone)
